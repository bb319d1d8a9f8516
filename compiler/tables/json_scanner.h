#pragma once
// A scanner for JSON (RFC 8259) that keeps places: values are pieces of the text. The first thing that is no JSON stops it; then failure()
// says what and where. It builds nothing.

#include <optional>
#include <string>
#include <string_view>

#include "compiler/tables/cell.h"

namespace osac::tables {

class JsonScanner {
 public:
  struct Failure {
    Span place;
    std::string why;
  };

  JsonScanner(std::string_view text, std::uint32_t begin, std::size_t at = 0) : text_(text), begin_(begin), at_(at) {}

  /// The next character that is no blank, or 0 at the end.
  char peek();
  /// Passes `c` if it is next.
  bool take(char c);
  /// Passes `c`, or fails.
  bool expect(char c);
  bool expect_end();
  /// Reads any value; of a list or object only its extent.
  bool value(Cell& cell);
  bool string(Cell& cell);
  bool fail(std::string why, std::size_t length = 1);

  [[nodiscard]] Span here() const { return span(at_, at_ + (at_ < text_.size() ? 1 : 0)); }
  [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }

 private:
  static constexpr int deepest = 200;
  bool number(Cell& cell);
  bool word(Cell& cell);
  bool skip_nested(int depth);
  bool skip_value(int depth);
  bool check_escape();
  std::size_t digits();
  [[nodiscard]] char current() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  [[nodiscard]] Span span(std::size_t from, std::size_t to) const {
    return {begin_ + static_cast<std::uint32_t>(from), begin_ + static_cast<std::uint32_t>(to)};
  }

  std::string_view text_;
  std::uint32_t begin_;
  std::size_t at_;
  std::optional<Failure> failure_;
};

}  // namespace osac::tables
