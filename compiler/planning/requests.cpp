#include "compiler/planning/requests.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "compiler/base/text.h"
#include "compiler/expression/spelling.h"
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
  Span growth_span;            ///< where that is written
  std::uint32_t resource = 0;  ///< its place among resources; not of slots
};

using Limits = std::array<std::int64_t, expression::resource_count>;
constexpr std::uint32_t gpus_place = 4;  // a place that says nothing of gpus has none
constexpr std::size_t most_seen = 1'000;

Limits limits_of(const Partition& partition) { return {partition.cpus, partition.memory, partition.time, 0, partition.gpus}; }

/// "24 GiB": an amount for people.
std::string amount_text(const Value& value, Type type) {
  std::string text = expression::to_text(value, type);
  const auto unit = std::find_if(text.begin(), text.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
  if (unit != text.end() && unit != text.begin()) text.insert(unit, ' ');
  return text;
}

/// "24 GiB of memory", "8 cpus", "2 h".
std::string quantity(const Request& request, const Value& amount) {
  const std::string text = amount_text(amount, request.type);
  if (request.name == "time") return text;
  const bool has_unit = request.name == "memory" || request.name == "disk";
  return fmt::format("{}{} {}", text, has_unit ? " of" : "", request.name);
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
    const Options& options = frame_.context.options;
    const Limits most = capacities();
    std::vector<Request> requests;
    for (std::uint32_t r = 0; r < expression::resource_count; ++r) {
      if (!task_.resources[r].exists()) continue;
      requests.push_back(
          request(expression::resource_names[r], task_.resources[r], most[r], task_.retry.growth[r], task_.retry.growth_spans[r]));
      requests.back().resource = r;
      check(requests.back());
    }
    if (!options.partitions.empty() && is_fine_) check_together(requests);
    for (const program::Slots& slots : task_.slots) {
      const auto found = options.slots.find(std::string(frame_.context.text(slots.name)));
      check(request(frame_.context.text(slots.name), slots.count, found == options.slots.end() ? 0 : found->second, 1, {}));
    }
  }

 private:
  /// The most of each resource that any place has.
  [[nodiscard]] Limits capacities() const {
    const Options& options = frame_.context.options;
    Limits most = {options.most_cpus, options.most_memory, options.most_time, 0, options.most_gpus};
    for (const Partition& partition : options.partitions) {
      const auto limits = limits_of(partition);
      for (std::uint32_t r = 0; r < expression::resource_count; ++r) {
        const bool is_unlimited = most[r] == 0 || limits[r] == 0;
        most[r] = is_unlimited && r != gpus_place ? 0 : std::max(most[r], limits[r]);
      }
    }
    return most;
  }

  /// Whether each attempt finds all that it asks for in one place.
  void check_together(const std::vector<Request>& requests) {
    std::set<std::vector<std::int64_t>> seen;
    for (std::uint32_t e = 0; e < family_.count; ++e) {
      point_.move_to(e);
      std::vector<std::int64_t> first;
      for (const Request& request : requests) {
        if (uses_of(frame_.expressions, request.value).sizes && !frame_.context.options.check_existence) return;
        const Value value = expression::evaluate(frame_.expressions.pool(), request.value, point_);
        first.push_back(value.is_absent() ? 0 : value.integer());
      }
      if (seen.size() < most_seen && !seen.insert(first).second) continue;
      for (std::uint64_t attempt = 0; attempt <= retries(); ++attempt)
        if (!has_place(requests, first, attempt)) return report_no_place(requests, first, attempt, e);
    }
  }

  static long double grown(const Request& request, std::int64_t first, std::uint64_t attempt) {
    return static_cast<long double>(first) * std::pow(static_cast<long double>(request.growth), static_cast<long double>(attempt));
  }
  /// The place of the first request that is more than a place has; none if there is room for all.
  static std::size_t excess(const Limits& limits, const std::vector<Request>& requests, const std::vector<std::int64_t>& first,
                            std::uint64_t attempt) {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const std::int64_t most = limits[requests[i].resource];
      const bool is_unlimited = most == 0 && requests[i].resource != gpus_place;
      if (!is_unlimited && grown(requests[i], first[i], attempt) > static_cast<long double>(most)) return i;
    }
    return requests.size();
  }
  [[nodiscard]] bool has_place(const std::vector<Request>& requests, const std::vector<std::int64_t>& first, std::uint64_t attempt) const {
    const Options& options = frame_.context.options;
    const auto fits = [&](const Limits& limits) { return excess(limits, requests, first, attempt) == requests.size(); };
    return fits({options.most_cpus, options.most_memory, options.most_time, 0, options.most_gpus}) ||
           std::any_of(options.partitions.begin(), options.partitions.end(),
                       [&](const Partition& partition) { return fits(limits_of(partition)); });
  }

  void report_no_place(const std::vector<Request>& requests, const std::vector<std::int64_t>& first, std::uint64_t attempt,
                       std::uint32_t element) {
    std::vector<std::string> asked;
    for (std::size_t i = 0; i < requests.size(); ++i)
      if (first[i] > 0) asked.push_back(quantity(requests[i], Value(static_cast<std::int64_t>(grown(requests[i], first[i], attempt)))));
    auto builder =
        frame_.context.diagnostics.report(DiagnosticKind::excessive_request, requests.front().span, frame_.context.text(task_.name),
                                          join_words(asked) + " together", "no partition with room for all of it");
    for (std::size_t i = 1; i < requests.size(); ++i) builder.label(requests[i].span, "and for this");
    for (const Request& request : requests)
      if (attempt > 0 && !request.growth_span.empty()) builder.label(request.growth_span, "it grows with each attempt");
    builder.note(fmt::format("for {}{}", name(element), attempt == 0 ? "" : fmt::format(", at attempt {}", attempt + 1)));
    for (const Partition& partition : frame_.context.options.partitions) {
      const std::size_t i = excess(limits_of(partition), requests, first, attempt);
      builder.note(fmt::format("`{}` has {}", partition.name, quantity(requests[i], Value(limits_of(partition)[requests[i].resource]))));
    }
  }

  [[nodiscard]] std::uint64_t retries() const {
    std::uint64_t count = task_.retry.count;
    for (const program::Rung& rung : task_.rungs) count += rung.count;
    return count;
  }

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
      const bool is_good = check_at(request, e);
      is_fine_ = is_fine_ && is_good;
      if (!is_good || is_same) return;
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
    for (std::uint64_t attempt = 0; attempt <= retries(); ++attempt) {
      const long double asked = grown(request, first, attempt);
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
                                                     quantity(request, amount), amount_text(Value(request.most), request.type));
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
  bool is_fine_ = true;  // each request by itself
};

}  // namespace

void check_requests(const Frame& frame, Folder& fold, const Draft& draft) {
  for (std::uint32_t t = 0; t < draft.tasks.size(); ++t) Requests(frame, fold, draft, t).run();
}

}  // namespace osac::planning
