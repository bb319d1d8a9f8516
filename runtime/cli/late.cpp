#include "runtime/cli/late.h"

#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "compiler/plan/resolve.h"
#include "runtime/base/clock.h"
#include "runtime/cli/jobs.h"
#include "runtime/cli/start.h"
#include "runtime/cli/status_look.h"
#include "runtime/cli/submit_folder.h"
#include "runtime/cli/submit_next.h"
#include "runtime/notify/notify.h"
#include "runtime/step/system.h"

namespace osac::cli {

namespace {

constexpr std::size_t most_shown = 20;
constexpr std::size_t longest_reason = 500;
constexpr std::int64_t longest_nap = 30'000'000'000;

std::string counts_text(const LateReport& report) {
  if (report.all == 0) return "nothing has started";
  std::string text = fmt::format("{} of {} done", grouped(report.done), grouped(report.all));
  if (report.failed > 0) text += fmt::format(", {} failed", grouped(report.failed));
  if (report.running > 0) text += fmt::format(", {} running", grouped(report.running));
  if (report.queued > 0) text += fmt::format(", {} queued", grouped(report.queued));
  return text;
}

std::string late_text(const LateReport& report) {
  std::string text = fmt::format("{} was due at {} and has not ended: {}\n", report.workflow, moment_text(report.due), counts_text(report));
  for (std::size_t i = 0; i < report.failures.size() && i < most_shown; ++i) {
    text += fmt::format("failed: {}: {}\n", report.failures[i].name, visible(report.failures[i].reason));
    if (!report.failures[i].log.empty()) text += fmt::format("    log: {}\n", report.failures[i].log);
  }
  if (report.failures.size() > most_shown) text += fmt::format("... and {} more: osac log --failed\n", report.failures.size() - most_shown);
  for (std::size_t i = 0; i < report.running_names.size() && i < most_shown; ++i)
    text += fmt::format("running: {}\n", report.running_names[i]);
  if (report.running_names.size() > most_shown) text += fmt::format("... and {} more run\n", report.running_names.size() - most_shown);
  for (const std::string& remark : report.remarks) text += visible(remark) + "\n";
  const std::string execution = report.execution.empty() ? "" : "execution " + report.execution + " ";
  return text + fmt::format("\n{}on {}, in {}\n", execution, step::host_name(), absolute("."));
}

std::string late_json(const LateReport& report) {
  const auto add = [](std::string& list, const std::string& item) { list += (list.empty() ? "" : ", ") + item; };
  std::string failures;
  for (std::size_t i = 0; i < report.failures.size() && i < most_shown; ++i)
    add(failures, fmt::format("{{\"element\": {}, \"reason\": {}, \"log\": {}}}", json_quoted(report.failures[i].name),
                              json_quoted(report.failures[i].reason.substr(0, longest_reason)), json_quoted(report.failures[i].log)));
  std::string running;
  for (std::size_t i = 0; i < report.running_names.size() && i < most_shown; ++i) add(running, json_quoted(report.running_names[i]));
  std::string remarks;
  for (const std::string& remark : report.remarks) add(remarks, json_quoted(remark));
  return fmt::format(
      "{{\"event\": \"late\", \"workflow\": {}, \"execution\": {}, \"plan\": {}, \"folder\": {}, \"host\": {}, \"due\": {}, \"elements\": "
      "{}, \"done\": {}, \"failed\": {}, \"running\": {}, \"queued\": {}, \"failures\": [{}], \"running_elements\": [{}], \"remarks\": "
      "[{}]}}",
      json_quoted(report.workflow), json_quoted(report.execution), json_quoted(report.plan), json_quoted(absolute(".")),
      json_quoted(step::host_name()), json_quoted(runtime::utc_text(report.due)), report.all, report.done, report.failed, report.running,
      report.queued, failures, running, remarks);
}

// ---- on this machine

class Watch final : public local::Progress {
 public:
  Watch(std::unique_ptr<local::Progress> inner, const plan::Plan& plan, const site::Site& site, std::int64_t due)
      : inner_(std::move(inner)), plan_(&plan), site_(site), due_(due), thread_([this] { watch(); }) {}
  ~Watch() override {
    {
      const std::lock_guard guard(mutex_);
      has_ended_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  void planned(std::uint32_t to_run, std::uint32_t up_to_date) override {
    {
      const std::lock_guard guard(mutex_);
      left_ = to_run;
      done_ = up_to_date;
      has_begun_ = true;
    }
    changed_.notify_all();
    inner_->planned(to_run, up_to_date);
  }
  void started(std::uint32_t element, std::uint32_t attempt) override {
    {
      const std::lock_guard guard(mutex_);
      running_.insert(element);
    }
    inner_->started(element, attempt);
  }
  void ended(std::uint32_t element, const step::EndRecord& record, bool will_retry) override {
    {
      const std::lock_guard guard(mutex_);
      running_.erase(element);
      if (record.outcome == step::Outcome::succeeded) {
        take_one();
        ++done_;
      } else if (!will_retry) {
        take_one();
        failures_.push_back({plan::element_name(*plan_, plan_->element(element)), record.reason, record.log});
      }
    }
    inner_->ended(element, record, will_retry);
  }
  void skipped(std::uint32_t element) override {
    {
      const std::lock_guard guard(mutex_);
      take_one();
      ++done_;
    }
    inner_->skipped(element);
  }
  void blocked(std::uint32_t element, std::uint32_t root_cause) override { inner_->blocked(element, root_cause); }
  void note(const std::string& text) override { inner_->note(text); }
  void grown(const plan::Plan& plan, std::span<const std::uint32_t> numbers, std::uint32_t left) override {
    {
      const std::lock_guard guard(mutex_);
      std::set<std::uint32_t> running;
      for (const std::uint32_t element : running_)
        if (numbers[element] != plan::no_element) running.insert(numbers[element]);
      running_ = std::move(running);
      plan_ = &plan;
      left_ = left;
    }
    inner_->grown(plan, numbers, left);
  }

 private:
  void take_one() {
    if (left_ > 0) --left_;
  }

  /// The clock may be set meanwhile: it is looked at every now and then.
  void watch() {
    std::unique_lock guard(mutex_);
    while (!has_ended_) {
      const std::int64_t left = due_ - runtime::system_clock().wall();
      if (left <= 0 && has_begun_) break;
      changed_.wait_for(guard, std::chrono::nanoseconds(left <= 0 ? longest_nap : std::min(left + 1, longest_nap)));
    }
    if (has_ended_ || left_ == 0) return;
    const LateReport report = report_now();
    guard.unlock();  // telling may take a minute
    tell_late(report, site_);
  }
  LateReport report_now() const {
    LateReport report;
    report.workflow = plan_->workflow();
    report.plan = hexadecimal(plan_->id());
    report.due = due_;
    report.done = done_;
    report.failed = static_cast<std::uint32_t>(failures_.size());
    report.running = static_cast<std::uint32_t>(running_.size());
    report.all = done_ + left_ + report.failed;
    report.failures = failures_;
    for (const std::uint32_t element : running_) report.running_names.push_back(plan::element_name(*plan_, plan_->element(element)));
    report.remarks = stage_lines(*plan_);
    return report;
  }

  std::unique_ptr<local::Progress> inner_;
  const plan::Plan* plan_;
  const site::Site& site_;  // NOLINT: lives as long as the execution
  const std::int64_t due_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool has_begun_ = false, has_ended_ = false;
  std::uint32_t left_ = 0, done_ = 0;
  std::set<std::uint32_t> running_;
  std::vector<FailedElement> failures_;
  std::thread thread_;
};

// ---- on Slurm

/// When the execution of a submission is due, as its calls say.
std::int64_t due_of(const slurm::Submission& submission) {
  constexpr std::string_view option = "--begin=uts";
  std::int64_t seconds = runtime::system_clock().wall() / 1'000'000'000;
  if (const auto calls = read_calls(submission.folder))
    for (const slurm::Call& call : calls->calls)
      for (const std::string& word : call.options)
        if (call.name == "late" && word.starts_with(option))
          std::from_chars(word.data() + option.size(), word.data() + word.size(), seconds);
  return seconds * 1'000'000'000;
}

/// The site as an execution's own jobs see it.
std::optional<site::Site> site_of(const slurm::Submission& submission, int& exit_code) {
  const NextSubmission next = recorded(submission);
  if (!next.called_in.empty())
    if (auto entered = enter_folder(next.called_in); !entered) {
      exit_code = report(entered.error());
      return std::nullopt;
    }
  return open_site(next.arguments, exit_code);
}

}  // namespace

void tell_late(const LateReport& report, const site::Site& site) {
  notify::Message message;
  message.event = site::Event::late;
  message.workflow = report.workflow;
  message.subject = fmt::format("osac: {} late: {}", report.workflow, counts_text(report));
  message.text = late_text(report);
  message.json = late_json(report);
  for (const std::string& trouble : notify::notify(site, message)) tell("note: " + trouble + "\n");
}

std::unique_ptr<local::Progress> watch_time(std::unique_ptr<local::Progress> inner, const plan::Plan& plan, const site::Site& site,
                                            std::int64_t due) {
  return std::make_unique<Watch>(std::move(inner), plan, site, due);
}

int run_late(const std::string& folder) {
  const std::string state_path = step::folder_of(step::folder_of(folder));
  const std::string root = absolute(step::folder_of(step::folder_of(state_path)));
  if (auto entered = enter_folder(root); !entered) return report(entered.error());
  const std::string state = state_folder(step::name_of(state_path));
  const auto all = slurm::read_submissions(state);
  if (!all) return report(all.error());
  const auto found = slurm::find_submission(*all, folder);
  if (!found) return report(found.error());
  const slurm::Submission* const own = *found;
  if (own->is_cancelled) return exit_done;  // somebody knows
  const std::string told = own->folder + "/late";
  if (::access(told.c_str(), F_OK) == 0) return exit_done;
  const auto submissions = last_execution(state, own->start.execution);
  if (!submissions) return report(submissions.error());
  const auto plan = plan::Plan::open(submissions->back().folder + "/plan");
  if (!plan) return report(plan.error());
  int exit_code = exit_done;
  const auto site = site_of(*own, exit_code);
  if (!site) return exit_code;
  if (auto entered = enter_folder(root); !entered) return report(entered.error());
  const auto look = look_at_status(*plan, state, *site, "");
  if (!look) return report(look.error());
  const StatusCell& total = look->table.all.total;
  if (total.done == total.all && plan->stages().empty()) return exit_done;
  LateReport late;
  late.workflow = plan->workflow();
  late.execution = own->start.execution;
  late.plan = hexadecimal(plan->id());
  late.due = due_of(*own);
  late.all = total.all;
  late.done = total.done;
  late.failed = total.failed;
  late.running = total.running;
  late.queued = total.queued;
  late.failures = look->table.failures;
  late.running_names = look->running;
  late.remarks = stage_lines(*plan);
  tell_late(late, *site);
  tell(late_text(late));
  if (auto written = write_file(told, late_json(late) + "\n"); !written) return report(written.error());
  return exit_done;
}

void stop_watching(const std::vector<slurm::Submission>& submissions) {
  const slurm::Client client;
  for (const slurm::Submission& submission : submissions) {
    if (submission.job("late") == nullptr) continue;
    const std::string name = submission.token("late");
    const auto queue = client.queue(name);
    std::vector<std::string> jobs;
    if (queue)
      for (const slurm::Queued& job : *queue)
        if (job.name == name && !job.is_over()) jobs.push_back(fmt::format("{}", job.job));
    const Status cancelled = !queue ? tl::unexpected(queue.error()) : jobs.empty() ? Status{} : client.cancel(jobs);
    if (!cancelled) tell(fmt::format("note: the job that watches the time stays: {}\n", cancelled.error().what));
  }
}

}  // namespace osac::cli
