#pragma once
// What the words of a simple shell command mean for the holes in them: which word is a reserved word, an assignment, code that is
// evaluated a second time (`eval`, `bash -c`, `ssh host`), a number, the name of a variable. The lexer (shell_scan.cpp) hands over
// finished words; this knows no characters, quotes or nesting. Private to this room.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/expression/flat_command.h"

namespace osac::expression {

/// Stands in a word's text for what the shell expands (a hole: hole_mark).
inline constexpr char expansion_mark = '\1';

struct ShellWord {
  std::string text;                ///< quotes resolved, marks for holes and expansions
  bool is_quoted = false;          ///< some of it stood in quotes: it is no reserved word
  std::vector<std::size_t> holes;  ///< their numbers, in order
};

struct WordMeaning {
  bool needs_shell = false;
  std::size_t number_holes = 0;       ///< so many of the word's first holes stand where the shell does arithmetic
  bool previous_are_numbers = false;  ///< and all of the word before
  std::string_view what;              ///< a problem of the word's holes, or empty
  std::string_view help;
};

class ShellCommand {
 public:
  /// Takes the next word of the command (no targets of redirections).
  WordMeaning take(const ShellWord& word);
  /// Ends the simple command: `;`, `|`, a newline, ...
  void end();
  /// Whether the next word would be the command's name.
  [[nodiscard]] bool at_start() const { return !has_command_; }
  [[nodiscard]] bool is_for() const { return name_ == "for"; }
  /// Between `case x in` or `;;` and `)`.
  [[nodiscard]] bool expects_pattern() const { return !cases_.empty() && cases_.back() == CaseState::pattern; }
  void end_pattern();
  /// `;;`
  void end_branch();
  /// Whether the command, as far as it was seen, runs its standard input as code.
  [[nodiscard]] bool runs_input() const { return mode_ == Mode::interpreter || mode_ == Mode::ssh_command_next; }

 private:
  enum class CaseState : unsigned char { word, in, pattern, body };
  enum class Mode : unsigned char {
    plain,
    code,               ///< every word is evaluated again
    code_next,          ///< the next word is
    trap,               ///< the first word that is no option is
    numbers,            ///< let
    names,              ///< unset, read: words name variables
    declarations,       ///< export, declare: what stands before `=` names a variable
    integers,           ///< declare -i: what stands after it is a number
    name_next,          ///< printf -v NAME
    interpreter,        ///< bash, python: `-c` may follow
    interpreter_value,  ///< the value of an option of it
    ssh_host_next,
    ssh_value,
    ssh_command_next,
    ssh_command,
  };

  WordMeaning take_case_word(const ShellWord& word);
  WordMeaning take_test_word(const ShellWord& word);
  WordMeaning take_first(const ShellWord& word);
  WordMeaning take_argument(const ShellWord& word);
  bool take_reserved(std::string_view text);
  void start_command(const ShellWord& word);
  bool start_interpreter(std::string_view text);
  WordMeaning take_interpreter_word(const ShellWord& word);
  WordMeaning take_ssh_word(const ShellWord& word);

  bool has_command_ = false;
  bool in_test_ = false;         // [[ ... ]]
  bool next_is_number_ = false;  // after -eq in [[ ... ]]
  bool next_is_name_ = false;    // after -v in a test
  Mode mode_ = Mode::plain;
  std::string name_;             // of the command, without its folder
  std::string_view code_flags_;  // of the interpreter
  std::string_view value_flags_;
  std::vector<CaseState> cases_;
};

/// A word that is a reserved word of the shell where a command can start.
bool is_reserved_word(std::string_view word);

}  // namespace osac::expression
