#include "runtime/slurm/next.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "compiler/plan/edges.h"
#include "compiler/plan/resolve.h"
#include "runtime/local/retry.h"

namespace osac::slurm {

namespace {

using registry::PastElement;
using registry::PastEnd;

/// Goes through all nodes (elements and hubs), parents first, and tells dependents what has become of each.
class Chooser {
 public:
  explicit Chooser(const NextQuestion& question)
      : question_(question),
        plan_(question.plan),
        edges_(plan::make_edges(plan_)),
        cause_(edges_.node_count(), plan::no_element),
        is_renewed_(edges_.node_count(), false),
        is_asked_(edges_.node_count(), false),
        has_lost_inputs_(edges_.node_count(), false) {
    next_.to_run.assign(plan_.element_count(), false);
    next_.attempts.assign(plan_.element_count(), 1);
    next_.root_cause.assign(plan_.element_count(), plan::no_element);
  }

  Next run() {
    for (const std::uint32_t node : plan::node_order(edges_)) {
      if (node < edges_.element_count) settle(node);
      tell(node);
    }
    std::sort(next_.failed.begin(), next_.failed.end());
    std::sort(next_.of_some.begin(), next_.of_some.end());
    next_.given_up = static_cast<std::uint32_t>(next_.failed.size());
    return std::move(next_);
  }

 private:
  /// A hub stands for its parents: what they told it, it tells on.
  void tell(std::uint32_t node) {
    for (std::uint64_t at = edges_.offsets[node]; at < edges_.offsets[node + 1]; ++at) {
      const std::uint32_t dependent = edges_.dependents[at];
      if (edges_.is_survivors[at] == 0)
        cause_[dependent] = std::min(cause_[dependent], cause_[node]);
      else if (cause_[node] != plan::no_element)
        has_lost_inputs_[dependent] = true;
      if (node >= edges_.element_count && has_lost_inputs_[node]) has_lost_inputs_[dependent] = true;
      if (is_renewed_[node]) is_renewed_[dependent] = true;
      if (is_asked_[node]) is_asked_[dependent] = true;
    }
  }

  // Until an element is settled, its places in cause_, is_renewed_ and is_asked_ are what its parents told it; afterwards what it tells.
  void settle(std::uint32_t element) {
    const std::uint32_t cause = std::exchange(cause_[element], plan::no_element);
    const bool has_new_parents = is_renewed_[element];
    const bool is_asked = question_.selected == nullptr || is_asked_[element] || (*question_.selected)[element];
    is_renewed_[element] = is_asked_[element] = false;
    if (question_.is_live[element]) {
      is_renewed_[element] = true;
      return;
    }
    if (question_.decisions[element].verdict == registry::Verdict::up_to_date) return;
    const Past past = judge_past(element, has_new_parents);
    if (past == Past::given_up) {
      next_.failed.push_back(element);
      cause_[element] = element;
    } else if (past == Past::made_of_some) {
      next_.of_some.push_back(element);
    } else if (!is_asked) {
      cause_[element] = element;
    } else if (cause != plan::no_element) {
      ++next_.blocked;
      next_.root_cause[element] = cause_[element] = cause;
    } else {
      ++next_.count;
      next_.to_run[element] = is_renewed_[element] = is_asked_[element] = true;
    }
  }

  [[nodiscard]] const PastElement* past(std::uint32_t element) const {
    return question_.history.find(plan::element_name(plan_, plan_.element(element)));
  }

  /// What an element's last attempt of this execution means for another one.
  enum class Past : std::uint8_t { may_run, given_up, made_of_some };

  /// Counts its attempts on the way.
  Past judge_past(std::uint32_t element, bool has_new_parents) {
    const PastElement* const known = past(element);
    const PastEnd* const latest = known == nullptr ? nullptr : question_.history.latest(*known);
    if (latest == nullptr) return Past::may_run;
    const auto record = question_.history.whole(*latest);
    const bool is_automatic = question_.mode == Mode::automatic;
    if (!record) return is_automatic ? Past::given_up : Past::may_run;  // how it ended cannot be told: a person may look
    if (!is_of_execution(*record, question_.execution)) return Past::may_run;
    if (record->outcome == step::Outcome::succeeded && !record->is_tainted) {
      // its inputs may have been made again since, as a stage added some; nothing else makes an execution do a thing twice
      if (!is_automatic || has_new_parents || has_newer_parent(element, *record)) return Past::may_run;
      return has_lost_inputs_[element] ? Past::made_of_some : Past::given_up;
    }
    next_.attempts[element] = record->attempt + 1;
    if (!is_automatic) return Past::may_run;
    const bool may_retry = !record->is_tainted && local::wants_retry(plan_, plan_.tasks()[plan_.element(element).task], *record);
    return may_retry ? Past::may_run : Past::given_up;
  }

  /// One that was made after the element began; or made before, but not there for it: in another submission, as a survivor that was one
  /// no longer.
  [[nodiscard]] bool has_newer_parent(std::uint32_t element, const step::EndRecord& record) const {
    bool found = false;
    std::unordered_set<std::string_view> read;
    plan::for_each_parent(plan_, plan_.element(element), [&](std::uint32_t parent, bool is_survivor) {
      if (found) return;
      const PastElement* const known = past(parent);
      const PastEnd* const success = known == nullptr ? nullptr : question_.history.success(*known);
      if (success == nullptr) return;
      found = success->started + success->duration > record.started;
      if (found || !is_survivor || question_.decisions[parent].verdict != registry::Verdict::up_to_date) return;
      if (read.empty())
        for (const step::InputRecord& input : record.inputs) read.insert(input.path);
      const auto outputs = question_.history.outputs(*success);
      found = !outputs.empty() && std::none_of(outputs.begin(), outputs.end(), [&](const registry::PastOutput& output) {
        return read.contains(question_.history.text(output.path));
      });
    });
    return found;
  }

  const NextQuestion& question_;  // NOLINT: lives for one call
  const plan::Plan& plan_;        // NOLINT
  const plan::Edges edges_;
  std::vector<std::uint32_t> cause_;   // one a node: what it waits for in vain; no_element: nothing
  std::vector<bool> is_renewed_;       // one a node: it is made again, or on its way
  std::vector<bool> is_asked_;         // one a node: it runs
  std::vector<bool> has_lost_inputs_;  // one a node: some of which it takes the survivors were given up
  Next next_;
};

}  // namespace

Next choose_next(const NextQuestion& question) { return Chooser(question).run(); }

bool is_of_execution(const step::EndRecord& record, const std::string& execution) {
  return record.execution.starts_with(execution) &&
         (record.execution.size() == execution.size() || record.execution[execution.size()] == '.');
}

}  // namespace osac::slurm
