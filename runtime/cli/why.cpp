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

}  // namespace

int run_why(const Arguments& original) {
  // `osac why FILE TASK`: the word after the file names what is asked for, it does not select goals.
  Arguments arguments = original;
  const std::vector<std::string> asked = std::move(arguments.workflow.goals);
  arguments.workflow.goals.clear();
  int exit_code = exit_done;
  const auto session = open_session(arguments, driver::Stage::plan, exit_code);
  if (!session) return exit_code;
  if (session->opened) return report_usage("a plan file no longer knows how its elements came about", "name the .osa file");

  const auto& explanations = session->compilation->explanations;
  std::vector<std::string_view> names;
  for (const planning::Explanation& explanation : explanations) names.push_back(explanation.task);
  std::string out;
  for (const std::string& name : asked) {
    // A dataset stands for the tasks that make it.
    bool found = std::find(names.begin(), names.end(), name) != names.end();
    std::vector<std::string> tasks;
    if (found) tasks.push_back(name);
    if (const auto dataset = session->plan().find_dataset(name); dataset && !found)
      for (const plan::TaskRow& task : session->plan().tasks())
        for (const plan::OutputRow& output : session->plan().outputs(task))
          if (output.dataset == *dataset) tasks.emplace_back(session->plan().text(task.family.name)), found = true;
    if (!found) {
      const auto nearest = nearest_name(name, names);
      return report_usage("no task or dataset named `" + visible(name) + "`",
                          nearest ? "did you mean `" + std::string(*nearest) + "`?" : "");
    }
    for (const planning::Explanation& explanation : explanations)
      if (std::find(tasks.begin(), tasks.end(), explanation.task) != tasks.end())
        out += arguments.workflow.json ? as_json(explanation) + "\n" : as_text(explanation);
  }
  if (asked.empty())
    for (const planning::Explanation& explanation : explanations)
      out += arguments.workflow.json ? as_json(explanation) + "\n" : as_text(explanation);
  return print_result(out);
}

}  // namespace osac::cli
