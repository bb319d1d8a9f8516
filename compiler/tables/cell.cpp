#include "compiler/tables/cell.h"

namespace osac::tables {

namespace {

constexpr std::uint32_t replacement = 0xfffd;

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&](std::uint32_t bits) { out += static_cast<char>(static_cast<unsigned char>(bits)); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xc0 | (code >> 6));
    byte(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    byte(0xe0 | (code >> 12));
    byte(0x80 | ((code >> 6) & 0x3f));
    byte(0x80 | (code & 0x3f));
  } else {
    byte(0xf0 | (code >> 18));
    byte(0x80 | ((code >> 12) & 0x3f));
    byte(0x80 | ((code >> 6) & 0x3f));
    byte(0x80 | (code & 0x3f));
  }
}

/// Four hexadecimal digits at `at`; the scanner has checked them.
std::uint32_t hex4(std::string_view text, std::size_t at) {
  std::uint32_t value = 0;
  for (const char c : text.substr(at, 4)) {
    const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    value = value * 16 + static_cast<std::uint32_t>(digit);
  }
  return value;
}

/// Reads the `\uXXXX` whose `u` is at `at`, with the second half of a surrogate pair; moves `at` to its last digit.
std::uint32_t unicode_escape(std::string_view text, std::size_t& at) {
  const std::uint32_t first = hex4(text, at + 1);
  at += 4;
  if (first < 0xd800 || first > 0xdfff) return first;
  if (first > 0xdbff || text.substr(at + 1, 2) != "\\u") return replacement;
  const std::uint32_t second = hex4(text, at + 3);
  if (second < 0xdc00 || second > 0xdfff) return replacement;
  at += 6;
  return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

void resolve_json(std::string_view text, std::string& out) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\') {
      out += text[at];
      continue;
    }
    switch (text[++at]) {
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      case 'u':
        append_utf8(out, unicode_escape(text, at));
        break;
      default:
        out += text[at];
    }
  }
}

void resolve_doubled(std::string_view text, std::string& out) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    out += text[at];
    if (text[at] == '"') ++at;
  }
}

}  // namespace

std::string_view plain_text(const Cell& cell, std::string& scratch) {
  if (cell.escapes == Escapes::none) return cell.text;
  scratch.clear();
  if (cell.escapes == Escapes::json)
    resolve_json(cell.text, scratch);
  else
    resolve_doubled(cell.text, scratch);
  return scratch;
}

}  // namespace osac::tables
