// osac report: what each task took of time, cpus and memory, and what it was given.

#include <iterator>

#include "compiler/base/files.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/session.h"
#include "runtime/provenance/execution_diff.h"
#include "runtime/provenance/usage.h"

namespace osac::cli {

namespace {

std::string format_of(const MetricsArguments& arguments) {
  if (!arguments.format.empty()) return arguments.format;
  for (const char* const ending : {"csv", "json", "svg", "pdf"})
    if (arguments.output.ends_with(std::string(".") + ending)) return ending;
  return "text";
}

Result<std::string> write(const std::vector<registry::ArchivedAttempt>& attempts, const std::string& format, const std::string& title) {
  if (format == "svg" || format == "pdf") {
    const auto plot = provenance::usage_plot(attempts, title);
    if (!plot) return tl::unexpected(plot.error());
    return emit::render_plot(*plot, format == "svg" ? emit::PlotFormat::svg : emit::PlotFormat::pdf);
  }
  const auto tasks = provenance::usage_by_task(attempts);
  return format == "csv" ? provenance::usage_csv(tasks) : format == "json" ? provenance::usage_json(tasks) : provenance::usage_text(tasks);
}

/// Of one execution, or of all.
Result<std::vector<registry::ArchivedAttempt>> attempts_of(registry::Archive& archive, const std::string& name, bool all) {
  const auto executions = archive.executions();
  if (!executions) return tl::unexpected(executions.error());
  if (!all) {
    const auto chosen = provenance::find_execution(*executions, name.empty() ? "last" : name);
    return chosen ? archive.attempts_of(chosen->id) : tl::unexpected(chosen.error());
  }
  std::vector<registry::ArchivedAttempt> attempts;
  for (const registry::ArchivedExecution& execution : *executions) {
    auto some = archive.attempts_of(execution.id);
    if (!some) return some;
    std::move(some->begin(), some->end(), std::back_inserter(attempts));
  }
  return attempts;
}

}  // namespace

int run_report(const Arguments& arguments) {
  const auto past = open_past(arguments.past);
  if (!past) return report(past.error());
  auto archive = registry::Archive::open(past->state);
  if (!archive) return report(archive.error());
  const auto attempts = attempts_of(*archive, arguments.past.target, arguments.metrics.all);
  if (!attempts) return report(attempts.error());
  const auto text = write(*attempts, format_of(arguments.metrics), "what the tasks of " + std::string(past->plan->workflow()) + " took");
  if (!text) return report(text.error());
  const std::string& output = arguments.metrics.output;
  if (output.empty() || output == "-") return print_result(*text);
  if (auto written = write_file(output, *text); !written) return report(written.error());
  return exit_done;
}

}  // namespace osac::cli
