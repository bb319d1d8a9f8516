#include "compiler/expression/literal.h"

#include <fmt/format.h>

#include <optional>

#include "compiler/base/text.h"

namespace osac::expression {

namespace {

/// How a language writes what is no text and no number.
struct Words {
  std::string_view true_word = "true";
  std::string_view false_word = "false";
  std::string_view absent = "null";
  std::string_view list_begin = "[";
  std::string_view list_end = "]";
};

Words words_of(Language language) {
  switch (language) {
    case Language::python:
      return {"True", "False", "None", "[", "]"};
    case Language::r:
      return {"TRUE", "FALSE", "NULL", "c(", ")"};
    case Language::perl:
      return {"1", "0", "undef", "[", "]"};
    case Language::ruby:
      return {"true", "false", "nil", "[", "]"};
    case Language::julia:
      return {"true", "false", "nothing", "[", "]"};
    case Language::javascript:
    case Language::other:
    case Language::shell:
      break;
  }
  return {};
}

/// Characters that start an interpolation within "..." of the language.
std::string_view interpolation_marks(Language language) {
  switch (language) {
    case Language::perl:
      return "$@";
    case Language::ruby:
      return "#";
    case Language::julia:
      return "$";
    case Language::other:
    case Language::python:
    case Language::r:
    case Language::javascript:
    case Language::shell:
      break;
  }
  return "";
}

/// Whether '...' of the language knows no escapes but those of the quote and the backslash.
bool has_plain_single_quotes(Language language) { return language == Language::perl || language == Language::ruby; }

std::string malformed_byte(unsigned char byte, Language language) {
  switch (language) {
    case Language::python:
      return fmt::format("\\udc{:02x}", byte);  // what os.fsencode turns back into the byte
    case Language::javascript:
    case Language::other:
      return "\\ufffd";
    case Language::r:
    case Language::perl:
    case Language::ruby:
    case Language::julia:
    case Language::shell:
      break;
  }
  return fmt::format("\\x{:02x}", byte);
}

std::string control_character(unsigned char byte, Language language) {
  return fmt::format(fmt::runtime(language == Language::other ? "\\u{:04x}" : "\\x{:02x}"), byte);
}

void append_escaped(std::string& out, char c, Language language, char quote) {
  const auto byte = static_cast<unsigned char>(c);
  if (c == '\\' || c == quote || (c == '\'' && language != Language::other) || c == '"') {
    out += '\\';
    out += c;
  } else if (c == '\n') {
    out += "\\n";
  } else if (c == '\t') {
    out += "\\t";
  } else if (c == '\r') {
    out += "\\r";
  } else if (byte < 0x20 || byte == 0x7f) {
    out += control_character(byte, language);
  } else {
    if (interpolation_marks(language).find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
}

bool is_json_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const auto digits = [&] {
    const std::size_t begin = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - begin;
  };
  const bool starts_with_zero = at < text.size() && text[at] == '0';
  const std::size_t whole = digits();
  if (whole == 0 || (starts_with_zero && whole > 1)) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

bool is_numeric(Kind kind) { return kind == Kind::integer || kind == Kind::real || kind == Kind::duration || kind == Kind::memory; }

std::string scalar_literal(const Value& value, Type type, std::string_view format_spec, Language language) {
  const Words words = words_of(language);
  if (value.is_absent()) return std::string(words.absent);
  if (type.kind == Kind::boolean && format_spec.empty()) return std::string(value.boolean() ? words.true_word : words.false_word);
  const std::string text = format(value, type, format_spec);
  if (is_numeric(type.kind) && is_json_number(text)) {
    const bool looks_whole = text.find_first_of(".eE") == std::string::npos;
    return type.kind == Kind::real && format_spec.empty() && looks_whole ? text + ".0" : text;
  }
  return fmt::format("\"{}\"", in_string(text, language, '"'));
}

}  // namespace

std::string in_string(std::string_view text, Language language, char quote) {
  if (quote == '\'' && has_plain_single_quotes(language)) {
    std::string out;
    for (const char c : text) {
      if (c == '\\' || c == '\'') out += '\\';
      out += c;
    }
    return out;
  }
  std::string out;
  while (!text.empty()) {
    const std::size_t good = find_malformed_utf8(text).value_or(text.size());
    for (const char c : text.substr(0, good)) append_escaped(out, c, language, quote);
    if (good == text.size()) break;
    out += malformed_byte(static_cast<unsigned char>(text[good]), language);
    text.remove_prefix(good + 1);
  }
  return out;
}

std::string literal(const Value& value, Type type, std::string_view format_spec, Language language) {
  const auto* items = std::get_if<std::vector<Value>>(&value.held);
  if (items == nullptr) return scalar_literal(value, type, format_spec, language);
  const Words words = words_of(language);
  std::string out(words.list_begin);
  for (const Value& item : *items) {
    if (&item != items->data()) out += ", ";
    out += scalar_literal(item, type.element(), format_spec, language);
  }
  out += words.list_end;
  return out;
}

}  // namespace osac::expression
