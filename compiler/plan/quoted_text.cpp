// Keys in double quotes, as element names have them: JSON texts, read back.

#include <cstdint>

#include "compiler/plan/element_text.h"

namespace osac::plan {

namespace {

void append_utf8(std::uint32_t point, std::string& out) {
  const auto add = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) {
    add(point);
  } else if (point < 0x800) {
    add(0xc0U | point >> 6U), add(0x80U | (point & 0x3fU));
  } else if (point < 0x10000) {
    add(0xe0U | point >> 12U), add(0x80U | (point >> 6U & 0x3fU)), add(0x80U | (point & 0x3fU));
  } else {
    add(0xf0U | point >> 18U), add(0x80U | (point >> 12U & 0x3fU)), add(0x80U | (point >> 6U & 0x3fU)), add(0x80U | (point & 0x3fU));
  }
}

/// Four hexadecimal digits, and those of a second surrogate.
bool take_code_point(std::string_view& at, std::string& out) {
  const auto unit = [&](std::uint32_t& number) {
    number = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const auto digit = i < at.size() ? std::string_view("0123456789abcdefABCDEF").find(at[i]) : std::string_view::npos;
      if (digit == std::string_view::npos) return false;
      number = number * 16 + static_cast<std::uint32_t>(digit > 15 ? digit - 6 : digit);
    }
    at.remove_prefix(4);
    return true;
  };
  std::uint32_t first = 0;
  if (!unit(first)) return false;
  if (first < 0xd800 || first > 0xdfff) {
    append_utf8(first, out);
    return true;
  }
  std::uint32_t second = 0;
  if (first > 0xdbff || !at.starts_with("\\u")) return false;
  at.remove_prefix(2);
  if (!unit(second) || second < 0xdc00 || second > 0xdfff) return false;
  append_utf8(0x10000 + ((first - 0xd800) << 10U) + (second - 0xdc00), out);
  return true;
}

}  // namespace

bool take_json_text(std::string_view& rest, std::string& out) {
  std::string_view at = rest.substr(1);
  while (!at.empty() && at.front() != '"') {
    const char c = at.front();
    at.remove_prefix(1);
    if (c != '\\') {
      out += c;
      continue;
    }
    if (at.empty()) return false;
    const char escape = at.front();
    at.remove_prefix(1);
    static constexpr std::string_view names = "\"\\/bfnrt";
    static constexpr std::string_view values = "\"\\/\b\f\n\r\t";
    if (const auto place = names.find(escape); place != std::string_view::npos) {
      out += values[place];
    } else if (escape != 'u' || !take_code_point(at, out)) {
      return false;
    }
  }
  if (at.empty()) return false;
  rest = at.substr(1);
  return true;
}

}  // namespace osac::plan
