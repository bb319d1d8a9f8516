#include "compiler/doc/written.h"

#include "compiler/base/text.h"

namespace osac::doc {

std::string Writer::written(Span span) const {
  std::string out;
  bool is_blank = false;
  for (const char c : subject.sources.text(span)) {
    const bool is_space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!is_space && is_blank && !out.empty()) out += ' ';
    if (!is_space) out += c;
    is_blank = is_space;
  }
  return out;
}

std::string Writer::written(const syntax::QualifiedName& name) const {
  std::string out;
  for (const syntax::Name& part : name.parts) out += (out.empty() ? "" : ".") + text(part);
  return out;
}

std::string Writer::names(const std::vector<syntax::Name>& list) const {
  std::string out;
  for (const syntax::Name& name : list) out += (out.empty() ? "" : ", ") + text(name);
  return out;
}

std::string Writer::comment_of(Span item) const {
  const std::string_view file = subject.sources.text(tree.source);
  const std::uint32_t base = subject.sources.begin(tree.source);
  const auto words = [](std::string_view comment) { return std::string(trim(comment.substr(2))); };
  const std::string_view behind = trim(file.substr(item.end - base, file.find('\n', item.end - base) - (item.end - base)));
  std::string out = behind.starts_with("##") ? words(behind) : "";
  // Lines above, as long as they are `##` comments of their own.
  std::size_t line_begin = file.rfind('\n', item.begin - base == 0 ? 0 : item.begin - base - 1);
  while (line_begin != std::string_view::npos && line_begin > 0) {
    const std::size_t before = file.rfind('\n', line_begin - 1);
    const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
    const std::string_view line = trim(file.substr(begin, line_begin - begin));
    if (!line.starts_with("##")) break;
    out = words(line) + (out.empty() ? "" : "\n") + out;
    line_begin = before;
  }
  return out;
}

void Writer::comment(std::string_view doc) {
  std::string paragraph_text;
  const auto flush = [&] {
    if (!paragraph_text.empty()) paragraph(line_of(paragraph_text));
    paragraph_text.clear();
  };
  for (const std::string_view line : split(doc, '\n')) {
    if (trim(line).empty()) {
      flush();
    } else {
      paragraph_text += (paragraph_text.empty() ? "" : " ") + std::string(trim(line));
    }
  }
  flush();
}

Line line_of(std::string_view text) {
  Line line;
  const std::vector<std::string_view> parts = split(text, '`');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool is_code = i % 2 == 1 && i + 1 < parts.size();
    const bool has_lone_quote = i % 2 == 1 && !is_code;
    if (!parts[i].empty() || has_lone_quote) {
      std::string piece = (has_lone_quote ? "`" : "") + std::string(parts[i]);
      for (char& c : piece)
        if (c == '\n') c = ' ';
      line.push_back(is_code ? code(std::move(piece)) : plain(std::move(piece)));
    }
  }
  return line;
}

std::string first_sentence(std::string_view doc) {
  doc = doc.substr(0, doc.find("\n\n"));
  std::size_t end = 0;
  do end = doc.find('.', end == 0 ? 0 : end + 1);
  while (end != std::string_view::npos && end + 1 < doc.size() && doc[end + 1] != ' ' && doc[end + 1] != '\n');
  return std::string(end == std::string_view::npos ? doc : doc.substr(0, end + 1));
}

void drop_empty_columns(Table& table) {
  for (std::size_t column = table.header.size(); column-- > 0;) {
    bool is_empty = true;
    for (const Table::Row& row : table.rows) is_empty = is_empty && row.cells[column].empty();
    if (!is_empty) continue;
    table.header.erase(table.header.begin() + static_cast<std::ptrdiff_t>(column));
    for (Table::Row& row : table.rows) row.cells.erase(row.cells.begin() + static_cast<std::ptrdiff_t>(column));
  }
}

}  // namespace osac::doc
