#include "compiler/planning/requests.h"

#include <algorithm>
#include <cmath>

#include "compiler/base/text.h"
#include "compiler/planning/path_writer.h"

namespace osac::planning {

namespace {

/// A task's element with its input files: requests may depend on their number and sizes.
class TaskPoint final : public Point {
 public:
  TaskPoint(const Frame& frame, Folder& fold, const Draft& draft, std::uint32_t task)
      : Point(frame, {&draft.tasks[task].family}),
        fold_(fold),
        draft_(draft),
        declared_(frame.context.program.tasks[task]),
        task_(draft.tasks[task]) {}

  void move_to(std::uint32_t element) {
    element_ = element;
    move(0, element);
  }

  Value reference(const Node& node) const override {
    const bool is_input = (node.op == Op::port_count || node.op == Op::port_path) && node.index < task_.inputs.size();
    if (!is_input) return Point::reference(node);
    std::uint32_t row = node.index;  // of the port's branches the one that has files
    while (task_.inputs[row].size_of(element_) == 0 && row + 1 < task_.inputs.size() && declared_.inputs[row + 1].branch > 0) ++row;
    if (node.op == Op::port_count) return static_cast<std::int64_t>(task_.inputs[row].size_of(element_));
    const std::uint32_t d = declared_.inputs[row].dataset.index;
    PathWriter writer(frame(), fold_(frame().context.program.datasets[d].path), draft_.datasets[d].family);
    std::vector<Value> paths;
    task_.inputs[row].for_each(element_, [&](std::uint32_t member) { paths.emplace_back(writer.path(member)); });
    if (declared_.inputs[row].type.is_list) return paths;
    return paths.empty() ? Value{} : std::move(paths.front());
  }

 private:
  Folder& fold_;
  const Draft& draft_;
  const program::Task& declared_;
  const TaskDraft& task_;
  std::uint32_t element_ = 0;
};

struct Uses {
  bool ports = false;
  bool sizes = false;
};
Uses uses_of(const expression::Expressions& expressions, ExprId id) {
  const Node& node = expressions[id];
  Uses uses;
  uses.ports = node.op == Op::port_path || node.op == Op::port_count;
  const auto builtin = static_cast<expression::Builtin>(node.index);
  uses.sizes = node.op == Op::call && (builtin == expression::Builtin::size || builtin == expression::Builtin::exists);
  for (std::uint32_t i = 0; i < node.child_count; ++i) {
    const Uses below = uses_of(expressions, expressions.child(id, i));
    uses.ports = uses.ports || below.ports;
    uses.sizes = uses.sizes || below.sizes;
  }
  return uses;
}

struct Request {
  std::string_view name;  ///< "memory", or a slot's
  Type type;
  ExprId value;  ///< folded
  Span span;
  std::int64_t most = 0;  ///< 0: unknown
  double growth = 1;
  Span growth_span;  ///< where that is written
};

/// "24 GiB": an amount for people.
std::string amount_text(const Value& value, Type type) {
  std::string text = expression::to_text(value, type);
  const auto unit = std::find_if(text.begin(), text.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
  if (unit != text.end() && unit != text.begin()) text.insert(unit, ' ');
  return text;
}

class Requests {
 public:
  Requests(const Frame& frame, Folder& fold, const Draft& draft, std::uint32_t task)
      : frame_(frame),
        task_(frame.context.program.tasks[task]),
        family_(draft.tasks[task].family),
        fold_(fold),
        point_(frame, fold, draft, task) {}

  void run() {
    constexpr std::string_view names[] = {"cpus", "memory", "time", "disk", "gpus"};
    const Options& options = frame_.context.options;
    const std::int64_t most[] = {options.most_cpus, options.most_memory, options.most_time, 0, options.most_gpus};
    for (std::uint32_t r = 0; r < expression::resource_count; ++r)
      if (task_.resources[r].exists())
        check(request(names[r], task_.resources[r], most[r], task_.retry.growth[r], task_.retry.growth_spans[r]));
    for (const program::Slots& slots : task_.slots) {
      const auto found = options.slots.find(std::string(frame_.context.text(slots.name)));
      check(request(frame_.context.text(slots.name), slots.count, found == options.slots.end() ? 0 : found->second, 1, {}));
    }
  }

 private:
  Request request(std::string_view name, ExprId written, std::int64_t most, double growth, Span growth_span) {
    const ExprId value = fold_(written);
    return {name, frame_.expressions[value].type, value, frame_.context.program.expressions[written].span, most, growth, growth_span};
  }

  void check(const Request& request) {
    const Uses uses = uses_of(frame_.expressions, request.value);
    if (uses.sizes && !frame_.context.options.check_existence) return;
    const auto dimensions = dimensions_in(frame_.expressions, request.value);
    const bool is_same = dimensions.empty() && !uses.ports;
    const auto axis = uses.ports || is_same ? std::nullopt : coarsest(frame_, family_.basis, dimensions);
    std::vector<std::uint32_t> records;
    std::vector<std::uint8_t> is_seen;
    if (axis && frame_.axes[*axis].count < family_.count) {
      records = record_column(frame_, family_, *axis);
      is_seen.assign(frame_.axes[*axis].count, 0);
    }
    for (std::uint32_t e = 0; e < family_.count; ++e) {
      if (!records.empty() && records[e] != none) {
        if (is_seen[records[e]] != 0) continue;
        is_seen[records[e]] = 1;
      }
      if (!check_at(request, e) || is_same) return;
    }
  }

  bool check_at(const Request& request, std::uint32_t element) {
    point_.move_to(element);
    try {
      const Value value = expression::evaluate(frame_.expressions.pool(), request.value, point_);
      if (value.is_absent()) throw expression::EvaluationError{request.span, "the request has no value"};
      return check_ladder(request, value.integer(), element);
    } catch (const expression::EvaluationError& error) {
      report_evaluation(frame_.context, request.span, error.span, error.what, name(element));
      return false;
    }
  }

  bool check_ladder(const Request& request, std::int64_t first, std::uint32_t element) {
    const bool may_be_zero = request.name == "gpus";
    if (first < 0 || (first == 0 && !may_be_zero)) {
      frame_.context.diagnostics.report(DiagnosticKind::bad_request, request.span, request.name, amount_text(Value(first), request.type))
          .note(fmt::format("for {}", name(element)));
      return false;
    }
    if (request.most <= 0) return true;
    std::uint64_t retries = task_.retry.count;
    for (const program::Rung& rung : task_.rungs) retries += rung.count;
    for (std::uint64_t attempt = 0; attempt <= retries; ++attempt) {
      const long double asked =
          static_cast<long double>(first) * std::pow(static_cast<long double>(request.growth), static_cast<long double>(attempt));
      if (asked <= static_cast<long double>(request.most)) continue;
      report_excess(request, asked, attempt, element);
      return false;
    }
    return true;
  }

  void report_excess(const Request& request, long double asked, std::uint64_t attempt, std::uint32_t element) {
    const auto most_integer = static_cast<long double>(INT64_MAX);
    const Value amount(asked >= most_integer ? INT64_MAX : static_cast<std::int64_t>(asked));
    auto builder = frame_.context.diagnostics.report(DiagnosticKind::excessive_request, request.span, frame_.context.text(task_.name),
                                                     fmt::format("{} of {}", amount_text(amount, request.type), request.name),
                                                     amount_text(Value(request.most), request.type));
    if (attempt > 0 && !request.growth_span.empty()) builder.label(request.growth_span, "it grows with each attempt");
    builder.note(fmt::format("for {}{}", name(element), attempt == 0 ? "" : fmt::format(", at attempt {}", attempt + 1)));
  }

  std::string name(std::uint32_t element) const {
    return fmt::format("`{}`", element_name(frame_, frame_.context.text(task_.name), task_.dimensions, family_, element));
  }

  const Frame& frame_;
  const program::Task& task_;
  const Family& family_;
  Folder& fold_;
  TaskPoint point_;
};

}  // namespace

void check_requests(const Frame& frame, Folder& fold, const Draft& draft) {
  for (std::uint32_t t = 0; t < draft.tasks.size(); ++t) Requests(frame, fold, draft, t).run();
}

}  // namespace osac::planning
