// Properties of planning on random small workflows, against a brute-force expansion: the same elements, the same files for each input in
// the same order, one producer for each element, selections closed and minimal, the same bytes again.

#include <rapidcheck.h>

#include <iostream>

#include "tests/property/planning_model.h"
#include "tests/unit/planning/planned.h"

using namespace osac;
using namespace osac::model;

namespace {

template <typename T>
T pick(std::initializer_list<T> list) {
  return *rc::gen::elementOf(std::vector<T>(list));
}

std::vector<Row> random_log() {
  const int count = *rc::gen::inRange(0, 9);
  std::vector<int> begins;
  for (int i = 0; i < count; ++i) begins.push_back(10 * i);
  std::vector<Row> log;
  int exposure = 0;
  for (int i = 0; i < count; ++i) {
    Row row;
    exposure += *rc::gen::inRange(1, 4);
    row.exposure = exposure;
    row.filter = pick<std::optional<std::string>>({std::nullopt, "g", "r", "i"});
    row.parts = *rc::gen::inRange(0, 4);
    const auto place = static_cast<std::size_t>(*rc::gen::inRange(0, static_cast<int>(begins.size())));
    row.begin = begins[place];
    begins.erase(begins.begin() + static_cast<std::ptrdiff_t>(place));
    log.push_back(row);
  }
  return log;
}

Condition random_condition(Over over) {
  Condition condition;
  condition.modulus = *rc::gen::inRange(2, 4);
  condition.remainder = *rc::gen::inRange(0, 2);
  using What = Condition::What;
  switch (over) {
    case Over::nothing:
      break;
    case Over::filter:
      condition.what = pick({What::none, What::filter});
      break;
    case Over::exposure:
      condition.what = pick({What::none, What::exposure, What::filter});
      break;
    case Over::part:
      condition.what = pick({What::none, What::exposure, What::filter, What::part});
      break;
  }
  return condition;
}

/// An input that the cardinality rule allows.
Input random_input(Over task, Over dataset, int number) {
  using How = Input::How;
  Input input;
  input.dataset = number;
  const int finer = static_cast<int>(dataset) - static_cast<int>(task);  // each Over determines those before it
  if (finer > 0) {
    const bool can_fix = task == Over::exposure && dataset == Over::part && *rc::gen::inRange(0, 3) == 0;
    input.how = can_fix ? How::first_part : How::gather;
    if (!can_fix) input.where = random_condition(dataset);
    return input;
  }
  const bool can_look_up = dataset == Over::exposure && *rc::gen::inRange(0, 3) == 0;
  input.how = can_look_up ? pick({How::latest, How::next}) : pick({How::single, How::single, How::optional});
  return input;
}

Workflow random_workflow() {
  Workflow workflow;
  workflow.log = random_log();
  const int tasks = *rc::gen::inRange(1, 6);
  for (int t = 0; t < tasks; ++t) {
    Task task;
    task.over = pick({Over::nothing, Over::filter, Over::exposure, Over::part});
    task.where = random_condition(task.over);
    const int inputs = *rc::gen::inRange(1, 4);
    for (int i = 0; i < inputs; ++i) {
      const int dataset = *rc::gen::inRange(0, 4 + t);
      task.inputs.push_back(random_input(task.over, workflow.over(dataset), dataset));
    }
    workflow.tasks.push_back(std::move(task));
  }
  return workflow;
}

planning::Options all_goals(const Workflow& workflow) {
  planning::Options options = without_files();
  for (std::size_t t = 0; t < workflow.tasks.size(); ++t) options.goals.push_back(name(static_cast<int>(t) + 4));
  return options;
}

/// Whether nothing is wrong but goals without elements.
bool only_empty_goals(const Made& made) {
  for (const Diagnostic& diagnostic : made.diagnostics.sorted())
    if (diagnostic.severity == Severity::error && diagnostic.kind != DiagnosticKind::empty_goal) return false;
  return true;
}

using Elements = std::map<std::string, Lines>;  // output path of each element of a task: its input paths

Elements planned_elements(const Made& made, std::size_t t) {
  Elements elements;
  for (const std::string& element : made.elements("t" + std::to_string(t))) {
    const Lines outputs = made.outputs(element);
    RC_ASSERT(outputs.size() == 1U);
    elements[outputs[0]] = made.inputs(element);
  }
  return elements;
}

Elements expected_elements(const Workflow& workflow, const Expansion& expansion, std::size_t t) {
  Elements elements;
  for (const auto& [key, files] : expansion.tasks()[t]) elements[path(static_cast<int>(t) + 4, workflow.tasks[t].over, key)] = files;
  return elements;
}

/// The plan with every task that has elements as a goal, so that nothing is left out.
void plans_are_exact() {
  const Workflow workflow = random_workflow();
  RC_LOG() << text(workflow) << table(workflow);
  const Expansion expansion(workflow);
  planning::Options options = without_files();
  for (std::size_t t = 0; t < workflow.tasks.size(); ++t)
    if (!expansion.tasks()[t].empty()) options.goals.push_back(name(static_cast<int>(t) + 4));
  RC_PRE(!options.goals.empty());
  const auto made = make(text(workflow), {{"log.csv", table(workflow)}}, options);
  RC_LOG() << (made->lines().empty() ? "" : made->lines()[0]);
  RC_ASSERT(made->plan.has_value());
  RC_ASSERT(only_empty_goals(*made));
  for (std::size_t t = 0; t < workflow.tasks.size(); ++t)
    RC_ASSERT(planned_elements(*made, t) == expected_elements(workflow, expansion, t));
}

/// An empty workflow is refused exactly if brute force finds nothing to do.
void nothing_to_do_is_refused() {
  const Workflow workflow = random_workflow();
  RC_LOG() << text(workflow) << table(workflow);
  const Expansion expansion(workflow);
  bool has_all = true;
  for (const auto& elements : expansion.tasks()) has_all = has_all && !elements.empty();
  const auto made = make(text(workflow), {{"log.csv", table(workflow)}}, all_goals(workflow));
  RC_ASSERT(only_empty_goals(*made));
  RC_ASSERT(made->plan.has_value() == has_all);
}

/// Everything that a file needs, by brute force.
void close_over(const std::map<std::string, Lines>& makers, const std::string& file, std::set<std::string>& kept) {
  if (!kept.insert(file).second) return;
  if (const auto maker = makers.find(file); maker != makers.end())
    for (const std::string& input : maker->second) close_over(makers, input, kept);
}

/// `--where` on one goal keeps that goal's chosen elements, all they need, and nothing else.
void selections_are_closed_and_minimal() {
  const Workflow workflow = random_workflow();
  const Expansion expansion(workflow);
  const auto goal = static_cast<std::size_t>(*rc::gen::inRange(0, static_cast<int>(workflow.tasks.size())));
  const Over over = workflow.tasks[goal].over;
  RC_PRE(over == Over::exposure || over == Over::part);
  const int wanted = *rc::gen::inRange(1, 12);
  std::map<std::string, Lines> makers;
  for (std::size_t t = 0; t < workflow.tasks.size(); ++t) makers.merge(expected_elements(workflow, expansion, t));
  std::set<std::string> kept;
  for (const auto& [key, files] : expansion.tasks()[goal])
    if (*key.exposure <= wanted) close_over(makers, path(static_cast<int>(goal) + 4, over, key), kept);
  RC_PRE(!kept.empty());
  planning::Options options = without_files();
  options.goals = {name(static_cast<int>(goal) + 4)};
  options.where = "exposure <= " + std::to_string(wanted);
  const auto made = make(text(workflow), {{"log.csv", table(workflow)}}, options);
  RC_LOG() << text(workflow) << table(workflow) << options.where << "\n" << (made->lines().empty() ? "" : made->lines()[0]);
  RC_ASSERT(made->plan.has_value());
  std::set<std::string> planned;
  for (std::size_t d = 0; d < workflow.tasks.size() + 4; ++d)
    for (const std::string& file : made->paths(name(static_cast<int>(d)))) planned.insert(file);
  RC_ASSERT(planned == kept);
  for (std::size_t t = 0; t < workflow.tasks.size(); ++t)
    for (const auto& [output, inputs] : planned_elements(*made, t)) RC_ASSERT(inputs == makers.at(output));
}

void plans_repeat_byte_for_byte() {
  const Workflow workflow = random_workflow();
  const auto once = make(text(workflow), {{"log.csv", table(workflow)}}, without_files());
  const auto again = make(text(workflow), {{"log.csv", table(workflow)}}, without_files());
  RC_ASSERT(once->lines() == again->lines());
  RC_ASSERT(once->plan.has_value() == again->plan.has_value());
  if (once->plan) RC_ASSERT(once->plan->bytes() == again->plan->bytes());
}

}  // namespace

int main() {
  bool holds = rc::check("plans are what brute force finds", plans_are_exact);
  holds = rc::check("what has no element is refused", nothing_to_do_is_refused) && holds;
  holds = rc::check("selections are closed and minimal", selections_are_closed_and_minimal) && holds;
  holds = rc::check("the same input gives the same bytes", plans_repeat_byte_for_byte) && holds;
  return holds ? 0 : 1;
}
