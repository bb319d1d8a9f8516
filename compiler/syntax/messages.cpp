#include "compiler/syntax/messages.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "compiler/base/text.h"
#include "compiler/syntax/parse.h"
#include "compiler/syntax/words.h"

namespace osac::syntax {

namespace {

/// The bytes of the token at `at`: a word, a number, a known operator, else one code point.
std::string_view token_at(std::string_view text, std::size_t at) {
  if (at >= text.size()) return {};
  std::size_t end = at;
  while (end < text.size() && is_name_part(text[end])) ++end;
  if (end > at) return text.substr(at, end - at);
  for (const std::string_view mark : {"...", "..<", "\"\"\"", "..", "==", "!=", "<=", ">=", "&&", "||", "//", "=>", "->"})
    if (text.substr(at, mark.size()) == mark) return text.substr(at, mark.size());
  end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
  return text.substr(at, end - at);
}

std::string in_ticks(std::string_view text) { return "`" + std::string(text) + "`"; }

/// What stands at `at`, in words.
std::string found_at(const State& state, std::size_t at) {
  const std::string_view text = state.text;
  if (at >= text.size()) return "the end of the file";
  if (text[at] == '\n' || text[at] == '\r') return "the end of the line";
  if (text[at] == '"') return state.in_hole() ? "the end of the text" : "a text";
  return in_ticks(visible(token_at(text, at)));
}

bool is_behind_line_end(const State& state, std::size_t at) {
  const std::size_t begin = std::min(state.previous_end, at);
  return state.text.substr(begin, at - begin).find('\n') != std::string_view::npos;
}

/// The narrowest place for "expected X": the token found, or the end of the one before if that is on another line.
Span place_of(const State& state, std::size_t at, Place place) {
  const bool is_at_end = at >= state.text.size();
  const std::size_t behind = std::min(state.previous_end, at);
  if (place == Place::behind || is_at_end || is_behind_line_end(state, at)) return state.span(behind, behind);
  return state.span(at, at + token_at(state.text, at).size());
}

void help_with_hole(DiagnosticBuilder& report) { report.help("braces hold a value; to write a brace itself, double it: `{{` or `}}`"); }

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const bool starts = at == 0 || !is_name_part(text[at - 1]);
    const bool ends = at + word.size() == text.size() || !is_name_part(text[at + word.size()]);
    if (starts && ends) return true;
  }
  return false;
}

/// Whether the item being read has a condition before `at`, so that a lone `=` was probably meant to compare.
bool is_in_condition(const State& state, std::size_t at) {
  const std::string_view item = state.text.substr(state.item_begin, at - std::min(at, state.item_begin));
  return has_word(item, "where") || has_word(item, "if") || item.starts_with("expect");
}

/// Habits of other languages.
void help_with_habit(DiagnosticBuilder& report, const State& state, std::size_t at) {
  const std::string_view token = token_at(state.text, at);
  const Span place = state.span(at, at + token.size());
  const auto write = [&](std::string_view instead) { report.help("write " + in_ticks(instead)).fix(place, std::string(instead)); };
  if (token == "&&") write("and");
  if (token == "||") write("or");
  if (token == "!") write("not");
  if (token == "=" && is_in_condition(state, at)) report.help("`==` compares").fix(place, "==");
  if (token == "//") report.help("a comment starts with `#`").fix(place, "#");
  if (token == ";") report.help("nothing separates clauses or declarations: take the `;` away").fix(place, "");
  if (token == "'" || token == "\u201C" || token == "\u201D") report.help("texts stand in plain double quotes: `\"...\"`");
  if (is_reserved_word(token) && !is_behind_line_end(state, at))
    report.note(in_ticks(token) + " is a word of the language and cannot be a name");
}

std::string_view opener_text(OpenerKind kind) {
  switch (kind) {
    case OpenerKind::parenthesis:
      return "(";
    case OpenerKind::bracket:
      return "[";
    case OpenerKind::text:
      return "\"";
    case OpenerKind::block:
    case OpenerKind::hole:
      break;
  }
  return "{";
}

}  // namespace

void report_expected(State& state, std::size_t at, std::string_view what, Place place) {
  auto report = state.diagnostics.report(DiagnosticKind::expected_syntax, place_of(state, at, place), what, found_at(state, at));
  help_with_habit(report, state, at);
  if (state.in_hole()) help_with_hole(report);
}

void report_unclosed(State& state, std::size_t at, std::string_view closer) {
  auto report =
      state.diagnostics.report(DiagnosticKind::unclosed_bracket, place_of(state, at, Place::behind), in_ticks(closer), found_at(state, at));
  if (!state.openers.empty()) {
    const Opener opener = state.openers.back();
    report.label(state.span(opener.offset, opener.offset + 1), in_ticks(opener_text(opener.kind)) + " opens here");
  }
  help_with_habit(report, state, at);
  if (state.in_hole()) help_with_hole(report);
}

void report_unclosed_text(State& state, std::size_t at) {
  const OpenText& open = state.texts.back();
  const std::string_view quotes = open.literal.is_block ? "\"\"\"" : "\"";
  auto report = state.diagnostics.report(DiagnosticKind::unclosed_text, state.span(at, at), in_ticks(quotes));
  report.here(at >= state.text.size() ? "the file ends here" : "the line ends here");
  report.label(state.span(open.begin, open.begin + quotes.size()), "the text starts here");
  if (!open.literal.is_block) report.help("a text of several lines stands in `\"\"\"`");
}

namespace {

void report_unknown_lead(State& state, std::size_t at, DiagnosticKind kind, std::string_view noun,
                         std::span<const std::string_view> words) {
  const std::string_view word = word_at(state.text, at);
  if (word.empty()) {
    report_expected(state, at, "a " + std::string(noun), Place::found);
    return;
  }
  const Span place = state.exact(word);
  auto report = state.diagnostics.report(kind, place, word);
  if (const auto nearest = nearest_name(word, words)) {
    report.help("did you mean " + in_ticks(*nearest) + "?").fix(place, std::string(*nearest));
    return;
  }
  std::vector<std::string> list;
  for (const std::string_view known : words) list.push_back(in_ticks(known));
  report.note("a " + std::string(noun) + " starts with " + join_words(list, "or"));
}

}  // namespace

void report_unknown_clause(State& state, std::size_t at) {
  report_unknown_lead(state, at, DiagnosticKind::unknown_clause, "clause", clause_words());
}

void report_unknown_declaration(State& state, std::size_t at) {
  // Clauses of a task whose first line is missing: one mistake, however many there are.
  const std::string_view word = word_at(state.text, at);
  const bool is_in_lost_body = std::exchange(state.is_in_lost_body, is_clause_word(word));
  if (state.is_in_lost_body) {
    if (is_in_lost_body) return;
    state.diagnostics.report(DiagnosticKind::unknown_declaration, state.exact(word), word)
        .note(in_ticks(word) + " leads a clause of a task or tool")
        .help("is the line above it missing, such as `task make for exposure {`?");
    return;
  }
  report_unknown_lead(state, at, DiagnosticKind::unknown_declaration, "declaration", declaration_words());
}

void report_bad_hole(State& state, std::size_t at) {
  if (state.text.substr(at, 1) != "}") return report_expected(state, at, "a value", Place::found);
  auto report = state.diagnostics.report(DiagnosticKind::empty_hole, state.span(state.openers.back().offset, at + 1));
  help_with_hole(report);
}

void report_lone_brace(State& state, std::size_t at) {
  const Span place = state.span(at, at + 1);
  state.diagnostics.report(DiagnosticKind::lone_brace, place).help("a brace itself is written `}}`").fix(place, "}}");
}

void report_unknown_escape(State& state, std::size_t at) {
  const std::string_view character = token_at(state.text, at).substr(0, 1);
  const Span place = state.span(at - 1, at + (at < state.text.size() && state.text[at] != '\n' ? 1 : 0));
  state.diagnostics.report(DiagnosticKind::unknown_escape, place, visible(character))
      .note("a backslash stands before `\"`, `\\`, `n` or `t`")
      .help("a backslash itself is written `\\\\`")
      .fix(state.span(at - 1, at), "\\\\");
}

void report_malformed_number(State& state, std::size_t at) {
  const std::size_t begin = state.offset(state.number.data());
  const std::string_view word = token_at(state.text, at);
  const std::size_t end = at + word.size();
  auto report = state.diagnostics.report(DiagnosticKind::malformed_number, state.span(begin, end), state.text.substr(begin, end - begin));
  if (const auto unit = nearest_name(word, unit_words())) {
    report.help("did you mean the unit " + in_ticks(*unit) + "?").fix(state.exact(word), std::string(*unit));
  } else {
    report.note("units are words such as `min`, `h`, `MiB`, `GiB`, `arcsec` or `mag`");
  }
}

void report_number_too_large(State& state, std::string_view digits) {
  state.diagnostics.report(DiagnosticKind::number_too_large, state.exact(digits), digits);
}

void report_chained_comparison(State& state, std::size_t at) {
  state.diagnostics.report(DiagnosticKind::chained_comparison, state.span(at, at + token_at(state.text, at).size()))
      .help("compare twice: `a < b and b < c`");
}

void report_nested_too_deeply(State& state, std::size_t at) {
  state.diagnostics.report(DiagnosticKind::nested_too_deeply, state.span(at, at + token_at(state.text, at).size()), depth_limit)
      .help("name a part of it with `let`");
}

void report_left_out_arguments(State& state, std::size_t at) {
  state.diagnostics.report(DiagnosticKind::left_out_arguments, state.span(at, at + 3))
      .help("write each argument; only `use tool(...)` binds the rest by name");
}

void report_given_twice(State& state, std::string_view part, Span place) {
  state.diagnostics.report(DiagnosticKind::given_twice, place, part).help("keep one of them");
}

void report_several_names(State& state, const std::vector<Name>& names, std::string_view mark) {
  const Span place = names.front().span.to(names.back().span);
  state.diagnostics.report(DiagnosticKind::several_names, place, mark).help("write a clause for each of them");
}

void report_hole_in_plain_text(State& state, Span place) {
  state.diagnostics.report(DiagnosticKind::hole_in_plain_text, place).help("to write a brace itself, double it: `{{` or `}}`");
}

void fail_tall_expression(State& state, Span place) {
  const std::size_t begin = place.begin - state.base;
  state.error_offset = std::max(state.previous_end, begin);
  ++state.error_count;
  state.diagnostics.report(DiagnosticKind::expression_too_long, state.span(begin, begin), height_limit).help("name parts of it with `let`");
  throw SyntaxFailure{};
}

}  // namespace osac::syntax
