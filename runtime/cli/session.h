#pragma once
// What commands share: compiling a workflow with the user's parameters, printing diagnostics and errors, and finding the records of past
// executions.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/compile.h"
#include "compiler/emit/graph.h"
#include "runtime/cli/arguments.h"
#include "runtime/cli/findings.h"
#include "runtime/cli/output.h"
#include "runtime/local/execute.h"
#include "runtime/registry/state.h"
#include "runtime/site/site.h"

namespace osac::cli {

/// The folder of one workflow's records, relative to the workflow's folder: `.osa/NAME`.
std::string state_folder(std::string_view workflow_name);

/// A compiled workflow, with the site it is for.
struct Session {
  std::unique_ptr<driver::Compilation> compilation;
  site::Site site;
  std::optional<plan::Plan> opened;  ///< if the file was a plan
  std::string folder;                ///< of the workflow
  // of a plan that was made just now
  registry::MadeFiles made;             ///< what it was made from
  std::vector<local::WrongFile> wrong;  ///< what it could not be made from
  local::Replan replan;                 ///< in the workflow's folder
  std::int64_t planning_time = 0;
  /// What carrying it out has to know of these. Elements are forced by their names, in whatever plan they are.
  [[nodiscard]] local::Options growth_options(const std::vector<std::string>& forced) const;
  [[nodiscard]] const plan::Plan& plan() const { return opened ? *opened : *compilation->plan; }
};

/// How a session is opened, where that is not as for running.
struct SessionOptions {
  bool needs_files = true;                ///< external files must be there
  bool comes_back_with_mistakes = false;  ///< for what the compilation has to tell about them; there may be no plan, `exit_code` is set
  bool shows_warnings = true;
  bool shares_parameters = false;              ///< values for parameters that the workflow lacks are for another one
  const driver::SourceFiles* files = nullptr;  ///< as in driver::Request
  bool tables_from_files = false;
  std::optional<site::Site> site;  ///< instead of that of the command line
  DiagnosticSink findings;         ///< takes diagnostics; empty: they are printed to stderr
  bool settles = false;            ///< finds out itself which made files stand, and tells of those that cannot be used
};

/// Compiles (or opens a plan file) up to `until`. Diagnostics are printed to stderr; nothing comes back if there were errors, then
/// `exit_code` is set. Answers
/// `--help` with the workflow's parameters.
std::optional<Session> open_session(const Arguments& arguments, driver::Stage until, int& exit_code, const SessionOptions& options = {});

/// Whether a file is a plan, by its ending or its first bytes.
bool is_plan_file(const std::string& path);
/// The site that a command on a workflow's file is for. Its mistakes are printed; nothing if there are any.
std::optional<site::Site> open_site(const Arguments& arguments, int& exit_code, const DiagnosticSink& findings = {});

/// Prints `osac: what` and the help line; gives the exit code of its trouble.
int report(const Error& error);
int report_usage(const std::string& what, const std::string& help = {});
void print_diagnostics(const Diagnostics& diagnostics, const Sources& sources, const Common& common);

/// The records of a workflow that was executed in or below the current folder.
struct Past {
  std::string folder;  ///< of the workflow; the current folder is changed to it
  std::string state;   ///< relative to it
  std::optional<plan::Plan> plan;
};
/// Finds them: by name, by .osa file, or the one executed last. Enters the workflow's folder.
Result<Past> open_past(const PastArguments& arguments);

Status enter_folder(const std::string& folder);
bool stderr_is_terminal();

}  // namespace osac::cli
