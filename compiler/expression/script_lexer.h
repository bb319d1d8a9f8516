#pragma once
// The lexer of scripts with holes: strings, comments and what else can hold a quote character, for a handful of languages. It knows no
// grammar; what it cannot tell apart for sure, it refuses to put a value into. script_scan.cpp has strings and comments,
// script_quote_like.cpp regular expressions, here-documents and the quoting operators of Perl and Ruby. Private to this room.

#include <string>
#include <string_view>
#include <vector>

#include "compiler/expression/flat_command.h"

namespace osac::expression {

class ScriptLexer {
 public:
  ScriptLexer(Language language, const std::vector<CommandPart>& parts) : language_(language), text_(parts) {}
  std::vector<HoleContext> scan(std::vector<ContextProblem>& problems);

 private:
  /// A string literal while it is read.
  struct StringRules {
    std::size_t begin = 0;
    char quote = '"';
    bool is_triple = false;
    bool may_span_lines = true;
    std::string_view refusal;  ///< why values cannot stand in it, or empty
    std::string_view help;
  };

  // script_scan.cpp
  void step();
  void take_hole(HoleContext context);
  void refuse_hole(std::string_view what, std::string_view help);
  void report(std::size_t at, std::string_view what, std::string_view help);
  bool take_comment();
  bool take_block_comment(std::string_view open, std::string_view close);
  void take_line_comment();
  void take_string();
  void take_string_body(const StringRules& rules);
  bool take_interpolation();
  void take_code(char open, char close);
  bool take_raw_string();
  void take_character();
  [[nodiscard]] StringRules string_rules() const;
  [[nodiscard]] std::string_view prefix_before_quote() const;
  /// Passes the text up to `end`, refusing holes.
  void skip_to(std::size_t end, std::string_view what, std::string_view help);

  // script_quote_like.cpp
  bool take_quote_like();
  bool take_regex();
  bool take_perl_operator();
  bool take_ruby_percent();
  bool take_here_document();
  void take_here_document_bodies();
  bool take_documentation();
  void take_delimited(char open);
  [[nodiscard]] bool starts_operand() const;

  [[nodiscard]] bool is(Language language) const { return language_ == language; }
  [[nodiscard]] char at(std::size_t i) const { return text_.at(i); }
  [[nodiscard]] bool starts_with(std::string_view what) const { return std::string_view(text_.text).substr(at_).starts_with(what); }
  [[nodiscard]] bool at_line_start() const { return at_ == 0 || text_.at(at_ - 1) == '\n'; }

  struct HereDocument {
    std::string delimiter;
    bool may_be_indented = false;
  };

  Language language_;
  FlatCommand text_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;  // of code within strings within code
  std::vector<HereDocument> here_documents_;
  std::vector<HoleContext> contexts_;
  std::vector<ContextProblem> problems_;
};

}  // namespace osac::expression
