#include "compiler/planning/order.h"

#include <algorithm>

namespace osac::planning {

namespace {

class Orderer {
 public:
  Orderer(const Frame& frame, Draft& draft) : frame_(frame), program_(frame.context.program), draft_(draft) {}

  bool run() {
    const auto count = static_cast<std::uint32_t>(program_.tasks.size());
    for (std::uint32_t t = 0; t < count; ++t)
      for (const auto& output : program_.tasks[t].outputs) add_producer(output.dataset.index, t);
    states_.assign(count, State::untouched);
    for (std::uint32_t t = 0; t < count; ++t)
      if (!visit(t)) return false;
    for (std::uint32_t t = 0; t < count; ++t) draft_.order.push_back(t);
    std::stable_sort(draft_.order.begin(), draft_.order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return draft_.tasks[a].level < draft_.tasks[b].level; });
    return true;
  }

 private:
  enum class State : std::uint8_t { untouched, in_work, done };

  void add_producer(std::uint32_t dataset, std::uint32_t task) {
    auto& producers = draft_.datasets[dataset].producers;
    if (producers.empty() || producers.back() != task) producers.push_back(task);
  }

  bool visit(std::uint32_t task) {
    if (states_[task] == State::done) return true;
    path_.push_back(task);
    if (states_[task] == State::in_work) {
      report();
      return false;
    }
    states_[task] = State::in_work;
    for (const auto& input : program_.tasks[task].inputs) {
      for (const std::uint32_t producer : draft_.datasets[input.dataset.index].producers) {
        if (!visit(producer)) return false;
        draft_.tasks[task].level = std::max(draft_.tasks[task].level, draft_.tasks[producer].level + 1);
      }
    }
    states_[task] = State::done;
    path_.pop_back();
    return true;
  }

  /// The circle is the end of the path, from the first visit of its last task on: each needs the next.
  void report() {
    const auto first = std::find(path_.begin(), path_.end(), path_.back());
    std::vector<std::uint32_t> circle(first, path_.end());
    std::string names;
    for (const std::uint32_t task : circle)
      names += fmt::format("{}`{}`", names.empty() ? "" : " needs ", frame_.context.text(program_.tasks[task].name));
    auto builder = frame_.context.diagnostics.report(DiagnosticKind::circular_tasks, program_.tasks[circle[0]].span, names);
    for (std::size_t i = 0; i + 1 < circle.size(); ++i) {
      const auto& input = input_between(circle[i], circle[i + 1]);
      builder.label(input.span, fmt::format("`{}` reads `{}` of `{}`", frame_.context.text(program_.tasks[circle[i]].name),
                                            frame_.context.text(program_.datasets[input.dataset.index].name),
                                            frame_.context.text(program_.tasks[circle[i + 1]].name)));
    }
    if (const std::string example = find_example(circle); !example.empty()) builder.note(fmt::format("for example {}", example));
  }

  const program::Input& input_between(std::uint32_t reader, std::uint32_t maker) const {
    const auto& inputs = program_.tasks[reader].inputs;
    return *std::find_if(inputs.begin(), inputs.end(), [&](const program::Input& input) {
      const auto& producers = draft_.datasets[input.dataset.index].producers;
      return std::find(producers.begin(), producers.end(), maker) != producers.end();
    });
  }

  /// An element that needs itself: only where all on the circle have the same keys and read their own, so that the first one will do.
  std::string find_example(const std::vector<std::uint32_t>& circle) const {
    const auto& basis = program_.tasks[circle[0]].basis;
    for (std::size_t i = 0; i + 1 < circle.size(); ++i) {
      const auto& input = input_between(circle[i], circle[i + 1]);
      const bool is_plain = input.cardinality == program::Cardinality::chain && input.fixes.empty() &&
                            input.lookup.direction == program::LookupDirection::none;
      if (!is_plain || program_.tasks[circle[i]].basis != basis) return {};
    }
    const program::Task& task = program_.tasks[circle[0]];
    const auto family = make_family(frame_, numbers(basis), task.is_cross, task.span, frame_.context.text(task.name));
    if (!family || family->count == 0) return {};
    std::string out;
    for (const std::uint32_t t : circle)
      out += fmt::format("{}`{}`", out.empty() ? "" : " -> ",
                         element_name(frame_, frame_.context.text(program_.tasks[t].name), program_.tasks[t].dimensions, *family, 0));
    return out;
  }

  const Frame& frame_;
  const program::Program& program_;
  Draft& draft_;
  std::vector<State> states_;
  std::vector<std::uint32_t> path_;
};

}  // namespace

bool order_tasks(const Frame& frame, Draft& draft) { return Orderer(frame, draft).run(); }

}  // namespace osac::planning
