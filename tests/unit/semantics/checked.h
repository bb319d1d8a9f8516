#pragma once
// A .osa text through parser and semantics, for tests: the program as text, and diagnostics as one line each.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/semantics/analyse.h"
#include "compiler/syntax/parse.h"

namespace osac {

struct Checked {
  Sources sources;
  Strings strings;
  Diagnostics diagnostics;
  program::Program program;

  /// "kind: message", in order of place.
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> result;
    for (const Diagnostic& one : diagnostics.sorted()) result.push_back(std::string(info(one.kind).name) + ": " + one.message);
    return result;
  }
  /// The help of the only diagnostic.
  [[nodiscard]] std::vector<std::string> help() const { return diagnostics.sorted().at(0).help; }
  [[nodiscard]] std::string printed() const { return print(program, strings); }
  /// The lines of print() that belong to a declaration, by its first words.
  [[nodiscard]] std::string printed(const std::string& start) const {
    const std::string all = printed();
    std::size_t begin = all.starts_with(start) ? 0 : all.find("\n" + start);
    if (begin == std::string::npos) return {};
    if (all[begin] == '\n') ++begin;
    std::size_t end = all.find('\n', begin) + 1;
    while (end < all.size() && all[end] == ' ') end = all.find('\n', end) + 1;
    return all.substr(begin, end - begin);
  }
};

/// `modules`: name and text of each imported one.
inline std::unique_ptr<Checked> check(std::string text, std::vector<std::pair<std::string, std::string>> modules = {}) {
  auto checked = std::make_unique<Checked>();
  std::vector<semantics::Module> parsed;
  const auto add = [&](const std::string& name, std::string source) {
    const SourceId id = checked->sources.add(name + ".osa", std::move(source));
    parsed.push_back({name, syntax::parse(checked->sources, id, checked->strings, checked->diagnostics)});
  };
  add("", std::move(text));
  for (auto& [name, source] : modules) add(name, std::move(source));
  checked->program = semantics::analyse(parsed, checked->sources, checked->strings, checked->diagnostics);
  return checked;
}

using Lines = std::vector<std::string>;

/// An exposure log with its two dimensions.
inline const std::string night =
    "workflow night\n"
    "enum Type { BIAS, FLAT, SCIENCE }\n"
    "table log = csv \"log.csv\" { seq : int  kind : Type  filter : text?  exptime : duration  begin : time utc }\n"
    "dimension exposure : int from log.seq implies filter order by begin\n"
    "dimension filter : text from log.filter\n"
    "dataset raw for exposure = external \"raw/{exposure:05}.fits\"\n";

}  // namespace osac
