#pragma once
// What the tests of this room share: parsing a text in one call, reading the repository's own programs.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "compiler/diagnostics/render.h"
#include "compiler/syntax/parse.h"

namespace osac::syntax::test {

/// A parsed text with everything that belongs to it.
struct Parsed {
  Sources sources;
  Strings strings;
  Diagnostics diagnostics;
  Tree tree;
  SourceId source;

  explicit Parsed(std::string text) : source(sources.add("x.osa", std::move(text))) { tree = parse(sources, source, strings, diagnostics); }
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;
  [[nodiscard]] std::string printed() const { return print(tree, sources, strings, Places::hidden); }
  /// One line a diagnostic: `LINE:COLUMN kind: message`.
  [[nodiscard]] std::string errors() const {
    std::string lines;
    for (const Diagnostic& diagnostic : diagnostics.sorted()) {
      const Position place = sources.position(diagnostic.labels.front().span.begin);
      lines += std::to_string(place.line) + ":" + std::to_string(place.column) + " " + std::string(info(diagnostic.kind).name) + ": " +
               diagnostic.message + "\n";
    }
    return lines;
  }
};

/// The tree of a text without places; the mistakes instead if there are any.
inline std::string tree_of(const std::string& text) {
  const Parsed parsed(text);
  return parsed.diagnostics.has_errors() ? parsed.errors() : parsed.printed();
}
inline std::string errors_of(const std::string& text) { return Parsed(text).errors(); }
inline std::string formatted(const std::string& text) {
  Sources sources;
  Diagnostics diagnostics;
  const SourceId source = sources.add("x.osa", text);
  return format(sources, source, diagnostics);
}

inline std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The repository's root: the nearest folder above the working directory that has this room in it.
inline std::filesystem::path repository() {
#ifdef OSAC_SOURCE_DIR
  return OSAC_SOURCE_DIR;
#else
  std::filesystem::path folder = std::filesystem::current_path();
  while (!std::filesystem::exists(folder / "compiler/syntax/grammar.h") && folder.has_relative_path()) folder = folder.parent_path();
  return folder;
#endif
}

/// Every .osa file of the repository's workflows, library and tests, sorted.
inline std::vector<std::filesystem::path> programs() {
  std::vector<std::filesystem::path> paths;
  for (const char* folder : {"workflows", "stdlib", "tests/golden", "tests/unit/syntax/programs"}) {
    if (!std::filesystem::exists(repository() / folder)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(repository() / folder))
      if (entry.path().extension() == ".osa") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace osac::syntax::test
