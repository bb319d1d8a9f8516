#include "runtime/provenance/usage.h"

#include <fmt/format.h>
#include <algorithm>
#include <map>

#include "compiler/base/columns.h"
#include "compiler/base/text.h"
#include "runtime/base/clock.h"

namespace osac::provenance {

namespace {

constexpr double second = 1e9;
constexpr std::size_t most_points = 2'000;  // in a panel: a picture is for people

struct Gathered {
  TaskUsage usage;
  std::map<std::string, std::uint32_t> causes;
  std::vector<std::int64_t> times, memories;
};

TaskUsage::Spread spread_of(std::vector<std::int64_t>& values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const auto at = [&](std::size_t percent) { return values[(values.size() * percent + 99) / 100 - 1]; };
  return {at(50), at(95), values.back()};
}

std::string task_of(const std::string& element) { return element.substr(0, element.find('[')); }

bool is_telling(const registry::ArchivedAttempt& attempt) {
  return attempt.cause != "lost" && attempt.cause != "cancelled" && attempt.ended >= attempt.started;
}

/// Of what was given, in percent; "" if nothing was.
std::string part_text(std::int64_t used, std::int64_t given) {
  return given <= 0 ? "" : fmt::format("{:.0f}%", 100.0 * static_cast<double>(used) / static_cast<double>(given));
}

std::string causes_text(const TaskUsage& task) {
  std::string text;
  for (const TaskUsage::Cause& cause : task.causes)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(cause.count), cause.name);
  return text;
}

}  // namespace

std::vector<TaskUsage> usage_by_task(const std::vector<registry::ArchivedAttempt>& attempts) {
  std::map<std::string, Gathered> tasks;
  for (const registry::ArchivedAttempt& attempt : attempts) {
    Gathered& task = tasks[task_of(attempt.element)];
    ++task.usage.attempts;
    if (attempt.cause == "none")
      ++task.usage.succeeded;
    else
      ++task.causes[attempt.cause];
    if (!is_telling(attempt)) continue;
    const std::int64_t time = attempt.ended - attempt.started;
    task.times.push_back(time);
    task.memories.push_back(attempt.peak_memory);
    task.usage.total_time += time;
    task.usage.cpu_time += attempt.cpu_time;
    task.usage.given_time += time * std::max<std::int64_t>(1, attempt.cpus);
    task.usage.asked_memory = std::max(task.usage.asked_memory, attempt.memory);
  }
  std::vector<TaskUsage> list;
  for (auto& [name, task] : tasks) {
    task.usage.task = name;
    for (const auto& [cause, count] : task.causes) task.usage.causes.push_back({cause, count});
    task.usage.time = spread_of(task.times);
    task.usage.memory = spread_of(task.memories);
    list.push_back(std::move(task.usage));
  }
  return list;
}

Result<emit::Plot> usage_plot(const std::vector<registry::ArchivedAttempt>& attempts, std::string_view title) {
  const std::vector<TaskUsage> tasks = usage_by_task(attempts);
  std::int64_t longest = 0;
  std::int64_t largest = 0;
  emit::PlotAxis names;
  names.kind = emit::PlotAxis::Kind::category;
  std::map<std::string, double> places;
  for (auto one = tasks.rbegin(); one != tasks.rend(); ++one) {  // from below to above
    const TaskUsage& task = *one;
    if (task.time.largest == 0 && task.memory.largest == 0) continue;
    places.emplace(task.task, static_cast<double>(places.size()));
    names.categories.push_back(task.task);
    longest = std::max(longest, task.time.largest);
    largest = std::max(largest, task.memory.largest);
  }
  if (places.empty()) return failure(Trouble::usage, "no attempt is on record that has run to its end");
  const double seconds = static_cast<double>(longest) / second;
  const auto [time_unit, time_name] = seconds >= 7200  ? std::pair(3600 * second, "h")
                                      : seconds >= 120 ? std::pair(60 * second, "min")
                                                       : std::pair(second, "s");
  const auto [memory_unit, memory_name] = largest >= std::int64_t{2} << 30 ? std::pair(1073741824.0, "GiB") : std::pair(1048576.0, "MiB");
  emit::Plot plot{std::string(title), "", {}};
  for (const bool is_time : {true, false}) {
    const double unit = is_time ? time_unit : memory_unit;
    emit::PlotPanel panel;
    panel.y = names;
    panel.x.label = is_time ? fmt::format("time [{}]", time_name) : fmt::format("peak memory [{}]", memory_name);
    const std::size_t step = attempts.size() / most_points + 1;
    for (std::size_t i = 0; i < attempts.size(); i += step) {
      const registry::ArchivedAttempt& attempt = attempts[i];
      const auto place = places.find(task_of(attempt.element));
      if (place == places.end() || !is_telling(attempt)) continue;
      const std::int64_t value = is_time ? attempt.ended - attempt.started : attempt.peak_memory;
      panel.points.push_back({static_cast<double>(value) / unit, place->second, attempt.element, attempt.cause != "none"});
    }
    for (const TaskUsage& task : tasks)
      if (const auto place = places.find(task.task); place != places.end()) {
        const double median = static_cast<double>(is_time ? task.time.median : task.memory.median) / unit;
        panel.lines.push_back({{{median, place->second - 0.3}, {median, place->second + 0.3}}, "median of " + task.task, 0});
      }
    if (step > 1) panel.note = fmt::format("one point in {}", step);
    plot.panels.push_back(std::move(panel));
  }
  plot.subtitle = count_of(attempts.size(), "attempt") + ", lines are medians; circles have not succeeded";
  return plot;
}

std::string usage_text(const std::vector<TaskUsage>& tasks) {
  using runtime::duration_text;
  using runtime::memory_text;
  std::vector<std::vector<std::string>> lines{{"task", "attempts", "not well", "time: median", "95%", "most", "in all", "of cpus given",
                                               "memory: median", "95%", "most", "of that given"}};
  for (const TaskUsage& task : tasks)
    lines.push_back({visible(task.task), grouped(task.attempts), causes_text(task), duration_text(task.time.median),
                     duration_text(task.time.most), duration_text(task.time.largest), duration_text(task.total_time),
                     part_text(task.cpu_time, task.given_time), memory_text(task.memory.median), memory_text(task.memory.most),
                     memory_text(task.memory.largest), part_text(task.memory.largest, task.asked_memory)});
  return columns_text(lines, {1, 3, 4, 5, 6, 7, 8, 9, 10, 11});
}

std::string usage_csv(const std::vector<TaskUsage>& tasks) {
  std::string out =
      "task,attempts,succeeded,memory,timeout,lost,other,time_median_s,time_95_s,time_max_s,time_total_s,cpu_s,cpu_given_s,memory_median_B,"
      "memory_95_B,memory_max_B,memory_given_B\n";
  for (const TaskUsage& task : tasks) {
    std::uint32_t memory = 0;
    std::uint32_t timeout = 0;
    std::uint32_t lost = 0;
    std::uint32_t other = 0;
    for (const TaskUsage::Cause& cause : task.causes)
      (cause.name == "memory" ? memory : cause.name == "timeout" ? timeout : cause.name == "lost" ? lost : other) += cause.count;
    const auto seconds = [](std::int64_t time) { return static_cast<double>(time) / second; };
    out += fmt::format("{},{},{},{},{},{},{},{:.3f},{:.3f},{:.3f},{:.3f},{:.3f},{:.3f},{},{},{},{}\n", task.task, task.attempts,
                       task.succeeded, memory, timeout, lost, other, seconds(task.time.median), seconds(task.time.most),
                       seconds(task.time.largest), seconds(task.total_time), seconds(task.cpu_time), seconds(task.given_time),
                       task.memory.median, task.memory.most, task.memory.largest, task.asked_memory);
  }
  return out;
}

std::string usage_json(const std::vector<TaskUsage>& tasks) {
  std::string out;
  const auto spread = [](const TaskUsage::Spread& values) {
    return fmt::format("{{\"median\": {}, \"p95\": {}, \"max\": {}}}", values.median, values.most, values.largest);
  };
  for (const TaskUsage& task : tasks) {
    std::string causes;
    for (const TaskUsage::Cause& cause : task.causes)
      causes += fmt::format("{}{}: {}", causes.empty() ? "" : ", ", json_quoted(cause.name), cause.count);
    out += fmt::format(
        "{}\n  {{\"task\": {}, \"attempts\": {}, \"succeeded\": {}, \"causes\": {{{}}}, \"time_ns\": {}, \"time_total_ns\": {}, "
        "\"cpu_ns\": {}, \"cpu_given_ns\": {}, \"memory_bytes\": {}, \"memory_given_bytes\": {}}}",
        out.empty() ? "" : ",", json_quoted(task.task), task.attempts, task.succeeded, causes, spread(task.time), task.total_time,
        task.cpu_time, task.given_time, spread(task.memory), task.asked_memory);
  }
  return fmt::format("[{}{}]\n", out, out.empty() ? "" : "\n");
}

}  // namespace osac::provenance
