#pragma once
// What the page takes from the text as it was written: expressions, types, comments of items that the tree keeps none of. Private to this
// room.

#include "compiler/doc/blocks.h"
#include "compiler/doc/page.h"

namespace osac::doc {

struct Writer {
  const Subject& subject;
  const syntax::Tree& tree;
  Page page;

  explicit Writer(const Subject& of) : subject(of), tree(of.modules.front().tree), page() {}

  [[nodiscard]] std::string text(const syntax::Name& name) const { return std::string(subject.strings.text(name.symbol)); }
  /// The text of a place on one line.
  [[nodiscard]] std::string written(Span span) const;
  [[nodiscard]] std::string written(syntax::ExprId id) const { return written(tree[id].span); }
  [[nodiscard]] std::string written(const syntax::QualifiedName& name) const;
  [[nodiscard]] std::string names(const std::vector<syntax::Name>& list) const;
  [[nodiscard]] Piece type(const syntax::TypeSyntax& type) const { return code(written(type.span)); }
  /// The `##` comment above or behind an item.
  [[nodiscard]] std::string comment_of(Span item) const;

  void heading(unsigned level, std::string text) { page.emplace_back(Heading{level, std::move(text)}); }
  void paragraph(Line line) { page.emplace_back(Paragraph{std::move(line)}); }
  /// A comment's text: a paragraph each between empty lines.
  void comment(std::string_view doc);
  void table(Table table) {
    drop_empty_columns(table);
    if (!table.rows.empty()) page.emplace_back(std::move(table));
  }
};

// ---- the parts of a page (declarations.cpp, bodies.cpp)

void write_parameters(Writer& writer);
void write_names(Writer& writer);  ///< enums and constants
void write_tables(Writer& writer);
void write_dimensions(Writer& writer);
void write_datasets(Writer& writer);
void write_tools(Writer& writer);
void write_tasks(Writer& writer);
void write_goals(Writer& writer);

/// The first sentence of a comment.
std::string first_sentence(std::string_view doc);

template <typename T>
std::vector<std::pair<const T*, const syntax::Declaration*>> all_of(const syntax::Tree& tree) {
  std::vector<std::pair<const T*, const syntax::Declaration*>> found;
  for (const syntax::Declaration& declaration : tree.declarations)
    if (const T* kind = std::get_if<T>(&declaration.kind)) found.emplace_back(kind, &declaration);
  return found;
}

}  // namespace osac::doc
