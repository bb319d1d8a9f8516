#include "runtime/closing/missing.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "compiler/plan/edges.h"
#include "compiler/plan/resolve.h"
#include "runtime/step/step.h"

namespace osac::closing {

namespace {

using registry::Cause;
using registry::Verdict;

struct Reason {
  std::string why, path, log;
};

/// Why an element that nothing else keeps from being made does not stand.
class Coroner {
 public:
  explicit Coroner(const Question& question) : question_(question), plan_(question.plan) {}

  [[nodiscard]] Reason reason_of(std::uint32_t element) const {
    const Cause cause = question_.decisions[element].cause;
    switch (cause) {
      case Cause::is_new:
      case Cause::failed_before:
        return of_last_attempt(element);
      case Cause::output_missing:
      case Cause::output_changed:
        return of_output(element);
      default:
        return {"out of date: " + std::string(registry::cause_name(cause)), "", ""};
    }
  }

 private:
  [[nodiscard]] Reason of_last_attempt(std::uint32_t element) const {
    const registry::History& history = question_.state.history();
    const registry::PastElement* const known = history.find(plan::element_name(plan_, plan_.element(element)));
    const registry::PastEnd* const latest = known == nullptr ? nullptr : history.latest(*known);
    // of a success with other outputs it says nothing: that was with other parameters
    if (latest == nullptr || (latest->has_succeeded() && history.success(*known) == latest)) return {"never run", "", ""};
    const auto record = history.whole(*latest);
    if (!record) return {"how it ended cannot be told: " + record.error().what, "", ""};
    return {"not made: " + record->reason, "", record->log};
  }

  [[nodiscard]] Reason of_output(std::uint32_t element) const {
    for (const plan::FileUse& use : plan::output_files(plan_, plan_.element(element))) {
      if (question_.state.standing(use.dataset, use.element) != nullptr) continue;
      const auto now = step::file_state(use.path, false);
      if (now && now->size >= 0) return {"file changed", use.path, ""};
      if (plan_.datasets()[use.dataset].persistence != plan::Persistence::temp) return {"file gone", use.path, ""};
    }
    return {"out of date: " + std::string(registry::cause_name(question_.decisions[element].cause)), "", ""};
  }

  const Question& question_;  // NOLINT: lives for one call
  const plan::Plan& plan_;    // NOLINT
};

/// Goes through all nodes (elements and hubs), parents first, and tells dependents what is missing before them.
class Judge {
 public:
  explicit Judge(const Question& question)
      : question_(question), plan_(question.plan), edges_(plan::make_edges(plan_)), nodes_(edges_.node_count()) {
    verdicts_.fates.assign(plan_.element_count(), Fate::stands);
    is_absent_.assign(plan_.element_count(), false);
    roots_.assign(plan_.element_count(), plan::no_element);
  }

  Verdicts run() {
    for (const std::uint32_t node : plan::node_order(edges_)) {
      if (node < edges_.element_count) settle(node);
      tell(node);
    }
    collect();
    add_stages();
    return std::move(verdicts_);
  }

 private:
  /// What is missing before a node; of an element that is settled, what it tells.
  struct Node {
    std::uint32_t root = plan::no_element;  // a cause that was not accepted
    bool lacks = false;                     // something that it cannot do without is not made
    bool lacks_some = false;                // something else is not, or is not as it was
    bool is_excused = false;                // something is missing and accepted, or excused
    bool is_made = false;                   // of one that does not stand: what was made of it was made of what is on record
  };

  void tell(std::uint32_t node) {
    const Node& from = nodes_[node];
    const bool is_hub = node >= edges_.element_count;
    for (std::uint64_t at = edges_.offsets[node]; at < edges_.offsets[node + 1]; ++at) {
      Node& to = nodes_[edges_.dependents[at]];
      to.root = std::min(to.root, from.root);
      to.is_excused = to.is_excused || from.is_excused;
      const bool can_do_without = edges_.is_survivors[at] != 0 || (from.is_made && !is_hub);
      if (from.lacks && !can_do_without) to.lacks = true;
      if (from.lacks_some || (from.lacks && can_do_without)) to.lacks_some = true;
    }
  }

  void settle(std::uint32_t element) {
    Node before = std::exchange(nodes_[element], Node{});
    const registry::Decision decision = question_.decisions[element];
    if (decision.verdict == Verdict::up_to_date) return;
    if (before.lacks_some && !before.lacks && question_.state.ready(element, is_absent_).decision.verdict == Verdict::up_to_date)
      return;  // made of what was there, or of what is gone since
    Node& now = nodes_[element];
    now.lacks = true;
    const bool is_file = decision.cause == Cause::output_missing || decision.cause == Cause::output_changed;
    now.is_made = is_file && !before.lacks;
    is_absent_[element] = !now.is_made;
    const bool is_own = is_file || !(before.lacks || decision.verdict == Verdict::unknown);
    if (question_.accepted[element]) {
      verdicts_.fates[element] = Fate::accepted;
      now.is_excused = true;
    } else if (is_own || (before.root == plan::no_element && !before.is_excused)) {
      verdicts_.fates[element] = Fate::missing;
      now.root = element;
    } else if (before.root != plan::no_element) {
      verdicts_.fates[element] = Fate::blocked;
      now.root = before.root;
    } else {
      verdicts_.fates[element] = Fate::excused;
      now.is_excused = true;
    }
    roots_[element] = now.root;
  }

  void collect() {
    const Coroner coroner(question_);
    cause_of_.assign(plan_.element_count(), 0);
    for (std::uint32_t element = 0; element < plan_.element_count(); ++element) {
      switch (verdicts_.fates[element]) {
        case Fate::stands:
          ++verdicts_.stands;
          break;
        case Fate::missing:
          ++verdicts_.causes;
          add(element, coroner.reason_of(element));
          break;
        case Fate::blocked:
          ++verdicts_.blocked;
          break;
        case Fate::accepted:
          ++verdicts_.accepted;
          break;
        case Fate::excused:
          ++verdicts_.excused;
          break;
      }
    }
    for (std::uint32_t element = 0; element < plan_.element_count(); ++element)
      if (verdicts_.fates[element] == Fate::blocked) ++verdicts_.missing[cause_of_[roots_[element]]].blocked;
  }

  // ---- neighbours as one

  struct Last {
    std::string before;  // the name up to the last key: "r0_to_dl1[run=1808,subrun="
    std::int64_t first = 0, last = 0;
    std::string why;
  };
  void add(std::uint32_t element, Reason reason) {
    const std::string name = plan::element_name(plan_, plan_.element(element));
    const auto equals = name.rfind('=');
    std::int64_t key = 0;
    const char* const end = name.data() + name.size() - 1;
    const bool is_number = equals != std::string::npos && name.back() == ']' &&
                           std::from_chars(name.data() + equals + 1, end, key).ptr == end && end > name.data() + equals + 1;
    const std::string before = is_number ? name.substr(0, equals + 1) : "";
    if (is_number && last_ && last_->before == before && last_->last + 1 == key && last_->why == reason.why) {
      Missing& whole = verdicts_.missing.back();
      ++whole.count;
      last_->last = key;
      whole.what = before + std::to_string(last_->first) + ".." + std::to_string(key) + "]";
    } else {
      verdicts_.missing.push_back({name, element, 1, reason.why, std::move(reason.path), std::move(reason.log), 0, {}});
      last_.reset();
      if (is_number) last_ = Last{before, key, key, std::move(reason.why)};
    }
    cause_of_[element] = static_cast<std::uint32_t>(verdicts_.missing.size() - 1);
  }

  // ---- stages

  /// A stage that waits for missing files is a consequence of these; one that waits for accepted ones will not be missed.
  void add_stages() {
    for (const plan::StageRow& stage : plan_.stages()) {
      const std::string what(plan_.text(stage.what));
      std::uint32_t root = plan::no_element;
      std::uint32_t others = 0;
      for (const std::uint32_t element : plan_.indices(stage.elements)) {
        const auto maker = plan_.producer(stage.dataset, element);
        const Fate fate = maker ? verdicts_.fates[plan_.global(*maker)] : Fate::stands;
        if (fate == Fate::missing || fate == Fate::blocked) root = std::min(root, roots_[plan_.global(*maker)]);
        if (fate == Fate::stands) ++others;
      }
      if (root == plan::no_element && others == 0) continue;
      ++verdicts_.unplanned;
      if (root != plan::no_element) {
        verdicts_.missing[cause_of_[root]].unplanned.push_back(what);
        continue;
      }
      const std::string dataset(plan_.text(plan_.datasets()[stage.dataset].family.name));
      verdicts_.missing.push_back(
          {what, plan::no_element, others, "not planned yet: it waits for files of `" + dataset + "`", "", "", 0, {}});
    }
  }

  const Question& question_;  // NOLINT: lives for one call
  const plan::Plan& plan_;    // NOLINT
  const plan::Edges edges_;
  std::vector<Node> nodes_;
  std::vector<bool> is_absent_;          // one an element: it made nothing that others could read
  std::vector<std::uint32_t> roots_;     // one an element
  std::vector<std::uint32_t> cause_of_;  // one an element: of a cause its place in `missing`
  std::optional<Last> last_;
  Verdicts verdicts_;
};

}  // namespace

Verdicts find_missing(const Question& question) { return Judge(question).run(); }

}  // namespace osac::closing
