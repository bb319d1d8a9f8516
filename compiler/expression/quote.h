#pragma once
// Quoting: how a value gets into a command as exactly one word, however hostile its text (POSIX.1-2017 XCU 2.2, 2.7.4). The
// compiler finds each hole's context once (scan_*); evaluation quotes each value for it.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/expression/expression.h"

namespace osac::expression {

/// A part of a command template: literal text, or a hole (then `text` is empty).
struct CommandPart {
  bool is_hole = false;
  std::string_view text;
  std::uint32_t offset = 0;  ///< of the part in the .osa file, for diagnostics
};

/// What is wrong with a hole's place.
struct ContextProblem {
  std::size_t part = 0;
  std::string what;  ///< "`{x}` stands inside backquotes"
  std::string help;  ///< "write `$(...)` instead"
};

struct ShellScan {
  bool needs_shell = false;              ///< it uses shell syntax: pipes, redirection, variables, globs, several lines, assignments, ...
  std::vector<HoleContext> contexts;     ///< one per hole, in order
  std::vector<ContextProblem> problems;  ///< backquotes, `eval`, nesting that cannot be followed, unclosed quotes
  /// If no shell is needed: the words, each a list of (part index, literal text with quotes removed). A hole's part has no text.
  struct Piece {
    std::size_t part;
    std::string text;
  };
  std::vector<std::vector<Piece>> words;
};

/// Lexes shell text with holes as POSIX sh (and bash) would.
ShellScan scan_shell(const std::vector<CommandPart>& parts);
/// Lexes a script of another language just enough to know whether a hole stands in a string or a comment ('#' and '//' comments by
/// language).
std::vector<HoleContext> scan_script(std::string_view language, const std::vector<CommandPart>& parts,
                                     std::vector<ContextProblem>& problems);

/// The text that stands for `value` in `context`; throws EvaluationError's text as std::string in `problem` when it cannot be held there.
std::string quoted(const Value& value, Type type, std::string_view format, HoleContext context, std::string& problem);

}  // namespace osac::expression
