// osac lint: what is right in .osa files, but not wise.

#include <fmt/format.h>
#include <algorithm>

#include "compiler/base/files.h"
#include "compiler/lint/lint.h"
#include "runtime/cli/checkers.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/findings.h"
#include "runtime/cli/session.h"

namespace osac::cli {

namespace {

/// Fixes may make room for others; so many times they are looked for.
constexpr int most_rounds = 10;

/// What the envs of a site enter, where that is something that can have a version.
std::map<std::string, lint::Environment> environments_of(const site::Site& site) {
  std::map<std::string, lint::Environment> environments;
  for (const auto& [name, env] : site.envs) {
    std::string reference = env.kind == site::EnvKind::conda ? env.prefix : env.kind == site::EnvKind::apptainer ? env.image : "";
    for (const std::string& module : env.modules)
      if (reference.empty() || module.find('/') == std::string::npos) reference = module;
    if (!reference.empty()) environments.emplace(name, lint::Environment{reference});
  }
  return environments;
}

struct Linter {
  const Arguments& arguments;
  ProgramCheckers checkers{};
  Findings findings{arguments.common, arguments.lint.json, arguments.lint.sarif};
  bool has_errors = false;
  bool has_findings = false;
  std::size_t fixed_files = 0;

  [[nodiscard]] std::unique_ptr<driver::Compilation> compile(const std::string& file) const {
    driver::Request request;
    request.file = file;
    request.module_paths = arguments.workflow.module_paths;
    request.until = driver::Stage::analyse;
    return driver::compile(request);
  }

  /// The findings of a compiled file; its mistakes, if it has any.
  void find(const driver::Compilation& compilation, const lint::Options& options, Diagnostics& found) {
    if (compilation.diagnostics.has_errors() || compilation.modules.empty())
      found.take(compilation.diagnostics, [](const Diagnostic&) { return true; });
    else
      lint::lint(compilation.modules, compilation.sources, compilation.strings, compilation.diagnostics, options, found);
  }

  /// Trouble with the site file or a fixed one ends it all.
  int lint_file(const std::string& file) {
    lint::Options options;
    options.is_strict = arguments.lint.strict;
    options.checker = arguments.lint.own_rules ? nullptr : &checkers;
    Arguments for_site = arguments;
    for_site.workflow.file = file;
    int exit_code = exit_done;
    const auto site = open_site(for_site, exit_code);
    if (!site) return exit_code;
    options.environments = environments_of(*site);

    for (int round = 0;; ++round) {
      const auto compilation = compile(file);
      Diagnostics found;
      find(*compilation, options, found);
      if (arguments.lint.fix && !found.has_errors() && round < most_rounds) {
        if (const auto text = lint::fixed(compilation->sources, compilation->modules.front().tree.source, found)) {
          if (auto status = write_file(file, *text); !status) return report(status.error());
          fixed_files += round == 0 ? 1 : 0;
          continue;
        }
      }
      has_errors = has_errors || found.has_errors();
      has_findings = has_findings || found.warning_count() > 0 || found.advice_count() > 0;
      findings.add(found, compilation->sources);
      return exit_done;
    }
  }
};

}  // namespace

int run_lint(const Arguments& arguments) {
  Linter linter{arguments};
  for (const std::string& file : arguments.lint.files)
    if (const int code = linter.lint_file(file); code != exit_done) return code;
  if (linter.fixed_files > 0)
    tell(fmt::format("fixed {}\n", linter.fixed_files == 1 ? "1 file" : fmt::format("{} files", linter.fixed_files)));
  if (!linter.checkers.trouble().empty())
    return report(Error{Trouble::environment, linter.checkers.trouble(), "osac lint --own-rules asks no other program"});
  for (const std::string& program : linter.checkers.missing())
    tell(fmt::format("note: {} is not installed, so its part was not checked\n", program));
  if (const int code = linter.findings.print(); code != exit_done) return code;
  return linter.has_errors ? exit_diagnostics : linter.has_findings ? exit_failed : exit_done;
}

}  // namespace osac::cli
