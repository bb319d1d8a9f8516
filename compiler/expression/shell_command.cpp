#include "compiler/expression/shell_command.h"

#include <algorithm>
#include <array>

namespace osac::expression {

namespace {

constexpr std::string_view code_problem = "this value would be run as code: the text it stands in is evaluated a second time";
constexpr std::string_view code_help = "pass it as an argument: `bash -c '... \"$1\" ...' _ {x}`, or use `script`";
constexpr std::string_view ssh_problem = "this value would be evaluated a second time, by the shell on the other host";
constexpr std::string_view ssh_help = "copy a script there, or send the value through standard input: `printf '%s' {x} | ssh host command`";
constexpr std::string_view name_problem = "this value would name a variable of the shell, and its text can hold code there";
constexpr std::string_view name_help = "write the variable's name into the command";

template <std::size_t Count>
bool is_among(std::string_view word, const std::array<std::string_view, Count>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::array<std::string_view, 9> prefix_words = {"if", "then", "else", "elif", "do", "while", "until", "!", "{"};
constexpr std::array<std::string_view, 13> other_words = {"case", "esac",     "for",    "select", "in", "fi", "done",
                                                          "}",    "function", "coproc", "time",   "[[", "]]"};
/// Builtins that change the shell itself or that no program stands for.
constexpr std::array<std::string_view, 52> builtins = {
    ".",       ":",        "[",        "alias",     "bg",       "bind",    "break",  "builtin", "caller", "cd",     "command",
    "compgen", "complete", "continue", "declare",   "dirs",     "disown",  "enable", "eval",    "exec",   "exit",   "export",
    "fc",      "fg",       "getopts",  "hash",      "help",     "history", "jobs",   "let",     "local",  "logout", "mapfile",
    "popd",    "pushd",    "read",     "readarray", "readonly", "return",  "set",    "shift",   "shopt",  "source", "suspend",
    "times",   "trap",     "type",     "typeset",   "ulimit",   "umask",   "unset",  "wait"};

/// Programs that run a text as code, with the letters of the option that says so, and of options that take the next word as value.
struct Interpreter {
  std::string_view name;
  std::string_view code_flags;
  std::string_view value_flags;
};
constexpr std::array<Interpreter, 21> interpreters = {
    {{"sh", "c", "oO"},      {"bash", "c", "oO"},      {"dash", "c", "o"},    {"ash", "c", "o"},   {"ksh", "c", "o"},
     {"mksh", "c", "o"},     {"zsh", "c", "o"},        {"fish", "c", ""},     {"su", "c", ""},     {"python", "c", "WX"},
     {"python2", "c", "WX"}, {"python3", "c", "WX"},   {"perl", "eE", "IMm"}, {"ruby", "e", "Ir"}, {"Rscript", "e", ""},
     {"R", "e", ""},         {"julia", "eE", "LtpJC"}, {"node", "ep", "rC"},  {"lua", "e", "l"},   {"php", "r", "dcz"},
     {"osascript", "e", ""}}};
constexpr std::string_view ssh_value_flags = "BbcDEeFIiJLlmOopQRSWw";

std::string_view basename_of(std::string_view text) { return text.substr(text.rfind('/') + 1); }
bool is_literal(std::string_view text) {
  return text.find(hole_mark) == std::string_view::npos && text.find(expansion_mark) == std::string_view::npos;
}
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_char(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }

/// The place of `=` in `name=...`, `name+=...` or `name[...]=...`; npos if the word is no assignment.
std::size_t assignment_sign(std::string_view text) {
  std::size_t at = 0;
  if (text.empty() || !is_name_start(text[0])) return std::string_view::npos;
  while (at < text.size() && is_name_char(text[at])) ++at;
  if (at < text.size() && text[at] == '[') {
    const auto close = text.find(']', at);
    if (close == std::string_view::npos) return close;
    at = close + 1;
  }
  if (at < text.size() && text[at] == '+') ++at;
  return at < text.size() && text[at] == '=' ? at : std::string_view::npos;
}

std::size_t holes_in(std::string_view text) { return static_cast<std::size_t>(std::count(text.begin(), text.end(), hole_mark)); }

WordMeaning with_problem(const ShellWord& word, std::string_view what, std::string_view help) {
  WordMeaning meaning;
  if (!word.holes.empty()) {
    meaning.what = what;
    meaning.help = help;
  }
  return meaning;
}

WordMeaning with_numbers(std::size_t count) {
  WordMeaning meaning;
  meaning.number_holes = count;
  return meaning;
}

WordMeaning with_shell() {
  WordMeaning meaning;
  meaning.needs_shell = true;
  return meaning;
}

bool is_arithmetic_test(std::string_view text) {
  constexpr std::array<std::string_view, 6> operators = {"-eq", "-ne", "-lt", "-le", "-gt", "-ge"};
  return is_among(text, operators);
}

}  // namespace

bool is_reserved_word(std::string_view word) { return is_among(word, prefix_words) || is_among(word, other_words); }

void ShellCommand::end() {
  if (!cases_.empty() && cases_.back() != CaseState::body) return;  // newlines and `|` within the head of a `case`
  has_command_ = in_test_ = next_is_number_ = next_is_name_ = false;
  mode_ = Mode::plain;
  name_.clear();
}

void ShellCommand::end_pattern() {
  cases_.back() = CaseState::body;
  end();
}

void ShellCommand::end_branch() {
  end();
  if (!cases_.empty()) cases_.back() = CaseState::pattern;
}

WordMeaning ShellCommand::take(const ShellWord& word) {
  if (!cases_.empty() && cases_.back() != CaseState::body) return take_case_word(word);
  if (in_test_) return take_test_word(word);
  return has_command_ ? take_argument(word) : take_first(word);
}

WordMeaning ShellCommand::take_case_word(const ShellWord& word) {
  CaseState& state = cases_.back();
  if (state == CaseState::word) {
    state = CaseState::in;
  } else if (state == CaseState::in) {
    state = CaseState::pattern;
  } else if (word.text == "esac" && !word.is_quoted) {
    cases_.pop_back();
    has_command_ = true;
  }
  return {};
}

WordMeaning ShellCommand::take_test_word(const ShellWord& word) {
  if (word.text == "]]" && !word.is_quoted) {
    in_test_ = false;
    return {};
  }
  WordMeaning meaning = with_numbers(next_is_number_ ? word.holes.size() : 0);
  if (next_is_name_) meaning = with_problem(word, name_problem, name_help);
  next_is_number_ = is_arithmetic_test(word.text);
  next_is_name_ = word.text == "-v" || word.text == "-R";
  meaning.previous_are_numbers = next_is_number_;
  return meaning;
}

bool ShellCommand::take_reserved(std::string_view text) {
  if (is_among(text, prefix_words) || text == "time" || text == "coproc") return true;  // a command follows
  if (!is_among(text, other_words)) return false;
  if (text == "case") {
    cases_.push_back(CaseState::word);
    return true;
  }
  if (text == "esac" && !cases_.empty()) cases_.pop_back();
  in_test_ = text == "[[";
  has_command_ = true;
  name_ = text;
  return true;
}

WordMeaning ShellCommand::take_first(const ShellWord& word) {
  if (const auto sign = assignment_sign(word.text); sign != std::string::npos) {
    WordMeaning meaning = with_shell();
    meaning.number_holes = holes_in(std::string_view(word.text).substr(0, sign));  // the array's index
    return meaning;
  }
  if (!word.is_quoted && take_reserved(word.text)) return with_shell();
  start_command(word);
  WordMeaning meaning;
  meaning.needs_shell = is_literal(word.text) && is_among(word.text, builtins);
  return meaning;
}

void ShellCommand::start_command(const ShellWord& word) {
  has_command_ = true;
  if (!is_literal(word.text)) return;
  name_ = basename_of(word.text);
  if (name_ == "command" || name_ == "builtin") {
    has_command_ = false;  // the next word is the command
    return;
  }
  constexpr std::array<std::string_view, 5> naming = {"unset", "read", "mapfile", "readarray", "getopts"};
  constexpr std::array<std::string_view, 5> declaring = {"export", "readonly", "declare", "typeset", "local"};
  if (name_ == "eval" || name_ == "watch") mode_ = Mode::code;
  if (name_ == "trap") mode_ = Mode::trap;
  if (name_ == "let") mode_ = Mode::numbers;
  if (is_among(name_, naming)) mode_ = Mode::names;
  if (is_among(name_, declaring)) mode_ = Mode::declarations;
  start_interpreter(word.text);
}

/// Wherever its name stands, so that `env bash -c`, `xargs sh -c` and `find -exec sh -c` are seen.
bool ShellCommand::start_interpreter(std::string_view text) {
  std::string_view name = basename_of(text);
  if (name.substr(0, 7) == "python3" || name.substr(0, 7) == "python2") name = name.substr(0, 7);
  if (name == "ssh") {
    mode_ = Mode::ssh_host_next;
    return true;
  }
  const auto found = std::find_if(interpreters.begin(), interpreters.end(), [&](const Interpreter& each) { return each.name == name; });
  if (found == interpreters.end()) return false;
  mode_ = Mode::interpreter;
  code_flags_ = found->code_flags;
  value_flags_ = found->value_flags;
  return true;
}

WordMeaning ShellCommand::take_interpreter_word(const ShellWord& word) {
  const std::string_view text = word.text;
  if (text.empty() || (text[0] != '-' && text[0] != '+')) {
    if (name_ != "su" && !start_interpreter(text)) mode_ = Mode::plain;  // a script's name: what follows are its arguments
    return {};
  }
  if (text.size() > 1 && text[1] == '-') return {};
  const auto flag = text.find_first_of(code_flags_);
  const auto value = value_flags_.empty() ? std::string_view::npos : text.find_first_of(value_flags_);
  if (flag != std::string_view::npos && flag < value) {
    if (flag + 1 < text.size() && code_flags_ != "c") return with_problem(word, code_problem, code_help);  // perl -e'...'
    mode_ = Mode::code_next;
    return flag + 1 < text.size() ? with_problem(word, code_problem, code_help) : WordMeaning{};
  }
  if (value != std::string_view::npos && value + 1 == text.size()) mode_ = Mode::interpreter_value;
  return {};
}

WordMeaning ShellCommand::take_ssh_word(const ShellWord& word) {
  const std::string_view text = word.text;
  if (mode_ == Mode::ssh_value) {
    mode_ = Mode::ssh_host_next;
    return {};
  }
  if (mode_ == Mode::ssh_host_next) {
    const bool is_option = text.size() > 1 && text[0] == '-';
    if (!is_option)
      mode_ = Mode::ssh_command_next;
    else if (text.size() == 2 && ssh_value_flags.find(text[1]) != std::string_view::npos)
      mode_ = Mode::ssh_value;
    return {};
  }
  mode_ = Mode::ssh_command;
  return with_problem(word, ssh_problem, ssh_help);
}

WordMeaning ShellCommand::take_argument(const ShellWord& word) {
  const std::string_view text = word.text;
  switch (mode_) {
    case Mode::code:
      return with_problem(word, code_problem, code_help);
    case Mode::code_next:
      mode_ = Mode::plain;
      return with_problem(word, code_problem, code_help);
    case Mode::trap:
      if (!text.empty() && text[0] == '-') return {};
      mode_ = Mode::plain;
      return with_problem(word, code_problem, code_help);
    case Mode::numbers:
      return with_numbers(word.holes.size());
    case Mode::names:
      return with_problem(word, name_problem, name_help);
    case Mode::name_next:
      mode_ = Mode::plain;
      return with_problem(word, name_problem, name_help);
    case Mode::declarations:
    case Mode::integers: {
      if (text.size() > 1 && (text[0] == '-' || text[0] == '+') && is_literal(text)) {
        if (text.find('i') != std::string_view::npos) mode_ = Mode::integers;
        return {};
      }
      if (holes_in(text.substr(0, text.find('='))) > 0) return with_problem(word, name_problem, name_help);
      return with_numbers(mode_ == Mode::integers ? word.holes.size() : 0);
    }
    case Mode::interpreter:
      return take_interpreter_word(word);
    case Mode::interpreter_value:
      mode_ = Mode::interpreter;
      return {};
    case Mode::ssh_host_next:
    case Mode::ssh_value:
    case Mode::ssh_command_next:
    case Mode::ssh_command:
      return take_ssh_word(word);
    case Mode::plain:
      break;
  }
  const bool is_test = name_ == "[" || name_ == "test";
  if (text == "-v" && (is_test || name_ == "printf")) mode_ = Mode::name_next;
  if (is_literal(text) && !is_test) start_interpreter(text);
  return {};
}

}  // namespace osac::expression
