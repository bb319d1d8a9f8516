// Files that a command writes beside its outputs: `> log.txt`. Commands run in the workflow's folder, so it is one file for all elements,
// and nobody knows of it. Follows quotes, here-documents and arithmetic of a shell, no more: a command that changes its folder is left
// alone.

#include <string>

#include "compiler/lint/context.h"

namespace osac::lint {

namespace {

constexpr std::string_view ends_word = " \t\n;|&<>()";

struct Writes {
  std::string_view text;
  std::size_t at = 0;
  std::vector<std::string> documents;  ///< ends of here-documents that were announced on this line

  [[nodiscard]] char peek(std::size_t ahead = 0) const { return at + ahead < text.size() ? text[at + ahead] : '\0'; }

  void skip_quotes(char quote) {
    for (++at; at < text.size() && text[at] != quote; ++at)
      if (text[at] == '\\' && quote == '"') ++at;
    ++at;
  }

  /// `((...))` and `[[...]]`: there `>` compares.
  bool skip_comparison() {
    for (const auto& [opener, closer] : {std::pair<std::string_view, std::string_view>{"((", "))"}, {"[[ ", " ]]"}}) {
      if (!text.substr(at).starts_with(opener)) continue;
      const std::size_t end = text.find(closer, at);
      at = end == std::string_view::npos ? text.size() : end + closer.size();
      return true;
    }
    return false;
  }

  void announce_document() {
    at += 2;
    if (peek() == '<') return void(++at);  // a here-string
    if (peek() == '-') ++at;
    while (peek() == ' ') ++at;
    std::string word;
    for (; at < text.size() && ends_word.find(text[at]) == std::string_view::npos; ++at)
      if (text[at] != '\'' && text[at] != '"' && text[at] != '\\') word += text[at];
    documents.push_back(word);
  }

  void skip_documents() {
    for (const std::string& end : documents) {
      while (at < text.size()) {
        const std::size_t line_end = std::min(text.find('\n', at), text.size());
        std::string_view line = text.substr(at, line_end - at);
        at = std::min(line_end + 1, text.size());
        line.remove_prefix(std::min(line.find_first_not_of('\t'), line.size()));
        if (line == end) break;
      }
    }
    documents.clear();
  }

  /// The target of a redirection that starts at `at`; empty if it is none to a file.
  ScriptRange target() {
    while (peek() == '>' || peek() == '|') ++at;
    if (peek() == '&' || peek() == '(') return {at, at};
    while (peek() == ' ' || peek() == '\t') ++at;
    const std::size_t begin = at;
    while (at < text.size() && ends_word.find(text[at]) == std::string_view::npos) {
      if (text[at] == '\'' || text[at] == '"')
        skip_quotes(text[at]);
      else
        ++at;
    }
    at = std::min(at, text.size());
    return {begin, at};
  }
};

bool changes_folder(std::string_view text) {
  for (const std::string_view word : {"cd ", "pushd "})
    for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1))
      if (at == 0 || std::string_view(" \t\n;(&|").find(text[at - 1]) != std::string_view::npos) return true;
  return false;
}

/// A name that the author wrote out: no hole, no variable, no device.
bool is_fixed(const Script& script, ScriptRange range) {
  const std::string_view word = std::string_view(script.text).substr(range.begin, range.end - range.begin);
  for (const std::string_view folder : {"/dev/", "/tmp/", "/var/tmp/"})  // devices; files that another rule tells of
    if (word.starts_with(folder)) return false;
  if (word.empty() || word.find_first_of("$`") != std::string_view::npos) return false;
  for (const Script::Filled& hole : script.holes)
    if (hole.begin < range.end && hole.end > range.begin) return false;
  return true;
}

}  // namespace

void check_writes(Context& context, const Script& script) {
  if (changes_folder(script.text)) return;
  Writes writes{script.text, 0, {}};
  while (writes.at < writes.text.size()) {
    const char c = writes.peek();
    const bool starts_word = writes.at == 0 || ends_word.find(writes.text[writes.at - 1]) != std::string_view::npos;
    if (c == '\\') {
      writes.at += 2;
    } else if (c == '\'' || c == '"') {
      writes.skip_quotes(c);
    } else if (c == '#' && starts_word) {
      writes.at = std::min(writes.text.find('\n', writes.at), writes.text.size());
    } else if (c == '<' && writes.peek(1) == '<') {
      writes.announce_document();
    } else if (c == '\n') {
      ++writes.at;
      writes.skip_documents();
    } else if (c == '>') {
      const ScriptRange range = writes.target();
      if (is_fixed(script, range))
        context
            .report(Kind::undeclared_write, Span{script.places[range.begin], script.places[range.end]},
                    std::string_view(script.text).substr(range.begin, range.end - range.begin))
            .help("elements that run at a time overwrite each other's; make it an output, or put it into `{scratch}`");
    } else if (!writes.skip_comparison()) {
      ++writes.at;
    }
  }
}

}  // namespace osac::lint
