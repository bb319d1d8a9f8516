#pragma once
// The lexer of shell text with holes: a stack of what is open (commands, quotes, expansions, here-documents), one step a token.
// shell_scan.cpp has the steps, shell_words.cpp words, holes and problems, shell_here_document.cpp here-documents. Private to this room.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/expression/flat_command.h"
#include "compiler/expression/shell_command.h"

namespace osac::expression {

class ShellLexer {
 public:
  explicit ShellLexer(const std::vector<CommandPart>& parts) : text_(parts) {}
  /// The contexts are those of a shell, even if none is needed.
  ShellScan scan();

 private:
  enum class FrameKind : std::uint8_t { command, group, substitution, list, double_quotes, expansion, arithmetic, here_document };
  struct HereDocument {
    std::string delimiter;
    bool strips_tabs = false;
    bool is_quoted = false;
    bool runs_as_code = false;  ///< `bash <<EOF`
    std::size_t depth = 0;      ///< the number of frames where it was announced
    std::size_t begin = 0;      ///< of `<<`
  };
  struct Frame {
    FrameKind kind = FrameKind::command;
    std::size_t begin = 0;
    // commands, groups, substitutions, lists
    ShellCommand command;
    ShellWord word;
    std::vector<ShellScan::Piece> pieces;
    bool has_word = false;
    bool last_piece_is_text = false;
    bool expects_target = false;  // of a redirection
    std::vector<std::size_t> previous_holes;
    // arithmetic
    char closer = ')';
    std::size_t brackets = 0;
    // here-documents
    HereDocument document;
    std::size_t end = 0;    // of its body
    std::size_t after = 0;  // of the line that ends it
  };

  /// Whether words and operators stand in it.
  static bool is_commands(FrameKind kind) { return kind <= FrameKind::list; }
  Frame& top() { return frames_.back(); }
  /// The frame whose word the current character belongs to: the top one, or the one below its quotes. Null within expansions and such.
  Frame* word_frame();
  void push(FrameKind kind, std::size_t begin);
  void pop() { frames_.pop_back(); }

  // words (shell_words.cpp)
  void open_word();
  void add_char(char c);
  void add_expansion();
  void add_hole(std::size_t number);
  void finish_word();
  void drop_word();
  void end_quotes(std::size_t begin);
  void apply(const WordMeaning& meaning, const ShellWord& word, Frame& frame);

  // holes and problems (shell_words.cpp)
  void take_hole(HoleContext context);
  void report(std::size_t at, std::string_view what, std::string_view help);
  void refuse_hole(std::string_view what, std::string_view help);
  [[nodiscard]] bool in_expansion() const;
  [[nodiscard]] bool in_quotes() const;

  // steps (shell_scan.cpp)
  void step();
  void step_command();
  void step_double_quotes();
  void step_expansion();
  void step_arithmetic();
  void step_here_document();
  void take_backslash();
  void take_single_quotes(bool are_ansi);
  void take_backquotes();
  void take_dollar();
  void take_name();
  void take_comment();
  void take_newline();
  void take_operator();
  void take_redirection();
  void take_open_paren();
  void take_close_paren();
  void check_closed();

  // here-documents (shell_here_document.cpp)
  void announce_here_document();
  std::string take_delimiter(bool& is_quoted);
  void start_here_documents();
  void start_here_document(const HereDocument& document);
  void check_lines(const Frame& frame);
  void check_line(const HereDocument& document, std::size_t begin, std::size_t end);
  void close_here_document();

  FlatCommand text_;
  std::size_t at_ = 0;
  std::vector<Frame> frames_;
  std::vector<HereDocument> pending_;        // announced, their bodies still to come
  std::vector<HereDocument> waiting_;        // bodies that follow the one being read, last first
  std::vector<std::size_t> open_documents_;  // frames_ index of those being read
  bool lost_ = false;                        // quotes and brackets can no longer be followed
  bool gave_up_ = false;                     // it nests too deep
  bool had_newline_ = false;                 // after a word of the outermost command
  ShellScan scan_;
};

}  // namespace osac::expression
