#pragma once
// Helpers of this room's tests: templates written with `{x}` for a hole, and their text with values put in.

#include <string>
#include <string_view>
#include <vector>

#include "compiler/expression/quote.h"

namespace osac::expression {

/// Cuts a template at each `{x}`. The views point into `text`.
inline std::vector<CommandPart> parts_of(std::string_view text) {
  std::vector<CommandPart> parts;
  const std::string_view begin = text;
  while (true) {
    const auto at = text.find("{x}");
    if (const auto literal = text.substr(0, at); !literal.empty()) {
      parts.push_back({false, literal, static_cast<std::uint32_t>(literal.data() - begin.data())});
    }
    if (at == std::string_view::npos) return parts;
    parts.push_back({true, {}, static_cast<std::uint32_t>(text.data() - begin.data() + static_cast<std::ptrdiff_t>(at))});
    text.remove_prefix(at + 3);
  }
}

/// The template with `value` in every hole; a hole that cannot hold it is put into `problem`.
inline std::string rendered(std::string_view text, const std::vector<HoleContext>& contexts, const Value& value, Type type,
                            std::string& problem, Language language = Language::other) {
  std::string out;
  std::size_t hole = 0;
  for (const CommandPart& part : parts_of(text)) {
    if (!part.is_hole) {
      out += part.text;
      continue;
    }
    std::string own_problem;
    out += quoted(value, type, "", contexts[hole++], own_problem, language);
    if (!own_problem.empty()) problem = own_problem;
  }
  return out;
}

/// The problems of a scan, each as `part: what`.
inline std::vector<std::string> words_of(const std::vector<ContextProblem>& problems) {
  std::vector<std::string> words;
  for (const ContextProblem& problem : problems) words.push_back(std::to_string(problem.part) + ": " + problem.what);
  return words;
}

}  // namespace osac::expression
