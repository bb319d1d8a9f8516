#include "runtime/osa_step/array_task.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "compiler/base/files.h"
#include "runtime/base/clock.h"
#include "runtime/local/interrupts.h"
#include "runtime/local/retry.h"
#include "runtime/local/supervisor.h"
#include "runtime/osa_step/inputs.h"
#include "runtime/osa_step/versions.h"
#include "runtime/registry/fingerprint.h"
#include "runtime/slurm/past_file.h"
#include "runtime/step/execution_record.h"
#include "runtime/step/journal_file.h"
#include "runtime/step/record_parse.h"
#include "runtime/step/step.h"
#include "runtime/step/system.h"

namespace osac::osa_step {

namespace {

void tell(const ArrayTask& task, const std::string& what) {
  const std::string line =
      fmt::format("{} array {} index {}: {}\n", runtime::utc_text(runtime::system_clock().wall()), task.array, task.index, what);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// As Slurm knows it: a static program cannot ask the system for names.
std::string user_name() {
  for (const char* const name : {"SLURM_JOB_USER", "USER"})
    if (std::string user = variable(name); !user.empty()) return user;
  return std::to_string(::geteuid());
}

int exit_code_of(const Error& error) { return error.trouble == Trouble::damaged ? exit_damaged : exit_environment; }

/// Starts processes and waits for each with its whole tree.
class Processes {
 public:
  Result<step::Exit> run(const step::Process& process, const std::string& element, const std::function<void(std::int64_t)>& started) {
    if (supervisor_->is_stopping()) {
      step::Exit exit;
      exit.cancelled = true;
      return exit;
    }
    has_ended_ = false;
    const local::Spawned spawned = supervisor_->launch(this, process, element, started);
    if (spawned.pid == 0) {
      step::Exit exit;
      exit.code = spawned.exit_code;
      exit.start_error = spawned.error;
      return exit;
    }
    std::unique_lock lock(mutex_);
    turn_.wait(lock, [this] { return has_ended_; });
    if (exit_.signal == SIGTERM || exit_.code == 128 + SIGTERM) exit_.cancelled = exit_.cancelled || is_told_to_stop();
    return exit_;
  }

  /// Slurm tells all processes of a job at once that it is over: ours may have ended of that before we hear of it.
  [[nodiscard]] bool is_told_to_stop() const {
    for (int looks = 0; looks < 20 && !supervisor_->is_stopping(); ++looks) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return supervisor_->is_stopping();
  }

  Status start(const step::Config& config) {
    auto made = local::Supervisor::start(
        {config.grace, config.linger, config.execution, interrupts_.descriptor()},
        [this](void*, const step::Exit& exit) {
          const std::lock_guard lock(mutex_);
          exit_ = exit;
          has_ended_ = true;
          turn_.notify_all();
        },
        [](int) {});
    if (!made) return tl::unexpected(made.error());
    supervisor_ = std::move(*made);
    return {};
  }
  [[nodiscard]] bool is_stopping() const { return supervisor_->is_stopping(); }

 private:
  local::Interrupts interrupts_;
  std::mutex mutex_;
  std::condition_variable turn_;
  bool has_ended_ = false;
  step::Exit exit_;
  std::unique_ptr<local::Supervisor> supervisor_;
};

/// The folder of scripts, opened.
struct Folder {
  plan::Plan plan;
  slurm::Settings settings;
  slurm::UnitFile units;
  slurm::KnownFiles known;
  slurm::PastFile past;

  static Result<Folder> open(const std::string& path) {
    auto text = read_file(path + "/settings");
    if (!text) return tl::unexpected(text.error());
    auto settings = slurm::parse_settings(*text);
    if (!settings) return tl::unexpected(settings.error());
    auto plan = plan::Plan::open(path + "/plan");
    if (!plan) return tl::unexpected(plan.error());
    if (hexadecimal(plan->id()) != settings->plan) return failure(Trouble::damaged, "`" + path + "/plan` is not the plan of these scripts");
    auto units = slurm::UnitFile::open(path + "/units", plan->id());
    if (!units) return tl::unexpected(units.error());
    auto known = slurm::KnownFiles::open(path + "/known");
    if (!known) return tl::unexpected(known.error());
    auto past = slurm::PastFile::open(path + "/past");
    if (!past) return tl::unexpected(past.error());
    return Folder{std::move(*plan), std::move(*settings), std::move(*units), std::move(*known), std::move(*past)};
  }
};

class Run {
 public:
  Run(const ArrayTask& task, Folder folder)
      : task_(task),
        folder_(std::move(folder)),
        plan_(folder_.plan),
        parents_(plan_, folder_.units, folder_.settings, task.folder),
        clock_(runtime::system_clock()),
        began_(clock_.monotonic()),
        versions_(plan_, task.folder + "/versions", [this](const std::string& what) { tell(task_, what); }) {
    if (task.array < folder_.settings.limits.size()) limits_ = folder_.settings.limits[task.array];
  }

  int run() {
    const auto elements = folder_.units.elements(task_.array, task_.index);
    if (elements.empty()) return refuse(exit_usage, "there is no such array task");
    const int claimed = claim();
    if (claimed != exit_done) return claimed;
    if (auto started = processes_.start(config_); !started) return refuse(exit_environment, started.error().what);
    int code = exit_done;
    for (const std::uint32_t element : elements) {
      if (processes_.is_stopping()) {
        code = exit_failed;
        break;
      }
      if (const std::string why = superseded(); !why.empty()) return refuse(exit_claimed, why);
      const int here = run_element(element);
      // a failure says more than that others could not run because of it
      if (code != exit_failed && here != exit_done) code = here;
    }
    step::ExecutionEnd end{config_.execution, clock_.wall(), code};
    if (auto written = journal_->append(end); !written) return refuse(exit_environment, written.error().what);
    return code;
  }

 private:
  int refuse(int code, const std::string& why) const {
    tell(task_, why);
    return code;
  }

  /// One journal an attempt, and one attempt at a time: whoever gives its journal the next name has the claim. A requeued job may take over
  /// from its former self, which then finds at its fence that it has been superseded.
  int claim() {
    const Parents::Claims& before = parents_.claims(task_.array, task_.index);
    const std::string job = variable("SLURM_JOB_ID");
    const bool is_ours = before.arguments.size() == 3 && before.arguments[1] == job && !job.empty() && before.arguments[2] != restarts();
    if (before.count > 0 && !before.is_over && !is_ours)
      return refuse(exit_claimed,
                    fmt::format("claimed by job {} on {}", before.arguments.size() > 1 ? before.arguments[1] : "?", before.host));
    attempt_ = before.count + 1;
    config_.layout.state = folder_.settings.state;
    config_.durability = folder_.settings.durability;
    config_.grace = folder_.settings.grace;
    config_.host = step::host_name();
    config_.execution = attempt_ == 1 ? task_.execution : fmt::format("{}.{}", task_.execution, attempt_);
    auto journal = step::JournalWriter::create(task_.folder + "/journal", config_.durability, clock_);
    if (!journal) return refuse(exit_environment, journal.error().what);
    journal_ = std::move(*journal);
    // what the plan was made of is told once, when the records are brought in
    const step::Executing what{
        config_.execution, user_name(), {"slurm", job, restarts()}, folder_.settings.site, folder_.settings.site_content};
    if (auto written = journal_->append(step::execution_start(plan_, what, clock_)); !written)
      return refuse(exit_environment, written.error().what);
    const std::string claimed = task_.folder + "/" + slurm::journal_name(task_.array, task_.index, attempt_);
    const bool is_claimed = ::link(journal_->path().c_str(), claimed.c_str()) == 0;
    const int error = errno;
    ::unlink(journal_->path().c_str());
    if (is_claimed) return exit_done;
    if (error == EEXIST) return refuse(exit_claimed, "another one has just claimed it");
    return refuse(exit_environment, system_failure(error, "claim", claimed).value().what);
  }

  static std::string restarts() {
    const std::string count = variable("SLURM_RESTART_COUNT");
    return count.empty() ? "0" : count;
  }

  int run_element(std::uint32_t element) {
    const plan::ElementRef ref = plan_.element(element);
    Inputs inputs = find_inputs(plan_, ref, folder_.units, folder_.known, parents_, folder_.settings.hash_policy);
    if (inputs.is_blocked) return refuse(exit_blocked, plan::element_name(plan_, ref) + " does not run: " + inputs.problem);
    const slurm::PastRow* const past = folder_.past.find(element);
    const std::uint32_t first = past == nullptr ? 1 : past->attempt;
    const std::uint32_t next = std::max(first, parents_.attempts(element, task_.execution) + 1);
    if (!inputs.problem.empty()) return fail_unstarted(element, next, inputs.problem);
    const site::Entry* const env = env_of(ref.task);
    const auto identity = fingerprint_of(ref, inputs, env == nullptr ? "" : env->identity);
    if (is_done(element, identity) || was_done(element, identity)) return exit_done;
    for (std::uint32_t attempt = next;; ++attempt) {
      auto resources = resources_for(ref, first);
      if (!resources) return fail_unstarted(element, attempt, resources.error().what);
      step::Request request;
      request.element = ref;
      request.attempt = attempt;
      request.resources = std::move(*resources);
      request.fingerprint = identity;
      if (env != nullptr) request.env = *env;
      request.inputs = inputs.records;
      request.input_uses = inputs.uses;
      request.tool_version = versions_.of(ref.task, request.env);
      request.fence = [this] { return superseded(); };
      const step::EndRecord end = carry_out(std::move(request), element);
      parents_.add(element, end);
      if (end.outcome == step::Outcome::succeeded && !end.is_tainted) return exit_done;
      tell(task_, fmt::format("{}: {}", end.element, end.reason));
      if (processes_.is_stopping() || !may_try_again(plan_.tasks()[ref.task], end)) return exit_failed;
    }
  }

  /// Here, in this job: only if another attempt asks for no more than this one did.
  [[nodiscard]] bool may_try_again(const plan::TaskRow& row, const step::EndRecord& end) const {
    const bool grows = std::any_of(std::begin(row.retry.growth), std::end(row.retry.growth), [](double factor) { return factor != 1; });
    return !grows && end.outcome != step::Outcome::succeeded && local::wants_retry(plan_, row, end);
  }

  step::EndRecord carry_out(step::Request request, std::uint32_t element) {
    const std::string name = plan::element_name(plan_, plan_.element(element));
    step::Attempt attempt(plan_, config_, std::move(request), *journal_, clock_);
    step::Attempt::Next next = attempt.begin();
    while (!next.end) {
      auto exit = processes_.run(*next.process, name, [&](std::int64_t pid) { (void)attempt.started(pid); });
      if (exit->cancelled && is_time_over()) {  // Slurm ended it for that, no person did
        exit->cancelled = false;
        exit->timed_out = true;
      }
      next = attempt.ended(*exit);
    }
    return std::move(*next.end);
  }

  int fail_unstarted(std::uint32_t element, std::uint32_t attempt, const std::string& reason) {
    step::EndRecord record;
    record.execution = config_.execution;
    record.plan = folder_.settings.plan;
    record.element = plan::element_name(plan_, plan_.element(element));
    record.attempt = attempt;
    record.outcome = step::Outcome::failed;
    record.failure = step::FailureClass::environment;
    record.reason = reason;
    record.host = config_.host;
    record.started = record.ended = clock_.wall();
    if (auto written = journal_->append(record); !written) tell(task_, written.error().what);
    parents_.add(element, record);
    return refuse(exit_failed, record.element + ": " + reason);
  }

  [[nodiscard]] Digest fingerprint_of(plan::ElementRef ref, const Inputs& inputs, const std::string& env_identity) const {
    std::vector<const step::FileState*> identities;
    for (const step::InputRecord& input : inputs.records) identities.push_back(&input.state);
    const auto outputs = plan::output_files(plan_, ref);
    return registry::fingerprint(plan_, ref, env_identity, inputs.uses, outputs, identities).value_or(Digest{});
  }

  /// Made by an earlier attempt of this array task, and as it was then.
  bool is_done(std::uint32_t element, const Digest& identity) {
    const Parent& before = parents_.of(element);
    return before.fate == Fate::succeeded && before.fingerprint == identity && stand(before.outputs);
  }

  /// Made before this submission, where only now is known that it need not be made again. Its record is repeated: whoever depends on it
  /// looks for one here.
  bool was_done(std::uint32_t element, const Digest& identity) {
    const slurm::PastRow* const past = folder_.past.find(element);
    if (past == nullptr || past->journal == slurm::nothing || past->fingerprint != identity || identity == Digest{}) return false;
    const auto json = step::read_record_at(folder_.past.journal(past->journal), past->offset);
    step::EndRecord record;
    if (!json || !step::parse_record(*json, record).empty()) return false;
    const bool is_meant = record.element == plan::element_name(plan_, plan_.element(element)) && record.fingerprint == identity;
    if (!is_meant || record.outcome != step::Outcome::succeeded || !stand(record.outputs)) return false;
    if (!journal_->append(record)) return false;
    parents_.add(element, record);
    return true;
  }

  static bool stand(const std::vector<step::OutputRecord>& outputs) {
    return std::all_of(outputs.begin(), outputs.end(), [](const step::OutputRecord& output) {
      const auto now = step::file_state(output.path, false);
      return now && step::same_stat(*now, output.state);
    });
  }

  /// Why nothing may be published any more, or "". A requeued job has taken over, or the submission was closed without this array task.
  [[nodiscard]] std::string superseded() const {
    // opening the folder makes a network file system ask its server what is new in it
    const step::Descriptor folder(::open((task_.folder + "/journal").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const auto exists = [&](std::uint32_t attempt) {
      return ::access((task_.folder + "/" + slurm::journal_name(task_.array, task_.index, attempt)).c_str(), F_OK) == 0;
    };
    if (exists(attempt_ + 1)) return "another attempt of this array task has taken over";
    return exists(attempt_) ? "" : "the records of this array task were brought in without its end: it was taken for lost";
  }

  /// Whether Slurm is about to end the job for its time: it says so early, and looks every half minute.
  [[nodiscard]] bool is_time_over() const {
    constexpr std::int64_t period = 35'000'000'000;
    return limits_.job > 0 && clock_.monotonic() - began_ >= limits_.job - slurm::warning_time(config_.grace) - period;
  }

  /// What the job was given: attempts in it ask for no more than its first.
  [[nodiscard]] Result<plan::Resources> resources_for(plan::ElementRef ref, std::uint32_t first) const {
    constexpr std::int64_t most = INT64_MAX / 2;
    const auto up_to = [](std::int64_t limit) { return limit > 0 ? limit : most; };
    schedule::Capacity capacity;
    capacity.cpus = up_to(limits_.cpus);
    capacity.memory = up_to(limits_.memory);
    capacity.gpus = up_to(limits_.gpus);
    auto resources = local::resources_of(plan_, ref, first, site_of_settings(), capacity);
    if (resources && limits_.time > 0) resources->time = std::min(resources->time, limits_.time);
    return resources;
  }

  [[nodiscard]] const site::Entry* env_of(std::uint32_t number) const {
    return number < folder_.settings.envs.size() && folder_.settings.envs[number] ? &*folder_.settings.envs[number] : nullptr;
  }
  [[nodiscard]] site::Site site_of_settings() const {
    site::Site site;
    site.default_cpus = folder_.settings.default_cpus;
    site.default_memory = folder_.settings.default_memory;
    site.default_time = folder_.settings.default_time;
    return site;
  }

  const ArrayTask& task_;  // NOLINT: lives as long as the program
  Folder folder_;
  const plan::Plan& plan_;  // NOLINT: of `folder_`
  Parents parents_;
  const runtime::Clock& clock_;  // NOLINT
  std::int64_t began_;
  slurm::Settings::Limits limits_;
  step::Config config_;
  std::uint32_t attempt_ = 1;
  std::unique_ptr<step::JournalWriter> journal_;
  Processes processes_;
  Versions versions_;
};

}  // namespace

int run(const ArrayTask& task) {
  auto folder = Folder::open(task.folder);
  if (!folder) {
    tell(task, folder.error().what);
    return exit_code_of(folder.error());
  }
  return Run(task, std::move(*folder)).run();
}

}  // namespace osac::osa_step
