#pragma once
// Dimensions with their records, and the ways from one dimension's record to another's (parent, implied). Columns, no object a record.
// It does not know tasks or datasets.

#include <optional>
#include <span>
#include <vector>

#include "compiler/planning/context.h"

namespace osac::planning {

/// A dimension's records, sorted by (parent's record, key).
struct Axis {
  std::uint32_t count = 0;
  std::vector<Scalar> keys;
  std::vector<std::uint32_t> parents;               ///< record of the parent dimension; empty if there is none
  std::vector<std::uint32_t> children_begin;        ///< if there is a parent: where each parent's records begin; one more at the end
  std::vector<std::uint32_t> rows;                  ///< the first row of the table for each record, if it comes from a table
  std::vector<std::vector<Scalar>> attributes;      ///< as the program's Dimension::attributes
  std::vector<std::vector<std::uint32_t>> implied;  ///< as Dimension::implies: record of that dimension, or none
  std::vector<std::uint32_t> ranks;                 ///< place of each record in the dimension's own order; empty if that is by key
  std::vector<std::uint32_t> open_records;          ///< those that imply a key which has no record (now)
};

struct Axes {
  std::vector<Axis> list;  ///< one a dimension of the program; never grows after it was made, so that routes may point into it
  [[nodiscard]] const Axis& operator[](std::uint32_t dimension) const { return list[dimension]; }
};

/// The way from one basis dimension to a dimension that it determines: maps to follow one after another.
struct Route {
  std::uint32_t basis = none;  ///< place in the basis; none: not determined
  std::vector<const std::uint32_t*> steps;
  [[nodiscard]] bool exists() const { return basis != none; }
  [[nodiscard]] std::uint32_t follow(std::uint32_t record) const {
    for (const auto* step : steps) {
      if (record == none) return none;
      record = step[record];
    }
    return record;
  }
};
/// The shortest route to every dimension from a basis; of equals the one through the earlier basis dimension.
std::vector<Route> find_routes(const program::Program& program, const Axes& axes, std::span<const std::uint32_t> basis);

/// Compares two keys of a type: numbers by value, text by bytes, members of an enum in the order of their declaration.
int compare_keys(const Context& context, Scalar a, Scalar b, Type type);
/// For each value an integer that sorts as the value does: itself, a real's bits in order, a text's place among all texts here.
std::vector<std::int64_t> sort_keys(const Context& context, std::span<const Scalar> values, Type type);

/// The record with that key, inside a parent's record (ignored if there is no parent); none if there is none.
std::uint32_t find_record(const Context& context, const Axes& axes, std::uint32_t dimension, std::uint32_t parent, Scalar key);

/// "run 1863, subrun 4": a record with its parents, for messages.
std::string record_name(const Context& context, const Axes& axes, std::uint32_t dimension, std::uint32_t record);
/// A key as text, as messages and element names write it.
std::string key_text(const Context& context, const Axes& axes, std::uint32_t dimension, std::uint32_t record);

}  // namespace osac::planning
