// Paths that hold only here and now: absolute ones of datasets and tables, and files under /tmp in commands.

#include <algorithm>

#include "compiler/lint/context.h"

namespace osac::lint {

namespace {

void check_absolute(Context& context, syntax::ExprId path) {
  const auto* text = std::get_if<syntax::TextLiteral>(&context.tree[path].kind);
  if (text == nullptr || text->parts.empty() || text->parts.front().hole || !text->parts.front().text.starts_with('/')) return;
  context.report(Kind::absolute_path, context.tree[path].span, text->parts.front().text)
      .help("make its folder a parameter, `param archive : path = \"...\"`: a site file or `--archive` then says where it is elsewhere");
}

/// The word around `at`: up to white space, quotes, or what ends words in a shell.
std::string_view word_from(std::string_view text, std::size_t at) {
  return text.substr(at, text.find_first_of(" \t\n'\"`;|&<>()", at) - at);
}

void check_temporary(Context& context, const Script& script) {
  const std::string_view text = script.text;
  for (const std::string_view folder : {"/tmp/", "/var/tmp/", "/dev/shm/"}) {
    for (std::size_t at = text.find(folder); at != std::string_view::npos; at = text.find(folder, at + 1)) {
      if (at > 0 && std::string_view(" \t\n'\"`=<>(:").find(text[at - 1]) == std::string_view::npos) continue;
      const std::string_view word = word_from(text, at);
      const std::size_t end = at + word.size();
      const bool has_hole = std::any_of(script.holes.begin(), script.holes.end(),
                                        [&](const Script::Filled& hole) { return hole.begin >= at && hole.end <= end; });
      if (has_hole || word.find('$') != std::string_view::npos) continue;
      context.report(Kind::fixed_temporary_path, Span{script.places[at], script.places[end]}, word)
          .help("`{scratch}` is a folder that each attempt has for itself; it is deleted after success");
    }
  }
}

}  // namespace

void check_paths(Context& context) {
  for (const syntax::Declaration& declaration : context.tree.declarations) {
    if (const auto* dataset = std::get_if<syntax::DatasetDecl>(&declaration.kind)) {
      check_absolute(context, dataset->path);
      if (dataset->published_path) check_absolute(context, *dataset->published_path);
    }
    if (const auto* table = std::get_if<syntax::TableDecl>(&declaration.kind)) check_absolute(context, table->path);
  }
  for (const Script& script : scripts_of(context)) check_temporary(context, script);
}

}  // namespace osac::lint
