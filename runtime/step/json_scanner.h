#pragma once
// A strict scanner for the JSON that this room writes itself: one pass, no tree, no white space, numbers are integers. The caller walks
// over objects and lists and takes each value as what it has to be; anything else throws ScanTrouble, which the caller catches where it
// started.

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace osac::step {

struct ScanTrouble {
  std::string what;
};

class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  /// Calls f(name) for each field of the object that starts here; f takes the value (or skips it).
  template <typename F>
  void object(F&& f) {
    expect('{');
    if (take('}')) return;
    do {
      const std::string_view name = plain_text();
      expect(':');
      f(name);
    } while (take(','));
    expect('}');
  }
  /// Calls f() for each item of the list that starts here; f takes the item.
  template <typename F>
  void list(F&& f) {
    expect('[');
    if (take(']')) return;
    do f();
    while (take(','));
    expect(']');
  }
  template <typename Integer>
  Integer integer() {
    Integer number{};
    const auto parsed = std::from_chars(at_, end_, number);
    if (parsed.ec != std::errc{}) throw ScanTrouble{"a number is missing or out of its range"};
    at_ = parsed.ptr;
    return number;
  }
  bool flag();
  /// A text; {"hex":"..."} stands for bytes that are no UTF-8.
  void text(std::string& out);
  /// A text without any escapes, in place.
  std::string_view plain_text();
  /// Any value at all.
  void skip() { skip(64); }
  [[nodiscard]] bool at_end() const { return at_ == end_; }

 private:
  bool take(char c) { return at_ != end_ && *at_ == c && (++at_, true); }
  void expect(char c) {
    if (!take(c)) throw ScanTrouble{std::string("`") + c + "` is missing"};
  }
  void skip(int depth);
  void skip_text();
  void escape(std::string& out);
  std::uint32_t code_unit();
  void hexadecimal_text(std::string& out);

  const char* at_;
  const char* end_;
};

}  // namespace osac::step
