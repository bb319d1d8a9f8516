#include "runtime/slurm/submit.h"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "compiler/base/text.h"
#include "runtime/base/clock.h"
#include "runtime/step/system.h"

namespace osac::slurm {

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t first_pause = second / 4;
constexpr std::int64_t longest_pause = 10 * second;
// a controller that loses accepted jobs again and again is not one to wait for
constexpr int most_rounds = 8;

std::int64_t now() { return runtime::system_clock().monotonic(); }
void pause_for(std::int64_t nanoseconds) {
  if (nanoseconds > 0) std::this_thread::sleep_for(std::chrono::nanoseconds(nanoseconds));
}

/// Asks again while the answer is temporary trouble, with growing pauses, until patience is over.
template <typename Ask>
auto patiently(const SubmitOptions& options, Ask&& ask) -> decltype(ask()) {
  const std::int64_t begin = now();
  for (std::int64_t pause = first_pause;; pause = std::min(2 * pause, longest_pause)) {
    auto answer = ask();
    if (answer || answer.error().trouble != Trouble::temporary) return answer;
    if (now() - begin + pause > options.patience) {
      if (answer.error().help.empty())
        answer = failure(Trouble::temporary, answer.error().what, "nothing is lost: the same command goes on from here, later");
      return answer;
    }
    if (pause == first_pause && options.note) options.note(answer.error().what + "; waiting");
    pause_for(pause);
  }
}

/// The jobs in a queue that are not over, by name and number.
using LiveJobs = std::set<std::pair<std::string, std::uint64_t>>;
LiveJobs live_jobs(const std::vector<Queued>& queue) {
  LiveJobs jobs;
  for (const Queued& job : queue)
    if (!job.is_over()) jobs.emplace(job.name, job.job);
  return jobs;
}

/// What became of one call of sbatch.
enum class CallEnd : std::uint8_t { in, lost /* a job before it is not in the queue any more */ };

class Submitter {
 public:
  Submitter(const Calls& calls, SubmissionJournal& journal, const Client& client, const SubmitOptions& options)
      : calls_(calls), journal_(journal), client_(client), options_(options) {}

  Status run() {
    if (calls_.calls.empty()) return failure(Trouble::damaged, "`" + submission().folder + "/calls` has no calls");
    if (submission().is_cancelled) return failure(Trouble::usage, "`" + submission().folder + "` was cancelled");
    read_journal();
    if (submission().progress == Progress::begun) {
      if (auto status = bring_all_in(); !status) return status;
      if (auto status = journal_.reached(Progress::submitted); !status) return status;
    }
    step::fail_point("submission-submitted");
    return open_gate();
  }

 private:
  [[nodiscard]] const Submission& submission() const { return journal_.submission(); }
  [[nodiscard]] const std::string& name(std::size_t call) const { return calls_.calls[call].name; }
  [[nodiscard]] std::string token(std::size_t call) const { return submission().token(name(call)); }
  void note(const std::string& text) const {
    if (options_.note) options_.note(text);
  }

  void read_journal() {
    jobs_.assign(calls_.calls.size(), 0);
    for (std::size_t i = 0; i < jobs_.size(); ++i)
      if (const JobRecord* const job = submission().job(name(i))) jobs_[i] = job->job;
    said_ = now();  // what is on record may have been said just now
  }

  // ---- words

  [[nodiscard]] std::string fill(std::string_view text) const {
    return filled(text, [this](std::string_view place) -> std::string {
      if (place == "root") return submission().start.root;
      if (place == "folder") return submission().start.root + "/" + submission().folder;
      if (place == "execution") return submission().start.execution;
      const auto call = call_of(place);
      return call ? fmt::format("{}", jobs_[*call]) : std::string();
    });
  }
  [[nodiscard]] std::optional<std::size_t> call_of(std::string_view place) const {
    std::size_t number = 0;
    if (place.empty()) return std::nullopt;
    for (const char c : place) {
      if (c < '0' || c > '9') return std::nullopt;
      number = 10 * number + static_cast<std::size_t>(c - '0');
      if (number >= jobs_.size()) return std::nullopt;
    }
    return number;
  }

  [[nodiscard]] std::vector<std::string> words(std::size_t number) const {
    const Call& call = calls_.calls[number];
    std::vector<std::string> out;
    for (const std::string& option : call.options) out.push_back(fill(option));
    out.push_back("--job-name=" + token(number));
    if (!call.dependency.empty()) out.push_back("--dependency=" + fill(call.dependency));
    for (const std::string& word : call.command) out.push_back(fill(word));
    return out;
  }

  // ---- looking

  Result<std::vector<Queued>> look() {
    return patiently(options_, [this] { return client_.queue(submission().token_prefix()); });
  }
  /// Changes when a controller has come back with what it had saved.
  Result<std::int64_t> controller_start() {
    const auto config = patiently(options_, [this] { return client_.config(); });
    if (!config) return tl::unexpected(config.error());
    return config->start_time;
  }

  /// The job that has a call's name, if one has: two looks, some time apart, have to agree that none has.
  Result<std::uint64_t> find(std::size_t call) {
    for (const bool is_last : {false, true}) {
      const auto queue = look();
      if (!queue) return tl::unexpected(queue.error());
      for (const auto& [name, job] : live_jobs(*queue))
        if (name == token(call)) return job;
      if (!is_last) pause_for(options_.looks_apart);
    }
    return 0;
  }

  // ---- one call

  Result<CallEnd> bring_in(std::size_t call) {
    const JobRecord* const before = submission().job(name(call));
    if (before != nullptr && before->job == 0 && !before->is_refused) {
      auto found = adopt(call);
      if (!found || *found) return found.map([](bool) { return CallEnd::in; });
    }
    const std::int64_t begin = now();
    for (std::int64_t pause = first_pause;; pause = std::min(2 * pause, longest_pause)) {
      if (auto status = journal_.intend(name(call)); !status) return tl::unexpected(status.error());
      step::fail_point("submission-intent");
      const Submitted answer = client_.submit(words(call));
      step::fail_point("submission-answer");
      if (answer.how == Submitted::How::accepted) {
        if (auto status = accepted(call, answer.job); !status) return tl::unexpected(status.error());
        return CallEnd::in;
      }
      if (answer.how == Submitted::How::missing)
        return failure(Trouble::environment, "there is no `sbatch` here", "run this where Slurm's commands are, on a login node");
      if (answer.how == Submitted::How::refused) return refused(call, answer.text);
      note(fmt::format("{}: no clear answer ({}); looking for the job", name(call), answer.text));
      auto found = adopt(call);
      if (!found || *found) return found.map([](bool) { return CallEnd::in; });
      if (now() - begin + pause > options_.patience)
        return failure(Trouble::temporary, fmt::format("Slurm does not take job `{}`: {}", name(call), answer.text),
                       "nothing is lost: the same command goes on from here, later");
      pause_for(pause);
    }
  }

  Status accepted(std::size_t call, std::uint64_t job) {
    if (auto status = journal_.answered(name(call), job); !status) return status;
    step::fail_point("submission-accepted");
    jobs_[call] = job;
    said_ = now();
    return {};
  }

  /// Takes a job that is in the queue already under a call's name; false if there is none.
  Result<bool> adopt(std::size_t call) {
    const auto job = find(call);
    if (!job) return tl::unexpected(job.error());
    if (*job == 0) return false;
    note(fmt::format("{}: is in the queue as job {}", name(call), *job));
    if (auto status = accepted(call, *job); !status) return tl::unexpected(status.error());
    return true;
  }

  /// A refusal means something only if what the job waits for is still known.
  Result<CallEnd> refused(std::size_t call, const std::string& text) {
    const auto queue = look();
    if (!queue) return tl::unexpected(queue.error());
    if (!lost_calls(live_jobs(*queue)).empty()) return CallEnd::lost;
    if (auto status = journal_.refused(name(call), text); !status) return tl::unexpected(status.error());
    return give_up(fmt::format("Slurm refuses job `{}`: {}", name(call), text), says_limit(text));
  }

  tl::unexpected<Error> give_up(const std::string& why, bool is_for_now) {
    note(why + "; cancelling what was submitted");
    if (auto status = withdraw(journal_, client_, options_); !status) return tl::unexpected(status.error());
    if (is_for_now)
      return failure(Trouble::temporary, why + "; nothing was submitted",
                     "say in the site file how many jobs there may be (`slurm: max_submit:`), and the rest is submitted as room comes");
    return failure(Trouble::usage, why + "; nothing was submitted", "`osac site check` compares the site file with this Slurm");
  }

  // ---- all calls

  /// Those that count as in the queue, and are not.
  [[nodiscard]] std::vector<std::size_t> lost_calls(const LiveJobs& live) const {
    std::vector<std::size_t> lost;
    for (std::size_t i = 0; i < jobs_.size(); ++i)
      if (jobs_[i] != 0 && !live.contains({token(i), jobs_[i]})) lost.push_back(i);
    return lost;
  }

  Status bring_all_in() {
    for (int round = 0; round < most_rounds; ++round) {
      const auto start = controller_start();
      if (!start) return tl::unexpected(start.error());
      bool are_in = true;
      for (std::size_t i = 0; i < jobs_.size() && are_in; ++i) {
        if (jobs_[i] != 0) continue;
        const auto end = bring_in(i);
        if (!end) return tl::unexpected(end.error());
        are_in = *end == CallEnd::in;
      }
      const Status lined = are_in ? give_lines() : Status{};
      if (!lined && lined.error().trouble == Trouble::temporary) return lined;
      if (are_in) settle();
      const auto is_whole = check_queue();
      if (!is_whole) return tl::unexpected(is_whole.error());
      const auto start_after = controller_start();
      if (!start_after) return tl::unexpected(start_after.error());
      // a controller that came back may have forgotten the lines alone
      if (!are_in || !*is_whole || *start != *start_after) continue;
      if (!lined) return give_up(lined.error().what, false);
      return {};
    }
    return failure(Trouble::temporary, "Slurm loses jobs that it has accepted", "the same command goes on from here, later");
  }

  Status give_lines() {
    if (calls_.lines.empty()) return {};
    std::vector<std::string> lines;
    lines.reserve(calls_.lines.size());
    for (const std::string& line : calls_.lines) lines.push_back(fill(line));
    const Status given = patiently(options_, [&] { return client_.control(lines); });
    said_ = now();
    step::fail_point("submission-lines");
    return given;
  }

  /// Until a controller has saved what it has said.
  void settle() {
    const std::int64_t left = said_ + options_.settling - now();
    if (left > second) note(fmt::format("all in; looking again in {} s whether Slurm has kept them", (left + second - 1) / second));
    pause_for(left);
  }

  /// Whether all that was submitted is in the queue, once. What is not counts as not submitted, and so does what waits for it.
  Result<bool> check_queue() {
    const auto queue = look();
    if (!queue) return tl::unexpected(queue.error());
    const LiveJobs live = live_jobs(*queue);
    std::vector<std::size_t> lost = lost_calls(live);
    std::vector<std::string> needless = doubled(live);
    for (const std::size_t call : with_dependants(lost)) {
      if (jobs_[call] != 0 && live.contains({token(call), jobs_[call]})) needless.push_back(fmt::format("{}", jobs_[call]));
      jobs_[call] = 0;
    }
    if (!lost.empty()) note(fmt::format("Slurm has lost {} that it had accepted; submitting again", count_of(lost.size(), "job")));
    for (const std::size_t call : lost)  // the number is no job of ours any more, whoever has it now
      if (auto status = journal_.refused(name(call), "lost by the controller"); !status) return tl::unexpected(status.error());
    if (!needless.empty()) {
      const Status cancelled = patiently(options_, [&] { return client_.cancel(needless); });
      if (!cancelled) return tl::unexpected(cancelled.error());
    }
    return lost.empty();
  }

  /// Jobs with a name of ours beside the one on record: a call whose answer came after all.
  [[nodiscard]] std::vector<std::string> doubled(const LiveJobs& live) const {
    std::vector<std::string> jobs;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (jobs_[i] == 0) continue;
      for (auto at = live.lower_bound({token(i), 0}); at != live.end() && at->first == token(i); ++at)
        if (at->second != jobs_[i]) jobs.push_back(fmt::format("{}", at->second));
    }
    return jobs;
  }

  /// Calls are in the order of what they wait for.
  [[nodiscard]] std::vector<std::size_t> with_dependants(const std::vector<std::size_t>& lost) const {
    std::vector<bool> is_lost(jobs_.size());
    for (const std::size_t call : lost) is_lost[call] = true;
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      (void)filled(calls_.calls[i].dependency, [&](std::string_view place) {
        const auto parent = call_of(place);
        if (parent && is_lost[*parent]) is_lost[i] = true;
        return std::string();
      });
      if (is_lost[i]) out.push_back(i);
    }
    return out;
  }

  // ---- the gate

  /// Released, and still so when the controller has saved it.
  Status open_gate() {
    bool is_new = submission().progress != Progress::released && submission().progress != Progress::closed;
    for (int round = 0; round < most_rounds; ++round) {
      const auto queue = look();
      if (!queue) return tl::unexpected(queue.error());
      const bool is_held = std::any_of(queue->begin(), queue->end(), [&](const Queued& job) {
        return job.name == token(0) && job.job == jobs_[0] && job.is_waiting() && job.reason == "JobHeldUser";
      });
      if (is_held) {
        const Status released = patiently(options_, [&] { return client_.control({fmt::format("release {}", jobs_[0])}); });
        if (!released) return released;
        step::fail_point("submission-release");
      }
      if (is_new) {
        if (auto status = journal_.reached(Progress::released); !status) return status;
        step::fail_point("submission-released");
      }
      is_new = false;
      if (!is_held) return {};
      if (round == 0) note("released: jobs may start; looking once more whether Slurm has kept that");
      said_ = now();
      pause_for(options_.settling);
    }
    return failure(Trouble::temporary, fmt::format("Slurm holds job {} again and again, for which all others wait", jobs_[0]),
                   "see `scontrol show job`; `osac status` looks again");
  }

  const Calls& calls_;              // NOLINT: lives for one call
  SubmissionJournal& journal_;      // NOLINT
  const Client& client_;            // NOLINT
  const SubmitOptions& options_;    // NOLINT
  std::vector<std::uint64_t> jobs_; /**< one a call; 0: not in the queue, as far as we know */
  std::int64_t said_ = 0;           ///< when Slurm last said that it has taken something
};

}  // namespace

Status submit(const Calls& calls, SubmissionJournal& journal, const Client& client, const SubmitOptions& options) {
  return Submitter(calls, journal, client, options).run();
}

Status withdraw(SubmissionJournal& journal, const Client& client, const SubmitOptions& options) {
  const std::string prefix = journal.submission().token_prefix();
  const std::int64_t begin = now();
  int empty_looks = 0;
  for (std::int64_t pause = first_pause; empty_looks < 2;) {
    const auto queue = patiently(options, [&] { return client.queue(prefix); });
    if (!queue) return tl::unexpected(queue.error());
    std::vector<std::string> jobs;
    for (const auto& [name, job] : live_jobs(*queue)) jobs.push_back(fmt::format("{}", job));
    if (jobs.empty()) {
      // a call may still be on its way in, and a controller that dies now comes back with what was cancelled
      if (++empty_looks < 2) pause_for(std::max(options.settling, options.looks_apart));
      continue;
    }
    empty_looks = 0;
    if (now() - begin > options.patience)
      return failure(Trouble::temporary, fmt::format("{} would not go: {}", count_of(jobs.size(), "cancelled job"), join_words(jobs)),
                     "the same command goes on from here, later");
    const Status cancelled = patiently(options, [&] { return client.cancel(jobs); });
    if (!cancelled) return cancelled;
    pause_for(pause);
    pause = std::min(2 * pause, longest_pause);
  }
  return journal.cancelled();
}

}  // namespace osac::slurm
