#include <algorithm>
#include <array>

#include "compiler/expression/script_lexer.h"
#include "compiler/expression/shell_lexer.h"

namespace osac::expression {

namespace {

constexpr std::size_t deepest = 50;
constexpr std::string_view outside_help = "assign it to a variable first, outside quotes: `name = {x}`";

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}
bool is_one_of(char c, std::string_view set) { return c != '\0' && set.find(c) != std::string_view::npos; }

std::string_view name_of(std::string_view interpreter) {
  interpreter = interpreter.substr(interpreter.rfind('/') + 1);
  const auto end = interpreter.find_last_not_of("0123456789.");
  return interpreter.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

/// Languages in which a quoted text can run code by itself, in ways that are not known here.
bool is_unquotable(std::string_view interpreter) {
  constexpr std::array<std::string_view, 10> names = {"csh", "expect", "fish", "groovy", "php", "pwsh", "scala", "tcl", "tclsh", "tcsh"};
  return std::find(names.begin(), names.end(), name_of(interpreter)) != names.end();
}

}  // namespace

Language find_language(std::string_view interpreter) {
  const std::string_view name = name_of(interpreter);
  if (name == "python" || name == "pypy" || name == "ipython") return Language::python;
  if (name == "R" || name == "Rscript" || name == "r") return Language::r;
  if (name == "perl") return Language::perl;
  if (name == "ruby") return Language::ruby;
  if (name == "julia") return Language::julia;
  if (name == "node" || name == "javascript" || name == "deno" || name == "bun" || name == "js") return Language::javascript;
  if (name == "sh" || name == "bash" || name == "dash" || name == "ash" || name == "ksh" || name == "mksh" || name == "zsh")
    return Language::shell;
  return Language::other;
}

std::vector<HoleContext> ScriptLexer::scan(std::vector<ContextProblem>& problems) {
  contexts_.assign(text_.hole_count(), HoleContext::literal);
  if (text_.has_nul) report(0, "the script holds a NUL byte", "take it out: no program reads on after one");
  while (at_ < text_.size()) step();
  for (ContextProblem& problem : problems_) problems.push_back(std::move(problem));
  return std::move(contexts_);
}

void ScriptLexer::report(std::size_t at, std::string_view what, std::string_view help) {
  problems_.push_back({text_.part_at(at), std::string(what), std::string(help)});
}

void ScriptLexer::take_hole(HoleContext context) { contexts_[text_.hole_at(at_++)] = context; }

void ScriptLexer::refuse_hole(std::string_view what, std::string_view help) { report(at_++, what, help); }

void ScriptLexer::skip_to(std::size_t end, std::string_view what, std::string_view help) {
  while (at_ < end) {
    if (text_.is_hole(at_))
      refuse_hole(what, help);
    else
      ++at_;
  }
}

void ScriptLexer::step() {
  if (text_.is_hole(at_)) return take_hole(HoleContext::literal);
  if (at(at_) == '\n' && !here_documents_.empty()) return take_here_document_bodies();
  if (take_comment() || take_quote_like() || take_raw_string()) return;
  const char c = at(at_);
  if (c == '"' || c == '\'' || c == '`') {
    if (c == '\'' && is(Language::julia)) return take_character();
    if (c != '`' || !is(Language::other)) return take_string();
  }
  ++at_;
}

// ---- comments

bool ScriptLexer::take_comment() {
  if (is(Language::javascript)) {
    if (starts_with("//")) return take_line_comment(), true;
    return starts_with("/*") && take_block_comment("/*", "*/");
  }
  if (is(Language::julia) && starts_with("#=")) return take_block_comment("#=", "=#");
  if (at(at_) != '#' || (is(Language::perl) && at_ > 0 && is_one_of(at(at_ - 1), "$@"))) return false;
  take_line_comment();
  return true;
}

void ScriptLexer::take_line_comment() {
  while (at_ < text_.size() && at(at_) != '\n') {
    if (text_.is_hole(at_))
      take_hole(HoleContext::shell_verbatim);
    else
      ++at_;
  }
}

bool ScriptLexer::take_block_comment(std::string_view open, std::string_view close) {
  const std::size_t found = text_.text.find(close, at_ + open.size());
  if (found == std::string::npos) report(at_, "the comment is never closed", "close it");
  skip_to(found == std::string::npos ? text_.size() : found + close.size(), "this value stands in a comment that its text could end",
          "take it out of the comment");
  return true;
}

// ---- strings

/// The letters that stand directly before a quote, as one word.
std::string_view ScriptLexer::prefix_before_quote() const {
  std::size_t begin = at_;
  while (begin > 0 && is_word_char(at(begin - 1))) --begin;
  return std::string_view(text_.text).substr(begin, at_ - begin);
}

ScriptLexer::StringRules ScriptLexer::string_rules() const {
  StringRules rules;
  rules.begin = at_;
  rules.quote = at(at_);
  const std::string_view prefix = prefix_before_quote();
  const bool has_triple = is(Language::python) || is(Language::julia);
  rules.is_triple = has_triple && at(at_ + 1) == rules.quote && at(at_ + 2) == rules.quote;
  rules.may_span_lines = rules.is_triple || !(is(Language::python) || is(Language::javascript) || is(Language::other));
  rules.help = outside_help;
  if (rules.quote == '`') {
    rules.refusal = "this value stands inside backquotes";
    rules.may_span_lines = true;
  } else if (is(Language::python) && prefix.size() <= 2) {
    const auto has = [&](std::string_view letters) { return prefix.find_first_of(letters) != std::string_view::npos; };
    if (has("fF")) rules.refusal = "this value stands inside an f-string, where braces in its text would be code";
    if (has("rR")) rules.refusal = "this value stands inside a raw string, which has no escapes";
    if (has("bB")) rules.refusal = "this value stands inside a bytes literal";
  } else if (is(Language::julia) && !prefix.empty()) {
    rules.refusal = "this value stands inside a string macro";
  }
  return rules;
}

void ScriptLexer::take_string() {
  if (is(Language::perl) && at_ > 0 && at(at_ - 1) == '$') {  // $' and $" are variables
    ++at_;
    return;
  }
  take_string_body(string_rules());
}

void ScriptLexer::take_string_body(const StringRules& rules) {
  const bool is_single = rules.quote == '\'';
  const std::string closing(rules.is_triple ? 3 : 1, rules.quote);
  at_ += closing.size();
  while (at_ < text_.size()) {
    if (text_.is_hole(at_)) {
      if (rules.refusal.empty())
        take_hole(is_single ? HoleContext::literal_single : HoleContext::literal_double);
      else
        refuse_hole(rules.refusal, rules.help);
    } else if (at(at_) == '\\') {
      ++at_;
      if (text_.is_hole(at_))
        refuse_hole("a backslash stands before this value", "leave the backslash out: values are quoted by themselves");
      else
        ++at_;
    } else if (starts_with(closing)) {
      at_ += closing.size();
      return;
    } else if (at(at_) == '\n' && !rules.may_span_lines) {
      break;
    } else if (is_single || !take_interpolation()) {
      ++at_;
    }
  }
  if (at_ >= text_.size() || !is(Language::other)) report(rules.begin, "the quote is never closed", "close it");
}

/// `#{code}` of Ruby, `$(code)` of Julia, `@{code}` and `${code}` of Perl within "...".
bool ScriptLexer::take_interpolation() {
  const bool is_brace = (is(Language::ruby) && starts_with("#{")) || (is(Language::perl) && (starts_with("@{") || starts_with("${")));
  const bool is_paren = is(Language::julia) && starts_with("$(");
  if (!is_brace && !is_paren) return false;
  at_ += 2;
  take_code(is_brace ? '{' : '(', is_brace ? '}' : ')');
  return true;
}

/// Code up to its closing bracket. No value can stand in it: it would have to be quoted for the code and for the string at once.
void ScriptLexer::take_code(char open, char close) {
  if (++depth_ > deepest) {
    report(at_, "the strings nest too deep", "split them");
    at_ = text_.size();
  }
  for (std::size_t brackets = 1; at_ < text_.size() && brackets > 0;) {
    const char c = at(at_);
    if (text_.is_hole(at_)) {
      refuse_hole("this value stands in code within a string", outside_help);
    } else if (c == '"' || (c == '\'' && !is(Language::julia))) {
      StringRules rules = string_rules();
      rules.refusal = "this value stands in code within a string";
      take_string_body(rules);
    } else {
      brackets = c == open ? brackets + 1 : c == close ? brackets - 1 : brackets;
      ++at_;
    }
  }
  --depth_;
}

/// r"(...)" and R"--[...]--" of R.
bool ScriptLexer::take_raw_string() {
  const std::string_view prefix = prefix_before_quote();
  if (!is(Language::r) || !is_one_of(at(at_), "\"'") || (prefix != "r" && prefix != "R")) return false;
  std::size_t open = at_ + 1;
  while (at(open) == '-') ++open;
  constexpr std::string_view opening = "([{";
  constexpr std::string_view closing = ")]}";
  const auto which = at(open) == '\0' ? std::string_view::npos : opening.find(at(open));
  if (which == std::string_view::npos) return false;
  const std::string end = closing[which] + std::string(open - at_ - 1, '-') + at(at_);
  const std::size_t found = text_.text.find(end, open);
  if (found == std::string::npos) report(at_, "the quote is never closed", "close it");
  skip_to(found == std::string::npos ? text_.size() : found + end.size(), "this value stands inside a raw string, which has no escapes",
          outside_help);
  return true;
}

/// In Julia ' starts a character, or transposes what stands before it.
void ScriptLexer::take_character() {
  constexpr std::string_view refusal = "this value stands in '...', which holds one character in Julia";
  constexpr std::string_view help = "write \"{x}\" or {x}";
  const char before = at_ > 0 ? at(at_ - 1) : '\n';
  if (is_word_char(before) || is_one_of(before, ")]}'.")) {
    ++at_;
    return;
  }
  if (text_.is_hole(at_ + 1)) {
    ++at_;
    return refuse_hole(refusal, help);
  }
  const std::size_t begin = at_ + (at(at_ + 1) == '\\' ? 3 : 2);  // past the character, or past its backslash and letter
  const std::size_t end = text_.text.find('\'', begin);
  const bool is_character = end != std::string::npos && end - at_ <= 12;  // '\U0010ffff'
  skip_to(is_character ? end + 1 : at_ + 1, refusal, help);
}

std::vector<HoleContext> scan_script(std::string_view language, const std::vector<CommandPart>& parts,
                                     std::vector<ContextProblem>& problems) {
  const Language found = find_language(language);
  if (found == Language::shell) {
    ShellScan scan = ShellLexer(parts).scan();
    for (ContextProblem& problem : scan.problems) problems.push_back(std::move(problem));
    return std::move(scan.contexts);
  }
  if (is_unquotable(language)) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (!parts[i].is_hole) continue;
      problems.push_back({i, "values cannot be quoted for this language", "run the script as a program: `run \"program.tcl {x}\"`"});
    }
  }
  return ScriptLexer(found, parts).scan(problems);
}

}  // namespace osac::expression
