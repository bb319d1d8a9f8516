#pragma once
// What each element of a task reads or writes: an element of a dataset, or a list of them. Drafts, which become the plan's relations when
// selection is done. Every list is held once for all that share it.

#include "compiler/planning/fold.h"
#include "compiler/planning/point.h"

namespace osac::planning {

struct Links {
  bool is_list = false;
  std::vector<std::uint32_t> target;     ///< single: one a task element; none if absent
  std::vector<std::uint32_t> runner_up;  ///< look-ups in time: one a task element, the record of the searched dimension that was next best
  std::vector<std::uint32_t> group;      ///< list: one a task element; none if it reads nothing
  std::vector<std::uint64_t> begin;      ///< list: where each group's members begin; one more at the end
  std::vector<std::uint32_t> members;

  [[nodiscard]] std::uint64_t size_of(std::uint32_t element) const {
    if (!is_list) return target[element] == none ? 0 : 1;
    return group[element] == none ? 0 : begin[group[element] + 1] - begin[group[element]];
  }
  template <typename F>
  void for_each(std::uint32_t element, F&& f) const {
    if (!is_list) {
      if (target[element] != none) f(target[element]);
    } else if (group[element] != none) {
      for (std::uint64_t i = begin[group[element]]; i < begin[group[element] + 1]; ++i) f(members[i]);
    }
  }
};

/// Why an element cannot be planned. It matters only if the element is kept, so it is reported after selection.
struct Failure {
  enum class What : std::uint8_t { too_few, fewer_than_expected, nothing_found, tie, unsettled };
  What what = What::too_few;
  std::uint32_t input = 0;
  std::uint32_t element = 0;  ///< of the task
  /// tie: a candidate; unsettled: a candidate that waits; nothing_found: the nearest one (of neighbours: how many lie on that side);
  /// too_few, fewer_than_expected: how many there are
  std::uint32_t first = none;
  std::uint32_t second = none;  ///< tie: the other; nothing_found: how many there were in all
};

/// Keeps the links of elements whose flag is set.
void keep_only(Links& links, const std::vector<std::uint8_t>& flags);

/// An input, as its makers see it.
struct InputSides {
  const Frame& frame;
  Folder& fold;
  const program::Input& input;
  const program::Dataset& dataset;
  const Family& task;                                ///< the reader's elements
  const Family& members;                             ///< the dataset's elements
  const std::vector<std::uint32_t>* held = nullptr;  ///< which of these wait (pending.h); null: none
};

/// The name of the task that has the input, for messages.
std::string_view task_name(const InputSides& sides);

/// One element of the dataset for each of the task: by the key that the task's determines, fixes applied.
Links link_single(const InputSides& sides);
/// All elements of the dataset that agree with the task's on what both determine.
Links link_gather(const InputSides& sides);
/// Those of them that a tuple of a relation connects with the task's.
Links link_relation(const InputSides& sides, const Family& tuples);
/// Look-ups in time. The caller sets the failures' input.
Links link_lookup(const InputSides& sides, std::vector<Failure>& failures);
/// Windows: lists in the order of time, which may be empty. A tie at the cut is a failure. No lists at all if they would have more entries
/// than a plan can number (reported).
Links link_window(const InputSides& sides, std::vector<Failure>& failures);
/// `of prev`, `of next`: the element some places from the task's own.
Links link_neighbour(const InputSides& sides, std::vector<Failure>& failures);
/// The dimensions on which a task's element and its neighbours have to agree. Those that determine the dimension along which they lie (a
/// part of an exposure, when exposures are neighbours) agree by key, not by record.
struct NeighbourDimensions {
  std::vector<std::uint32_t> by_record;
  std::vector<std::uint32_t> by_key;
};
NeighbourDimensions neighbour_dimensions(const InputSides& sides);

/// How far a candidate is from where a task's element looks: "6.2 days before".
std::string lookup_distance(const InputSides& sides, std::uint32_t task_element, std::uint32_t member);

/// The dimensions on which reader and member of a gather have to agree: what both determine; but a fixed key says nothing of the reader's,
/// nor does what only it determines.
std::vector<std::uint32_t> joined_dimensions(const InputSides& sides);

/// What restricts a dataset's elements for an input: fixes and `where`, split into what depends on the element alone and what on the pair.
class MemberFilter {
 public:
  /// `structural`: fixes of the dataset's own keys are left out, the caller resolves them.
  enum class Fixes : std::uint8_t { all, not_structural };
  MemberFilter(const InputSides& sides, Fixes fixes);
  /// One flag a dataset element.
  [[nodiscard]] const std::vector<std::uint8_t>& flags() const { return flags_; }
  [[nodiscard]] bool depends_on_pair() const { return !pair_conditions_.empty() || !pair_fixes_.empty(); }
  [[nodiscard]] bool holds(std::uint32_t task_element, std::uint32_t member);

 private:
  struct PairFix {
    std::uint32_t dimension;
    ExprId value;
  };
  void add_fix(const program::KeyFix& fix);
  void restrict_known(ExprId condition);
  const InputSides& sides_;
  std::vector<std::uint8_t> flags_;
  Point pair_;
  Point reader_;
  std::vector<std::unique_ptr<Condition>> pair_conditions_;
  std::vector<PairFix> pair_fixes_;
};

/// Lists made one by one, where a condition depends on reader and member.
void filter_pairs(const InputSides& sides, MemberFilter& filter, Links& links);
/// Sorts each list: by `order by` (of the input, else of the dimensions), then by key.
void sort_members(const InputSides& sides, Links& links);

/// The value of a fix at a point as a stored key; nothing if it has none (reported if it cannot be worked out).
std::optional<Scalar> fix_value(const Frame& frame, const Point& point, ExprId value, Type type);

/// Whether a dimension is one of the dataset's keys or a parent of one.
bool is_structural(const program::Program& program, const program::Dataset& dataset, std::uint32_t dimension);

}  // namespace osac::planning
