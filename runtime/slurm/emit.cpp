#include "runtime/slurm/emit.h"

#include <fmt/format.h>
#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/plan/describe.h"
#include "compiler/plan/resolve.h"
#include "runtime/base/clock.h"
#include "runtime/slurm/dependency_text.h"
#include "runtime/slurm/work.h"

namespace osac::slurm {

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t minute = 60 * second;
// between the end of the last attempt and that of the job: records are written, folders are emptied
constexpr std::int64_t margin = job_margin;
constexpr std::size_t longest_comment = 160;
// of jobs that run osac itself: it plans again, and hashes files
constexpr std::int64_t service_time = 60 * minute;
constexpr std::int64_t service_memory = std::int64_t{2} << 30;

/// Lines for a comment: no line of it can be a directive.
std::string commented(std::string_view text, std::string_view indent = "") {
  std::string out;
  for (const std::string_view line : split(text, '\n')) {
    const std::string shown = visible(line);
    out += shown.empty() ? "#\n" : fmt::format("# {}{}\n", indent, shown);
  }
  return out;
}

/// Slurm counts whole minutes; ours end before it does.
std::int64_t minutes_of(std::int64_t time, std::int64_t grace) { return (time + grace + margin + minute - 1) / minute; }

std::string time_text(std::int64_t time, std::int64_t grace) {
  const std::int64_t minutes = minutes_of(time, grace);
  return fmt::format("{}-{:02}:{:02}:00", minutes / 1440, minutes / 60 % 24, minutes % 60);
}

/// With the arrays' names where the jobs' numbers will be.
std::string dependency_for_people(const Arrangement& arrangement, Clauses clauses) {
  return dependency_text(arrangement.of(clauses), arrangement.arrays, [&](std::uint32_t array) {
    const std::string& name = arrangement.arrays[array].name;
    return arrangement.is_live(array) ? fmt::format("{:04}/{}", arrangement.live_arrays[array].submission, name) : name;
  });
}

class Script {
 public:
  Script(const Emission& emission, std::uint32_t number)
      : emission_(emission),
        plan_(emission.plan),
        arrangement_(emission.arrangement),
        array_(arrangement_.arrays[number]),
        number_(number) {}

  std::string text() {
    out_ = "#!/bin/sh\n";
    out_ += commented(fmt::format("{}: {} of workflow {}, plan {}", array_.name, count_of(array_.unit_count, "array task"),
                                  plan_.workflow(), hexadecimal(plan_.id()).substr(0, 12)));
    add_tasks();
    add_waits();
    add_directives();
    out_ += "\n# submit.sh gives: the workflow's folder, this one, the name of the execution\n";
    out_ += "cd \"$1\" || exit 4\n";
    out_ += fmt::format("exec \"$2/osa-step\" \"$2\" {} \"$SLURM_ARRAY_TASK_ID\" \"$3\" 2>>\"$2/out/{}.log\"\n", number_, array_.name);
    return std::move(out_);
  }

 private:
  void add_tasks() {
    const std::size_t chain = array_.tasks.size();
    std::size_t longest = 0;
    for (std::uint32_t i = 0; i < array_.unit_count; ++i) longest = std::max(longest, arrangement_.unit(array_.first_unit + i).size());
    if (longest > chain)
      out_ += commented(fmt::format("each runs up to {}, one after another", count_of(longest / chain, "bundled chain")));
    for (std::size_t i = 0; i < chain; ++i) {
      const plan::TaskRow& task = plan_.tasks()[array_.tasks[i]];
      const auto first = arrangement_.unit(array_.first_unit).subspan(i).front();
      const auto last_unit = arrangement_.unit(array_.first_unit + array_.unit_count - 1);
      const auto last = last_unit[last_unit.size() - chain + i];
      out_ += "#\n";
      const std::string range = first == last ? name(first) : fmt::format("{} ... {}", name(first), name(last));
      out_ += commented(chain == 1 ? range : fmt::format("{}. {}", i + 1, range));
      if (task.doc.exists() && !plan_.text(task.doc).empty()) out_ += commented(plan_.text(task.doc), "  ");
      const std::string command = plan::command_text(plan_, task.command, &task);
      if (!command.empty()) out_ += commented(command, "    ");
    }
  }

  void add_waits() {
    out_ += "#\n";
    if (array_.is_held) {
      out_ += "# waits for: what submit.sh says for each array task\n";
      return;
    }
    if (array_.clauses.count == 0) {
      out_ += "# waits for: nothing\n";
      return;
    }
    std::string text = dependency_for_people(arrangement_, array_.clauses);
    if (text.size() > longest_comment) text = text.substr(0, longest_comment) + " ...";
    out_ += commented("waits for: " + text);
  }

  void directive(std::string_view text) { out_ += fmt::format("#SBATCH {}\n", text); }

  void add_directives() {
    const Request& request = arrangement_.requests[array_.request];
    const site::Slurm& slurm = emission_.site.slurm;
    const std::int64_t grace = emission_.site.grace;
    out_ += "\n";
    const bool is_throttled = slurm.max_running > 0 && slurm.max_running < array_.unit_count;
    directive(fmt::format("--array=0-{}{}", array_.unit_count - 1, is_throttled ? fmt::format("%{}", slurm.max_running) : ""));
    directive(fmt::format("--ntasks=1 --cpus-per-task={}", request.cpus));
    if (request.memory > 0) directive(fmt::format("--mem={}M", request.memory >> 20));
    if (request.time > 0) directive(fmt::format("--time={}", time_text(request.time, grace)));
    if (request.gpus > 0) directive(fmt::format("--gres=gpu:{}", request.gpus));
    if (!request.licenses.empty()) directive("--licenses=" + request.licenses);
    if (request.partition != nothing) directive(fmt::format("--partition={}", slurm.partitions[request.partition].name));
    if (!slurm.account.empty()) directive("--account=" + slurm.account);
    if (!slurm.qos.empty()) directive("--qos=" + slurm.qos);
    if (array_.nice > 0) directive(fmt::format("--nice={}", array_.nice));
    // TERM reaches osa-step itself, early enough for it to end its processes and to record that
    directive(fmt::format("--signal=B:TERM@{}", warning_time(grace) / second));
    directive("--no-requeue --kill-on-invalid-dep=yes --export=ALL --output=/dev/null");
  }

  [[nodiscard]] std::string name(std::uint32_t element) const { return plan::element_name(plan_, plan_.element(element)); }

  const Emission& emission_;        // NOLINT: lives for one call
  const plan::Plan& plan_;          // NOLINT
  const Arrangement& arrangement_;  // NOLINT
  const Array& array_;              // NOLINT
  std::uint32_t number_;
  std::string out_;
};

std::vector<Settings::Limits> limits_of(const Emission& emission) {
  std::vector<Settings::Limits> limits;
  for (std::uint32_t i = 0; i < emission.arrangement.arrays.size(); ++i) {
    const Array& array = emission.arrangement.arrays[i];
    Settings::Limits& here = limits.emplace_back();
    if (emission.arrangement.is_live(i) || array.is_join) continue;
    const Request& request = emission.arrangement.requests[array.request];
    if (request.partition != nothing) {
      const site::Partition& partition = emission.site.slurm.partitions[request.partition];
      here = {partition.cpus, partition.memory, partition.time, partition.gpus, 0};
    }
    if (request.time > 0) here.job = minutes_of(request.time, emission.site.grace) * minute;
  }
  return limits;
}

}  // namespace

std::string service_script(const site::Site& site, std::string_view name, std::string_view what, std::string_view words) {
  const site::Slurm& slurm = site.slurm;
  Request request;
  request.memory = service_memory;
  request.time = service_time;
  if (!choose_partition(request, slurm)) {  // then as much as the first one gives
    request.partition = 0;
    request.memory = 0;
    request.time = slurm.partitions.front().time;
  }
  std::string out = "#!/bin/sh\n";
  out += commented(fmt::format("{}: {}", name, what));
  out += commented("a small job that runs osac itself; one that cannot run loses nothing: `osac close` does the same by hand") + "\n";
  out += "#SBATCH --ntasks=1 --cpus-per-task=1\n";
  if (request.memory > 0) out += fmt::format("#SBATCH --mem={}M\n", request.memory >> 20);
  if (request.time > 0) out += fmt::format("#SBATCH --time={}\n", time_text(request.time - margin, 0));
  if (request.partition != nothing) out += fmt::format("#SBATCH --partition={}\n", slurm.partitions[request.partition].name);
  if (!slurm.account.empty()) out += fmt::format("#SBATCH --account={}\n", slurm.account);
  if (!slurm.qos.empty()) out += fmt::format("#SBATCH --qos={}\n", slurm.qos);
  out += "#SBATCH --requeue --export=ALL --output=/dev/null\n\n";
  out += "# given: the workflow's folder, this one, osac's path\ncd \"$1\" || exit 4\n";
  out += "# jobs that it submits must not inherit what this one was given\n";
  out += "for name in $(env | sed -n 's/^\\(S[A-Z]*_[A-Z0-9_]*\\)=.*/\\1/p'); do\n";
  out += "  case $name in SLURM_CONF | SLURM_JOB_ID) ;; SLURM_* | SBATCH_*) unset \"$name\" ;; esac\ndone\n";
  out += fmt::format("exec \"$3\" {} >>\"$2/out/service.log\" 2>&1\n", words);
  return out;
}

std::vector<EmittedFile> emit(const Emission& emission) {
  std::vector<EmittedFile> files;
  const Calls calls = calls_of(emission);
  Settings settings = emission.settings;
  settings.limits = limits_of(emission);
  settings.goes_on = emission.has_service;
  for (std::uint32_t i = 0; i < emission.arrangement.arrays.size(); ++i)
    if (!emission.arrangement.is_live(i) && !emission.arrangement.arrays[i].is_join)
      files.push_back({emission.arrangement.arrays[i].name + ".sbatch", Script(emission, i).text(), false});
  if (emission.has_service) {
    files.push_back({"close.sbatch",
                     service_script(emission.site, "close", "brings in the records of this submission, and goes on with what is left",
                                    "close --submission \"$2\" --automatic"),
                     false});
    files.push_back(
        {"continue.sbatch",
         service_script(emission.site, "continue", "submits what did not fit into the queue, or what a file that was made has made known",
                        "submit --continue \"$2\""),
         false});
    files.push_back(
        {"late.sbatch",
         service_script(emission.site, "late", "tells that the execution has not ended by the time it was due", "submit --late \"$2\""),
         false});
  }
  files.push_back({"calls", calls_text(calls), false});
  files.push_back({"known", known_bytes(emission.known), false});
  files.push_back({"past", past_bytes(emission.past), false});
  files.push_back({"plan", std::string(emission.plan.bytes()), false});
  files.push_back({"settings", settings_text(settings), false});
  files.push_back({"submit.sh", submit_script(emission, calls), true});
  files.push_back({"units", units_bytes(emission.plan.id(), emission.arrangement), false});
  std::sort(files.begin(), files.end(), [](const EmittedFile& a, const EmittedFile& b) { return a.name < b.name; });
  return files;
}

std::size_t count_calls(const Arrangement& arrangement) { return arrangement.array_count() == 0 ? 0 : arrangement.array_count() + 1; }

std::string report(const plan::Plan& plan, const site::Site& site, const Arrangement& arrangement) {
  std::string out = fmt::format("{}, plan {}\n", plan.workflow(), hexadecimal(plan.id()).substr(0, 12));
  for (auto i = static_cast<std::uint32_t>(arrangement.live_arrays.size()); i < arrangement.arrays.size(); ++i) {
    const Array& array = arrangement.arrays[i];
    std::string waits = array.is_held              ? "a line an array task or group"
                        : array.clauses.count == 0 ? "nothing"
                                                   : dependency_for_people(arrangement, array.clauses);
    if (waits.size() > longest_comment) waits = waits.substr(0, longest_comment) + " ...";
    if (array.is_join) {
      out += fmt::format("  {}: nothing runs\n    waits for {}\n", array.name, waits);
      continue;
    }
    const Request& request = arrangement.requests[array.request];
    std::string asks = count_of(static_cast<std::size_t>(request.cpus), "cpu");
    if (request.memory > 0) asks += ", " + runtime::memory_text(request.memory);
    if (request.time > 0) asks += ", " + runtime::duration_text(request.time);
    if (request.gpus > 0) asks += ", " + count_of(static_cast<std::size_t>(request.gpus), "gpu");
    if (!request.licenses.empty()) asks += ", licenses " + request.licenses;
    if (request.partition != nothing) asks += ", partition " + site.slurm.partitions[request.partition].name;
    out += fmt::format("  {} x {}: {}\n    waits for {}\n", array.name, grouped(array.unit_count), asks, waits);
  }
  out += fmt::format("{} in {} of {}\n", count_of(arrangement.element_count(), "element"),
                     count_of(arrangement.array_task_count(), "array task"), count_of(arrangement.array_count(), "array"));
  out += fmt::format("{} of sbatch, {} for scontrol\n", count_of(count_calls(arrangement), "call"),
                     count_of(arrangement.lines.size(), "line"));
  out += fmt::format("{}\n", count_of(arrangement.false_waits, "false wait"));
  if (arrangement.critical_path > 0) out += fmt::format("critical path {}\n", runtime::duration_text(arrangement.critical_path));
  for (const std::string& remark : arrangement.remarks) out += "note: " + remark + "\n";
  return out;
}

}  // namespace osac::slurm
