// osac: reads the command line, runs one command, gives its exit code.

#include <fmt/format.h>
#include <csignal>
#include <string_view>
#include <utility>

#include "runtime/cli/commands.h"
#include "runtime/cli/pages.h"
#include "runtime/cli/session.h"

namespace {

using osac::cli::Arguments;
using Command = int (*)(const Arguments&);

int print_completion(const Arguments& arguments) { return osac::cli::print_result(osac::cli::completion_script(arguments.word)); }
int print_reference(const Arguments&) { return osac::cli::print_result(osac::cli::reference()); }

// clang-format off
constexpr std::pair<std::string_view, Command> commands[] = {
    {"cancel", osac::cli::run_cancel},
    {"certificates", osac::cli::run_certificates},
    {"check", osac::cli::run_check},
    {"clean", osac::cli::run_clean},
    {"close", osac::cli::run_close},
    {"compile", osac::cli::run_compile},
    {"completion", print_completion},
    {"cron", osac::cli::run_cron},
    {"diff", osac::cli::run_diff},
    {"doc", osac::cli::run_doc},
    {"explain", osac::cli::run_explain},
    {"fmt", osac::cli::run_fmt},
    {"graph", osac::cli::run_graph},
    {"lint", osac::cli::run_lint},
    {"log", osac::cli::run_log},
    {"metrics", osac::cli::run_metrics},
    {"new", osac::cli::run_new},
    {"plan", osac::cli::run_plan},
    {"prov", osac::cli::run_prov},
    {"query", osac::cli::run_query},
    {"reference", print_reference},
    {"registry", osac::cli::run_registry},
    {"report", osac::cli::run_report},
    {"resubmit", osac::cli::run_resubmit},
    {"run", osac::cli::run_run},
    {"simulate", osac::cli::run_simulate},
    {"site", osac::cli::run_site},
    {"status", osac::cli::run_status},
    {"submit", osac::cli::run_submit},
    {"why", osac::cli::run_why},
};
// clang-format on

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of a write, not the end of a run
  const Arguments arguments = osac::cli::read_arguments(argc, argv);
  for (const auto& [name, command] : commands)
    if (arguments.command == name) return command(arguments);
  return arguments.exit_code;
}
