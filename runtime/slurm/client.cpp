#include "runtime/slurm/client.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include "compiler/base/text.h"
#include "runtime/slurm/command.h"

namespace osac::slurm {

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t hour = 3600 * second;
constexpr std::size_t jobs_in_a_call = 500;
constexpr std::size_t longest_complaint = 300;

template <typename Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

/// What a command complained about, in one line: its own lines without their beginnings ("sbatch: error: ..."), or the last one of others.
std::string complaint(const CommandEnd& end, std::string_view program) {
  std::string own;
  std::string last;
  for (const std::string* text : {&end.output, &end.errors})
    for (std::string_view line : split(*text, '\n')) {
      line = trim(line);
      const bool is_own = line.starts_with(program) && line.substr(program.size()).starts_with(": ");
      if (is_own) line.remove_prefix(program.size() + 2);
      if (line.starts_with("error: ")) line.remove_prefix(7);
      if (line.empty()) continue;
      last = visible(line);
      if (is_own && own.size() < longest_complaint) own += (own.empty() ? "" : "; ") + last;
    }
  return own.empty() ? last : own;
}

std::string how_it_ended(const CommandEnd& end, std::string_view program, std::int64_t limit) {
  const std::string words = complaint(end, program);
  switch (end.how) {
    case CommandEnd::How::ended:
      return fmt::format("{} did not answer within {} s{}{}", program, limit / second, words.empty() ? "" : ": ", words);
    case CommandEnd::How::signalled:
      return fmt::format("{} was killed{}{}", program, words.empty() ? "" : ": ", words);
    case CommandEnd::How::missing:
    case CommandEnd::How::unstarted:
      return end.errors;
    case CommandEnd::How::exited:
      break;
  }
  return words.empty() ? fmt::format("{} ended with exit code {}", program, end.code) : words;
}

tl::unexpected<Error> no_answer(const CommandEnd& end, const std::string& program, std::int64_t limit) {
  if (end.how == CommandEnd::How::missing)
    return failure(Trouble::environment, "there is no `" + program + "` here", "run this where Slurm's commands are, on a login node");
  return failure(Trouble::temporary, "Slurm does not answer: " + how_it_ended(end, program, limit));
}

/// sbatch --parsable prints `ID` or `ID;CLUSTER`; what stands around it was printed by wrappers and plugins.
std::optional<std::uint64_t> job_number(const std::string& output) {
  const auto lines = split(output, '\n');
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    const std::string_view text = trim(*line);
    if (const auto job = number<std::uint64_t>(text.substr(0, text.find(';'))); job && *job > 0) return job;
  }
  return std::nullopt;
}

/// `Key = value` and `Key=value`.
void read_value(std::string_view text, std::map<std::string, std::string>& values) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return;
  values[std::string(trim(text.substr(0, equals)))] = trim(text.substr(equals + 1));
}

/// A thing a line, as `scontrol -o` has them; those with a `name`.
std::vector<std::map<std::string, std::string>> read_lines(const std::string& text, const std::string& name) {
  std::vector<std::map<std::string, std::string>> out;
  for (const std::string_view line : split(text, '\n')) {
    std::map<std::string, std::string> values;
    for (const std::string_view word : split(line, ' ')) read_value(word, values);
    if (values.contains(name)) out.push_back(std::move(values));
  }
  return out;
}

std::string user_name() {
  const passwd* const entry = ::getpwuid(::geteuid());
  return entry == nullptr ? std::to_string(::geteuid()) : entry->pw_name;
}

std::string local_time(std::int64_t wall) {
  const std::time_t seconds = static_cast<std::time_t>(std::max<std::int64_t>(0, wall / second));
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts)};
}

bool contains_one(const std::string& text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) { return text.find(part) != std::string::npos; });
}

std::int64_t time_of(std::string_view text) {
  const auto seconds = number<std::int64_t>(text);
  return seconds && *seconds > 0 ? *seconds * second : 0;
}

/// `JOB`, `JOB_INDEX` or `JOB_[INDICES]`, with all else that accounting says.
bool read_accounted(const std::vector<std::string_view>& fields, std::vector<Accounted>& out) {
  const std::string_view id = fields[0];
  const auto underscore = id.find('_');
  Accounted one;
  const auto job = number<std::uint64_t>(id.substr(0, underscore));
  if (!job) return false;
  one.job = *job;
  one.state = fields[1].substr(0, fields[1].find(' '));
  const auto colon = fields[2].find(':');
  one.exit_code = number<std::int32_t>(fields[2].substr(0, colon)).value_or(0);
  one.signal = colon == std::string_view::npos ? 0 : number<std::int32_t>(fields[2].substr(colon + 1)).value_or(0);
  one.node = fields[3] == "None assigned" ? "" : fields[3];
  one.started = time_of(fields[4]);
  one.ended = time_of(fields[5]);
  if (underscore == std::string_view::npos) {
    out.push_back(std::move(one));
    return true;
  }
  const auto indices = parse_indices(id.substr(underscore + 1));
  if (!indices) return false;
  for (const auto& [first, last] : *indices)
    for (std::uint32_t index = first; index <= last; ++index) {
      one.index = index;
      out.push_back(one);
    }
  return true;
}

tl::unexpected<Error> no_accounts(const CommandEnd& end, const std::string& program, std::int64_t limit) {
  if (end.how == CommandEnd::How::exited &&
      contains_one(end.errors, {"accounting storage is disabled", "is not running a supported accounting"}))
    return failure(Trouble::environment, "this cluster keeps no accounts of jobs");
  return no_answer(end, program, limit);
}

}  // namespace

bool says_no_answer(const std::string& text) {
  return contains_one(text, {"Unable to contact",
                             "timed out",
                             "not responding",
                             "Connection refused",
                             "Connection reset",
                             "onnection failure",
                             "connect failure",
                             "Zero Bytes were transmitted",
                             "Transport endpoint",
                             "Slurm backup controller",
                             "Communication connection",
                             "Message receive failure",
                             "Message send failure",
                             "receive operation",
                             "send operation",
                             "temporarily unable",
                             "Resource temporarily unavailable",
                             "Protocol authentication error",
                             "Munge",
                             "munge",
                             "in standby mode",
                             "Invalid authentication credential",
                             "Unable to resolve"});
}

bool says_limit(const std::string& text) { return contains_one(text, {"MaxSubmit", "GrpSubmit", "MaxJob", "temporarily unable"}); }

std::optional<std::vector<std::pair<std::uint32_t, std::uint32_t>>> parse_indices(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  text = text.substr(0, text.find('%'));
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges;
  for (std::string_view part : split(text, ',')) {
    std::uint32_t step = 1;
    if (const auto colon = part.find(':'); colon != std::string_view::npos) {
      step = number<std::uint32_t>(part.substr(colon + 1)).value_or(0);
      part = part.substr(0, colon);
    }
    const auto dash = part.find('-');
    const auto first = number<std::uint32_t>(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number<std::uint32_t>(part.substr(dash + 1));
    if (!first || !last || *last < *first || step == 0) return std::nullopt;
    if (step == 1) {
      ranges.emplace_back(*first, *last);
      continue;
    }
    for (std::uint64_t index = *first; index <= *last; index += step)
      ranges.emplace_back(static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index));
  }
  return ranges;
}

bool Queued::is_waiting() const {
  return state == "PENDING" || state == "CONFIGURING" || state == "REQUEUED" || state == "REQUEUE_FED" || state == "REQUEUE_HOLD" ||
         state == "RESV_DEL_HOLD" || state == "SPECIAL_EXIT";
}

/// A state that we have never heard of counts as running: that is the one from which nothing follows.
bool Queued::is_running() const {
  constexpr std::array<std::string_view, 10> over{"BOOT_FAIL", "CANCELLED",     "COMPLETED", "DEADLINE", "FAILED",
                                                  "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "REVOKED",  "TIMEOUT"};
  return !is_waiting() && std::find(over.begin(), over.end(), state) == over.end();
}

Submitted Client::submit(const std::vector<std::string>& words) const {
  std::vector<std::string> all{"sbatch", "--parsable"};
  all.insert(all.end(), words.begin(), words.end());
  const CommandEnd end = run_command(all, {}, limit_);
  Submitted answer;
  answer.text = how_it_ended(end, "sbatch", limit_);
  if (end.how == CommandEnd::How::missing) {
    answer.how = Submitted::How::missing;
  } else if (end.is_good()) {
    const auto job = job_number(end.output);
    if (job) {
      answer.how = Submitted::How::accepted;
      answer.job = *job;
    } else {
      answer.text = "sbatch gave no job number" + (end.output.empty() ? "" : ", but `" + visible(trim(end.output)).substr(0, 200) + "`");
    }
  } else if (end.how == CommandEnd::How::exited && end.errors.find("sbatch: ") != std::string::npos && !says_no_answer(end.errors)) {
    answer.how = Submitted::How::refused;
  }
  return answer;
}

Result<std::vector<Queued>> Client::queue(const std::string& prefix) const {
  const CommandEnd end =
      run_command({"squeue", "-h", "-t", "all", "-u", std::to_string(::geteuid()), "-o", "%A|%F|%K|%T|%r|%N|%j"}, {}, limit_);
  if (!end.is_good()) return no_answer(end, "squeue", limit_);
  std::vector<Queued> jobs;
  for (const std::string_view line : split(end.output, '\n')) {
    if (line.empty()) continue;
    std::vector<std::string_view> fields = split(line, '|');
    // banners of wrappers are no jobs
    if (fields.size() < 7 || !number<std::uint64_t>(fields[0]) || !number<std::uint64_t>(fields[1])) continue;
    const std::string_view name = line.substr(static_cast<std::size_t>(fields[6].data() - line.data()));
    if (!name.starts_with(prefix)) continue;
    Queued job;
    job.job = *number<std::uint64_t>(fields[1]);
    job.name = name;
    job.state = fields[3];
    job.reason = fields[4];
    job.node = fields[5];
    if (fields[2] != "N/A") {
      auto indices = parse_indices(fields[2]);
      if (!indices)
        return failure(Trouble::temporary, fmt::format("cannot read what squeue says of job {}: `{}`", job.job, visible(fields[2])));
      job.indices = std::move(*indices);
    }
    jobs.push_back(std::move(job));
  }
  return jobs;
}

Result<std::vector<Accounted>> Client::accounts(const std::vector<std::uint64_t>& jobs, std::int64_t since) const {
  std::vector<Accounted> out;
  for (std::size_t begin = 0; begin < jobs.size(); begin += jobs_in_a_call) {
    const auto last = jobs.begin() + static_cast<std::ptrdiff_t>(std::min(jobs.size(), begin + jobs_in_a_call));
    const std::string list = fmt::format("{}", fmt::join(jobs.begin() + static_cast<std::ptrdiff_t>(begin), last, ","));
    // an hour more: clocks of hosts differ, and local time jumps
    const CommandEnd end = run_command(
        {"sacct", "-X", "-n", "-P", "-j", list, "-S", local_time(since - 2 * hour), "-o", "JobID,State,ExitCode,NodeList,Start,End"}, {},
        limit_);
    if (!end.is_good()) return no_accounts(end, "sacct", limit_);
    for (const std::string_view line : split(end.output, '\n')) {
      const auto fields = split(line, '|');
      if (fields.size() == 6) read_accounted(fields, out);
    }
  }
  return out;
}

Status Client::control(const std::vector<std::string>& lines) const {
  if (lines.empty()) return {};
  std::string input;
  for (const std::string& line : lines) input += line + "\n";
  // an update of an array task takes the controller a third of a millisecond, of a busy one more
  const std::int64_t limit = limit_ + static_cast<std::int64_t>(lines.size()) * second / 50;
  const CommandEnd end = run_command({"scontrol"}, input, limit);
  if (end.is_good()) return {};
  if (end.how != CommandEnd::How::exited || says_no_answer(end.errors)) return no_answer(end, "scontrol", limit);
  const std::string_view first = std::string_view(end.errors).substr(0, end.errors.find('\n'));
  return failure(Trouble::environment, "scontrol refused: " + (first.empty() ? fmt::format("exit code {}", end.code) : visible(first)));
}

Status Client::cancel(const std::vector<std::string>& jobs) const {
  for (std::size_t begin = 0; begin < jobs.size(); begin += jobs_in_a_call) {
    std::vector<std::string> words{"scancel"};
    const auto last = jobs.begin() + static_cast<std::ptrdiff_t>(std::min(jobs.size(), begin + jobs_in_a_call));
    words.insert(words.end(), jobs.begin() + static_cast<std::ptrdiff_t>(begin), last);
    // a controller that is asked to cancel many takes its time
    const CommandEnd end = run_command(words, {}, 4 * limit_);
    if (end.is_good()) continue;
    if (end.how != CommandEnd::How::exited || says_no_answer(end.errors)) return no_answer(end, "scancel", 4 * limit_);
    const bool is_gone = contains_one(end.errors, {"Invalid job id", "already complet"});
    if (!is_gone) return failure(Trouble::environment, "scancel refused: " + complaint(end, "scancel"));
  }
  return {};
}

Result<ClusterConfig> Client::config() const {
  const CommandEnd config = run_command({"scontrol", "show", "config"}, {}, limit_);
  if (!config.is_good()) return no_answer(config, "scontrol", limit_);
  const CommandEnd partitions = run_command({"scontrol", "-o", "show", "partition"}, {}, limit_);
  if (!partitions.is_good()) return no_answer(partitions, "scontrol", limit_);
  ClusterConfig out;
  for (const std::string_view line : split(config.output, '\n')) read_value(line, out.values);
  out.partitions = read_lines(partitions.output, "PartitionName");
  if (const auto boot = out.values.find("BOOT_TIME"); boot != out.values.end()) out.start_time = time_of(boot->second);
  return out;
}

Result<std::vector<std::map<std::string, std::string>>> Client::nodes() const {
  const CommandEnd end = run_command({"scontrol", "-o", "show", "node"}, {}, limit_);
  if (!end.is_good()) return no_answer(end, "scontrol", limit_);
  return read_lines(end.output, "NodeName");
}

Result<std::vector<Association>> Client::associations() const {
  const CommandEnd end =
      run_command({"sacctmgr", "-nP", "show", "associations", "user=" + user_name(), "format=account,partition,maxsubmit,qos"}, {}, limit_);
  if (!end.is_good()) return no_accounts(end, "sacctmgr", limit_);
  std::vector<Association> out;
  for (const std::string_view line : split(end.output, '\n')) {
    const auto fields = split(line, '|');
    if (fields.size() != 4) continue;
    Association one{std::string(fields[0]), std::string(fields[1]), {}, number<std::int64_t>(fields[2]).value_or(-1)};
    for (const std::string_view qos : split(fields[3], ',')) one.qos.emplace_back(qos);
    out.push_back(std::move(one));
  }
  return out;
}

Result<std::map<std::string, std::int64_t>> Client::qos_limits() const {
  const CommandEnd end = run_command({"sacctmgr", "-nP", "show", "qos", "format=name,maxsubmitpu"}, {}, limit_);
  if (!end.is_good()) return no_accounts(end, "sacctmgr", limit_);
  std::map<std::string, std::int64_t> out;
  for (const std::string_view line : split(end.output, '\n')) {
    const auto bar = line.find('|');
    if (bar == std::string_view::npos) continue;
    if (const auto most = number<std::int64_t>(line.substr(bar + 1))) out[std::string(line.substr(0, bar))] = *most;
  }
  return out;
}

}  // namespace osac::slurm
