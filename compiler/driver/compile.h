#pragma once
// The compiler's one entry point: a .osa file to a plan, with all stages in between for those who want to see them.

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/plan/plan.h"
#include "compiler/planning/make_plan.h"
#include "compiler/program/program.h"
#include "compiler/semantics/analyse.h"

namespace osac::driver {

enum class Stage : std::uint8_t { parse, analyse, plan };

/// The bytes of a file that a task of the workflow makes, if its maker's success stands and it is as recorded (planning::World::read_made).
using MadeFiles = std::function<std::optional<std::string>(std::string_view workflow, const std::string& path)>;

/// Where sources come from, if not from the disk as it is: a revision of a repository. Paths are as osac writes them: relative to the
/// current folder, or absolute.
class SourceFiles {
 public:
  virtual ~SourceFiles() = default;
  /// The bytes of a file; nothing if it is not there.
  [[nodiscard]] virtual Result<std::optional<std::string>> read(const std::string& path) const = 0;
  /// How people call it: "HEAD~1:night.osa".
  [[nodiscard]] virtual std::string shown(const std::string& path) const = 0;
};

struct Request {
  std::string file;                       ///< the .osa file as the user named it
  std::vector<std::string> module_paths;  ///< --path
  Stage until = Stage::plan;
  planning::Options planning;
  /// Parameters in `planning` that many workflows share (those of a site file): a program that has none of such a name does without.
  std::set<std::string> shared_parameters;
  const SourceFiles* files = nullptr;  ///< of the file and the modules it imports; null: the disk
  bool tables_from_files = false;      ///< tables, too
  MadeFiles made;                      ///< empty: nothing has been made yet
  std::string state_root = ".osa";  ///< where executions keep their records, relative to the workflow's folder; certificates are in there
};

/// What came out. Earlier stages are there even if later ones failed.
struct Compilation {
  Sources sources;
  Strings strings;
  Diagnostics diagnostics;
  std::vector<semantics::Module> modules;
  std::optional<program::Program> program;
  std::optional<plan::Plan> plan;
  std::vector<planning::Explanation> explanations;
  std::string folder;  ///< of the workflow: paths in the plan are relative to it
};

/// Never throws and never prints. Trouble reading `file` itself is a diagnostic, too.
std::unique_ptr<Compilation> compile(const Request& request);

/// A module of the embedded standard library ("std.gnuastro"), or nothing.
std::optional<std::string_view> embedded_module(std::string_view name);
/// All embedded modules' names, sorted.
std::vector<std::string_view> embedded_modules();

}  // namespace osac::driver
