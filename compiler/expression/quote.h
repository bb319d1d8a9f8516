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

/// What is wrong with a hole's place, or with the command around it.
struct ContextProblem {
  std::size_t part = 0;
  std::string what;  ///< "this value stands inside backquotes"
  std::string help;  ///< "write `$(...)` instead"
};

struct ShellScan {
  bool needs_shell = false;  ///< it uses shell syntax: pipes, redirection, variables, globs, several lines, assignments, builtins, ...
  std::vector<HoleContext> contexts;     ///< one per hole, in order
  std::vector<ContextProblem> problems;  ///< in order of place: backquotes, `eval`, nesting that cannot be followed, unclosed quotes
  /// If no shell is needed: the words, each a list of (part index, literal text with quotes removed). A hole's part has no text. Holes
  /// outside quotes then have the context `word`, holes inside quotes `plain`. A hole that is `raw` does need a shell: the caller sees
  /// that.
  struct Piece {
    std::size_t part;
    std::string text;
    friend bool operator==(const Piece&, const Piece&) = default;
  };
  std::vector<std::vector<Piece>> words;
};

/// Lexes shell text with holes as POSIX sh (and bash) would. Linear in the text. It follows the text, not the data: what a script does with
/// a variable after `v={x}` (`$((v))`, `echo "$v" | sh`) is the script's own affair.
ShellScan scan_shell(const std::vector<CommandPart>& parts);

/// The languages of scripts whose strings and comments are known. All others share `other`: strings and literals as JSON's, `#` comments.
enum class Language : std::uint8_t { other, python, r, perl, ruby, julia, javascript, shell };
/// By the interpreter's name, with or without a version or a folder: `python3.11`, `Rscript`, `/bin/sh`, `node`.
Language find_language(std::string_view interpreter);
/// A hole keeps its script's language in the upper bits of `Node::extra`: `extra |= language_bits(find_language(...))`.
constexpr std::uint32_t language_bits(Language language) { return static_cast<std::uint32_t>(language) << hole_language_shift; }
constexpr Language language_of_hole(const Node& hole) { return static_cast<Language>(hole.extra >> hole_language_shift); }

/// Lexes a script of another language just enough to know whether a hole stands in a string, a comment or outside; one context per hole.
/// A shell's name gives the contexts of scan_shell.
std::vector<HoleContext> scan_script(std::string_view language, const std::vector<CommandPart>& parts,
                                     std::vector<ContextProblem>& problems);

/// The text that stands for `value` in `context`. When it cannot be held there, says why in `problem` ("the value has several lines, and
/// stands in a comment").
///
/// Lists: outside quotes each item by itself, with blanks between; inside quotes joined with blanks; in a script a list of the language.
/// An absent value is no text; in a script it is None, null, NULL, ... Paths and files that begin with `-` get `./` before it in
/// shell text and words, so that no program takes them for an option.
std::string quoted(const Value& value, Type type, std::string_view format, HoleContext context, std::string& problem,
                   Language language = Language::other);

}  // namespace osac::expression
