#pragma once
// Finds and parses a workflow's file and all modules it imports, each once. An import is looked for in the importing file's folder, then in
// the module paths, then in the embedded standard library (`std.`). Reports unreadable files, unknown modules and import cycles.

#include <string>
#include <vector>

#include "compiler/base/source.h"
#include "compiler/base/strings.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/semantics/analyse.h"

namespace osac::driver {

/// The largest .osa file that is read, in bytes.
inline constexpr std::uint64_t source_limit = 64ULL << 20;

class SourceFiles;

/// `files`: where the sources are; null: on the disk. Gives the workflow first, then its modules in the order in which they are first
/// imported. Empty if `file` itself cannot be read.
std::vector<semantics::Module> load(const std::string& file, const std::vector<std::string>& module_paths, const SourceFiles* files,
                                    Sources& sources, Strings& strings, Diagnostics& diagnostics);

/// The folder of a path: "." if it names none.
std::string folder_of(const std::string& path);

}  // namespace osac::driver
