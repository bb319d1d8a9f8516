#pragma once
// The path template of a dataset, made ready for many elements: constant parts are put together once, keys are written straight into the
// text (an integer with `:05` costs some ten nanoseconds), whatever else is evaluated as any expression. Private to this room; others use
// dataset_path and PathWriter (resolve.h).

#include <string>
#include <variant>
#include <vector>

#include "compiler/plan/plan.h"

namespace osac::plan {

class PathTemplate {
 public:
  PathTemplate(const Plan& plan, std::uint32_t dataset);
  /// Appends the path of an element. What cannot be evaluated (only in a damaged plan) gives nothing.
  void append(const Plan& plan, std::uint32_t element, std::string& out) const;

 private:
  enum class Format : std::uint8_t { text, integer, general };
  struct Hole {
    std::uint32_t dimension = no_row;
    std::uint32_t column = no_row;
    Format format = Format::general;
    std::uint32_t width = 0;  ///< of an integer, filled with zeros
    std::string spec;         ///< of a general one
  };
  struct Expression {
    ExprId id;
  };
  using Part = std::variant<std::string, Hole, Expression>;

  void add_part(const Plan& plan, ExprId id);
  void add_text(std::string_view text);
  [[nodiscard]] std::string evaluated(const Plan& plan, ExprId id, std::uint32_t element) const;
  void append_hole(const Plan& plan, const Hole& hole, std::uint32_t element, std::string& out) const;

  std::uint32_t dataset_ = no_row;
  std::vector<Part> parts_;
};

}  // namespace osac::plan
