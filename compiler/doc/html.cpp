#include <fmt/format.h>

#include "compiler/base/markup.h"
#include "compiler/doc/blocks.h"

namespace osac::doc {

namespace {

constexpr std::string_view style = R"css(
:root { color-scheme: light dark; --line: #8884; --faint: #8882; --link: #06c; }
@media (prefers-color-scheme: dark) { :root { --link: #6bf; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1rem 1.5rem 4rem; }
h1 { border-bottom: 2px solid var(--line); } h2 { border-bottom: 1px solid var(--line); margin-top: 2.2em; } h3 { margin-top: 1.8em; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
code, pre { font: 0.88em/1.45 ui-monospace, monospace; } code { background: var(--faint); padding: 0.1em 0.3em; border-radius: 3px; }
pre { background: var(--faint); padding: 0.8em 1em; overflow-x: auto; border-radius: 4px; } pre code { background: none; padding: 0; font-size: 1em; }
table { border-collapse: collapse; display: block; overflow-x: auto; } th, td { border: 1px solid var(--line); padding: 0.3em 0.7em; text-align: left; vertical-align: top; }
th { background: var(--faint); } tr:target { background: #fd04; } nav { columns: 14rem; } nav ul { list-style: none; padding-left: 1em; margin: 0; }
)css";

std::string html(const Line& line) {
  std::string out;
  for (const Piece& piece : line) {
    const std::string text = markup_escaped(piece.text);
    if (piece.kind == Piece::Kind::text)
      out += text;
    else if (piece.kind == Piece::Kind::code)
      out += "<code>" + text + "</code>";
    else
      out += fmt::format("<a href=\"{}\"><code>{}</code></a>", markup_escaped(piece.target), text);
  }
  return out;
}

/// The anchor of a heading, the same as code hosts give in Markdown: lower case, blanks as dashes.
std::string anchor_of(std::string_view heading) {
  std::string out;
  for (const char c : heading) {
    if (c == ' ')
      out += '-';
    else if (c >= 'A' && c <= 'Z')
      out += static_cast<char>(c - 'A' + 'a');
    else if (c == '_' || c == '-' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
      out += c;
  }
  return out;
}

struct HtmlWriter {
  std::string out;

  void operator()(const Heading& heading) {
    out += fmt::format("<h{0} id=\"{1}\">{2}</h{0}>\n", heading.level, anchor_of(heading.text), markup_escaped(heading.text));
  }
  void operator()(const Paragraph& paragraph) { out += "<p>" + html(paragraph.line) + "</p>\n"; }
  void operator()(const Code& code) { out += "<pre><code>" + markup_escaped(code.text) + "</code></pre>\n"; }
  void operator()(const Table& table) {
    out += "<table>\n<thead><tr>";
    for (const std::string& name : table.header) out += "<th>" + markup_escaped(name) + "</th>";
    out += "</tr></thead>\n<tbody>\n";
    for (const Table::Row& row : table.rows) {
      out += row.anchor.empty() ? "<tr>" : fmt::format("<tr id=\"{}\">", markup_escaped(row.anchor));
      for (const Line& cell : row.cells) out += "<td>" + html(cell) + "</td>";
      out += "</tr>\n";
    }
    out += "</tbody>\n</table>\n";
  }
  void operator()(const Items& items) {
    out += "<ul>\n";
    for (const Line& line : items.lines) out += "<li>" + html(line) + "</li>\n";
    out += "</ul>\n";
  }
};

/// Links to all headings below the title: those of the third level in lists of their own, within the entry above them.
std::string contents(const Page& page) {
  std::string out;
  bool is_nested = false;
  for (const Block& block : page) {
    const auto* heading = std::get_if<Heading>(&block);
    if (heading == nullptr || heading->level < 2) continue;
    const bool nests = heading->level > 2;
    if (nests != is_nested) out += nests ? "<ul>\n" : "</ul>\n";
    if (!nests && !out.empty()) out += "</li>\n";
    is_nested = nests;
    out += fmt::format("<li><a href=\"#{}\">{}</a>{}\n", anchor_of(heading->text), markup_escaped(heading->text), nests ? "</li>" : "");
  }
  if (out.empty()) return out;
  return "<nav>\n<ul>\n" + out + (is_nested ? "</ul>\n" : "") + "</li>\n</ul>\n</nav>\n";
}

}  // namespace

std::string to_html(const Page& page, const std::string& title) {
  HtmlWriter writer;
  writer.out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width\">\n<title>{}</title>\n"
      "<style>{}</style>\n</head>\n<body>\n",
      markup_escaped(title), style);
  bool is_first = true;
  for (const Block& block : page) {
    std::visit(writer, block);
    if (is_first) writer.out += contents(page);
    is_first = false;
  }
  return writer.out + "</body>\n</html>\n";
}

}  // namespace osac::doc
