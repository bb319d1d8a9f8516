// Opening a plan: the bytes (mapped or given), the header, the sections, the checks, and the small tables made once.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "compiler/base/text.h"
#include "compiler/plan/state.h"

namespace osac::plan {

namespace {

using format::SectionKind;

tl::unexpected<Error> damaged(std::string what) {
  return failure(Trouble::damaged, std::move(what), "make the plan anew from its .osa file");
}

Status read_header(Plan::State& state) {
  const std::string_view bytes = state.bytes;
  if (bytes.size() < sizeof(format::Header) || std::memcmp(bytes.data(), format::magic.data(), format::magic.size()) != 0)
    return damaged("it is not a plan");
  std::memcpy(&state.header, bytes.data(), sizeof state.header);
  const format::Header& header = state.header;
  if (header.major != format::major_version)
    return damaged(fmt::format("it was written by another osac: format {}, this one reads {}", header.major, format::major_version));
  if (bytes.size() < header.total_size)
    return damaged(fmt::format("it is cut short: {} of {} bytes", grouped(bytes.size()), grouped(header.total_size)));
  if (bytes.size() > header.total_size)
    return damaged(fmt::format("it has {} bytes after its end", grouped(bytes.size() - header.total_size)));
  const std::size_t head_size = sizeof header + header.section_count * sizeof(format::Section);
  if (header.section_count > format::most_sections || head_size > bytes.size()) return damaged("its header is damaged");
  std::string head(bytes.substr(0, head_size));
  std::memset(head.data() + offsetof(format::Header, checksum), 0, sizeof header.checksum);
  if (checksum(head) != header.checksum) return damaged("its header is damaged");
  return {};
}

/// Finds the sections and checks that they lie in the file, one after another.
Status read_table(Plan::State& state) {
  state.table.resize(format::section_kinds);
  std::uint64_t end = sizeof(format::Header) + state.header.section_count * sizeof(format::Section);
  for (std::uint32_t i = 0; i < state.header.section_count; ++i) {
    format::Section section;
    std::memcpy(&section, state.bytes.data() + sizeof(format::Header) + i * sizeof section, sizeof section);
    const bool fits = section.offset % format::alignment == 0 && section.offset >= end && section.offset <= state.bytes.size() &&
                      section.row_size > 0 && section.count <= (state.bytes.size() - section.offset) / section.row_size;
    if (!fits) return damaged(fmt::format("section {} lies outside of it", section.kind));
    end = section.offset + section.count * section.row_size;
    if (section.kind < format::section_kinds) state.table[section.kind] = section;
  }
  return {};
}

Status check_contents(const Plan::State& state) {
  const bool all = state.bytes.size() <= format::whole_check_limit;
  for (const format::Section& section : state.table) {
    if (!all && format::holds_elements(static_cast<SectionKind>(section.kind))) continue;
    if (section.row_size > 0 && checksum(state.bytes.substr(section.offset, section.count * section.row_size)) != section.checksum)
      return damaged(fmt::format("the content of section {} is not what was written", section.kind));
  }
  return {};
}

template <typename Row>
bool take(const Plan::State& state, SectionKind kind, std::span<const Row>& rows) {
  const format::Section& section = state.table[static_cast<std::size_t>(kind)];
  if (section.row_size == 0) return true;  // not in the file: no rows
  if (section.row_size != sizeof(Row)) return false;
  rows = {reinterpret_cast<const Row*>(state.bytes.data() + section.offset),
          static_cast<std::size_t>(section.count)};  // NOLINT: rows are bytes
  return true;
}

Status take_sections(Plan::State& state) {
  const bool fits = take(state, SectionKind::workflow, state.workflow) && take(state, SectionKind::string_offsets, state.string_offsets) &&
                    take(state, SectionKind::string_bytes, state.string_bytes) && take(state, SectionKind::nodes, state.nodes) &&
                    take(state, SectionKind::children, state.children) && take(state, SectionKind::scalars, state.scalars) &&
                    take(state, SectionKind::indices, state.indices) && take(state, SectionKind::columns, state.columns) &&
                    take(state, SectionKind::implied, state.implied) && take(state, SectionKind::dimensions, state.dimensions) &&
                    take(state, SectionKind::datasets, state.datasets) && take(state, SectionKind::tasks, state.tasks) &&
                    take(state, SectionKind::inputs, state.inputs) && take(state, SectionKind::outputs, state.outputs) &&
                    take(state, SectionKind::metrics, state.metrics) && take(state, SectionKind::expects, state.expects) &&
                    take(state, SectionKind::slots, state.slots) && take(state, SectionKind::parameters, state.parameters) &&
                    take(state, SectionKind::sources, state.sources) && take(state, SectionKind::fields, state.fields) &&
                    take(state, SectionKind::rungs, state.rungs) && take(state, SectionKind::certifications, state.certifications) &&
                    take(state, SectionKind::stages, state.stages) && take(state, SectionKind::versions, state.versions) &&
                    take(state, SectionKind::parameter_uses, state.parameter_uses) &&
                    take(state, SectionKind::runners_up, state.runners_up);
  return fits ? Status{} : damaged("its rows have another size than this osac's");
}

/// The texts that rows and expressions name, as a table that expressions can be evaluated with.
Status read_strings(Plan::State& state) {
  const std::uint32_t count = state.workflow.empty() ? 0 : state.workflow.front().declared_strings;
  if (std::uint64_t{count} + 1 > state.string_offsets.size()) return damaged("its texts are damaged");
  for (std::uint32_t i = 0; i < count; ++i)
    if (state.strings.intern(state.text(Symbol{i})).index != i) return damaged("its texts are damaged");
  return {};
}

/// The steps from dimension to dimension, and for each pair that is connected the first one of a shortest way.
Status make_hops(Plan::State& state) {
  const std::size_t count = state.dimensions.size();
  std::vector<std::vector<std::uint32_t>> of(count);
  for (std::size_t from = 0; from < count; ++from) {
    const DimensionRow& row = state.dimensions[from];
    const auto add = [&](std::uint32_t to, Array records) {
      of[from].push_back(static_cast<std::uint32_t>(state.hops.size()));
      state.hops.push_back({to, records});
    };
    if (row.parent != no_row) add(row.parent, row.parent_records);
    for (const ImpliedRow& implied : state.implied.subspan(row.implied_count > 0 ? row.first_implied : 0, row.implied_count))
      add(implied.dimension, implied.records);
  }
  state.way_begin.push_back(0);
  std::vector<std::uint32_t> first(count, no_row);
  for (std::uint32_t from = 0; from < count; ++from) {  // breadth first
    const std::size_t begin = state.ways.size();
    const auto reach = [&](std::uint32_t to, std::uint32_t hop) {
      if (to == from || first[to] != no_row) return;
      first[to] = hop;
      state.ways.push_back({to, hop});
    };
    for (const std::uint32_t hop : of[from]) reach(state.hops[hop].dimension, hop);
    for (std::size_t i = begin; i < state.ways.size(); ++i) {
      const Way way = state.ways[i];
      for (const std::uint32_t hop : of[way.dimension]) reach(state.hops[hop].dimension, way.hop);
    }
    for (std::size_t i = begin; i < state.ways.size(); ++i) first[state.ways[i].dimension] = no_row;
    std::sort(state.ways.begin() + static_cast<std::ptrdiff_t>(begin), state.ways.end(),
              [](const Way& a, const Way& b) { return a.dimension < b.dimension; });
    state.way_begin.push_back(state.ways.size());
    if (state.ways.size() > format::most_ways) return damaged("its dimensions determine each other too often");
  }
  return {};
}

Status prepare(Plan::State& state) {
  for (const auto step : {read_header, read_table})
    if (auto done = step(state); !done) return done;
  if (auto done = check_contents(state); !done) return done;
  for (const auto step : {take_sections, read_strings})
    if (auto done = step(state); !done) return done;
  if (const std::string wrong = check_rows(state); !wrong.empty()) return damaged(wrong);
  if (auto done = make_hops(state); !done) return done;
  state.names_fields = std::any_of(state.nodes.begin(), state.nodes.end(),
                                   [](const expression::Node& node) { return node.op == expression::Op::port_field; });
  return {};
}

Result<Plan> make(std::unique_ptr<Plan::State> state, const std::string& name) {
  if (auto done = prepare(*state); !done) {
    Error error = std::move(done).error();
    error.what = fmt::format("cannot use the plan `{}`: {}", name, error.what);
    return tl::unexpected<Error>(std::move(error));
  }
  Plan::State& inside = *state;
  Plan plan(std::move(state));
  inside.paths.reserve(inside.datasets.size());
  for (std::uint32_t i = 0; i < inside.datasets.size(); ++i) inside.paths.emplace_back(plan, i);
  return plan;
}

}  // namespace

Result<Plan> Plan::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return system_failure(errno, "open", path);
  struct stat status {};
  const bool known = fstat(descriptor, &status) == 0;
  const int error = errno;
  auto state = std::make_unique<State>();
  if (known && S_ISREG(status.st_mode) && status.st_size > 0) {
    const auto size = static_cast<std::size_t>(status.st_size);
    void* const mapping = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (mapping == MAP_FAILED) {
      const int map_error = errno;
      close(descriptor);
      return system_failure(map_error, "map", path);
    }
    state->mapping = mapping;
    state->bytes = {static_cast<const char*>(mapping), size};
  }
  close(descriptor);
  if (!known) return system_failure(error, "look at", path);
  if (!S_ISREG(status.st_mode)) return failure(Trouble::environment, fmt::format("cannot use the plan `{}`: it is no regular file", path));
  return make(std::move(state), path);
}

Result<Plan> Plan::from_bytes(std::string bytes) {
  auto state = std::make_unique<State>();
  state->owned = std::move(bytes);
  state->bytes = state->owned;
  return make(std::move(state), "(in memory)");
}

}  // namespace osac::plan
