#pragma once
// What look-ups in time search: a dataset's elements sorted once by group (the keys that reader and element must share) and time. Private
// to the look-ups (link_lookup.cpp, link_window.cpp, certificates.cpp).

#include "compiler/planning/links.h"

namespace osac::planning {

/// Exact for all stored kinds: a difference of two 64-bit integers has a place in its mantissa.
using Distance = long double;

/// A scalar as an integer that sorts as it does; the same function leads back.
std::int64_t order_of(Scalar scalar, Type type);
/// A point on the time axis as a number: nanoseconds for times and dates (so that `within` compares), itself for all else.
Distance number_of(Scalar scalar, Type type);

/// A value at each element of a task: a column if the expression is an attribute or key, else worked out one by one.
class ValueAt {
 public:
  ValueAt(const InputSides& sides, ExprId id) : sides_(sides), id_(sides.fold(id)), point_(sides.frame, {&sides.task}) {}
  /// The stored value; nothing if it is absent.
  std::optional<Scalar> at(std::uint32_t element);
  [[nodiscard]] Type type() const { return sides_.frame.expressions[id_].type; }

 private:
  const InputSides& sides_;
  ExprId id_;
  Point point_;
};

struct Candidate {
  std::uint32_t group;
  std::uint32_t element;
  std::int64_t order;  ///< its time, see order_of
};

class LookupCandidates {
 public:
  explicit LookupCandidates(const InputSides& sides);

  [[nodiscard]] Type type() const { return type_; }
  /// Of an element of the task; none if it shares keys with nobody.
  [[nodiscard]] std::uint32_t group(std::uint32_t task_element) const { return groups_.of[0][task_element]; }
  [[nodiscard]] std::uint64_t low(std::uint32_t group) const { return begin_[group]; }
  [[nodiscard]] std::uint64_t high(std::uint32_t group) const { return begin_[group + 1]; }
  [[nodiscard]] const Candidate& operator[](std::uint64_t place) const { return list_[place]; }
  /// The first place of a group that is not before `at` (not before or at it, if `is_inclusive`).
  [[nodiscard]] std::uint64_t split(std::uint32_t group, std::int64_t at, bool is_inclusive) const;
  [[nodiscard]] bool depends_on_pair() const { return filter_.depends_on_pair(); }
  [[nodiscard]] bool fits(std::uint32_t task_element, std::uint64_t candidate) {
    return !filter_.depends_on_pair() || filter_.holds(task_element, list_[candidate].element);
  }
  [[nodiscard]] Distance distance(std::uint64_t candidate, std::int64_t at) const;

 private:
  void sort(const InputSides& sides);
  Type type_;  ///< of the time attribute
  MemberFilter filter_;
  Groups groups_;
  std::vector<Candidate> list_;
  std::vector<std::uint64_t> begin_;
};

/// The dimensions that reader and candidate must share: `same`, and those keys of the dataset that are not the searched one, if the task
/// has them.
std::vector<std::uint32_t> shared_by_lookup(const InputSides& sides);

}  // namespace osac::planning
