#include "compiler/plan/match.h"

#include <optional>

namespace osac::plan {

namespace {

class Matcher {
 public:
  Matcher(const Plan& from, const Plan& to) : from_(from), to_(to), records_(from.dimensions().size()) {
    for (const DimensionRow& row : from.dimensions()) dimensions_.push_back(find_dimension(from.text(row.name)));
  }

  std::vector<std::uint32_t> match() {
    std::vector<std::uint32_t> out(from_.element_count(), no_element);
    for (const TaskRow& task : from_.tasks()) {
      const auto other = to_.find_task(from_.text(task.family.name));
      if (!other) continue;
      const TaskRow& there = to_.tasks()[*other];
      match_family(task.family, there.family,
                   [&](std::uint32_t here, std::uint32_t found) { out[task.first_element + here] = there.first_element + found; });
    }
    return out;
  }

 private:
  [[nodiscard]] std::uint32_t find_dimension(std::string_view name) const {
    for (std::uint32_t i = 0; i < to_.dimensions().size(); ++i)
      if (to_.text(to_.dimensions()[i].name) == name) return i;
    return no_row;
  }

  /// For each record of a dimension the one with the same keys.
  const std::vector<std::uint32_t>& records(std::uint32_t dimension) {
    auto& known = records_[dimension];
    if (!known) known = match_records(dimension);
    return *known;
  }
  std::vector<std::uint32_t> match_records(std::uint32_t dimension) {
    const DimensionRow& here = from_.dimensions()[dimension];
    std::vector<std::uint32_t> out(here.record_count, no_element);
    if (dimensions_[dimension] == no_row) return out;
    const DimensionRow& there = to_.dimensions()[dimensions_[dimension]];
    const bool has_parent = here.parent != no_row;
    if (has_parent != (there.parent != no_row) || (has_parent && dimensions_[here.parent] != there.parent)) return out;
    const ColumnRow& own = from_.columns()[here.key_column];
    const ColumnRow& other = to_.columns()[there.key_column];
    if (own.type.kind != other.type.kind) return out;
    const std::vector<std::uint32_t>* const parents = has_parent ? &records(here.parent) : nullptr;
    const auto parents_here = from_.indices(here.parent_records);
    const auto parents_there = to_.indices(there.parent_records);
    std::uint32_t at = 0;
    for (std::uint32_t record = 0; record < here.record_count; ++record) {
      const std::uint32_t parent = has_parent ? (*parents)[parents_here[record]] : 0;
      if (parent == no_element) continue;
      const expression::Value key = from_.value(own, record);
      while (at < there.record_count && has_parent && parents_there[at] < parent) ++at;
      for (std::uint32_t i = at; i < there.record_count && (!has_parent || parents_there[i] == parent); ++i) {
        // members of an enumeration are in the order of their declaration, which no comparison of values knows
        const bool is_same = to_.value(other, i) == key;
        if (is_same) {
          out[record] = i;
          at = i + 1;
          break;
        }
        if (own.type.kind != expression::Kind::enumeration && expression::compare(to_.value(other, i), key) > 0) break;
        if (own.type.kind != expression::Kind::enumeration) at = i + 1;
      }
    }
    return out;
  }

  template <typename F>
  void match_family(const FamilyRow& here, const FamilyRow& there, F&& found) {
    const auto basis = from_.indices(here.basis);
    const auto other = to_.indices(there.basis);
    if (basis.size() != other.size()) return;
    std::vector<const std::vector<std::uint32_t>*> maps;
    for (std::size_t place = 0; place < basis.size(); ++place) {
      if (dimensions_[basis[place]] != other[place]) return;
      maps.push_back(&records(basis[place]));
    }
    const auto compare = [&](std::uint32_t a, std::uint32_t b) {
      for (std::size_t place = 0; place < basis.size(); ++place) {
        const std::uint32_t mapped = (*maps[place])[record_at(from_, here, place, a)];
        const std::uint32_t record = record_at(to_, there, place, b);
        if (mapped != record) return mapped < record ? -1 : 1;
      }
      return 0;
    };
    const auto is_mapped = [&](std::uint32_t element) {
      for (std::size_t place = 0; place < basis.size(); ++place)
        if ((*maps[place])[record_at(from_, here, place, element)] == no_element) return false;
      return true;
    };
    std::uint32_t at = 0;
    for (std::uint32_t element = 0; element < here.count; ++element) {
      if (!is_mapped(element)) continue;
      int order = -1;
      while (at < there.count && (order = compare(element, at)) > 0) ++at;
      if (at < there.count && order == 0) found(element, at++);
    }
  }
  static std::uint32_t record_at(const Plan& plan, const FamilyRow& family, std::size_t place, std::uint32_t element) {
    const auto records = plan.indices(family.records);
    return records.empty() ? element : records[place * family.count + element];
  }

  const Plan& from_;
  const Plan& to_;
  std::vector<std::uint32_t> dimensions_;  // one a dimension of `from_`: which one of `to_`
  std::vector<std::optional<std::vector<std::uint32_t>>> records_;
};

}  // namespace

std::vector<std::uint32_t> match_elements(const Plan& from, const Plan& to) { return Matcher(from, to).match(); }

}  // namespace osac::plan
