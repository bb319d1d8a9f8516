// Every invariant of a plan, elements included. What open() has checked of the rows is taken for granted; this reads all arrays once, and
// the edges. Linear in elements and edges.

#include <fmt/format.h>

#include <algorithm>

#include "compiler/plan/edges.h"
#include "compiler/plan/resolve.h"
#include "compiler/plan/state.h"

namespace osac::plan {

namespace {

/// Thrown at the first thing that is wrong, caught in verify.
struct Wrong {
  std::string what;
};
template <typename... Arguments>
void require(bool holds, fmt::format_string<Arguments...> what, Arguments&&... arguments) {
  if (!holds) throw Wrong{fmt::format(what, std::forward<Arguments>(arguments)...)};
}

class Verifier {
 public:
  explicit Verifier(const Plan& plan) : plan_(plan), state_(plan.state()) {}

  void verify() const {
    verify_contents();
    verify_strings();
    for (const ColumnRow& column : plan_.columns()) verify_values(column.type, plan_.scalars(column.values), column.name);
    for (const DimensionRow& dimension : plan_.dimensions()) verify_dimension(dimension);
    for (const DatasetRow& dataset : plan_.datasets()) {
      verify_family(dataset.family);
      for (const FieldRow& field : plan_.fields(dataset)) verify_values(field.type, plan_.scalars(field.values), field.name);
    }
    for (const TaskRow& task : plan_.tasks()) verify_task(task);
    for (const StageRow& stage : plan_.stages()) verify_stage(stage);
    for (const CertifyRow& row : plan_.certifications())
      verify_relation(row.relation, plan_.tasks()[row.task], plan_.datasets()[row.dataset].family.name,
                      plan_.datasets()[row.dataset].family.count, true);
    verify_producers();
    verify_levels();
    verify_order();
  }

 private:
  [[nodiscard]] std::string_view name(Symbol symbol) const { return plan_.text(symbol); }

  void verify_contents() const {
    for (const format::Section& section : state_.table)
      if (section.row_size > 0)
        require(checksum(state_.bytes.substr(section.offset, section.count * section.row_size)) == section.checksum,
                "the content of section {} is not what was written", section.kind);
    require(sha256(state_.bytes.substr(sizeof(format::Header))) == state_.header.id, "its id is not that of its content");
  }

  void verify_strings() const {
    const auto offsets = state_.string_offsets;
    require(offsets.front() == 0 && std::is_sorted(offsets.begin(), offsets.end()), "its texts overlap");
  }

  void verify_values(Type type, std::span<const Scalar> values, Symbol column) const {
    const auto texts = static_cast<Scalar>(state_.string_offsets.size() - 1);
    for (const Scalar scalar : values) {
      if (scalar == expression::absent_scalar) continue;
      if (type.is_textual()) require(scalar >= 0 && scalar < texts, "column `{}` names a text that is not there", name(column));
      if (type.kind == expression::Kind::boolean) require(scalar == 0 || scalar == 1, "column `{}` is not bool", name(column));
    }
  }

  void verify_dimension(const DimensionRow& dimension) const {
    const ColumnRow& keys = plan_.columns()[dimension.key_column];
    const auto parents = plan_.indices(dimension.parent_records);
    for (const std::uint32_t parent : parents)
      require(parent < plan_.dimensions()[dimension.parent].record_count, "a record of `{}` has no parent", name(dimension.name));
    const bool by_value = keys.type.kind != expression::Kind::enumeration;  // members are in the order of their declaration
    expression::Value before;
    for (std::uint32_t i = 0; by_value && i < dimension.record_count; ++i) {
      expression::Value own = plan_.value(keys, i);
      require(!own.is_absent(), "record {} of `{}` has no key", i, name(dimension.name));
      if (i > 0) {
        const bool is_same_parent = parents.empty() || parents[i - 1] == parents[i];
        require(is_same_parent ? expression::compare(before, own) < 0 : parents[i - 1] < parents[i], "the keys of `{}` are not sorted",
                name(dimension.name));
      }
      before = std::move(own);
    }
    for (std::uint32_t i = 0; i < dimension.implied_count; ++i) {
      const ImpliedRow& implied = plan_.implied()[dimension.first_implied + i];
      const std::uint32_t records = plan_.dimensions()[implied.dimension].record_count;
      for (const std::uint32_t record : plan_.indices(implied.records))
        require(record < records || record == no_element, "`{}` implies a record that is not there", name(dimension.name));
    }
  }

  void verify_family(const FamilyRow& family) const {
    const auto basis = plan_.indices(family.basis);
    const auto records = plan_.indices(family.records);
    for (std::size_t place = 0; place < basis.size() && !records.empty(); ++place) {
      const auto own = records.subspan(place * family.count, family.count);
      const std::uint32_t limit = plan_.dimensions()[basis[place]].record_count;
      require(std::all_of(own.begin(), own.end(), [&](std::uint32_t record) { return record < limit; }),
              "an element of `{}` stands on no record", name(family.name));
    }
    for (std::uint32_t i = 1; i < family.count && !records.empty(); ++i) {
      bool is_sorted = false;
      for (std::size_t place = 0; place < basis.size() && !is_sorted; ++place) {
        const std::uint32_t before = records[place * family.count + i - 1];
        const std::uint32_t own = records[place * family.count + i];
        require(before <= own, "the elements of `{}` are not sorted", name(family.name));
        is_sorted = before < own;
      }
      require(is_sorted, "`{}` has an element twice", name(family.name));
    }
  }

  void verify_relation(const Relation& relation, const TaskRow& task, Symbol port, std::uint32_t target_count, bool is_optional) const {
    const auto map = plan_.indices(relation.map);
    const std::string_view owner = name(task.family.name);
    if (relation.kind == RelationKind::mapped) {
      for (const std::uint32_t target : map)
        require(target < target_count || (target == no_element && is_optional), "port `{}` of `{}` has no file", name(port), owner);
      return;
    }
    if (relation.kind != RelationKind::grouped && relation.kind != RelationKind::listed) return;
    const auto members = relation.kind == RelationKind::listed ? plan_.indices(relation.members) : std::span<const std::uint32_t>{};
    const std::uint64_t limit = relation.kind == RelationKind::grouped ? target_count : members.size();
    require(std::is_sorted(map.begin(), map.end()) && map.back() <= limit, "the groups of port `{}` of `{}` are not in order", name(port),
            owner);
    require(std::all_of(members.begin(), members.end(), [&](std::uint32_t member) { return member < target_count; }),
            "port `{}` of `{}` names a file that is not there", name(port), owner);
  }

  void verify_task(const TaskRow& task) const {
    verify_family(task.family);
    const auto inputs = plan_.inputs(task);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const InputRow& input = inputs[i];
      const bool has_others = input.branch > 0 || (i + 1 < inputs.size() && inputs[i + 1].branch > 0);
      verify_relation(input.relation, task, input.name, plan_.datasets()[input.dataset].family.count,
                      input.type.is_optional || input.type.is_list || has_others);
      if (has_others && input.branch == 0) verify_branches(task, static_cast<std::uint32_t>(i));
    }
    for (const OutputRow& output : plan_.outputs(task))
      verify_relation(output.relation, task, output.name, plan_.datasets()[output.dataset].family.count, false);
  }

  /// Of the rows of a port an element has files in one at most, and in one at least unless it may do without.
  void verify_branches(const TaskRow& task, std::uint32_t port) const {
    const auto rows = port_rows(plan_, task, port);
    const bool may_be_none = rows.front().type.is_optional || rows.front().type.is_list;
    for (std::uint32_t i = 0; i < task.family.count; ++i) {
      const auto has_files = [&](const InputRow& row) {
        bool any = false;
        plan_.for_each(row.relation, i, plan_.datasets()[row.dataset].family.count, [&](std::uint32_t) { any = true; });
        return any;
      };
      const auto taken = std::count_if(rows.begin(), rows.end(), has_files);
      require(taken <= 1, "port `{}` of `{}` has files of two branches", name(rows.front().name), name(task.family.name));
      require(taken == 1 || may_be_none, "port `{}` of `{}` has no file", name(rows.front().name), name(task.family.name));
    }
  }

  void verify_stage(const StageRow& stage) const {
    const auto elements = plan_.indices(stage.elements);
    const FamilyRow& family = plan_.datasets()[stage.dataset].family;
    for (std::size_t i = 0; i < elements.size(); ++i)
      require(elements[i] < family.count && (i == 0 || elements[i - 1] < elements[i]),
              "what waits for `{}` waits for a file that is not there", name(family.name));
  }

  /// What producers say and what outputs say is the same.
  void verify_producers() const {
    std::vector<std::uint32_t> written(plan_.datasets().size(), 0);
    for (std::uint32_t t = 0; t < plan_.tasks().size(); ++t) {
      const TaskRow& task = plan_.tasks()[t];
      for (const OutputRow& output : plan_.outputs(task)) {
        const DatasetRow& dataset = plan_.datasets()[output.dataset];
        require(dataset.is_external == 0, "`{}` writes external `{}`", name(task.family.name), name(dataset.family.name));
        for (std::uint32_t i = 0; i < task.family.count; ++i)
          plan_.for_each(output.relation, i, dataset.family.count, [&](std::uint32_t target) {
            require(plan_.producer(output.dataset, target) == ElementRef{t, i}, "`{}` is not made by `{}`, which writes it",
                    dataset_element_name(plan_, output.dataset, target), element_name(plan_, {t, i}));
            ++written[output.dataset];
          });
      }
    }
    for (std::uint32_t d = 0; d < plan_.datasets().size(); ++d) {
      const DatasetRow& dataset = plan_.datasets()[d];
      std::uint32_t made = 0;
      for (std::uint32_t i = 0; i < dataset.family.count; ++i) made += plan_.producer(d, i) ? 1 : 0;
      require(dataset.is_external == 0 || made == 0, "external `{}` has a producer", name(dataset.family.name));
      require(made == written[d], "of `{}`, {} elements have a producer and {} are written", name(dataset.family.name), made, written[d]);
    }
  }

  void verify_levels() const {
    for (std::uint32_t t = 0; t < plan_.tasks().size(); ++t) {
      const TaskRow& task = plan_.tasks()[t];
      for (const InputRow& input : plan_.inputs(task)) {
        if (input.is_recurrent != 0) continue;  // in no order of tasks: verify_order looks at its elements
        const DatasetRow& dataset = plan_.datasets()[input.dataset];
        const auto check = [&](std::uint32_t maker) {
          if (maker == no_row || maker == t) return;  // its own earlier elements: verify_order looks at them
          require(plan_.tasks()[maker].level < task.level, "`{}` reads what `{}` makes, but is not after it", name(task.family.name),
                  name(plan_.tasks()[maker].family.name));
        };
        if (dataset.producer_tasks.count == 0) check(dataset.producer);
      }
      for (std::uint32_t i = 0; i < task.family.count; ++i)
        for_each_parent_of_mixed(task, i, [&](ElementRef maker) {
          require(maker.task == t || plan_.tasks()[maker.task].level < task.level, "`{}` reads what `{}` makes, but is not after it",
                  element_name(plan_, {t, i}), element_name(plan_, maker));
        });
    }
  }
  template <typename F>
  void for_each_parent_of_mixed(const TaskRow& task, std::uint32_t element, F&& f) const {
    for (const InputRow& input : plan_.inputs(task)) {
      const DatasetRow& dataset = plan_.datasets()[input.dataset];
      if (input.is_recurrent != 0 || dataset.producer_tasks.count == 0 || (input.relation.kind == RelationKind::every && element > 0))
        continue;
      plan_.for_each(input.relation, element, dataset.family.count, [&](std::uint32_t target) {
        if (const auto maker = plan_.producer(input.dataset, target)) f(*maker);
      });
    }
  }

  /// No element waits for itself.
  void verify_order() const {
    const Edges edges = make_edges(plan_);
    std::vector<std::uint32_t> missing = edges.parent_counts;
    std::vector<std::uint32_t> ready;
    for (std::uint32_t node = 0; node < edges.node_count(); ++node)
      if (missing[node] == 0) ready.push_back(node);
    for (std::size_t i = 0; i < ready.size(); ++i)
      for (const std::uint32_t dependent : edges.of(ready[i]))
        if (--missing[dependent] == 0) ready.push_back(dependent);
    if (ready.size() == edges.node_count()) return;
    const auto stuck = std::find_if(missing.begin(), missing.end(), [](std::uint32_t count) { return count > 0; }) - missing.begin();
    const auto element = std::min(static_cast<std::uint32_t>(stuck), edges.element_count - 1);
    throw Wrong{fmt::format("`{}` waits for itself", element_name(plan_, plan_.element(element)))};
  }

  const Plan& plan_;
  const Plan::State& state_;
};

}  // namespace

std::string verify(const Plan& plan) {
  try {
    Verifier(plan).verify();
    return {};
  } catch (const Wrong& wrong) {
    return wrong.what;
  }
}

}  // namespace osac::plan
