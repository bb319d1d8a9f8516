#pragma once
// The inside of PlanMaker; include plan_maker.h.

#include <algorithm>
#include <numeric>

#include "tests/support/plan_maker.h"

namespace osac::test {

using expression::ExprId;
using expression::HoleContext;
using expression::Kind;
using expression::Node;
using expression::Op;
using expression::Scalar;
using expression::Type;

// ---- dimensions and families

inline PlanMaker::PlanMaker(std::string_view workflow) : workflow_(workflow) { symbol(workflow); }

inline Symbol PlanMaker::symbol(std::string_view text) {
  const auto [entry, is_new] = numbers_.try_emplace(std::string(text), static_cast<std::uint32_t>(texts_.size()));
  if (is_new) texts_.emplace_back(text);
  return Symbol{entry->second};
}

inline plan::Array PlanMaker::add_indices(const std::vector<std::uint32_t>& values) {
  const plan::Array array{indices_.size(), values.size()};
  indices_.insert(indices_.end(), values.begin(), values.end());
  return array;
}

inline std::vector<std::uint32_t> PlanMaker::indices(plan::Array array) const {
  const auto first = indices_.begin() + static_cast<std::ptrdiff_t>(array.first);
  return {first, first + static_cast<std::ptrdiff_t>(array.count)};
}

inline DimensionId PlanMaker::add_dimension(std::string_view name, Kind kind, std::vector<Scalar> keys) {
  Dimension dimension;
  dimension.row.name = symbol(name);
  dimension.row.record_count = static_cast<std::uint32_t>(keys.size());
  dimension.key = {symbol(name), Type::of(kind), std::move(keys)};
  dimensions_.push_back(std::move(dimension));
  return {static_cast<std::uint32_t>(dimensions_.size() - 1)};
}

inline DimensionId PlanMaker::dimension(std::string_view name, const std::vector<std::int64_t>& keys) {
  return add_dimension(name, Kind::integer, keys);
}

inline DimensionId PlanMaker::dimension(std::string_view name, const std::vector<std::string>& keys) {
  std::vector<Scalar> symbols;
  for (const std::string& key : keys) symbols.push_back(symbol(key).index);
  return add_dimension(name, Kind::text, std::move(symbols));
}

inline DimensionId PlanMaker::dimension_in(DimensionId parent, std::string_view name,
                                           const std::vector<std::pair<std::uint32_t, std::int64_t>>& keys) {
  std::vector<Scalar> own;
  std::vector<std::uint32_t> records;
  for (const auto& [record, key] : keys) {
    records.push_back(record);
    own.push_back(key);
  }
  const DimensionId id = add_dimension(name, Kind::integer, std::move(own));
  dimensions_[id.index].row.parent = parent.index;
  dimensions_[id.index].row.parent_records = add_indices(records);
  return id;
}

inline void PlanMaker::implies(DimensionId dimension, DimensionId implied, const std::vector<std::uint32_t>& records) {
  dimensions_[dimension.index].implied.push_back({implied.index, 0, add_indices(records)});
}

inline void PlanMaker::attribute(DimensionId dimension, std::string_view name, const std::vector<double>& values) {
  std::vector<Scalar> scalars;
  for (const double value : values) scalars.push_back(expression::scalar_of(value));
  dimensions_[dimension.index].attributes.push_back({symbol(name), Type::of(Kind::real), std::move(scalars)});
}

/// The record of dimension `to` that a record of `from` determines.
inline std::uint32_t PlanMaker::follow(std::uint32_t from, std::uint32_t record, std::uint32_t to) const {
  if (from == to || record == plan::no_element) return record;
  const Dimension& dimension = dimensions_[from];
  if (dimension.row.parent != plan::no_row)
    if (const auto found = follow(dimension.row.parent, indices(dimension.row.parent_records)[record], to); found != plan::no_element)
      return found;
  for (const plan::ImpliedRow& implied : dimension.implied)
    if (const auto found = follow(implied.dimension, indices(implied.records)[record], to); found != plan::no_element) return found;
  return plan::no_element;
}

inline std::uint32_t PlanMaker::record(const plan::FamilyRow& family, std::uint32_t element, std::uint32_t dimension) const {
  const auto basis = indices(family.basis);
  for (std::size_t place = 0; place < basis.size(); ++place) {
    const std::uint32_t own = family.records.count == 0 ? element : indices_[family.records.first + place * family.count + element];
    if (const auto found = follow(basis[place], own, dimension); found != plan::no_element) return found;
  }
  return plan::no_element;
}

/// All keys of `dimensions`: those that another one of the list determines follow it, the others are multiplied out.
inline plan::FamilyRow PlanMaker::family(std::string_view name, const Dimensions& dimensions) {
  std::vector<std::uint32_t> declared;
  std::vector<std::uint32_t> basis;
  for (const DimensionId id : dimensions) declared.push_back(id.index);
  for (const std::uint32_t one : declared) {
    const bool is_determined = std::any_of(declared.begin(), declared.end(), [&](std::uint32_t other) {
      return other != one && dimensions_[other].row.record_count > 0 && follow(other, 0, one) != plan::no_element;
    });
    if (!is_determined) basis.push_back(one);
  }
  plan::FamilyRow row;
  row.name = symbol(name);
  row.dimensions = add_indices(declared);
  row.basis = add_indices(basis);
  row.count = 1;
  for (const std::uint32_t one : basis) row.count *= dimensions_[one].row.record_count;
  if (basis.size() > 1) {
    std::vector<std::uint32_t> records;
    std::uint32_t below = row.count;
    for (const std::uint32_t one : basis) {
      const std::uint32_t count = dimensions_[one].row.record_count;
      below /= std::max(1U, count);
      for (std::uint32_t i = 0; i < row.count; ++i) records.push_back(i / below % count);
    }
    row.records = add_indices(records);
  }
  return row;
}

/// For each element of `from`, the elements of `to` that stand on the same records wherever both stand on one.
inline std::vector<std::vector<std::uint32_t>> PlanMaker::targets(const plan::FamilyRow& from, const plan::FamilyRow& to) const {
  std::vector<std::vector<std::uint32_t>> lists(from.count);
  for (std::uint32_t i = 0; i < from.count; ++i)
    for (std::uint32_t j = 0; j < to.count; ++j) {
      bool agree = true;
      for (std::uint32_t d = 0; agree && d < dimensions_.size(); ++d) {
        const auto a = record(from, i, d);
        const auto b = record(to, j, d);
        agree = a == b || a == plan::no_element || b == plan::no_element;
      }
      if (agree) lists[i].push_back(j);
    }
  return lists;
}

inline plan::Relation PlanMaker::mapped(const std::vector<std::uint32_t>& map) {
  plan::Relation relation;
  const bool is_identity =
      std::all_of(map.begin(), map.end(), [&, i = std::uint32_t{0}](std::uint32_t target) mutable { return target == i++; });
  if (is_identity) return relation;
  relation.kind = plan::RelationKind::mapped;
  if (std::adjacent_find(map.begin(), map.end(), std::not_equal_to<>()) == map.end() && map.front() != plan::no_element) {
    relation.kind = plan::RelationKind::same;
    relation.first_target = map.front();
  } else {
    relation.map = add_indices(map);
  }
  return relation;
}

inline plan::Relation PlanMaker::relation(const plan::FamilyRow& from, const plan::FamilyRow& to) {
  const auto lists = targets(from, to);
  if (std::all_of(lists.begin(), lists.end(), [](const auto& list) { return list.size() <= 1; })) {
    std::vector<std::uint32_t> map;
    for (const auto& list : lists) map.push_back(list.empty() ? plan::no_element : list.front());
    return mapped(map);
  }
  plan::Relation relation;
  if (std::all_of(lists.begin(), lists.end(), [&](const auto& list) { return list.size() == to.count; })) {
    relation.kind = plan::RelationKind::every;
    return relation;
  }
  std::vector<std::uint32_t> map = {0};
  std::vector<std::uint32_t> members;
  for (const auto& list : lists) {
    members.insert(members.end(), list.begin(), list.end());
    map.push_back(static_cast<std::uint32_t>(members.size()));
  }
  std::vector<std::uint32_t> straight(members.size());
  std::iota(straight.begin(), straight.end(), 0U);
  relation.kind = members == straight ? plan::RelationKind::grouped : plan::RelationKind::listed;
  relation.map = add_indices(map);
  if (relation.kind == plan::RelationKind::listed) relation.members = add_indices(members);
  return relation;
}

// ---- datasets and parameters

inline DatasetId PlanMaker::add_dataset(std::string_view name, const Dimensions& dimensions, std::string_view path) {
  plan::DatasetRow row;
  row.family = family(name, dimensions);
  row.path = text_template(nullptr, path, HoleContext::plain);
  row.is_directory = path.ends_with('/') ? 1 : 0;
  row.doc = symbol("");
  row.line = static_cast<std::uint32_t>(datasets_.size() + 1);
  datasets_.push_back(row);
  fields_.emplace_back();
  makers_.emplace_back(row.family.count);
  return {static_cast<std::uint32_t>(datasets_.size() - 1)};
}

inline DatasetId PlanMaker::external(std::string_view name, const Dimensions& dimensions, std::string_view path) {
  const DatasetId id = add_dataset(name, dimensions, path);
  row(id).is_external = 1;
  return id;
}
inline DatasetId PlanMaker::dataset(std::string_view name, const Dimensions& dimensions, std::string_view path) {
  return add_dataset(name, dimensions, path);
}
inline DatasetId PlanMaker::temp(std::string_view name, const Dimensions& dimensions, std::string_view path) {
  const DatasetId id = add_dataset(name, dimensions, path);
  row(id).persistence = plan::Persistence::temp;
  return id;
}
inline void PlanMaker::field(DatasetId dataset, std::string_view name, Kind kind, std::string_view source,
                             const std::vector<Scalar>& values) {
  fields_[dataset.index].push_back({symbol(name), symbol(source), Type::of(kind), add_scalars(values)});
}
inline void PlanMaker::parameter(std::string_view name, std::string_view value) {
  parameters_.push_back({symbol(name), symbol(value), Type::of(Kind::text)});
}

// ---- expressions

inline ExprId PlanMaker::add_node(Node node, const std::vector<ExprId>& children) {
  node.first_child = static_cast<std::uint32_t>(children_.size());
  node.child_count = static_cast<std::uint32_t>(children.size());
  for (const ExprId child : children) children_.push_back(child.index);
  nodes_.push_back(node);
  return ExprId{static_cast<std::uint32_t>(nodes_.size() - 1)};
}

inline ExprId PlanMaker::constant(std::int64_t bits, Type type) {
  Node node;
  node.type = type;
  node.bits = bits;
  return add_node(node);
}

/// `port.field` of an input, or `dataset.field`.
inline ExprId PlanMaker::field_reference(const Task* task, std::string_view name) {
  const std::string_view owner = name.substr(0, name.find('.'));
  const std::string_view field = name.substr(owner.size() + 1);
  Node node;
  std::uint32_t dataset = plan::no_row;
  for (std::uint32_t i = 0; task != nullptr && i < task->inputs.size() && dataset == plan::no_row; ++i)
    if (texts_[task->inputs[i].name.index] == owner) {
      node.op = Op::port_field;
      node.index = i;
      dataset = task->inputs[i].dataset;
    }
  for (std::uint32_t d = 0; d < datasets_.size() && dataset == plan::no_row; ++d)
    if (texts_[datasets_[d].family.name.index] == owner) {
      node.op = Op::dataset_field;
      node.index = dataset = d;
    }
  const auto& fields = fields_.at(dataset);
  while (texts_[fields.at(node.extra).name.index] != field) ++node.extra;
  node.type = fields[node.extra].type;
  return add_node(node);
}

/// A port, a resource, `scratch`, a dimension's key or an attribute by its name.
inline ExprId PlanMaker::reference(const Task* task, std::string_view name) {
  if (name.find('.') != std::string_view::npos) return field_reference(task, name);
  Node node;
  if (task != nullptr) {
    const bool is_count = name.starts_with("len(") && name.ends_with(')');
    const std::string_view port = is_count ? name.substr(4, name.size() - 5) : name;
    for (std::uint32_t i = 0; i < task->inputs.size() + task->outputs.size(); ++i) {
      const bool is_input = i < task->inputs.size();
      const Symbol own = is_input ? task->inputs[i].name : task->outputs[i - task->inputs.size()].name;
      if (texts_[own.index] != port) continue;
      node.op = is_count ? Op::port_count : Op::port_path;
      node.index = i;
      node.type = is_count ? Type::of(Kind::integer) : is_input ? task->inputs[i].type : task->outputs[i - task->inputs.size()].type;
      return add_node(node);
    }
    const std::vector<std::pair<std::string_view, Kind>> resources = {
        {"cpus", Kind::integer}, {"memory", Kind::memory}, {"time", Kind::duration}, {"disk", Kind::memory}, {"gpus", Kind::integer}};
    for (std::uint32_t i = 0; i < resources.size(); ++i) {
      if (resources[i].first != name) continue;
      node.op = Op::resource;
      node.index = i;
      node.type = Type::of(resources[i].second);
      return add_node(node);
    }
    if (name == "scratch") {
      node.op = Op::scratch;
      node.type = Type::of(Kind::path);
      return add_node(node);
    }
  }
  for (std::uint32_t i = 0; i < dimensions_.size(); ++i) {
    node.index = i;
    if (texts_[dimensions_[i].row.name.index] == name) {
      node.op = Op::key;
      node.type = dimensions_[i].key.type;
      return add_node(node);
    }
    for (std::uint32_t a = 0; a < dimensions_[i].attributes.size(); ++a) {
      if (texts_[dimensions_[i].attributes[a].name.index] != name) continue;
      node.op = Op::attribute;
      node.extra = a;
      node.type = dimensions_[i].attributes[a].type;
      return add_node(node);
    }
  }
  throw std::logic_error("PlanMaker: nothing is called `" + std::string(name) + "`");
}

inline ExprId PlanMaker::text_template(const Task* task, std::string_view text, HoleContext context) {
  std::vector<ExprId> parts;
  std::string literal;
  const auto end_literal = [&] {
    if (!literal.empty()) parts.push_back(constant(symbol(literal).index, Type::of(Kind::text)));
    literal.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{' && text.substr(i, 2) != "{{") {
      end_literal();
      const std::size_t close = text.find('}', i);
      std::string_view inside = text.substr(i + 1, close - i - 1);
      std::string_view spec;
      if (const auto colon = inside.find(':'); colon != std::string_view::npos) {
        spec = inside.substr(colon + 1);
        inside = inside.substr(0, colon);
      }
      Node hole;
      hole.op = Op::hole;
      hole.index = static_cast<std::uint32_t>(context);
      hole.extra = spec == "list" ? expression::hole_list : spec == "raw" ? expression::hole_raw : 0;
      hole.bits = symbol(hole.extra == 0 ? spec : "").index;
      const ExprId child = reference(task, inside);
      hole.type = nodes_[child.index].type;
      parts.push_back(add_node(hole, {child}));
      i = close;
    } else {
      if (text.substr(i, 2) == "{{" || text.substr(i, 2) == "}}") ++i;
      literal += text[i];
    }
  }
  end_literal();
  Node node;
  node.op = Op::text;
  node.type = Type::of(Kind::text);
  return add_node(node, parts);
}

inline plan::CommandRow PlanMaker::command(const Task& task, plan::CommandKind kind, std::string_view text, std::string_view interpreter) {
  plan::CommandRow row;
  row.kind = kind;
  if (kind == plan::CommandKind::words) {
    std::vector<std::uint32_t> words;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find(' ', begin), text.size());
      if (end > begin) words.push_back(text_template(&task, text.substr(begin, end - begin), HoleContext::word).index);
      begin = end + 1;
    }
    row.words = add_indices(words);
    return row;
  }
  if (kind == plan::CommandKind::script) row.interpreter = symbol(interpreter);
  row.text = text_template(&task, text, kind == plan::CommandKind::shell ? HoleContext::shell_bare : HoleContext::literal);
  return row;
}

inline plan::Array PlanMaker::add_scalars(const std::vector<std::int64_t>& values) {
  const plan::Array array{scalars_.size(), values.size()};
  scalars_.insert(scalars_.end(), values.begin(), values.end());
  return array;
}

}  // namespace osac::test

#include "tests/support/plan_maker_tasks.h"
