#pragma once
// What the checks of a plan's rows share: how they say what is wrong, and the check of a name, expression or type that a row holds. Private
// to this room.

#include <string>
#include <string_view>

#include "compiler/plan/row_fields.h"
#include "compiler/plan/state.h"

namespace osac::plan {

/// Thrown at the first thing that is wrong, caught in check_rows.
struct WrongRow {
  std::string what;
};
inline void require(bool holds, std::string_view what) {
  if (!holds) throw WrongRow{std::string(what)};
}
inline void require_in(Array array, std::uint64_t size, std::string_view what) {
  require(array.count == 0 || (array.first <= size && array.count <= size - array.first), what);
}
inline void require_run(std::uint32_t first, std::uint32_t count, std::size_t size, std::string_view what) {
  require(count == 0 || (first <= size && count <= size - first), what);
}

/// Visits the fields of a row (row_fields.h).
class FieldCheck {
 public:
  explicit FieldCheck(const Plan::State& state) : state_(state) {}
  void operator()(Symbol symbol) const { require(!symbol.exists() || symbol.index < state_.strings.size(), "a name is out of range"); }
  void operator()(ExprId id) const { require(!id.exists() || id.index < state_.nodes.size(), "an expression is out of range"); }
  void operator()(const Type& type) const {
    // Its bytes first: a bool that is neither 0 nor 1 must not be read as one.
    const auto* bytes = reinterpret_cast<const unsigned char*>(&type);  // NOLINT: any object may be read as bytes
    require(bytes[0] <= static_cast<unsigned char>(expression::Kind::range) && bytes[1] <= 1 && bytes[2] <= 1 && bytes[3] <= 2,
            "a type is unknown");
    if (detail_is_symbol(type)) (*this)(Symbol{type.detail});
  }

 private:
  const Plan::State& state_;  // NOLINT: lives for one check
};

/// Checks all expressions: operands before their operation, references to what is there, depth and size.
void check_nodes(const Plan::State& state);

}  // namespace osac::plan
