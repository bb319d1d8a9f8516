// First every element by itself, found in the older plan by its name; then two passes over the newer plan's edges, as the registry makes
// them: forwards, who reads what is made again; backwards, whose temporary files are needed again. Linear in elements and edges.

#include "runtime/compare/compare.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <unordered_map>

#include "compiler/plan/edges.h"
#include "compiler/plan/resolve.h"
#include "runtime/compare/causes.h"

namespace osac::compare {

namespace {

using plan::ElementRef;
using plan::no_element;
using plan::no_row;
using plan::Plan;

constexpr std::array<std::string_view, 4> change_names = {"added", "removed", "would re-run", "may re-run"};
constexpr std::array<std::string_view, 7> cause_names = {"",
                                                         "environment changed",
                                                         "input set changed",
                                                         "output renamed",
                                                         "command changed",
                                                         "upstream changed",
                                                         "its temporary output is needed again"};
// more ways than these in which elements of one task differ are not told apart
constexpr std::size_t most_signatures = 4;

/// What becomes of an element of the newer plan.
struct Fate {
  bool is_changed = false;
  Change change = Change::runs;
  Cause cause = Cause::none;
  std::uint32_t origin = no_element;     ///< of `upstream`
  std::uint32_t signature = no_element;  ///< place in `Comparer::details_`
};

class Comparer {
 public:
  Comparer(const Plan& before, const Plan& after, const site::Site& site)
      : before_(before, site), after_(after, site), fates_(after.element_count()), old_numbers_(after.element_count(), no_element) {
    if (has_temporaries(before)) old_readers_ = plan::count_consumers(before);
  }

  Comparison run() {
    compare_elements();
    const plan::Edges edges = plan::make_edges(after_.plan);
    const std::vector<std::uint32_t> order = plan::node_order(edges);
    spread(edges, order);
    demand_temporaries(order);
    group();
    compare_parameters();
    return std::move(result_);
  }

 private:
  // ---- temporary files

  static bool is_temporary(const plan::DatasetRow& dataset) {
    const bool is_produced = dataset.producer != no_row || dataset.producer_tasks.count > 0;
    return dataset.persistence == plan::Persistence::temp && dataset.is_goal == 0 && is_produced;
  }
  static bool has_temporaries(const Plan& plan) { return std::any_of(plan.datasets().begin(), plan.datasets().end(), is_temporary); }
  /// The older plan's temporary files that somebody read are gone.
  [[nodiscard]] bool is_gone(ElementRef old_ref, std::string_view path) const {
    if (old_readers_.empty()) return false;
    for (const plan::FileUse& use : plan::output_files(before_.plan, old_ref))
      if (use.path == path) return is_temporary(before_.plan.datasets()[use.dataset]) && old_readers_[use.dataset][use.element] > 0;
    return false;
  }
  /// It makes a file that was temporary and is no longer.
  [[nodiscard]] bool is_kept_now(ElementRef ref, ElementRef old_ref) const {
    if (old_readers_.empty()) return false;
    const auto uses = plan::output_files(after_.plan, ref);
    return std::any_of(uses.begin(), uses.end(), [&](const plan::FileUse& use) {
      return !is_temporary(after_.plan.datasets()[use.dataset]) && is_gone(old_ref, use.path);
    });
  }

  // ---- element by element

  void compare_elements() {
    std::unordered_map<std::string, std::uint32_t> old_numbers;
    const Plan& old = before_.plan;
    old_numbers.reserve(old.element_count());
    for (std::uint32_t number = 0; number < old.element_count(); ++number)
      old_numbers.emplace(plan::element_name(old, old.element(number)), number);
    std::vector<bool> is_kept(old.element_count(), false);
    for (std::uint32_t number = 0; number < after_.plan.element_count(); ++number) {
      const ElementRef ref = after_.plan.element(number);
      const auto found = old_numbers.find(plan::element_name(after_.plan, ref));
      if (found == old_numbers.end()) {
        fates_[number] = {true, Change::added, Cause::none, no_element, no_element};
        continue;
      }
      is_kept[found->second] = true;
      old_numbers_[number] = found->second;
      Difference different = difference(before_, old.element(found->second), after_, ref);
      if (different.cause == Cause::none && is_kept_now(ref, old.element(found->second)))
        different = {Cause::temporary, "it is kept now", ""};
      if (different.cause != Cause::none)
        fates_[number] = {true, Change::runs, different.cause, no_element, detail_of(ref.task, std::move(different))};
    }
    for (std::uint32_t number = 0; number < old.element_count(); ++number)
      if (!is_kept[number]) removed_.push_back(number);
  }
  std::uint32_t detail_of(std::uint32_t task, Difference&& different) {
    auto& known = signatures_[{task, different.cause}];
    const auto number = static_cast<std::uint32_t>(details_.size());
    const auto [found, is_first] = known.emplace(std::move(different.signature), number);
    if (is_first) details_.push_back(known.size() > most_signatures ? "" : std::move(different.detail));
    return found->second;
  }

  // ---- along the edges

  void spread(const plan::Edges& edges, const std::vector<std::uint32_t>& order) {
    std::vector<std::uint32_t> origins(edges.node_count(), no_element);  // where the change began that reaches a node
    // What an element makes that never ran is another file than before, whatever is in it: nothing is on record to compare it with.
    std::vector<bool> reads_new(edges.node_count(), false);
    for (const std::uint32_t node : order) {
      std::uint32_t origin = origins[node];
      bool is_new = reads_new[node];
      if (node < edges.element_count) {
        Fate& fate = fates_[node];
        if (fate.is_changed)
          origin = node;
        else if (origin != no_element)
          fate = {true, is_new ? Change::runs : Change::may_run, Cause::upstream, origin, no_element};
        is_new = fate.is_changed && fate.change == Change::added;
      }
      if (origin == no_element) continue;
      for (const std::uint32_t dependent : edges.of(node)) {
        origins[dependent] = std::min(origins[dependent], origin);
        if (is_new) reads_new[dependent] = true;
      }
    }
  }

  void demand_temporaries(const std::vector<std::uint32_t>& order) {
    const auto datasets = after_.plan.datasets();
    if (old_readers_.empty() || !has_temporaries(after_.plan)) return;
    for (auto node = order.rbegin(); node != order.rend(); ++node) {
      if (*node >= fates_.size() || !fates_[*node].is_changed) continue;
      const ElementRef ref = after_.plan.element(*node);
      for (const plan::InputRow& input : after_.plan.inputs(after_.plan.tasks()[ref.task])) {
        if (!is_temporary(datasets[input.dataset])) continue;
        after_.plan.for_each(input.relation, ref.element, datasets[input.dataset].family.count, [&](std::uint32_t file) {
          const auto maker = after_.plan.producer(input.dataset, file);
          if (!maker) return;
          const std::uint32_t number = after_.plan.global(*maker);
          Fate& fate = fates_[number];
          if ((fate.is_changed && fate.change != Change::may_run) || old_numbers_[number] == no_element) return;
          if (is_gone(before_.plan.element(old_numbers_[number]), plan::dataset_path(after_.plan, input.dataset, file)))
            fate = {true, Change::runs, Cause::temporary, no_element, no_element};
        });
      }
    }
  }

  // ---- the answer

  void group() {
    using Key = std::tuple<Change, std::uint32_t, Cause, std::uint32_t, std::uint32_t>;
    std::map<Key, Group> groups;
    for (std::uint32_t number = 0; number < fates_.size(); ++number) {
      const Fate& fate = fates_[number];
      if (!fate.is_changed) {
        ++result_.same;
        continue;
      }
      count(fate.change);
      const std::uint32_t task = after_.plan.element(number).task;
      const std::uint32_t origin = fate.origin == no_element ? no_row : after_.plan.element(fate.origin).task;
      const auto known = signatures_.find({task, fate.cause});
      const bool is_one = fate.signature != no_element && known->second.size() > most_signatures;
      Group& at = groups[{fate.change, task, fate.cause, origin, is_one ? no_element : fate.signature}];
      if (at.elements.empty()) {
        at = {fate.change, fate.cause, task, origin, fate.origin, {}, fate.signature == no_element ? "" : details_[fate.signature]};
        at.has_others = is_one;
      }
      at.elements.push_back(number);
    }
    for (const std::uint32_t number : removed_) {
      count(Change::removed);
      const std::uint32_t task = before_.plan.element(number).task;
      Group& at = groups[{Change::removed, task, Cause::none, no_row, no_element}];
      at.change = Change::removed;
      at.task = task;
      at.elements.push_back(number);
    }
    for (auto& [key, value] : groups) result_.groups.push_back(std::move(value));
  }
  void count(Change change) {
    switch (change) {
      case Change::added:
        ++result_.added;
        return;
      case Change::removed:
        ++result_.removed;
        return;
      case Change::runs:
        ++result_.runs;
        return;
      case Change::may_run:
        ++result_.may_run;
        return;
    }
  }

  void compare_parameters() {
    std::map<std::string, ParameterChange> all;
    for (const plan::ParameterRow& row : before_.plan.parameters())
      all[std::string(before_.plan.text(row.name))].before = before_.plan.text(row.value);
    for (const plan::ParameterRow& row : after_.plan.parameters())
      all[std::string(after_.plan.text(row.name))].after = after_.plan.text(row.value);
    for (auto& [name, change] : all) {
      if (change.before == change.after) continue;
      change.name = name;
      result_.parameters.push_back(std::move(change));
    }
  }

  Version before_;
  Version after_;
  std::vector<Fate> fates_;                              ///< one an element of the newer plan
  std::vector<std::uint32_t> old_numbers_;               ///< likewise: its number in the older one
  std::vector<std::vector<std::uint32_t>> old_readers_;  ///< as count_consumers has it; empty if the older plan has no temporary files
  std::vector<std::uint32_t> removed_;
  /// Ways in which elements of a task are different for one cause, by signature; the number is a place in `details_`.
  std::map<std::pair<std::uint32_t, Cause>, std::map<std::string, std::uint32_t>> signatures_;
  std::vector<std::string> details_;
  Comparison result_;
};

}  // namespace

std::string_view change_name(Change change) { return change_names[static_cast<std::size_t>(change)]; }
std::string_view cause_name(Cause cause) { return cause_names[static_cast<std::size_t>(cause)]; }

Comparison compare(const Plan& before, const Plan& after, const site::Site& site) {
  if (before.id() == after.id()) {
    Comparison equal;
    equal.same = after.element_count();
    return equal;
  }
  return Comparer(before, after, site).run();
}

}  // namespace osac::compare
