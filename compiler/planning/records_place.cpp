// From keys as found to records: sorted by (parent, key), each once, without what is excluded.

#include <algorithm>
#include <numeric>

#include "compiler/planning/records.h"

namespace osac::planning {

namespace {

struct Entry {
  std::uint32_t parent;
  std::uint32_t place;  ///< in FoundKeys
  std::int64_t key;     ///< sortable
};

/// Sorted order of the keys; of equal ones the first found comes first.
std::vector<Entry> sort_entries(const Context& context, const FoundKeys& found, Type type) {
  const auto keys = sort_keys(context, found.keys, type);
  std::vector<Entry> entries(keys.size());
  for (std::uint32_t i = 0; i < entries.size(); ++i) entries[i] = {found.parents[i], i, keys[i]};
  const auto less = [](const Entry& a, const Entry& b) { return a.parent != b.parent ? a.parent < b.parent : a.key < b.key; };
  if (!std::is_sorted(entries.begin(), entries.end(), less)) std::stable_sort(entries.begin(), entries.end(), less);
  return entries;
}

void set_children(Axis& axis, std::uint32_t parent_count) {
  axis.children_begin.assign(std::size_t{parent_count} + 1, 0);
  for (const std::uint32_t parent : axis.parents) ++axis.children_begin[parent + 1];
  std::partial_sum(axis.children_begin.begin(), axis.children_begin.end(), axis.children_begin.begin());
}

template <typename T>
void keep_flagged(std::vector<T>& column, const std::vector<std::uint8_t>& dropped) {
  if (column.empty()) return;
  std::size_t to = 0;
  for (std::size_t i = 0; i < column.size(); ++i)
    if (dropped[i] == 0) column[to++] = column[i];
  column.resize(to);
}

/// Records named by a row of the exclusions, level by level from the root: an empty cell, or a column that is not there, matches all.
class Exclusion {
 public:
  Exclusion(const RecordContext& records, std::uint32_t dimension) : records_(records), data_(table_data(records, dimension)) {
    const program::Program& program = records.context.program;
    const std::uint32_t table = program.dimensions[dimension].without.index;
    for (program::DimensionId d{dimension}; d.exists(); d = program.dimensions[d.index].parent) levels_.insert(levels_.begin(), d.index);
    for (const std::uint32_t level : levels_) {
      const auto& columns = program.tables[table].columns;
      const auto column =
          std::find_if(columns.begin(), columns.end(), [&](const program::Column& c) { return c.name == program.dimensions[level].name; });
      columns_.push_back(column == columns.end() ? none : static_cast<std::uint32_t>(column - columns.begin()));
    }
  }
  std::vector<std::uint8_t> flags() {
    flags_.assign(records_.axes[levels_.back()].count, 0);
    for (std::uint32_t row = 0; row < data_.row_count; ++row) mark(row, 0, none);
    return std::move(flags_);
  }

 private:
  static const tables::TableData& table_data(const RecordContext& records, std::uint32_t dimension) {
    return records.tables.data[records.context.program.dimensions[dimension].without.index];
  }
  void mark(std::uint32_t row, std::size_t level, std::uint32_t parent) {
    const std::uint32_t dimension = levels_[level];
    const Axis& axis = records_.axes[dimension];
    const bool is_last = level + 1 == levels_.size();
    const Scalar cell = columns_[level] == none ? expression::absent_scalar : data_.values[columns_[level]][row];
    std::uint32_t begin = level == 0 ? 0 : axis.children_begin[parent];
    std::uint32_t end = level == 0 ? axis.count : axis.children_begin[parent + 1];
    if (cell != expression::absent_scalar) {
      begin = find_record(records_.context, records_.axes, dimension, parent, cell);
      if (begin == none) return;
      end = begin + 1;
    }
    for (std::uint32_t record = begin; record < end; ++record) {
      if (is_last)
        flags_[record] = 1;
      else
        mark(row, level + 1, record);
    }
  }

  const RecordContext& records_;
  const tables::TableData& data_;
  std::vector<std::uint32_t> levels_;
  std::vector<std::uint32_t> columns_;
  std::vector<std::uint8_t> flags_;
};

}  // namespace

std::vector<std::uint8_t> find_excluded(const RecordContext& records, std::uint32_t dimension) {
  const tables::TableData& data = records.tables.data[records.context.program.dimensions[dimension].without.index];
  if (data.row_count == 0) return std::vector<std::uint8_t>(records.axes[dimension].count, 0);
  return Exclusion(records, dimension).flags();
}

void place_keys(const RecordContext& records, std::uint32_t dimension, FoundKeys& found) {
  const program::Dimension& declared = records.context.program.dimensions[dimension];
  Axis& axis = records.axes.list[dimension];
  const bool has_parent = declared.parent.exists();
  const std::uint32_t parent_count = has_parent ? records.axes[declared.parent.index].count : 0;
  std::vector<std::uint32_t> place_records(found.keys.size(), none);
  {
    const auto entries = sort_entries(records.context, found, declared.type);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const Entry& entry = entries[i];
      if (i == 0 || entry.parent != entries[i - 1].parent || entry.key != entries[i - 1].key) {
        axis.keys.push_back(found.keys[entry.place]);
        if (has_parent) axis.parents.push_back(entry.parent);
        if (!found.rows.empty()) axis.rows.push_back(found.rows[entry.place]);
        ++axis.count;
      }
      place_records[entry.place] = axis.count - 1;
    }
  }
  if (has_parent) set_children(axis, parent_count);
  if (declared.without.exists()) {
    const auto excluded = find_excluded(records, dimension);
    std::vector<std::uint32_t> renumbered(axis.count, none);
    std::uint32_t kept = 0;
    for (std::uint32_t r = 0; r < axis.count; ++r)
      if (excluded[r] == 0) renumbered[r] = kept++;
    keep_flagged(axis.keys, excluded);
    keep_flagged(axis.parents, excluded);
    keep_flagged(axis.rows, excluded);
    axis.count = kept;
    for (auto& record : place_records) record = renumbered[record];
    if (has_parent) set_children(axis, parent_count);
  }
  if (found.rows.empty()) return;
  found.row_records.assign(records.tables.data[declared.table.index].row_count, none);
  for (std::size_t i = 0; i < found.rows.size(); ++i) found.row_records[found.rows[i]] = place_records[i];
}

}  // namespace osac::planning
