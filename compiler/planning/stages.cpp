#include "compiler/planning/stages.h"

#include <algorithm>

#include "compiler/base/check.h"

namespace osac::planning {

namespace {

/// Elements with a flag, as a family of their own.
Family chosen(const Family& family, const std::vector<std::uint8_t>& flags) {
  Family result = family;
  keep_only(result, flags);
  return result;
}

class PendingFinder {
 public:
  explicit PendingFinder(const Stages& stages) : stages_(stages), frame_(stages.frame), program_(stages.frame.context.program) {}

  /// `name` is what waits.
  void add_table(std::uint32_t table, const std::string& name, PendingSets& sets) {
    const program::Table& declared = program_.tables[table];
    if (!is_made_by_tasks(program_, table)) {
      for (const auto dimension : dimensions_of(program_, table)) add_dimension(dimension.index, sets);
      return;
    }
    const std::uint32_t dataset = declared.produced.index;
    const DatasetDraft& made = stages_.draft.datasets[dataset];
    OSAC_CHECK(made.is_made, "a stage's dataset is not made before what depends on it");
    const std::uint32_t stage = stage_of(stages_.draft, name, dataset);
    std::vector<std::uint8_t> unknown = find_unmade(stages_, dataset);
    add(sets, chosen(made.family, unknown), stage, false);
    if (!made.held.empty()) {  // there is a file, but whether it stands is not certain
      for (std::uint32_t e = 0; e < made.family.count; ++e) unknown[e] = unknown[e] == 0 && is_held(made.held, e) ? 1 : 0;
      add(sets, chosen(made.family, unknown), stage, true);
    }
    for (const Pending& more : made.pending) add(sets, more.keys, more.stage, more.covers_existing);
  }

  void add_dimension(std::uint32_t d, PendingSets& sets) {
    if (!is_staged(program_, d) && stages_.frame.axes[d].open_records.empty()) return;
    const program::Dimension& declared = program_.dimensions[d];
    const std::string name = fmt::format("dimension `{}`", frame_.context.text(declared.name));
    PendingSets own;
    if (declared.table.exists()) add_table(declared.table.index, name, own);
    if (declared.without.exists()) {
      PendingSets excluded;
      add_table(declared.without.index, name, excluded);
      for (Pending& entry : excluded) add(own, std::move(entry.keys), entry.stage, true);
    }
    if (declared.parent.exists()) add_dimension(declared.parent.index, own);
    add_open_records(d, own);
    for (Pending& entry : own)
      add(sets, project(frame_, entry.keys, common_dimensions(frame_, {d}, entry.keys.basis)), entry.stage, entry.covers_existing);
  }

 private:
  /// Records that imply a key which may come to be.
  void add_open_records(std::uint32_t d, PendingSets& sets) {
    const Axis& axis = frame_.axes[d];
    if (axis.open_records.empty()) return;
    PendingSets implied;
    for (const auto& entry : program_.dimensions[d].implies)
      if (is_staged(program_, entry.dimension.index)) add_dimension(entry.dimension.index, implied);
    for (const Pending& entry : implied) add(sets, family_of_tuples(frame_, {d}, {axis.open_records}), entry.stage, true);
  }
  void add(PendingSets& sets, Family keys, std::uint32_t stage, bool covers_existing) {
    add_pending(frame_, sets, {std::move(keys), stage, covers_existing});
  }

  const Stages& stages_;
  const Frame& frame_;
  const program::Program& program_;
};

std::vector<std::uint32_t> elements_of(const Frame& frame, const Family& family, const Family& others) {
  return find_elements(others, frame.axes, columns_on(frame, family, others.basis), family.count);
}

}  // namespace

PendingSets pending_records(const Stages& stages, std::uint32_t dimension) {
  PendingSets sets;
  PendingFinder(stages).add_dimension(dimension, sets);
  return sets;
}

PendingSets pending_keys(const Stages& stages, const std::vector<std::uint32_t>& basis) {
  PendingSets sets;
  PendingFinder finder(stages);
  for (const std::uint32_t d : basis) finder.add_dimension(d, sets);
  return sets;
}

PendingSets pending_tuples(const Stages& stages, std::uint32_t relation) {
  const program::Relation& declared = stages.frame.context.program.relations[relation];
  PendingSets sets;
  PendingFinder finder(stages);
  PendingSets found;
  finder.add_table(declared.table.index, fmt::format("relation `{}`", stages.frame.context.text(declared.name)), found);
  for (const auto dimension : declared.basis) finder.add_dimension(dimension.index, found);
  const auto basis = numbers(declared.basis);
  for (Pending& entry : found) {
    Family keys = project(stages.frame, entry.keys, common_dimensions(stages.frame, basis, entry.keys.basis));
    add_pending(stages.frame, sets, {std::move(keys), entry.stage, entry.covers_existing});
  }
  return sets;
}

void drop_void(const Stages& stages, const Family& family, std::vector<std::uint8_t>& flags) {
  const program::Program& program = stages.frame.context.program;
  std::vector<program::DimensionId> basis;
  for (const std::uint32_t d : family.basis) basis.push_back(program::DimensionId{d});
  for (const auto d : program::determined_by(program, basis)) {
    const program::TableId table = program.dimensions[d.index].table;
    if (!table.exists() || !is_made_by_tasks(program, table.index)) continue;
    const DatasetDraft& dataset = stages.draft.datasets[program.tables[table.index].produced.index];
    if (common_dimensions(stages.frame, {d.index}, dataset.family.basis) != reduced_basis(program, dataset.family.basis)) continue;
    const auto elements = elements_of(stages.frame, family, dataset.family);
    for (std::uint32_t i = 0; i < family.count; ++i)
      if (elements[i] == none) flags[i] = 0;
  }
}

void hold_agreeing(const Frame& frame, const Family& family, const Pending& pending, const std::vector<std::uint32_t>& dimensions,
                   Held& held) {
  const auto flags = find_agreeing(frame, family, pending.keys, dimensions);
  for (std::uint32_t i = 0; i < family.count; ++i)
    if (flags[i] != 0) hold(held, family.count, i, pending.stage);
}

void hold_unknown(const Stages& stages, const Family& family, ExprId expression, const std::string& what, Held& held) {
  const Frame& frame = stages.frame;
  for (const std::uint32_t dataset : records_in(frame.expressions, expression)) {
    const DatasetDraft& record = stages.draft.datasets[dataset];
    const FieldTable* table = stages.fields.tables[dataset].get();
    OSAC_CHECK(record.is_made && table != nullptr, "a record is not made before what depends on it");
    const auto elements = elements_of(frame, family, record.family);
    const std::uint32_t stage = stage_of(stages.draft, what, dataset);
    for (std::uint32_t i = 0; i < family.count; ++i) {
      if (elements[i] == none) continue;
      if (is_held(record.held, elements[i])) hold(held, family.count, i, record.held[elements[i]]);
      if (table->states[elements[i]] == FieldState::unknown) hold(held, family.count, i, stage);
    }
    for (const Pending& pending : record.pending) {
      const auto flags = find_agreeing(frame, family, pending.keys, common_dimensions(frame, family.basis, pending.keys.basis));
      for (std::uint32_t i = 0; i < family.count; ++i)
        if (elements[i] == none && flags[i] != 0) hold(held, family.count, i, pending.stage);
    }
  }
}

std::vector<std::uint8_t> find_unmade(const Stages& stages, std::uint32_t dataset) {
  const Family& family = stages.draft.datasets[dataset].family;
  const program::Program& program = stages.frame.context.program;
  std::vector<std::uint8_t> flags(family.count, 0);
  for (std::uint32_t t = 0; t < program.tables.size(); ++t) {
    if (program.tables[t].produced.index != dataset || !stages.tables.files[t]) continue;
    const TableFiles& files = *stages.tables.files[t];
    const auto elements = elements_of(stages.frame, family, files.keys);
    for (std::uint32_t i = 0; i < family.count; ++i)
      if (elements[i] == none || files.is_known[elements[i]] == 0) flags[i] = 1;
  }
  if (const FieldTable* table = stages.fields.tables[dataset].get(); table != nullptr) {
    const auto elements = elements_of(stages.frame, family, table->elements);
    for (std::uint32_t i = 0; i < family.count; ++i)
      if (elements[i] == none || table->states[elements[i]] == FieldState::unknown) flags[i] = 1;
  }
  return flags;
}

std::vector<std::vector<std::uint32_t>> find_unusable(const Stages& stages) {
  std::vector<std::vector<std::uint32_t>> lists(stages.frame.context.program.tables.size());
  for (std::uint32_t t = 0; t < lists.size(); ++t) {
    const TableFiles* const files = stages.tables.files[t].get();
    if (files == nullptr || files->unusable.empty()) continue;
    const Family& family = stages.draft.datasets[stages.frame.context.program.tables[t].produced.index].family;
    const auto keys = elements_of(stages.frame, family, files->keys);
    for (std::uint32_t i = 0; i < family.count; ++i)
      if (std::binary_search(files->unusable.begin(), files->unusable.end(), keys[i])) lists[t].push_back(i);
  }
  return lists;
}

}  // namespace osac::planning
