// osac metrics: what tasks have measured, as a table.

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/registry.h"
#include "runtime/cli/session.h"
#include "runtime/provenance/metrics_plot.h"

namespace osac::cli {

namespace {

std::string format_of(const MetricsArguments& arguments) {
  if (!arguments.format.empty()) return arguments.format;
  for (const char* const ending : {"csv", "ecsv", "json", "svg", "pdf"})
    if (arguments.output.ends_with(std::string(".") + ending)) return ending;
  return "text";
}

/// `plotted`: the metrics to plot; empty: all.
Result<std::string> write(const provenance::MetricsTable& table, const std::string& format, std::string_view workflow,
                          const std::vector<std::string>& plotted) {
  if (format == "svg" || format == "pdf") {
    const auto plot = provenance::metrics_plot(table, workflow, plotted);
    if (!plot) return tl::unexpected(plot.error());
    return emit::render_plot(*plot, format == "svg" ? emit::PlotFormat::svg : emit::PlotFormat::pdf);
  }
  if (format == "csv") return provenance::as_csv(table);
  if (format == "ecsv") return provenance::as_ecsv(table);
  if (format == "json") return provenance::as_json(table);
  if (format == "openmetrics") return provenance::as_openmetrics(table, workflow);
  return provenance::as_text(table);
}

Result<int> answer(const Arguments& arguments, const Past& past, registry::Archive& archive) {
  const std::string format = format_of(arguments.metrics);
  if (!arguments.metrics.plotted.empty() && format != "svg" && format != "pdf")
    return report_usage("--plot is for pictures, not for " + format, "write to a file that ends in .svg or .pdf: -o FILE.svg");
  std::vector<std::string> tasks = {arguments.past.target};
  // people may see several tables one after another; programs get one
  if (arguments.past.target.empty() && format == "text")
    if (auto all = provenance::tasks_with_metrics(*past.plan); all.size() > 1) tasks = std::move(all);
  std::string text;
  for (const std::string& task : tasks) {
    const auto table = provenance::metrics_table(*past.plan, archive, {task, arguments.metrics.against, arguments.metrics.all});
    if (!table) return tl::unexpected(table.error());
    if (tasks.size() > 1) text += (text.empty() ? "" : "\n") + task + "\n";
    const auto written = write(*table, format, past.plan->workflow(), arguments.metrics.plotted);
    if (!written) return tl::unexpected(written.error());
    text += *written;
  }
  if (arguments.metrics.output.empty() || arguments.metrics.output == "-") return print_result(text);
  if (auto written = write_file(arguments.metrics.output, text); !written) return tl::unexpected(written.error());
  return exit_done;
}

}  // namespace

int run_metrics(const Arguments& arguments) {
  const auto past = open_past(arguments.past);
  if (!past) return report(past.error());
  return ask_archive(*past, [&](registry::Archive& archive) { return answer(arguments, *past, archive); });
}

}  // namespace osac::cli
