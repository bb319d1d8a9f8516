#include "compiler/expression/quote.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/expression/literal.h"
#include "compiler/expression/shell_command.h"

namespace osac::expression {

namespace {

/// Expands to nothing, in any shell and with `set -u`: raw text that holds it is no delimiter and no tab at the start of a line.
constexpr std::string_view guard = "${0+}";

std::string with_escapes(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

/// One word outside quotes. Unlike shell_quoted it is one wherever it stands: no assignment, no reserved word.
std::string bare_word(std::string_view text) {
  std::string out = shell_quoted(text);
  if (out == text && (text.find('=') != std::string_view::npos || is_reserved_word(text))) return fmt::format("'{}'", text);
  return out;
}

std::string in_single_quotes(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out;
}

bool could_be_delimiter(std::string_view line) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !line.empty() && is_letter(line[0]) &&
         std::all_of(line.begin(), line.end(), [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

std::string in_here_document(std::string_view text) {
  std::string out;
  const std::string_view first = text.substr(0, text.find('\n'));
  if (could_be_delimiter(first) || text.starts_with('\t')) out += guard;
  for (const char c : with_escapes(text, "$`\\")) {
    out += c;
    if (c == '\n') out += guard;
  }
  return out;
}

/// What is shown of a value in a problem.
std::string shown(std::string_view text) {
  constexpr std::size_t most = 60;
  return text.size() <= most ? visible(text) : visible(text.substr(0, most)) + "...";
}

std::string number(std::string_view text, std::string& problem) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  const bool is_integer = !digits.empty() && std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!is_integer)
    problem = fmt::format("the value `{}` is no integer, and stands where the shell does arithmetic", shown(text));
  else if (digits.size() > 1 && digits[0] == '0')
    problem = fmt::format("the value `{}` would be read as octal, where the shell does arithmetic", shown(text));
  return std::string(text);
}

/// A value as text for a shell: paths are never options.
std::string argument_text(const Value& value, Type type, std::string_view spec) {
  std::string text = format(value, type, spec);
  const bool is_path = type.kind == Kind::path || type.kind == Kind::file;
  return is_path && text.starts_with('-') ? "./" + text : text;
}

/// Applies `one` to the value, or to each item of a list, with blanks between.
template <typename Function>
std::string each_item(const Value& value, Type type, Function one) {
  const auto* items = std::get_if<std::vector<Value>>(&value.held);
  if (items == nullptr) return one(value, type);
  std::string out;
  for (const Value& item : *items) {
    if (&item != items->data()) out += ' ';
    out += one(item, type.element());
  }
  return out;
}

std::string shell_text(const Value& value, Type type, std::string_view spec, HoleContext context, std::string& problem) {
  const auto argument = [&](const Value& item, Type item_type) { return argument_text(item, item_type, spec); };
  if (context == HoleContext::shell_bare) {
    return each_item(value, type, [&](const Value& item, Type item_type) { return bare_word(argument(item, item_type)); });
  }
  const std::string text = each_item(value, type, argument);
  if (context == HoleContext::shell_double) return with_escapes(text, "\"$`\\");
  if (context == HoleContext::shell_single) return in_single_quotes(text);
  if (context == HoleContext::shell_heredoc) return in_here_document(text);
  return number(text, problem);
  return text;
}

/// Where text stands as it is. Comments of a script are for people, as `visible` text is; the same context in a shell's text (or
/// that of an unknown language) can be a here-document.
std::string verbatim(const std::string& text, Language language, std::string& problem) {
  if (language != Language::other && language != Language::shell) return visible(text);
  if (text.find_first_of("\n\r") != std::string::npos) {
    problem = fmt::format("the value `{}` has several lines, and stands in a comment or in a here-document without expansion", shown(text));
  }
  return text;
}

/// A string of Perl or Ruby in '...' has no escape for it, and their readers drop it at the end of a line.
std::string in_script_string(const std::string& text, Language language, char quote, std::string& problem) {
  const bool has_escapes = quote == '"' || (language != Language::perl && language != Language::ruby);
  if (!has_escapes && text.find('\r') != std::string::npos) {
    problem = fmt::format("the value `{}` holds a carriage return, which '...' cannot hold", shown(text));
  }
  return in_string(text, language, quote);
}

}  // namespace

std::string quoted(const Value& value, Type type, std::string_view format_spec, HoleContext context, std::string& problem,
                   Language language) {
  problem.clear();
  const bool is_script =
      context == HoleContext::literal || context == HoleContext::literal_double || context == HoleContext::literal_single;
  if (!is_script && value.is_absent()) return {};
  std::string out;
  switch (context) {
    case HoleContext::plain:
    case HoleContext::word:
      return format(value, type, format_spec);
    case HoleContext::shell_bare:
    case HoleContext::shell_double:
    case HoleContext::shell_single:
    case HoleContext::shell_heredoc:
    case HoleContext::shell_number:
      out = shell_text(value, type, format_spec, context, problem);
      break;
    case HoleContext::shell_verbatim:
      out = verbatim(format(value, type, format_spec), language, problem);
      break;
    case HoleContext::literal:
      out = literal(value, type, format_spec, language);
      break;
    case HoleContext::literal_double:
      out = in_script_string(format(value, type, format_spec), language, '"', problem);
      break;
    case HoleContext::literal_single:
      out = in_script_string(format(value, type, format_spec), language, '\'', problem);
      break;
  }
  if (out.find('\0') != std::string::npos) problem = "the value holds a NUL byte, which no command can hold";
  return out;
}

}  // namespace osac::expression
