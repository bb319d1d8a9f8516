#pragma once
// How a plan is laid out as dependent Slurm job arrays: what runs in which array task, which array task waits for which, and by what
// construct. A pure function of plan, site and options; it starts nothing, writes nothing and knows no job numbers.
//
// A *unit* is what one array task runs: elements, one after another. Units are fused chains of elements, or bundles of such chains. Of a
// unit and all its elements the same is waited for: exactly what the plan says (docs/explanation/slurm.md), unless `allows_waits`.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/site/site.h"

namespace osac::slurm {

inline constexpr std::uint32_t nothing = 0xffffffffU;

struct Options {
  bool fuses = true;
  std::int64_t bundle = 0;             ///< nanoseconds: short elements share an array task up to this expected duration; 0: they do not
  bool allows_waits = false;           ///< bundles may make elements wait for some that they do not need
  std::size_t longest_list = 130'000;  ///< bytes of a list of dependencies: what slurmctld takes (131,072), less a little
};

/// An array of an earlier submission of which some array tasks are still on their way.
struct LiveArray {
  std::uint32_t submission = 0;  ///< its number
  std::uint32_t array = 0;       ///< its number there
  std::uint64_t job = 0;
  std::uint32_t unit_count = 0;
  std::string name;
};
/// An element that such an array task runs.
struct LiveElement {
  std::uint32_t element = 0;  ///< of this plan
  std::uint32_t live_array = 0, index = 0;
  friend auto operator<=>(const LiveElement&, const LiveElement&) = default;
};

struct Question {
  const plan::Plan& plan;
  const site::Site& site;
  Options options;
  std::vector<bool> to_run;                             ///< one an element
  std::function<std::int64_t(std::uint32_t)> duration;  ///< expected, nanoseconds, 0 if unknown; may be empty
  std::vector<LiveArray> live_arrays{};                 ///< sorted by (submission, array)
  std::vector<LiveElement> live{};        ///< none of them is to run; sorted by (live_array, index), then in the order in which they run
  std::vector<std::uint32_t> attempts{};  ///< one an element: which attempt is its first here; empty: 1. Requests grow with it
};

/// What array tasks of an array ask Slurm for.
struct Request {
  std::int64_t cpus = 1;
  std::int64_t memory = 0;  ///< bytes; 0: the cluster's default
  std::int64_t time = 0;    ///< nanoseconds; 0: the partition's default
  std::int64_t gpus = 0;
  std::uint32_t partition = nothing;  ///< in the site's; nothing: the cluster's default
  std::string licenses{};             ///< "archive:2,db:1", as sbatch takes them
  friend auto operator<=>(const Request&, const Request&) = default;
};

enum class Wait : std::uint8_t {
  succeeded,   ///< afterok
  ended,       ///< afterany: the array task finds out by itself what became of it
  same_index,  ///< aftercorr
};
/// What is waited for: array tasks `first`..`last` of an array.
struct Clause {
  Wait wait = Wait::succeeded;
  std::uint32_t array = 0;
  std::uint32_t first = 0, last = 0;
  friend bool operator==(const Clause&, const Clause&) = default;
};
struct Clauses {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

/// One sbatch call: array tasks 0 ..< unit_count.
struct Array {
  std::string name;                  ///< "03-reduce-measure"
  std::vector<std::uint32_t> tasks;  ///< of the plan, in the order in which a unit runs them (each of the chains of a bundle)
  std::uint32_t request = 0;
  std::uint32_t first_unit = 0, unit_count = 0;
  Clauses clauses;       ///< of all its array tasks
  bool is_held = false;  ///< held until the lines below have given its array tasks their own
  bool is_join = false;  /**< it runs nothing (its one unit is empty): it waits for a part of what is too long for one list */
  std::uint32_t nice = 0;
};
/// One `scontrol update` line: array tasks `first`..`last` of a held array wait for these.
struct Line {
  std::uint32_t array = 0;
  std::uint32_t first = 0, last = 0;
  Clauses clauses;
};

struct Arrangement {
  std::vector<Request> requests;
  std::vector<LiveArray> live_arrays;      ///< the first so many of `arrays` are these: submitted before, only waited for
  std::vector<Array> arrays;               ///< in the order of submission: `clauses` of an array name earlier ones
  std::vector<std::uint32_t> first_member; /**< one a unit and one more, into `members` */
  std::vector<std::uint32_t> members;      ///< elements by global number, in the order in which their unit runs them
  std::vector<std::uint32_t> unit_of;      ///< one an element; nothing: it does not run
  std::vector<Line> lines;
  std::vector<Clause> clauses;
  std::uint64_t false_waits = 0;    ///< pairs of elements: one waits for the other's array task without need
  std::int64_t critical_path = 0;   ///< nanoseconds, of expected durations; 0 if none are known
  std::vector<std::string> remarks; /**< what the user should know: "slots of `x` are not counted by Slurm" */

  /// Whether an array was submitted before: it is only waited for.
  [[nodiscard]] bool is_live(std::uint32_t array) const { return array < live_arrays.size(); }
  [[nodiscard]] std::uint32_t unit_count() const { return static_cast<std::uint32_t>(first_member.empty() ? 0 : first_member.size() - 1); }
  /// Units before this one are of live arrays.
  [[nodiscard]] std::uint32_t first_new_unit() const {
    return live_arrays.empty() ? 0 : arrays[live_arrays.size() - 1].first_unit + arrays[live_arrays.size() - 1].unit_count;
  }
  /// What there is to submit.
  [[nodiscard]] std::size_t array_count() const { return arrays.size() - live_arrays.size(); }
  [[nodiscard]] std::uint32_t array_task_count() const { return unit_count() - first_new_unit(); }
  [[nodiscard]] std::size_t element_count() const { return members.empty() ? 0 : members.size() - first_member[first_new_unit()]; }
  [[nodiscard]] std::span<const std::uint32_t> unit(std::uint32_t number) const {
    return std::span(members).subspan(first_member[number], first_member[number + 1] - first_member[number]);
  }
  [[nodiscard]] std::span<const Clause> of(Clauses some) const { return std::span(clauses).subspan(some.first, some.count); }
  /// Where a unit runs: (array, index).
  [[nodiscard]] std::pair<std::uint32_t, std::uint32_t> place(std::uint32_t unit) const;
};

/// Linear in elements and edges (up to sorting). Usage trouble if no partition has room for an element, or if what an array task waits for
/// cannot be told to Slurm.
Result<Arrangement> arrange(const Question& question);

/// The units that each unit waits for, by the arrays, lines and clauses alone; sorted. For tests, and for reports: not linear.
std::vector<std::vector<std::uint32_t>> waits_of(const Arrangement& arrangement);

}  // namespace osac::slurm
