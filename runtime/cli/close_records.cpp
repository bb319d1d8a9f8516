#include "runtime/cli/close_records.h"

#include <fmt/format.h>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "runtime/cli/output.h"
#include "runtime/cli/picture.h"
#include "runtime/cli/prov_export.h"
#include "runtime/provenance/export.h"
#include "runtime/provenance/provenance.h"
#include "runtime/provenance/selection.h"
#include "runtime/registry/registry.h"
#include "runtime/step/system.h"

namespace osac::cli {

namespace {

Status write_graph(const plan::Plan& plan, const provenance::Records& records, const std::string& path) {
  const auto graph = provenance::graph(plan, records, {"", false, link_base(path, ".")});
  if (!graph) return tl::unexpected(graph.error());
  const auto picture = emit::render_graph(emit::to_dot(*graph), emit::GraphFormat::pdf);
  if (!picture) return tl::unexpected(picture.error());
  return write_file(path, *picture);
}

/// The records of some of the ends, by their places.
provenance::Records only(const provenance::Records& records, const std::vector<std::uint32_t>& places) {
  provenance::Records some;
  some.executions = records.executions;
  some.plans = records.plans;
  for (const std::uint32_t place : places) {
    const auto here = static_cast<std::uint32_t>(some.ends.size());
    some.ends.push_back(records.ends[place]);
    some.elements.push_back(records.elements[place]);
    for (const step::OutputRecord& output : some.ends.back().outputs) some.makers.emplace(output.path, here);
  }
  return some;
}

void draw(const plan::Plan& plan, const Result<provenance::Records>& records, const std::string& path, const std::string& prefix) {
  if (records && records->ends.empty()) return;
  const Status written = records ? write_graph(plan, *records, path) : tl::unexpected(records.error());
  if (written)
    tell(fmt::format("wrote {}{}\n", prefix, path));
  else
    tell(fmt::format("note: the provenance was not drawn: {}\n", written.error().what));
}

}  // namespace

void bring_up_registry(const std::string& state, const site::RegistryUrl& url) {
  if (auto chosen = registry::choose_registry(state, url); !chosen) tell(fmt::format("note: {}\n", chosen.error().what));
  const auto updated = registry::update_registry(state);
  if (!updated) return tell(fmt::format("note: {}\n", updated.error().what));
  for (const std::string& note : updated->notes) tell(fmt::format("note: {}\n", note));
}

void draw_provenance(const plan::Plan& plan, const std::string& state, const std::string& path, const std::string& prefix) {
  draw(plan, provenance::collect(plan, state), path, prefix);
}

Status keep_provenance(const plan::Plan& plan, const std::string& state, const std::string& dimension, const std::string& folder,
                       const std::string& prefix) {
  const auto records = provenance::collect(plan, state);
  draw(plan, records, folder + "/provenance.pdf", prefix);
  if (dimension.empty()) return {};
  if (!records) return tl::unexpected(records.error());
  const auto count = export_by_key(plan, *records, {}, {dimension, folder, "prov-json"});
  if (!count) return tl::unexpected(count.error());
  const auto keys = places_by_key(plan, *records, dimension);
  if (!keys) return tl::unexpected(keys.error());
  for (const KeyPlaces& key : *keys) {
    const auto some = only(*records, provenance::with_origins(*records, key.places));
    if (auto written = write_graph(plan, some, folder + "/" + key.file_name + ".pdf"); !written) return written;
  }
  tell(fmt::format("wrote the provenance of {} to {}{}\n", count_of(*count, "key"), prefix, folder));
  return {};
}

}  // namespace osac::cli
