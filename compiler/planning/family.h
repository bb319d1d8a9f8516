#pragma once
// Families: the index sets of tasks and datasets while planning. Elements are tuples of records on the basis dimensions, sorted.

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "compiler/planning/axis.h"

namespace osac::planning {

/// Records of elements, a column a dimension.
using Columns = std::vector<std::vector<std::uint32_t>>;

struct Family {
  std::vector<std::uint32_t> basis;  ///< dimensions
  std::uint32_t count = 0;
  bool is_whole = false;  ///< element i is record i of the only basis dimension; `records` is empty
  Columns records;        ///< a column a basis dimension, unless `is_whole`
  [[nodiscard]] std::uint32_t record(std::size_t column, std::uint32_t element) const {
    return is_whole ? element : records[column][element];
  }
};

struct MadeFields;

/// What domain-stage topics share, read only: the context, folded expressions, records, and what files say that the plan is made of.
struct Frame {
  Context& context;
  const expression::Expressions& expressions;
  const Axes& axes;
  const MadeFields* fields = nullptr;  ///< none while dimensions are made that need none
};

/// All elements over a basis: the natural join of its dimensions' records. Dimensions are connected by what they both determine, and
/// (unless `is_cross`) by a dimension that determines them: then only tuples that a record of it has. Nothing if it would be more than the
/// limit, which is reported at `place`.
std::optional<Family> make_family(const Frame& frame, const std::vector<std::uint32_t>& basis, bool is_cross, Span place,
                                  std::string_view name);

/// The same from a family on, to which dimensions are added one after another. Its first `hidden` ones only have to agree: no dimension is
/// looked for that connects them with others.
std::optional<Family> extend_family(const Frame& frame, Family family, const std::vector<std::uint32_t>& dimensions, std::size_t hidden,
                                    bool is_cross, Span place, std::string_view name);

/// No elements over a basis.
Family empty_family(std::vector<std::uint32_t> basis);

/// The record of each element on a dimension that the basis determines; none where an implied one is absent.
std::vector<std::uint32_t> record_column(const Frame& frame, const Family& family, std::uint32_t dimension);

/// Keeps the elements whose flag is set.
void keep_only(Family& family, const std::vector<std::uint8_t>& flags);

/// Finds elements of a family by their tuple.
class TupleIndex {
 public:
  TupleIndex(const Family& family, const Axes& axes);
  [[nodiscard]] std::uint32_t find(std::span<const std::uint32_t> tuple) const;

 private:
  const Family& family_;
  std::vector<std::uint32_t> begin_;  // first element of each record on the first basis dimension
};

/// For each i the element of `family` with the tuple (columns[0][i], columns[1][i], ...), or none.
std::vector<std::uint32_t> find_elements(const Family& family, const Axes& axes, const Columns& columns, std::uint32_t count);

/// The order that sorts tuples; empty if they are sorted already.
std::vector<std::uint32_t> sorted_order(const Columns& columns, std::uint32_t count, const std::vector<std::uint32_t>& sizes);

/// Numbers tuples: equal tuples of one or several lists get one group number, from 0.
struct Groups {
  std::uint32_t count = 0;
  std::vector<std::vector<std::uint32_t>> of;  ///< one vector a list; none where a record is none
};
Groups make_groups(const std::array<const Columns*, 2>& lists, const std::array<std::uint32_t, 2>& counts,
                   const std::vector<std::uint32_t>& sizes);

/// `reduce[exposure=16]`, for messages. `dimensions` as declared.
std::string element_name(const Frame& frame, std::string_view name, const std::vector<program::DimensionId>& dimensions,
                         const Family& family, std::uint32_t element);
/// "run 1863, subrun 4" or "its only element": the element's key in prose.
std::string element_key(const Frame& frame, const Family& family, std::uint32_t element);

/// Drops dimensions that others in the list determine, by the records at hand.
std::vector<std::uint32_t> reduced_basis(const program::Program& program, const std::vector<std::uint32_t>& dimensions);

}  // namespace osac::planning
