#pragma once
// The compiler's one entry point: a .osa file to a plan, with all stages in between for those who want to see them.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/plan/plan.h"
#include "compiler/planning/make_plan.h"
#include "compiler/program/program.h"
#include "compiler/semantics/analyse.h"

namespace osac::driver {

enum class Stage : std::uint8_t { parse, analyse, plan };

struct Request {
  std::string file;                       ///< the .osa file as the user named it
  std::vector<std::string> module_paths;  ///< --path
  Stage until = Stage::plan;
  planning::Options planning;
};

/// What came out. Earlier stages are there even if later ones failed.
struct Compilation {
  Sources sources;
  Strings strings;  ///< moved into the plan by Stage::plan
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
