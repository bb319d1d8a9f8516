// osac why: how the elements of a task came about, with the count after each condition.

#include <fmt/format.h>
#include <algorithm>

#include "compiler/base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/session.h"

namespace osac::cli {

namespace {

std::string as_text(const planning::Explanation& explanation) {
  std::string out = explanation.task + "\n";
  std::size_t width = 0;
  for (const planning::DomainStep& step : explanation.steps) width = std::max(width, count_code_points(step.condition));
  for (const planning::DomainStep& step : explanation.steps)
    out += fmt::format("  {:<{}}  {:>10}{}\n", step.condition, width, grouped(step.count), step.remark.empty() ? "" : "  " + step.remark);
  return out;
}

std::string as_json(const planning::Explanation& explanation) {
  std::string steps;
  for (const planning::DomainStep& step : explanation.steps)
    steps += fmt::format("{}{{\"condition\": {}, \"count\": {}, \"remark\": {}}}", steps.empty() ? "" : ", ", json_quoted(step.condition),
                         step.count, json_quoted(step.remark));
  return fmt::format("{{\"task\": {}, \"steps\": [{}]}}", json_quoted(explanation.task), steps);
}

/// The tasks that a name stands for: itself, or those that make a dataset. By the program, since planning may have failed. `names` gets all
/// that could have been meant.
std::vector<std::string> tasks_of(const driver::Compilation& compilation, const std::string& name, std::vector<std::string_view>& names) {
  const program::Program& program = *compilation.program;
  std::vector<std::string> makers;
  for (const program::Task& task : program.tasks) {
    const std::string_view own = compilation.strings.text(task.name);
    if (own == name) return {name};
    names.push_back(own);
    for (const auto& output : task.outputs)
      if (compilation.strings.text(program.datasets[output.dataset.index].name) == name) makers.emplace_back(own);
  }
  for (const program::Dataset& dataset : program.datasets)
    if (!dataset.is_external) names.push_back(compilation.strings.text(dataset.name));
  return makers;
}

}  // namespace

int run_why(const Arguments& original) {
  // `osac why FILE TASK`: the word after the file names what is asked for, it does not select goals.
  Arguments arguments = original;
  const std::vector<std::string> asked = std::move(arguments.workflow.goals);
  arguments.workflow.goals.clear();
  int exit_code = exit_done;
  SessionOptions options;
  options.comes_back_with_mistakes = true;  // what left no element is just what is asked for
  const auto session = open_session(arguments, driver::Stage::plan, exit_code, options);
  if (!session) return exit_code;
  if (session->opened) return report_usage("a plan file no longer knows how its elements came about", "name the .osa file");
  const driver::Compilation& compilation = *session->compilation;
  if (compilation.explanations.empty()) return exit_code;

  std::vector<std::string> tasks;
  for (const std::string& name : asked) {
    std::vector<std::string_view> names;
    const std::vector<std::string> found = tasks_of(compilation, name, names);
    if (found.empty()) {
      const auto nearest = nearest_name(name, names);
      return report_usage("no task makes, or is named, `" + visible(name) + "`",
                          nearest ? "did you mean `" + std::string(*nearest) + "`?" : "");
    }
    tasks.insert(tasks.end(), found.begin(), found.end());
  }
  std::string out;
  for (const planning::Explanation& explanation : compilation.explanations)
    if (asked.empty() || std::find(tasks.begin(), tasks.end(), explanation.task) != tasks.end())
      out += arguments.workflow.json ? as_json(explanation) + "\n" : as_text(explanation);
  const int printed = print_result(out);
  return printed == exit_done ? exit_code : printed;
}

}  // namespace osac::cli
