#include "compiler/planning/relations.h"

#include <algorithm>

#include "compiler/base/text.h"

namespace osac::planning {

namespace {

using plan::Relation;
using plan::RelationKind;

plan::Array append(const std::vector<std::uint32_t>& list, std::vector<std::uint32_t>& indices) {
  const plan::Array array{indices.size(), list.size()};
  indices.insert(indices.end(), list.begin(), list.end());
  return array;
}

Relation make_single(const Links& links, std::vector<std::uint32_t>& indices) {
  Relation relation;
  const auto& target = links.target;
  bool is_identity = true;
  bool is_same = !target.empty() && target[0] != none;
  for (std::uint32_t i = 0; i < target.size() && (is_identity || is_same); ++i) {
    is_identity = is_identity && target[i] == i;
    is_same = is_same && target[i] == target[0];
  }
  if (is_identity) return relation;
  relation.kind = is_same ? RelationKind::same : RelationKind::mapped;
  if (is_same)
    relation.first_target = target[0];
  else
    relation.map = append(target, indices);
  return relation;
}

bool is_every(const Links& links, std::uint32_t target_count) {
  if (links.group.empty() || links.group[0] == none) return false;
  if (std::any_of(links.group.begin(), links.group.end(), [&](std::uint32_t g) { return g != links.group[0]; })) return false;
  if (links.size_of(0) != target_count) return false;
  std::uint32_t next = 0;
  bool is_in_order = true;
  links.for_each(0, [&](std::uint32_t member) { is_in_order = is_in_order && member == next++; });
  return is_in_order;
}

/// Whether the lists, one after another, are consecutive elements.
bool is_consecutive(const Links& links, std::uint32_t& first) {
  bool has_begun = false;
  std::uint32_t next = 0;
  for (std::uint32_t e = 0; e < links.group.size(); ++e) {
    bool holds = true;
    links.for_each(e, [&](std::uint32_t member) {
      if (!has_begun) first = next = member;
      has_begun = true;
      holds = holds && member == next++;
    });
    if (!holds) return false;
  }
  return true;
}

Relation make_list(const Links& links, std::uint32_t target_count, std::vector<std::uint32_t>& indices) {
  Relation relation;
  if (is_every(links, target_count)) {
    relation.kind = RelationKind::every;
    return relation;
  }
  std::uint32_t first = 0;
  relation.kind = is_consecutive(links, first) ? RelationKind::grouped : RelationKind::listed;
  const auto count = static_cast<std::uint32_t>(links.group.size());
  relation.map = {indices.size(), std::uint64_t{count} + 1};
  std::uint32_t at = relation.kind == RelationKind::grouped ? first : 0;
  indices.push_back(at);
  for (std::uint32_t e = 0; e < count; ++e) {
    at += static_cast<std::uint32_t>(links.size_of(e));
    indices.push_back(at);
  }
  if (relation.kind == RelationKind::grouped) return relation;
  relation.members.first = indices.size();
  for (std::uint32_t e = 0; e < count; ++e) links.for_each(e, [&](std::uint32_t member) { indices.push_back(member); });
  relation.members.count = indices.size() - relation.members.first;
  return relation;
}

}  // namespace

Relation make_relation(const Links& links, std::uint32_t target_count, std::vector<std::uint32_t>& indices) {
  return links.is_list ? make_list(links, target_count, indices) : make_single(links, indices);
}

bool check_sizes(const Frame& frame, const Draft& draft) {
  const program::Program& program = frame.context.program;
  std::uint64_t elements = 0;
  bool fits = true;
  for (std::uint32_t t = 0; t < draft.tasks.size(); ++t) {
    const TaskDraft& task = draft.tasks[t];
    elements += task.family.count;
    for (std::size_t i = 0; i < task.inputs.size(); ++i) {
      if (!task.inputs[i].is_list || is_every(task.inputs[i], draft.datasets[program.tasks[t].inputs[i].dataset.index].family.count))
        continue;
      std::uint64_t members = 0;
      for (std::uint32_t e = 0; e < task.family.count; ++e) members += task.inputs[i].size_of(e);
      if (members < none) continue;
      fits = false;
      frame.context.diagnostics.report(DiagnosticKind::too_many_links, program.tasks[t].inputs[i].span,
                                       frame.context.text(program.tasks[t].inputs[i].name), frame.context.text(program.tasks[t].name),
                                       grouped(members));
    }
  }
  if (elements < none) return fits;
  frame.context.diagnostics.report_without_place(DiagnosticKind::too_many_elements, "the plan", grouped(elements), grouped(none - 1U));
  return false;
}

}  // namespace osac::planning
