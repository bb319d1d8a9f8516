// Properties of planning with all of the language, on random small workflows: plans are what brute force finds, every plan is sound, and a
// plan with stages grows, step by step, into the one that is made when all files are known.

#include <rapidcheck.h>

#include <iostream>

#include "compiler/plan/edges.h"
#include "tests/property/language_model.h"
#include "tests/unit/planning/planned.h"

using namespace osac;
using namespace osac::model;

namespace {

using How = Source::How;

int number(int low, int high) { return *rc::gen::inRange(low, high + 1); }
bool chance(int one_in) { return number(1, one_in) == 1; }
template <typename T>
T pick(const std::vector<T>& list) {
  return list[static_cast<std::size_t>(number(0, static_cast<int>(list.size()) - 1))];
}

std::vector<Row> random_log() {
  std::vector<Row> log;
  std::vector<int> begins;
  const int count = number(1, 6);
  for (int i = 0; i < count; ++i) begins.push_back(10 * i);
  int exposure = 0;
  for (int i = 0; i < count; ++i) {
    Row row;
    row.exposure = exposure += number(1, 2);
    if (!chance(4)) row.filter = number(0, 2);
    row.parts = number(0, 2);
    const auto place = static_cast<std::size_t>(number(0, static_cast<int>(begins.size()) - 1));
    row.begin = begins[place];
    begins.erase(begins.begin() + static_cast<std::ptrdiff_t>(place));
    for (int spot = 0; spot < 3; ++spot)
      if (chance(2)) row.spots.push_back(spot);
    row.level = number(0, 3);
    log.push_back(row);
  }
  return log;
}

class Generator {
 public:
  explicit Generator(bool is_staged) {
    workflow_.is_staged = is_staged;
    workflow_.log = random_log();
    for (const Row& row : workflow_.log)
      for (int tile = 0; tile < 3; ++tile)
        if (chance(3)) workflow_.pairs.emplace_back(row.exposure, tile);
    if (workflow_.pairs.empty()) workflow_.pairs.emplace_back(workflow_.log[0].exposure, 0);
  }

  Workflow run() {
    if (workflow_.is_staged) {
      workflow_.datasets = {{{Dim::exposure}, false, false}, {{Dim::exposure}, false, false}, {{Dim::exposure}, true, false}};
      for (int output = 0; output < 2; ++output) {
        Task task;
        task.output = output;
        task.dims = {Dim::exposure};
        task.inputs.push_back({{Source{How::single, 2, {}, false, 1, true}}, false});
        workflow_.tasks.push_back(task);
      }
    }
    const int externals = number(1, 3);
    for (int i = 0; i < externals; ++i) workflow_.datasets.push_back({pick(external_dims()), true, false});
    const int tasks = number(1, 5);
    for (int i = 0; i < tasks; ++i) add_task();
    return std::move(workflow_);
  }

 private:
  [[nodiscard]] std::vector<Dims> external_dims() const {
    std::vector<Dims> dims = {{},          {Dim::filter}, {Dim::exposure}, {Dim::exposure},
                              {Dim::part}, {Dim::tile},   {Dim::camera},   {Dim::exposure, Dim::camera}};
    if (workflow_.is_staged) dims.push_back({Dim::spot});
    return dims;
  }
  [[nodiscard]] std::vector<Dims> task_dims() const {
    auto dims = external_dims();
    dims.push_back({Dim::filter, Dim::camera});
    dims.push_back({Dim::exposure, Dim::tile});
    dims.push_back({Dim::exposure, Dim::tile});
    if (workflow_.is_staged) dims.insert(dims.end(), 4, Dims{Dim::spot});
    return dims;
  }

  Condition random_condition(const Dims& dims, bool may_use_level) {
    Condition condition;
    const Dims all = determined(dims);
    condition.remainder = number(0, 1);
    if (may_use_level && workflow_.is_staged && has(all, Dim::exposure) && chance(3)) {
      condition.is_level = true;
    } else if (!all.empty() && chance(2)) {
      condition.dim = pick(all);
    }
    return condition;
  }

  void add_task() {
    Task task;
    task.dims = pick(task_dims());
    const Dims all = determined(task.dims);
    const bool is_both = has(task.dims, Dim::exposure) && has(task.dims, Dim::tile);
    task.via = is_both || ((has(task.dims, Dim::exposure) || has(task.dims, Dim::tile)) && chance(4));
    task.where = random_condition(task.dims, true);
    task.is_finer = task.dims == Dims{Dim::exposure} && chance(5);
    Dataset product;
    product.dims = task.is_finer ? Dims{Dim::part} : task.dims;
    product.has_level = workflow_.is_staged && !task.is_finer && has(all, Dim::exposure) && chance(3);
    task.output = static_cast<int>(workflow_.datasets.size());
    workflow_.datasets.push_back(product);
    const int inputs = number(1, 3);
    for (int i = 0; i < inputs; ++i)
      if (auto input = random_input(task)) task.inputs.push_back(std::move(*input));
    workflow_.tasks.push_back(task);
    if (task.where.dim && !task.is_finer && chance(3)) add_other_half(task);
  }
  /// A second task that makes the rest of the dataset.
  void add_other_half(const Task& one) {
    Task other = one;
    other.where.remainder = 1 - one.where.remainder;
    other.inputs.clear();
    if (auto input = random_input(other)) other.inputs.push_back(std::move(*input));
    workflow_.tasks.push_back(other);
  }

  [[nodiscard]] bool can_look_along(const Task& task, const Dims& dims) const {
    if (!has(dims, Dim::exposure) || !has(determined(task.dims), Dim::exposure)) return false;
    return std::all_of(dims.begin(), dims.end(), [&](Dim dim) { return dim == Dim::exposure || has(determined(task.dims), dim); });
  }

  std::optional<Source> random_source(const Task& task, bool must_be_file) {
    Source source;
    source.dataset = number(workflow_.is_staged ? 2 : 0, static_cast<int>(workflow_.datasets.size()) - 1);
    const bool is_own = source.dataset == task.output;
    const Dims& dims = workflow_.datasets[static_cast<std::size_t>(source.dataset)].dims;
    const Dims of_task = determined(task.dims);
    Dims open;
    std::copy_if(dims.begin(), dims.end(), std::back_inserter(open), [&](Dim dim) { return !has(of_task, dim); });
    std::vector<How> ways;
    if (!is_own && open.empty()) ways.insert(ways.end(), 3, How::single);
    const bool is_gather = !open.empty() && covers(determined(dims), task.dims);
    if (!is_own && !must_be_file && is_gather) ways.insert(ways.end(), 2, How::gather);
    const bool is_related =
        (open == Dims{Dim::tile} && has(of_task, Dim::exposure)) || (open == Dims{Dim::exposure} && has(of_task, Dim::tile));
    if (!is_own && !must_be_file && is_related) ways.insert(ways.end(), 3, How::via);
    if (can_look_along(task, dims) && !task.is_finer) {
      ways.push_back(How::previous);
      if (!is_own) ways.insert(ways.end(), {How::latest, How::next, How::following});
      if (!must_be_file) ways.push_back(How::window);
    }
    if (ways.empty()) return std::nullopt;
    source.how = pick(ways);
    source.number = number(1, 2);
    source.is_before = is_own || chance(2);
    if (source.how != How::single) source.where = random_condition(dims, false);
    const bool looks = source.how != How::single && source.how != How::gather && source.how != How::via;
    source.same_filter = looks && chance(3);
    return source;
  }

  std::optional<Input> random_input(const Task& task) {
    auto first = random_source(task, false);
    if (!first) return std::nullopt;
    Input input;
    input.branches.push_back(*first);
    if (first->how == How::gather || first->how == How::via || first->how == How::window) return input;
    if (chance(2))
      if (auto second = random_source(task, true)) input.branches.push_back(*second);
    const bool has_lookup = std::any_of(input.branches.begin(), input.branches.end(), [](const Source& s) { return s.how != How::single; });
    input.is_optional = has_lookup || chance(3);
    return input;
  }

  Workflow workflow_;
};

planning::Options options_for(const Workflow& workflow, const LanguageExpansion& expansion) {
  planning::Options options = without_files();
  std::set<int> goals;
  for (std::size_t t = 0; t < workflow.tasks.size(); ++t)
    if (!expansion.elements(t).empty()) goals.insert(workflow.tasks[t].output);
  for (std::size_t t = 0; t < workflow.tasks.size(); ++t)
    if (workflow.tasks[t].is_finer && expansion.elements(t).count("") == expansion.elements(t).size())
      goals.erase(workflow.tasks[t].output);
  for (const int goal : goals) options.goals.push_back(name(goal));
  return options;
}

/// How many workflows had what: one that nobody had would mean that the generator tests less than it seems to.
using Tally = std::map<std::string, int>;

void count(Tally& tally, const Workflow& workflow, const LanguageExpansion& expansion) {
  std::set<std::string> seen;
  constexpr const char* words[] = {"single", "gather", "gather via", "latest", "next", "window", "of prev", "of next"};
  for (std::size_t t = 0; t < workflow.tasks.size(); ++t) {
    const Task& task = workflow.tasks[t];
    if (expansion.elements(t).empty()) continue;
    if (task.via) seen.insert("task via");
    if (task.is_finer) seen.insert("finer output");
    if (t > 0 && workflow.tasks[t - 1].output == task.output) seen.insert("two producers");
    for (const Input& input : task.inputs) {
      if (input.branches.size() > 1) seen.insert("else");
      for (const Source& source : input.branches) {
        seen.insert(words[static_cast<int>(source.how)]);
        if (source.dataset == task.output) seen.insert("own output");
      }
    }
  }
  for (const std::string& one : seen) ++tally[one];
}
bool is_whole(const Tally& tally) {
  bool is_fine = true;
  for (const char* const word : {"single", "gather", "gather via", "latest", "next", "window", "of prev", "of next", "task via",
                                 "finer output", "two producers", "else", "own output", "several steps", "per key"}) {
    const auto found = tally.find(word);
    std::cout << word << " " << (found == tally.end() ? 0 : found->second) << ", ";
    is_fine = is_fine && found != tally.end();
  }
  std::cout << (is_fine ? "none is missing\n" : "SOME ARE MISSING\n");
  return is_fine;
}

using Elements = std::map<std::string, Lines>;  // output paths of each element of a task: its input paths

Elements planned_elements(const Made& made, std::size_t t) {
  Elements elements;
  for (const std::string& element : made.elements("t" + std::to_string(t))) {
    std::string outputs;
    for (const std::string& path : made.outputs(element)) outputs += path + " ";
    Lines files;
    const auto& plan = *made.plan;
    const auto ref = *plan::find_element(plan, element);
    const auto inputs = plan.inputs(plan.tasks()[ref.task]);
    for (const plan::FileUse& file : plan::input_files(plan, ref))
      if (inputs[file.port].is_implicit == 0) files.push_back(file.path);
    elements[outputs] = std::move(files);
  }
  return elements;
}

std::string errors_of(const Made& made) {
  std::string out;
  for (const Diagnostic& diagnostic : made.diagnostics.sorted())
    if (diagnostic.severity == Severity::error) out += diagnostic.message + "\n";
  return out;
}

/// Every element in an order in which nothing needs a later one.
void is_acyclic(const plan::Plan& plan) {
  const plan::Edges edges = plan::make_edges(plan);
  const auto order = plan::topological_order(plan, edges);
  if (!order.empty()) RC_ASSERT(order.size() == plan.element_count());
}

void plans_are_exact(Tally& tally) {
  const Workflow workflow = Generator(false).run();
  RC_LOG() << text(workflow) << files(workflow)["log.csv"] << files(workflow)["overlap.csv"];
  const LanguageExpansion expansion(workflow);
  const planning::Options options = options_for(workflow, expansion);
  RC_PRE(!options.goals.empty());
  const auto made = make(text(workflow), files(workflow), options);
  RC_LOG() << errors_of(*made);
  count(tally, workflow, expansion);
  RC_ASSERT(made->plan.has_value());
  is_acyclic(*made->plan);
  for (std::size_t t = 0; t < workflow.tasks.size(); ++t) {
    if (workflow.tasks[t].is_finer) continue;  // what makes no file at all is asked for by nobody
    RC_LOG() << "t" << t << "\n";
    RC_ASSERT(planned_elements(*made, t) == expansion.elements(t));
  }
}

/// `--where` on one goal: its chosen elements and all they need, with the inputs that they have in the whole plan.
void selections_are_closed_and_minimal() {
  const Workflow workflow = Generator(false).run();
  const LanguageExpansion expansion(workflow);
  std::vector<std::size_t> goals;
  for (std::size_t t = 0; t < workflow.tasks.size(); ++t)
    if (has(determined(workflow.tasks[t].dims), Dim::exposure) && !workflow.tasks[t].is_finer) goals.push_back(t);
  RC_PRE(!goals.empty());
  const std::size_t goal = pick(goals);
  std::map<std::string, Lines> makers;
  for (std::size_t t = 0; t < workflow.tasks.size(); ++t)
    for (const auto& [outputs, inputs] : expansion.elements(t))
      for (std::size_t at = 0, end = outputs.find(' '); end != std::string::npos; at = end + 1, end = outputs.find(' ', at))
        makers[outputs.substr(at, end - at)] = inputs;
  const int wanted = number(1, 8);
  planning::Options options = without_files();
  options.goals = {name(workflow.tasks[goal].output)};
  options.where = "exposure <= " + std::to_string(wanted);
  const auto whole = make(text(workflow), files(workflow), [&] {
    planning::Options all = options;
    all.where.clear();
    return all;
  }());
  RC_PRE(whole->plan.has_value());
  std::set<std::string> kept;
  std::vector<std::string> open;
  const auto dataset = *whole->plan->find_dataset(options.goals[0]);
  for (std::uint32_t e = 0; e < whole->plan->datasets()[dataset].family.count; ++e) {
    const auto keys = plan::dataset_element_name(*whole->plan, dataset, e);
    const auto at = keys.find("exposure=");
    if (std::stoi(keys.substr(at + 9)) <= wanted) open.push_back(plan::dataset_path(*whole->plan, dataset, e));
  }
  RC_PRE(!open.empty());
  std::map<std::string, std::string> group_of;  // files of one element go together
  while (!open.empty()) {
    const std::string file = open.back();
    open.pop_back();
    if (!kept.insert(file).second) continue;
    if (const auto maker = makers.find(file); maker != makers.end()) open.insert(open.end(), maker->second.begin(), maker->second.end());
  }
  const auto made = make(text(workflow), files(workflow), options);
  RC_LOG() << text(workflow) << options.where << "\n" << errors_of(*made);
  RC_ASSERT(made->plan.has_value());
  std::set<std::string> planned;
  for (std::size_t d = 0; d < workflow.datasets.size(); ++d)
    for (const std::string& file : made->paths(name(static_cast<int>(d)))) planned.insert(file);
  for (const std::string& file : kept) RC_ASSERT(planned.count(file) == 1U);
  for (std::size_t t = 0; t < workflow.tasks.size(); ++t) {
    const auto whole_elements = expansion.elements(t);
    for (const auto& [outputs, inputs] : planned_elements(*made, t)) {
      RC_ASSERT(whole_elements.at(outputs) == inputs);
      bool is_needed = false;
      for (const std::string& file : kept) is_needed = is_needed || (outputs.find(file + " ") != std::string::npos);
      RC_ASSERT(is_needed);
    }
  }
}

/// All elements of a plan, by name, with their inputs and commands.
std::map<std::string, Lines> described(const Made& made) {
  std::map<std::string, Lines> result;
  const auto& plan = *made.plan;
  for (std::uint32_t t = 0; t < plan.tasks().size(); ++t)
    for (std::uint32_t e = 0; e < plan.tasks()[t].family.count; ++e) {
      const std::string element = plan::element_name(plan, {t, e});
      Lines& lines = result[element];
      lines = made.inputs(element);
      lines.push_back(made.command(element));
    }
  return result;
}

/// From nothing made to all made, one file after another in random order.
void stages_grow_into_the_whole(Tally& tally) {
  const Workflow workflow = Generator(true).run();
  const auto products_by_path = products(workflow);
  RC_LOG() << text(workflow) << files(workflow)["log.csv"] << files(workflow)["overlap.csv"];
  for (const auto& [path, content] : products_by_path) RC_LOG() << path << ": " << content << "\n";
  const LanguageExpansion expansion(workflow);
  planning::Options options = options_for(workflow, expansion);
  RC_PRE(!options.goals.empty());

  MemoryWorld all;
  all.files = files(workflow);
  all.made = products_by_path;
  const auto whole = make_in(all, text(workflow), options);
  RC_LOG() << errors_of(*whole);
  RC_ASSERT(whole->plan.has_value());
  RC_ASSERT(whole->plan->stages().empty());
  for (std::size_t t = 2; t < workflow.tasks.size(); ++t) {
    if (workflow.tasks[t].is_finer) continue;
    RC_LOG() << "t" << t << "\n";
    RC_ASSERT(planned_elements(*whole, t) == expansion.elements(t));
  }

  count(tally, workflow, expansion);
  MemoryWorld world;
  world.files = all.files;
  std::map<std::string, Lines> before;
  bool goes_on_early = false;  // something beside the makers was planned before all files were there
  for (std::size_t step = 0; step <= products_by_path.size(); ++step) {
    const auto made = make_in(world, text(workflow), options);
    RC_LOG() << "step " << step << ": " << errors_of(*made);
    RC_ASSERT(made->plan.has_value());
    is_acyclic(*made->plan);
    const auto now = described(*made);
    for (const auto& [element, lines] : before) {
      RC_LOG() << element << "\n";
      RC_ASSERT(now.count(element) == 1U);
      RC_ASSERT(now.at(element) == lines);
    }
    before = now;
    // What it waits for is planned to be made; one such file is made now.
    std::vector<std::string> waited_for;
    for (const plan::StageRow& stage : made->plan->stages())
      for (const std::uint32_t element : made->plan->indices(stage.elements))
        waited_for.push_back(plan::dataset_path(*made->plan, stage.dataset, element));
    RC_ASSERT(made->plan->stages().empty() == waited_for.empty());
    if (waited_for.empty()) {
      RC_ASSERT(now == described(*whole));
      if (step > 1) ++tally["several steps"];
      if (goes_on_early) ++tally["per key"];
      return;
    }
    for (const auto& [element, lines] : now)
      goes_on_early = goes_on_early || (step > 0 && element.rfind("t0", 0) != 0 && element.rfind("t1", 0) != 0);
    const std::string path = pick(waited_for);
    RC_ASSERT(world.made.count(path) == 0U);
    world.made[path] = products_by_path.at(path);
  }
  RC_FAIL("all files are made, and something still waits");
}

}  // namespace

int main() {
  Tally tally;
  bool holds = rc::check("plans are what brute force finds", [&] { plans_are_exact(tally); });
  holds = rc::check("selections are closed and minimal", selections_are_closed_and_minimal) && holds;
  holds = rc::check("stages grow into the whole", [&] { stages_grow_into_the_whole(tally); }) && holds;
  return holds && is_whole(tally) ? 0 : 1;
}
