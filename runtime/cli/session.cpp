#include "runtime/cli/session.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "compiler/driver/load.h"
#include "runtime/base/clock.h"
#include "runtime/cli/parameters.h"
#include "runtime/cli/plan.h"
#include "runtime/cli/stages.h"

namespace osac::cli {

namespace {

/// The site file: as given, or site.yaml beside the workflow, or none.
std::string site_file(const WorkflowArguments& arguments) {
  if (!arguments.site_file.empty()) return arguments.site_file;
  const std::string folder = driver::folder_of(arguments.file);
  const std::string beside = folder == "." ? "site.yaml" : folder + "/site.yaml";
  return ::access(beside.c_str(), R_OK) == 0 ? beside : "";
}

int exit_code_of(Trouble trouble) {
  switch (trouble) {
    case Trouble::environment:
      return exit_environment;
    case Trouble::busy:
      return exit_busy;
    case Trouble::damaged:
      return exit_damaged;
    case Trouble::temporary:
      return exit_temporary;
    case Trouble::usage:
      return exit_usage;
  }
  return exit_environment;
}

planning::Options planning_options(const WorkflowArguments& arguments, const site::Site& site) {
  planning::Options options;
  options.goals = arguments.goals;
  options.where = arguments.where;
  if (arguments.element_limit > 0) options.element_limit = arguments.element_limit;
  options.most_cpus = site.cpus;
  options.most_memory = site.memory;
  options.most_gpus = site.gpus;
  options.slots = site.slots;
  for (const site::Partition& partition : site.slurm.partitions)
    options.partitions.push_back({partition.name, partition.cpus, partition.memory, partition.time, partition.gpus});
  return options;
}

/// Names of workflows that have records here, the one executed last first (by its plan's time, then by name).
std::vector<std::string> workflows_with_records(const std::string& folder) {
  std::vector<std::pair<std::int64_t, std::string>> found;
  if (DIR* directory = ::opendir((folder + "/.osa").c_str())) {
    while (const dirent* entry = ::readdir(directory)) {
      struct stat info {};
      const std::string plan = folder + "/.osa/" + entry->d_name + "/plan";
      if (::stat(plan.c_str(), &info) == 0)
        found.emplace_back(-(info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec), entry->d_name);
    }
    ::closedir(directory);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> names;
  for (auto& [time, name] : found) names.push_back(std::move(name));
  return names;
}

/// The folder of a workflow's file; of a plan among an execution's records (`.osa/NAME/plan`) that of the workflow.
std::string workflow_folder(const std::string& file) {
  const std::string folder = driver::folder_of(file);
  const std::string records = driver::folder_of(folder);
  if (!file.ends_with("/plan") || (records != ".osa" && !records.ends_with("/.osa"))) return folder;
  return driver::folder_of(records);
}

bool open_plan_file(const Arguments& arguments, Session& session, int& exit_code) {
  auto plan = plan::Plan::open(arguments.workflow.file);
  if (!plan) {
    exit_code = report(plan.error());
    return false;
  }
  if (!arguments.workflow.rest.empty() || !arguments.workflow.goals.empty() || !arguments.workflow.where.empty()) {
    exit_code =
        report_usage("a plan file has its parameters and goals already", "give them to `osac compile`, or name the .osa file instead");
    return false;
  }
  session.opened = std::move(*plan);
  return true;
}

/// Compiles, with what is on record as made if it is to be a plan.
void compile_request(driver::Request request, const Common& common, Session& session) {
  if (request.until != driver::Stage::plan) {
    session.compilation = driver::compile(request);
    return;
  }
  const auto render_it = [options = render_options(common, stderr_is_terminal())](const Diagnostics& diagnostics, const Sources& sources) {
    return render(diagnostics, sources, options);
  };
  const std::int64_t begin = runtime::system_clock().monotonic();
  auto staged = compile_staged(request, find_recorded(session.folder), render_it);
  session.compilation = std::move(staged.compilation);
  session.made = std::move(staged.made);
  session.wrong = std::move(staged.wrong);
  session.planning_time = runtime::system_clock().monotonic() - begin;
  session.replan = make_replan(std::move(request), render_it);
}

bool compile_file(const Arguments& arguments, driver::Stage until, const SessionOptions& options, Session& session, int& exit_code) {
  driver::Request request;
  request.file = arguments.workflow.file;
  request.module_paths = arguments.workflow.module_paths;
  request.until = until;
  request.files = options.files;
  request.tables_from_files = options.tables_from_files;
  request.planning = planning_options(arguments.workflow, session.site);
  request.planning.check_existence = options.needs_files && !arguments.workflow.no_scan;
  if (until == driver::Stage::plan) {
    auto parameters = gather_parameters(arguments.workflow, session.site);
    if (!parameters) {
      exit_code = report(parameters.error());
      return false;
    }
    request.planning.parameters = std::move(*parameters);
    for (const auto& [name, given] : request.planning.parameters)
      if (options.shares_parameters || given.origin == site_origin(session.site)) request.shared_parameters.insert(name);
  }
  compile_request(std::move(request), arguments.common, session);
  Diagnostics diagnostics;
  diagnostics.take(session.compilation->diagnostics, [&](const Diagnostic& diagnostic) {
    return options.findings || diagnostic.kind != DiagnosticKind::unusable_product;  // told one by one
  });
  for (const local::WrongFile& wrong : session.wrong)
    if (!options.settles && !options.findings) tell(wrong.report);
  if (options.findings)
    options.findings(diagnostics, session.compilation->sources);
  else if (options.shows_warnings || diagnostics.has_errors())
    print_diagnostics(diagnostics, session.compilation->sources, arguments.common);
  if (diagnostics.has_errors()) exit_code = exit_diagnostics;
  return !diagnostics.has_errors() || options.comes_back_with_mistakes;
}

}  // namespace

local::Options Session::growth_options(const std::vector<std::string>& forced) const {
  local::Options options;
  options.made = made;
  options.wrong = wrong;
  options.replan = replan;
  options.planning_time = planning_time;
  options.forced_in = [forced](const plan::Plan& larger) {
    std::vector<std::uint32_t> all;
    for (const std::string& name : forced)
      if (const auto elements = forced_elements(larger, {name})) all.insert(all.end(), elements->begin(), elements->end());
    return all;
  };
  return options;
}

std::string state_folder(std::string_view workflow_name) { return ".osa/" + std::string(workflow_name); }

bool is_plan_file(const std::string& path) {
  if (path.ends_with(".plan")) return true;
  std::ifstream file(path, std::ios::binary);
  std::array<char, 8> begin{};
  return file.read(begin.data(), begin.size()) && std::string_view(begin.data(), begin.size()) == "osacplan";
}

std::optional<site::Site> open_site(const Arguments& arguments, int& exit_code, const DiagnosticSink& findings) {
  const std::string file = site_file(arguments.workflow);
  if (file.empty()) return site::detect();
  Sources sources;
  Diagnostics diagnostics;
  site::Site site = site::read(file, sources, diagnostics);
  if (findings)
    findings(diagnostics, sources);
  else
    print_diagnostics(diagnostics, sources, arguments.common);
  if (!diagnostics.has_errors()) return site;
  exit_code = exit_diagnostics;
  return std::nullopt;
}

std::optional<Session> open_session(const Arguments& arguments, driver::Stage until, int& exit_code, const SessionOptions& options) {
  Session session;
  session.folder = workflow_folder(arguments.workflow.file);
  auto site = options.site ? options.site : open_site(arguments, exit_code, options.findings);
  if (!site) return std::nullopt;
  session.site = std::move(*site);
  if (options.files == nullptr && is_plan_file(arguments.workflow.file)) {
    if (!open_plan_file(arguments, session, exit_code)) return std::nullopt;
    return session;
  }
  if (arguments.workflow.wants_help) until = driver::Stage::analyse;
  if (!compile_file(arguments, until, options, session, exit_code)) return std::nullopt;
  if (arguments.workflow.wants_help) {
    if (session.compilation->program)
      exit_code =
          print_result("\n" + parameter_help(*session.compilation->program, session.compilation->strings, session.compilation->sources));
    return std::nullopt;
  }
  return session;
}

int report(const Error& error) {
  tell(fmt::format("osac: {}\n", error.what));
  if (!error.help.empty()) tell(fmt::format("help: {}\n", error.help));
  return exit_code_of(error.trouble);
}

int report_usage(const std::string& what, const std::string& help) { return report(Error{Trouble::usage, what, help}); }

void print_diagnostics(const Diagnostics& diagnostics, const Sources& sources, const Common& common) {
  if (common.diagnostics != "sarif") return tell(render(diagnostics, sources, render_options(common, stderr_is_terminal())));
  SarifLog log = make_sarif_log();
  log.add(diagnostics, sources);
  if (!diagnostics.sorted().empty()) tell(log.text());
}

Status enter_folder(const std::string& folder) {
  if (::chdir(folder.c_str()) != 0) return system_failure(errno, "enter", folder);
  return {};
}

Result<Past> open_past(const PastArguments& arguments) {
  Past past;
  past.folder = arguments.workflow.ends_with(".osa") ? driver::folder_of(arguments.workflow) : ".";
  if (auto status = enter_folder(past.folder); !status) return tl::unexpected(status.error());
  const std::vector<std::string> known = workflows_with_records(".");
  std::string name = arguments.workflow;
  if (name.ends_with(".osa")) {
    driver::Request request;
    request.file = name.substr(name.rfind('/') + 1);
    request.until = driver::Stage::analyse;
    const auto compilation = driver::compile(request);
    if (!compilation->program) return failure(Trouble::usage, "cannot read `" + name + "`", "see `osac check " + name + "`");
    name = compilation->strings.text(compilation->program->name);
  }
  if (name.empty() && !known.empty()) name = known.front();
  if (std::find(known.begin(), known.end(), name) == known.end())
    return failure(
        Trouble::usage,
        name.empty() ? "nothing was executed in this folder yet" : "workflow `" + name + "` was not executed in this folder yet",
        known.empty() ? "enter the workflow's folder, or name its file: -w PATH/FILE.osa" : "here are records of: " + join_words(known));
  past.state = state_folder(name);
  auto plan = plan::Plan::open(past.state + "/plan");
  if (!plan) return tl::unexpected(plan.error());
  past.plan = std::move(*plan);
  return past;
}

void tell(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stderr); }

int print_result(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return exit_done;
  if (errno == EPIPE) return exit_done;
  return report(system_failure(errno, "write to", "standard output").value());
}

bool stderr_is_terminal() {
  const char* terminal = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

}  // namespace osac::cli
