#include "runtime/step/json_scanner.h"

#include <cstring>

namespace osac::step {

namespace {

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xc0U | (code >> 6));
  } else {
    if (code < 0x10000) {
      put(0xe0U | (code >> 12));
    } else {
      put(0xf0U | (code >> 18));
      put(0x80U | ((code >> 12) & 0x3fU));
    }
    put(0x80U | ((code >> 6) & 0x3fU));
  }
  put(0x80U | (code & 0x3fU));
}

int hex_digit(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

std::string_view JsonScanner::plain_text() {
  expect('"');
  const auto rest = static_cast<std::size_t>(end_ - at_);
  const auto* const quote = rest == 0 ? nullptr : static_cast<const char*>(std::memchr(at_, '"', rest));
  if (quote == nullptr) throw ScanTrouble{"a text does not end"};
  const std::string_view text(at_, static_cast<std::size_t>(quote - at_));
  if (text.find('\\') != std::string_view::npos) throw ScanTrouble{"a name has an escape in it"};
  at_ = quote + 1;
  return text;
}

void JsonScanner::text(std::string& out) {
  if (at_ != end_ && *at_ == '{') return hexadecimal_text(out);
  expect('"');
  out.clear();
  while (true) {
    const char* const start = at_;
    while (at_ != end_ && *at_ != '"' && *at_ != '\\') ++at_;
    out.append(start, static_cast<std::size_t>(at_ - start));
    if (take('"')) return;
    if (at_ == end_) throw ScanTrouble{"a text does not end"};
    ++at_;
    escape(out);
  }
}

void JsonScanner::escape(std::string& out) {
  static constexpr std::string_view letters = "\"\\/bfnrt";
  static constexpr std::string_view values = "\"\\/\b\f\n\r\t";
  if (at_ == end_) throw ScanTrouble{"a text does not end"};
  const char letter = *at_++;
  if (letter != 'u') {
    const auto place = letters.find(letter);
    if (place == std::string_view::npos) throw ScanTrouble{"an escape is none of JSON's"};
    out += values[place];
    return;
  }
  const std::uint32_t unit = code_unit();
  if (unit < 0xd800 || unit > 0xdfff) return append_utf8(out, unit);
  if (unit > 0xdbff || !take('\\') || !take('u')) throw ScanTrouble{"a surrogate stands alone"};
  const std::uint32_t low = code_unit();
  if (low < 0xdc00 || low > 0xdfff) throw ScanTrouble{"a surrogate stands alone"};
  append_utf8(out, 0x10000U + ((unit - 0xd800U) << 10) + (low - 0xdc00U));
}

std::uint32_t JsonScanner::code_unit() {
  std::uint32_t unit = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    const int digit = at_ == end_ ? -1 : hex_digit(*at_);
    if (digit < 0) throw ScanTrouble{"an escape has no four digits"};
    unit = unit * 16 + static_cast<std::uint32_t>(digit);
  }
  return unit;
}

void JsonScanner::hexadecimal_text(std::string& out) {
  std::string_view digits;
  object([&](std::string_view name) {
    if (name != "hex") throw ScanTrouble{"a text is missing"};
    digits = plain_text();
  });
  if (digits.size() % 2 != 0) throw ScanTrouble{"a text in hexadecimal has an odd length"};
  out.clear();
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int high = hex_digit(digits[i]);
    const int low = hex_digit(digits[i + 1]);
    if (high < 0 || low < 0) throw ScanTrouble{"a text in hexadecimal has other characters"};
    out += static_cast<char>(high * 16 + low);
  }
}

bool JsonScanner::flag() {
  const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
  const bool value = rest.starts_with("true");
  if (!value && !rest.starts_with("false")) throw ScanTrouble{"`true` or `false` is missing"};
  at_ += value ? 4 : 5;
  return value;
}

void JsonScanner::skip_text() {
  expect('"');
  for (; at_ != end_; ++at_) {
    if (*at_ == '"') return void(++at_);
    if (*at_ == '\\' && ++at_ == end_) break;
  }
  throw ScanTrouble{"a text does not end"};
}

void JsonScanner::skip(int depth) {
  if (depth == 0) throw ScanTrouble{"it is nested too deeply"};
  if (at_ == end_) throw ScanTrouble{"a value is missing"};
  if (*at_ == '"') return skip_text();
  if (*at_ == '{') return object([&](std::string_view) { skip(depth - 1); });
  if (*at_ == '[') return list([&] { skip(depth - 1); });
  static constexpr std::string_view of_words = "truefalsn0123456789+-.eE";
  const char* const start = at_;
  while (at_ != end_ && of_words.find(*at_) != std::string_view::npos) ++at_;
  if (at_ == start) throw ScanTrouble{"a value is missing"};
}

}  // namespace osac::step
