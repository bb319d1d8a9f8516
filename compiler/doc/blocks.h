#pragma once
// A page as blocks, before it is Markdown or HTML. Private to this room.

#include <string>
#include <variant>
#include <vector>

namespace osac::doc {

/// A piece of a line.
struct Piece {
  enum class Kind : unsigned char { text, code, link } kind = Kind::text;
  std::string text;
  std::string target;  ///< of a link: "#anchor"; its text is code
};
using Line = std::vector<Piece>;

struct Heading {
  unsigned level = 1;
  std::string text;
};
struct Paragraph {
  Line line;
};
struct Code {
  std::string language;
  std::string text;
};
struct Table {
  struct Row {
    std::string anchor;  ///< of the row, or empty
    std::vector<Line> cells;
  };
  std::vector<std::string> header;
  std::vector<Row> rows;
};
struct Items {
  std::vector<Line> lines;
};
using Block = std::variant<Heading, Paragraph, Code, Table, Items>;
using Page = std::vector<Block>;

inline Piece plain(std::string text) { return {Piece::Kind::text, std::move(text), {}}; }
inline Piece code(std::string text) { return {Piece::Kind::code, std::move(text), {}}; }
inline Piece link(std::string text, std::string anchor) { return {Piece::Kind::link, std::move(text), "#" + std::move(anchor)}; }
/// Plain text with `code` in backquotes.
Line line_of(std::string_view text);

/// Whether a column has something in any row; empty ones are not shown.
void drop_empty_columns(Table& table);

std::string to_markdown(const Page& page);
std::string to_html(const Page& page, const std::string& title);

}  // namespace osac::doc
