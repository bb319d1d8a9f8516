#pragma once
// Evaluation of an expression at one element (or at a pair: a dataset's element seen from a task's): keys and attributes of all that
// the element's records determine. Move it from element to element; nothing is allocated on the way.

#include "compiler/expression/evaluate.h"
#include "compiler/planning/family.h"

namespace osac::planning {

class Point : public expression::Scope {
 public:
  /// `sides`: families whose dimensions are asked for in this order.
  Point(const Frame& frame, std::vector<const Family*> sides);
  void move(std::size_t side, std::uint32_t element) { sides_[side].element = element; }

  /// The record on a dimension; none if no side determines it.
  [[nodiscard]] std::uint32_t record(std::uint32_t dimension) const;
  [[nodiscard]] const Frame& frame() const { return frame_; }
  [[nodiscard]] std::string name() const;  ///< of the element, for messages: "run 5, subrun 3"

  Value reference(const Node& node) const override;
  std::optional<std::int64_t> file_size(const std::string& path) const override;
  std::string list_file(const Node& hole, const std::vector<Value>& names) const override;
  const Strings& strings() const override { return frame_.context.strings; }

 private:
  [[nodiscard]] Value field(const Node& node) const;
  struct Side {
    const Family* family;
    std::vector<Route> routes;
    std::uint32_t element = 0;
  };
  const Frame& frame_;
  std::vector<Side> sides_;
  mutable std::vector<std::uint32_t> tuple_;  ///< of the last record asked for
};

/// A condition at a point: comparisons of integers, times and names are compiled to a few loads, all else is evaluated. What cannot be
/// worked out is reported once, and counts as false.
class Condition {
 public:
  Condition(const Point& point, ExprId id);
  ~Condition();
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;
  [[nodiscard]] bool holds();

 private:
  struct Program;
  const Point& point_;
  ExprId id_;
  std::unique_ptr<Program> program_;
  bool is_reported_ = false;
};

/// The dimensions whose keys or attributes an expression refers to, ascending.
std::vector<std::uint32_t> dimensions_in(const expression::Expressions& expressions, ExprId id);
/// The conjuncts of a condition: `a and b and c` gives three.
std::vector<ExprId> conjuncts(const expression::Expressions& expressions, ExprId id);
/// The dimension with the fewest records that the basis determines and that determines all of `dimensions`; nothing if there is none.
std::optional<std::uint32_t> coarsest(const Frame& frame, const std::vector<std::uint32_t>& basis,
                                      const std::vector<std::uint32_t>& dimensions);

/// Clears the flags of elements for which the condition does not hold. What depends on one coarser dimension is worked out once a record of
/// it.
void restrict_elements(const Frame& frame, const Family& family, ExprId condition, std::vector<std::uint8_t>& flags);

}  // namespace osac::planning
