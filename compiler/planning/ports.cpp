#include "compiler/planning/ports.h"

#include <algorithm>

#include "compiler/planning/domains.h"
#include "compiler/planning/lookup_candidates.h"

namespace osac::planning {

namespace {

using program::LookupDirection;

bool is_neighbour(const program::Input& input) {
  return input.lookup.direction == LookupDirection::previous || input.lookup.direction == LookupDirection::following;
}

bool is_window(const program::Input& input) { return input.lookup.direction == LookupDirection::window; }

class PortLinker {
 public:
  PortLinker(const Stages& stages, Folder& fold, std::uint32_t task, const Port& port)
      : stages_(stages),
        frame_(stages.frame),
        fold_(fold),
        draft_(stages.draft),
        declared_(frame_.context.program.tasks[task]),
        task_(draft_.tasks[task]),
        port_(port),
        is_settled_(task_.family.count, 0) {}

  PortOutcome run() {
    PortOutcome outcome;
    bool is_optional = false;
    for (std::uint32_t row = port_.first; row < port_.first + port_.count; ++row) {
      const program::Input& input = declared_.inputs[row];
      is_optional = is_optional || input.is_optional || is_window(input);
      outcome.is_lookup = outcome.is_lookup || input.lookup.direction != LookupDirection::none;
      link_row(row);
    }
    outcome.is_required = !is_optional;
    outcome.lacks.assign(task_.family.count, 0);
    for (std::uint32_t e = 0; e < task_.family.count; ++e) {
      if (is_settled_[e] != 0 || is_optional) continue;
      if (outcome.is_lookup)
        fail(e);
      else
        outcome.lacks[e] = 1;
    }
    return outcome;
  }

 private:
  void link_row(std::uint32_t row) {
    const program::Input& input = declared_.inputs[row];
    const std::uint32_t d = input.dataset.index;
    if (!draft_.datasets[d].is_made) make_external(stages_, fold_, d);
    const DatasetDraft& dataset = draft_.datasets[d];
    members_held_ = dataset.held;
    if (input.where.exists()) hold_unknown(stages_, dataset.family, fold_(input.where), conditions(), members_held_);
    const InputSides sides{frame_,
                           fold_,
                           input,
                           frame_.context.program.datasets[d],
                           task_.family,
                           dataset.family,
                           members_held_.empty() ? nullptr : &members_held_};
    hold_for_expressions(input);
    switch_off_absent(input);
    failures_.clear();
    Links links = link(sides);
    auto& list = links.is_list ? links.group : links.target;
    for (std::size_t e = 0; e < list.size(); ++e)
      if (is_settled_[e] != 0) list[e] = none;
    hold_for_pending(sides, links);
    hold_for_members(links);
    take_failures(row);
    count_members(row, links);
    for (std::uint32_t e = 0; e < task_.family.count; ++e)
      if (links.size_of(e) > 0 || is_held(task_.held, e)) is_settled_[e] = 1;
    task_.inputs[row] = std::move(links);
  }

  Links link(const InputSides& sides) {
    switch (sides.input.lookup.direction) {
      case LookupDirection::none:
        if (sides.input.type.is_list && sides.input.via.exists()) return link_relation(sides, draft_.relations[sides.input.via.index]);
        return sides.input.type.is_list ? link_gather(sides) : link_single(sides);
      case LookupDirection::window:
        return link_window(sides, failures_);
      case LookupDirection::previous:
      case LookupDirection::following:
        return link_neighbour(sides, failures_);
      default:
        return link_lookup(sides, failures_);
    }
  }

  [[nodiscard]] std::string conditions() const { return fmt::format("conditions of `{}`", frame_.context.text(declared_.name)); }

  /// Records that the answer depends on, seen from the reader.
  void hold_for_expressions(const program::Input& input) {
    Held held;
    for (const ExprId id : {input.condition, input.lookup.at, input.lookup.within, input.where})
      if (id.exists()) hold_unknown(stages_, task_.family, fold_(id), conditions(), held);
    for (const auto& fix : input.fixes) hold_unknown(stages_, task_.family, fold_(fix.value), conditions(), held);
    for (std::uint32_t e = 0; e < held.size(); ++e)
      if (is_held(held, e) && is_settled_[e] == 0) hold(task_.held, task_.family.count, e, held[e]);
  }

  void switch_off_absent(const program::Input& input) {
    if (!input.condition.exists()) return;
    std::vector<std::uint8_t> is_active(task_.family.count, 1);
    restrict_elements(frame_, task_.family, fold_(input.condition), is_active);
    for (std::uint32_t e = 0; e < task_.family.count; ++e)
      if (is_active[e] == 0) is_settled_[e] = 1;
  }

  /// Keys that may have members later, less those that the input's own conditions exclude.
  Family possible_keys(const InputSides& sides, const Pending& pending) {
    Family keys = pending.keys;
    std::vector<std::uint8_t> flags(keys.count, 1);
    const auto routes = find_routes(frame_.context.program, frame_.axes, keys.basis);
    for (const ExprId condition : conjuncts(frame_.expressions, fold_(sides.input.where))) {
      const auto dimensions = dimensions_in(frame_.expressions, condition);
      const bool is_known = std::all_of(dimensions.begin(), dimensions.end(), [&](std::uint32_t d) { return routes[d].exists(); });
      if (is_known && records_in(frame_.expressions, condition).empty()) restrict_elements(frame_, keys, condition, flags);
    }
    keep_only(keys, flags);
    return keys;
  }

  /// Readers that agree with keys below which there may be more: of lists and look-ups all, of a single file those that have none.
  void hold_for_pending(const InputSides& sides, const Links& links) {
    const bool is_open_ended = links.is_list || sides.input.lookup.direction != LookupDirection::none;
    PendingSets sets = draft_.datasets[sides.input.dataset.index].pending;
    for (Pending& pending : sets) {
      Family keys = possible_keys(sides, pending);
      if (keys.count == 0) continue;
      pending.keys = std::move(keys);
      if (links.is_list && sides.input.via.exists()) {
        hold_connected(sides, pending);
        continue;
      }
      hold_where(pending, shared_with(sides, pending.keys), links, is_open_ended || pending.covers_existing);
    }
    if (!sides.input.via.exists()) return;
    for (const Pending& pending : pending_tuples(stages_, sides.input.via.index))
      hold_where(pending, common_dimensions(frame_, task_.family.basis, pending.keys.basis), links, true);
  }

  /// By a relation: readers that a tuple connects with a key to come.
  void hold_connected(const InputSides& sides, const Pending& pending) {
    program::Input plain = sides.input;
    plain.where = {};
    plain.fixes.clear();
    const InputSides coarse{frame_, fold_, plain, sides.dataset, task_.family, pending.keys};
    const Links connected = link_relation(coarse, draft_.relations[plain.via.index]);
    for (std::uint32_t e = 0; e < task_.family.count; ++e)
      if (connected.size_of(e) > 0 && is_settled_[e] == 0) hold(task_.held, task_.family.count, e, pending.stage);
  }

  void hold_where(const Pending& pending, const std::vector<std::uint32_t>& dimensions, const Links& links, bool even_if_found) {
    const auto flags = find_agreeing(frame_, task_.family, pending.keys, dimensions);
    for (std::uint32_t e = 0; e < task_.family.count; ++e)
      if (flags[e] != 0 && is_settled_[e] == 0 && (even_if_found || links.size_of(e) == 0))
        hold(task_.held, task_.family.count, e, pending.stage);
  }

  /// On what a reader and a key to come have to agree, as far as the key says it.
  std::vector<std::uint32_t> shared_with(const InputSides& sides, const Family& keys) const {
    const InputSides coarse{sides.frame, sides.fold, sides.input, sides.dataset, sides.task, keys};
    if (sides.input.lookup.direction == LookupDirection::none) return joined_dimensions(coarse);
    if (is_neighbour(sides.input)) return common_dimensions(frame_, neighbour_dimensions(sides).by_record, keys.basis);
    return common_dimensions(frame_, shared_by_lookup(sides), keys.basis);
  }

  /// Whoever reads what waits, waits; also where one of two equal candidates may yet not be.
  void hold_for_members(const Links& links) {
    if (members_held_.empty()) return;
    for (std::uint32_t e = 0; e < task_.family.count; ++e)
      links.for_each(e, [&](std::uint32_t member) {
        if (members_held_[member] != none) hold(task_.held, task_.family.count, e, members_held_[member]);
      });
    for (const Failure& failure : failures_) {
      if (failure.what != Failure::What::tie) continue;
      for (const std::uint32_t member : {failure.first, failure.second})
        if (is_held(members_held_, member)) hold(task_.held, task_.family.count, failure.element, members_held_[member]);
    }
  }

  void take_failures(std::uint32_t row) {
    for (Failure& failure : failures_) {
      failure.input = row;
      if (is_settled_[failure.element] != 0 || is_held(task_.held, failure.element)) continue;
      if (failure.what == Failure::What::unsettled) {
        hold(task_.held, task_.family.count, failure.element, members_held_[failure.first]);
      } else if (failure.what == Failure::What::tie) {
        is_settled_[failure.element] = 1;
        task_.failures.push_back(failure);
      } else {
        nothing_found_.push_back(failure);
      }
    }
  }

  void count_members(std::uint32_t row, const Links& links) {
    const program::Input& input = declared_.inputs[row];
    if (input.minimum == 0 && input.expected == 0) return;
    for (std::uint32_t e = 0; e < task_.family.count; ++e) {
      const std::uint64_t size = links.size_of(e);
      if ((size == 0 && !is_window(input)) || (size >= input.minimum && size >= input.expected)) continue;
      const auto what = size < input.minimum ? Failure::What::too_few : Failure::What::fewer_than_expected;
      task_.failures.push_back({what, row, e, static_cast<std::uint32_t>(size), none});
    }
  }

  /// Nothing found in any branch: the last one's failure counts, the others tell more.
  void fail(std::uint32_t element) {
    if (!is_sorted_) {
      std::stable_sort(nothing_found_.begin(), nothing_found_.end(),
                       [](const Failure& a, const Failure& b) { return a.element < b.element; });
      is_sorted_ = true;
    }
    auto next = std::lower_bound(nothing_found_.begin(), nothing_found_.end(), element,
                                 [](const Failure& failure, std::uint32_t e) { return failure.element < e; });
    for (std::uint32_t row = port_.first; row < port_.first + port_.count; ++row) {
      Failure failure{Failure::What::nothing_found, row, element, none, none};
      if (next != nothing_found_.end() && next->element == element && next->input == row) failure = *next++;
      (row + 1 == port_.first + port_.count ? task_.failures : task_.branch_failures).push_back(failure);
    }
  }

  const Stages& stages_;
  const Frame& frame_;
  Folder& fold_;
  Draft& draft_;
  const program::Task& declared_;
  TaskDraft& task_;
  Port port_;
  std::vector<std::uint8_t> is_settled_;  ///< one an element: it needs no further branch
  Held members_held_;                     ///< of the row in work: elements of its dataset that wait, or may not be meant
  std::vector<Failure> failures_;         ///< of the row in work
  std::vector<Failure> nothing_found_;    ///< of all rows
  bool is_sorted_ = false;
};

}  // namespace

std::vector<Port> ports_of(const program::Task& task) {
  std::vector<Port> ports;
  for (std::uint32_t row = 0; row < task.inputs.size(); ++row) {
    if (task.inputs[row].branch == 0 || ports.empty())
      ports.push_back({row, 1});
    else
      ++ports.back().count;
  }
  return ports;
}

bool may_lack(const program::Program& program, const Draft& draft, std::uint32_t task, std::uint32_t element) {
  const program::Task& declared = program.tasks[task];
  for (const Port& port : ports_of(declared)) {
    bool is_certain = false;
    for (std::uint32_t row = port.first; row < port.first + port.count && !is_certain; ++row) {
      const program::Input& input = declared.inputs[row];
      // What a look-up does not find is an error, not an element less.
      is_certain = input.is_optional || input.condition.exists() || input.lookup.direction != LookupDirection::none;
      const DatasetDraft& dataset = draft.datasets[input.dataset.index];
      draft.tasks[task].inputs[row].for_each(
          element, [&](std::uint32_t member) { is_certain = is_certain || !is_doubtful(dataset.doubtful, member); });
    }
    if (!is_certain) return true;
  }
  return false;
}

bool is_late(const TaskDraft& task, const Port& port) {
  const auto begin = task.is_recurrent.begin() + port.first;
  return std::find(begin, begin + port.count, std::uint8_t{1}) != begin + port.count;
}

PortOutcome link_port(const Stages& stages, Folder& fold, std::uint32_t task, const Port& port) {
  return PortLinker(stages, fold, task, port).run();
}

}  // namespace osac::planning
