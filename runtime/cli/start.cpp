#include "runtime/cli/start.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/expression/calendar.h"
#include "compiler/planning/parameters.h"
#include "runtime/base/clock.h"
#include "runtime/cli/parameters.h"
#include "runtime/slurm/client.h"

namespace osac::cli {

namespace {

constexpr std::int64_t second = expression::nanoseconds_per_second;
constexpr std::int64_t day = expression::nanoseconds_per_day;

class Looker {
 public:
  explicit Looker(const StartQuestion& question) : question_(question), start_(question.start) {}

  Result<StartConditions> run() {
    found_.next_try = question_.now + start_.retry_every;
    look_at_time();
    for (const std::string& file : start_.files)
      if (auto looked = look_at_file(file); !looked) return tl::unexpected(looked.error());
    if (start_.max_queued && question_.queued)
      if (auto looked = look_at_queue(*start_.max_queued); !looked) return tl::unexpected(looked.error());
    return std::move(found_);
  }

 private:
  /// From one time of day to another one, perhaps of the next day; to look again before it begins is in vain.
  void look_at_time() {
    if (!start_.not_before && !start_.not_after) return;
    const std::int64_t first = start_.not_before.value_or(0);
    const std::int64_t last = start_.not_after.value_or(day - 1);
    const std::int64_t time = question_.now % day;
    const bool holds = first <= last ? first <= time && time <= last : first <= time || time <= last;
    std::string text = start_.not_before ? "not before " + site::time_of_day_text(first) : std::string();
    if (start_.not_after) text += (text.empty() ? "not after " : ", not after ") + site::time_of_day_text(last);
    add(text + " UTC", fmt::format("it is {} UTC", site::time_of_day_text(time / second * second)), holds);
    if (!holds) found_.next_try = question_.now - time + first + (time < first ? 0 : day);
  }

  Status look_at_file(const std::string& pattern) {
    const auto name = filled_name(pattern, question_.parameters);
    if (!name) return tl::unexpected(name.error());
    const std::string path = name->starts_with('/') ? *name : question_.folder + "/" + *name;
    struct stat info {};
    const bool is_there = ::stat(path.c_str(), &info) == 0;
    add(fmt::format("the file `{}` is there", visible(*name)), is_there ? "it is" : "it is not", is_there);
    return {};
  }

  Status look_at_queue(std::int64_t most) {
    const auto count = question_.queued();
    const std::string text = fmt::format("at most {} of yours in the queue", count_of(static_cast<std::uint64_t>(most), "job"));
    if (count)
      add(text, fmt::format("there {} {}", *count == 1 ? "is" : "are", grouped(*count)), *count <= static_cast<std::uint64_t>(most));
    else
      add(text, "that cannot be told: " + count.error().what, false);
    return {};
  }

  void add(std::string text, std::string now, bool holds) { found_.all.push_back({std::move(text), std::move(now), holds}); }

  const StartQuestion& question_;  // NOLINT: lives for one call
  const site::Start& start_;       // NOLINT
  StartConditions found_;
};

/// Defaults of parameters may ask for files' sizes; conditions do not wait for those.
class NoFiles final : public planning::World {
 public:
  Result<std::string> read(const std::string& path) const override { return failure(Trouble::usage, "no file is read: " + path); }
  std::optional<std::int64_t> size(const std::string&) const override { return std::nullopt; }
  std::vector<std::string> list(const std::string&) const override { return {}; }
  std::optional<std::string> read_made(const std::string&) const override { return std::nullopt; }
  std::optional<std::string> certificates(std::string_view) const override { return std::nullopt; }
};

ParametersByName values_of_plan(const plan::Plan& plan) {
  ParametersByName values;
  for (const plan::ParameterRow& row : plan.parameters()) {
    ParameterValue value{{}, row.type};
    if (expression::parse_value(plan.text(row.value), row.type, value.value)) values[std::string(plan.text(row.name))] = std::move(value);
  }
  return values;
}

tl::unexpected<Error> bad_name(const std::string& text, const std::string& why, std::string help = {}) {
  return failure(Trouble::usage, fmt::format("start condition `{}`: {}", visible(text), why), std::move(help));
}

}  // namespace

bool StartConditions::hold() const {
  return std::all_of(all.begin(), all.end(), [](const StartCondition& one) { return one.holds; });
}

std::string StartConditions::missing() const {
  std::string text;
  for (const StartCondition& one : all)
    if (!one.holds) text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", one.text, one.now);
  return text;
}

Result<StartConditions> look_at_conditions(const StartQuestion& question) { return Looker(question).run(); }

Result<std::string> filled_name(const std::string& text, const ParametersByName& parameters) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c != '{' && c != '}') {
      out += c;
      continue;
    }
    if (at + 1 < text.size() && text[at + 1] == c) {
      out += c;
      ++at;
      continue;
    }
    const auto end = c == '{' ? text.find('}', at) : std::string::npos;
    if (end == std::string::npos)
      return bad_name(text, fmt::format("`{}` stands alone", c), fmt::format("write `{0}{0}` for one that is meant", c));
    const std::string hole = text.substr(at + 1, end - at - 1);
    const std::string name(trim(std::string_view(hole).substr(0, hole.find(':'))));
    const std::string format = hole.find(':') == std::string::npos ? "" : hole.substr(hole.find(':') + 1);
    const auto found = parameters.find(name);
    if (found == parameters.end()) {
      std::vector<std::string_view> names;
      for (const auto& [known, value] : parameters) names.push_back(known);
      const auto nearest = nearest_name(name, names);
      return bad_name(text, fmt::format("there is no value of a parameter `{}`", visible(name)),
                      nearest ? fmt::format("did you mean `{}`?", *nearest) : "");
    }
    const auto& [value, type] = found->second;
    if (const std::string wrong = expression::check_format(type, format); !format.empty() && !wrong.empty()) return bad_name(text, wrong);
    out += expression::format(value, type, format);
    at = end;
  }
  return out;
}

Result<ParametersByName> parameter_values(const Session& session, const WorkflowArguments& arguments) {
  if (session.opened || session.compilation->plan) return values_of_plan(session.plan());
  driver::Compilation& compilation = *session.compilation;
  if (!compilation.program) return ParametersByName{};
  auto given = gather_parameters(arguments, session.site);
  if (!given) return tl::unexpected(given.error());
  planning::Options options;
  options.parameters = std::move(*given);
  Sources sources;
  Diagnostics unheard;  // planning reports the same
  const NoFiles world;
  planning::Context context{*compilation.program, compilation.strings, sources, world, options, unheard};
  const planning::ParameterValues found = planning::read_parameters(context);
  ParametersByName values;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const program::Parameter& parameter = compilation.program->parameters[i];
    if (found[i]) values[std::string(compilation.strings.text(parameter.name))] = {*found[i], parameter.type};
  }
  return values;
}

namespace {

Result<std::uint64_t> count_jobs(bool counts_waiting) {
  const auto queue = slurm::Client().queue("");
  if (!queue) return tl::unexpected(queue.error());
  std::uint64_t count = 0;
  for (const slurm::Queued& job : *queue) {
    if (job.is_over() || (!counts_waiting && job.name.starts_with(start_job_prefix))) continue;
    if (job.indices.empty()) ++count;
    for (const auto& [first, last] : job.indices) count += last - first + 1;
  }
  return count;
}

}  // namespace

Result<std::uint64_t> count_queued() { return count_jobs(true); }
Result<std::uint64_t> count_working() { return count_jobs(false); }

Result<StartConditions> conditions_of(const Session& session, const WorkflowArguments& arguments, bool counts_queue) {
  if (!session.site.start.has_conditions()) return StartConditions{};
  const auto parameters = parameter_values(session, arguments);
  if (!parameters) return tl::unexpected(parameters.error());
  StartQuestion question{session.site.start, *parameters, ".", runtime::system_clock().wall()};
  if (counts_queue) question.queued = count_working;
  return look_at_conditions(question);
}

std::string conditions_text(const StartConditions& conditions) {
  std::string out;
  for (const StartCondition& one : conditions.all)
    out += fmt::format("start condition {}: {}: {}\n", one.holds ? "holds" : "does not hold", one.text, one.now);
  return out;
}

std::string conditions_json(const StartConditions& conditions) {
  std::string list;
  for (const StartCondition& one : conditions.all)
    list += fmt::format("{}{{\"condition\": {}, \"holds\": {}, \"now\": {}}}", list.empty() ? "" : ", ", json_quoted(one.text), one.holds,
                        json_quoted(one.now));
  return list;
}

std::string moment_text(std::int64_t wall) {
  std::string text = expression::time_text(wall / second * second);
  text[text.find('T')] = ' ';
  if (text.ends_with(":00")) text.resize(text.size() - 3);
  return text + " UTC";
}

}  // namespace osac::cli
