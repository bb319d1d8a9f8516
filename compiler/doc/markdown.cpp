#include <fmt/format.h>

#include "compiler/doc/blocks.h"

namespace osac::doc {

namespace {

/// Text in which nothing is a mark. A newline within a sentence stays: Markdown joins lines.
std::string escaped(std::string_view text) {
  const auto is_in_word = [&](std::size_t at) {
    const auto is_part = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
    return at > 0 && at + 1 < text.size() && is_part(text[at - 1]) && is_part(text[at + 1]);
  };
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '*' || (c == '_' && !is_in_word(at)) || c == '[' || c == ']' || c == '<' || c == '\\' || c == '|' || c == '`') out += '\\';
    out += c;
  }
  return out;
}

/// Code with as many backquotes around it as it needs; `|` would end a cell of a table.
std::string code_span(std::string_view text, bool is_in_table) {
  std::string body;
  for (const char c : text) body += c == '|' && is_in_table ? "\\|" : std::string(1, c);
  if (body.find('`') == std::string::npos) return "`" + body + "`";
  return "`` " + body + " ``";
}

std::string markdown(const Line& line, bool is_in_table) {
  std::string out;
  for (const Piece& piece : line) {
    switch (piece.kind) {
      case Piece::Kind::text:
        out += escaped(piece.text);
        break;
      case Piece::Kind::code:
        out += code_span(piece.text, is_in_table);
        break;
      case Piece::Kind::link:
        out += "[" + code_span(piece.text, is_in_table) + "](" + piece.target + ")";
        break;
    }
  }
  return out;
}

std::string fence_for(std::string_view text) {
  std::string fence = "```";
  while (text.find(fence) != std::string_view::npos) fence += '`';
  return fence;
}

struct MarkdownWriter {
  std::string out;

  void operator()(const Heading& heading) { out += std::string(heading.level, '#') + " " + escaped(heading.text) + "\n"; }
  void operator()(const Paragraph& paragraph) { out += markdown(paragraph.line, false) + "\n"; }
  void operator()(const Code& code) {
    const std::string fence = fence_for(code.text);
    out += fence + code.language + "\n" + code.text + (code.text.ends_with('\n') ? "" : "\n") + fence + "\n";
  }
  void operator()(const Table& table) {
    out += "|";
    for (const std::string& name : table.header) out += " " + escaped(name) + " |";
    out += "\n|";
    for (std::size_t i = 0; i < table.header.size(); ++i) out += " --- |";
    out += "\n";
    for (const Table::Row& row : table.rows) {
      out += "|";
      for (std::size_t i = 0; i < row.cells.size(); ++i) {
        const std::string anchor = i == 0 && !row.anchor.empty() ? fmt::format("<a id=\"{}\"></a>", row.anchor) : "";
        out += " " + anchor + markdown(row.cells[i], true) + (row.cells[i].empty() ? "|" : " |");
      }
      out += "\n";
    }
  }
  void operator()(const Items& items) {
    for (const Line& line : items.lines) out += "- " + markdown(line, false) + "\n";
  }
};

}  // namespace

std::string to_markdown(const Page& page) {
  MarkdownWriter writer;
  for (const Block& block : page) {
    if (!writer.out.empty()) writer.out += '\n';
    std::visit(writer, block);
  }
  return std::move(writer.out);
}

}  // namespace osac::doc
