#pragma once
// Fields of records that paths, conditions and requests name (Op::dataset_field): one value an element of the dataset, unknown where the
// file is not made yet. It knows no tasks.

#include <memory>
#include <set>

#include "compiler/planning/family.h"
#include "compiler/planning/fold.h"

namespace osac::planning {

enum class FieldState : std::uint8_t { unknown, known };

/// What is known of one dataset's records.
struct FieldTable {
  explicit FieldTable(Family all, const Axes& axes) : elements(std::move(all)), index(elements, axes) {}
  FieldTable(const FieldTable&) = delete;
  FieldTable& operator=(const FieldTable&) = delete;
  Family elements;
  TupleIndex index;
  std::vector<FieldState> states;           ///< one an element
  std::vector<std::vector<Scalar>> values;  ///< one a field, each with one entry an element; empty for fields that nothing names
};

struct MadeFields {
  std::vector<std::unique_ptr<FieldTable>> tables;  ///< one a dataset; null where nothing was read
  std::vector<std::set<std::uint32_t>> used;        ///< one a dataset: the fields that the program names
};
MadeFields find_used_fields(const program::Program& program);

/// Datasets whose records an expression names, ascending.
std::vector<std::uint32_t> records_in(const expression::Expressions& expressions, ExprId id);

/// Reads the records of a dataset's elements. Of a dataset that tasks make: those that are made; of an external one all, and what is no
/// such record is reported.
void read_fields(const Frame& frame, Folder& fold, MadeFields& fields, std::uint32_t dataset, Family elements);

/// One flag an element of a family: 1 if the expression needs a record there that is not known yet. Empty if none does.
std::vector<std::uint8_t> find_unknown(const Frame& frame, const Family& family, ExprId expression);

}  // namespace osac::planning
