// After mistakes of syntax the tree lacks declarations. Their names still stand in the text, and whoever uses them is not to blame: a line
// that starts with a declaration's word and a name, or with a name and `:` (a column), makes that name lost rather than unknown.

#include <algorithm>
#include <array>
#include <cctype>

#include "compiler/base/text.h"
#include "compiler/semantics/context.h"

namespace osac::semantics {

namespace {

constexpr std::array<std::string_view, 9> declaring_words = {"param",    "let",     "enum", "table", "dimension",
                                                             "relation", "dataset", "tool", "task"};

bool is_name_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Takes the name at the front of `text`, if there is one.
std::string_view take_name(std::string_view& text) {
  text = trim(text);
  const auto end = std::find_if_not(text.begin(), text.end(), is_name_character);
  const std::string_view name = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(name.size());
  return name;
}

/// The name that a line declares; empty if it declares none.
std::string_view declared_name(std::string_view line) {
  const std::string_view first = take_name(line);
  if (std::find(declaring_words.begin(), declaring_words.end(), first) != declaring_words.end()) return take_name(line);
  // A column, its `:` perhaps forgotten: a name, then a type.
  line = trim(line);
  return line.starts_with(':') || (!line.empty() && is_name_character(line.front())) ? first : std::string_view{};
}

}  // namespace

void collect_lost_names(Context& context) {
  if (!context.had_errors) return;
  for (const Module& module : context.modules) {
    for (const std::string_view line : split(context.sources.text(module.tree.source), '\n')) {
      const Symbol name = context.strings.find(declared_name(line));
      if (name.exists() && !context.text(name).empty()) context.lost_names.insert(name);
    }
  }
}

}  // namespace osac::semantics
