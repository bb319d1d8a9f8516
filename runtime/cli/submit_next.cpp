#include "runtime/cli/submit_next.h"

#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>

#include "compiler/base/text.h"
#include "runtime/base/clock.h"
#include "runtime/cli/close_night.h"
#include "runtime/cli/jobs.h"
#include "runtime/cli/start.h"
#include "runtime/cli/submit_folder.h"
#include "runtime/cli/target_slurm.h"
#include "runtime/local/late_journal.h"
#include "runtime/local/settle.h"
#include "runtime/slurm/known.h"
#include "runtime/slurm/live.h"
#include "runtime/slurm/service.h"
#include "runtime/slurm/submit.h"
#include "runtime/slurm/window.h"
#include "runtime/step/execution_record.h"
#include "runtime/step/system.h"

namespace osac::cli {

namespace {

constexpr std::uint32_t most_for_stages = 100;

slurm::SubmitOptions submit_options() {
  slurm::SubmitOptions options;
  options.note = [](const std::string& text) { tell(text + "\n"); };
  return options;
}

/// A refusal is no mistake of the command line: nothing could be made.
int report_submitting(const Error& error) {
  const int code = report(error);
  return error.trouble == Trouble::usage ? exit_failed : code;
}

/// What is not planned yet needs nobody to compile again: a job goes on with it.
std::string for_submitting(const std::string& remark) {
  const auto end = remark.starts_with("not planned yet: ") ? remark.find("; compile again once ") : std::string::npos;
  if (end == std::string::npos) return remark;
  return remark.substr(0, end) + "; it is submitted by a job once " + remark.substr(end + std::string_view("; compile again once ").size());
}

class Flow {
 public:
  Flow(const NextSubmission& what, const Session& session, std::string called_in, NextOutcome& outcome)
      : what_(what),
        session_(session),
        called_in_(std::move(called_in)),
        site_(site_for(session, what.arguments.submit)),
        state_(state_folder(session.plan().workflow())),
        outcome_(outcome) {}

  int run() {
    is_simulated_ = what_.arguments.submit.simulate;
    if (!is_simulated_)
      if (const int code = finish_begun(); code != exit_done) return code;
    if (auto looked = look(); !looked) return report(looked.error());
    if (auto reopened = reopen_gates(); !reopened) return report(reopened.error());
    if (auto decided = decide(); !decided) return report(decided.error());
    const auto next = choose();
    if (!next) return report(next.error());
    outcome_.given_up = next->given_up;
    outcome_.blocked = next->blocked;
    outcome_.execution = what_.execution;
    if (next->count == 0) return say_nothing_to_do();
    if (auto arranged = arrange(*next); !arranged) return report(arranged.error());
    if (window_.arrangement.array_count() == 0)
      return report(Error{Trouble::temporary,
                          fmt::format("there is no room in the queue for one job more: {} of yours are there, and the site allows {}",
                                      grouped(in_queue_), grouped(static_cast<std::uint64_t>(site_.slurm.max_submit))),
                          "give the command again when some have ended"});
    return is_simulated_ ? show() : submit();
  }

 private:
  [[nodiscard]] const plan::Plan& plan() const { return *settled_.plan; }

  // ---- what an earlier one left

  /// A submission that was begun and not released: its submitter was killed, or Slurm did not answer.
  int finish_begun() {
    const auto submissions = slurm::read_submissions(state_);
    if (!submissions) return report(submissions.error());
    for (const slurm::Submission& submission : *submissions) {
      const bool is_begun = submission.progress == slurm::Progress::begun || submission.progress == slurm::Progress::submitted;
      if (!is_begun || submission.is_cancelled || submission.jobs.empty()) continue;  // the last: nothing was asked, and settling closes it
      auto journal = slurm::SubmissionJournal::open(submission, runtime::system_clock());
      if (!journal) return report(journal.error());
      const auto calls = read_calls(submission.folder);
      const bool is_same = submission.start.plan == hexadecimal(session_.plan().id()) &&
                           (what_.mode == slurm::Mode::automatic || submission.start.arguments == what_.arguments.words);
      // once all are in, the gate may be open already
      const bool goes_on = calls && (is_same || submission.progress == slurm::Progress::submitted);
      tell(fmt::format("submission {} was not brought to its end: {}\n", submission.folder,
                       goes_on ? "going on with it" : "withdrawing it"));
      const Status done =
          goes_on ? slurm::submit(*calls, *journal, client_, submit_options()) : slurm::withdraw(*journal, client_, submit_options());
      if (!done) return report_submitting(done.error());
      if (goes_on) finished_ = submission;
    }
    return exit_done;
  }

  Status look() {
    auto open = is_simulated_ ? look_only() : settle_patiently(state_);
    if (!open) return tl::unexpected(open.error());
    open_ = std::move(*open);
    return {};
  }
  /// A controller that came back after it had been told to release a gate holds it again, and nobody else would notice.
  Status reopen_gates() const {
    if (is_simulated_) return {};
    for (const slurm::Overview& overview : open_) {
      const slurm::Submission& submission = overview.submission;
      const bool is_held = std::any_of(overview.queue.begin(), overview.queue.end(), [&](const slurm::Queued& job) {
        return job.name == submission.token("gate") && job.reason == "JobHeldUser";
      });
      if (!is_held || submission.progress != slurm::Progress::released || submission.is_cancelled) continue;
      const auto calls = read_calls(submission.folder);
      if (!calls) return tl::unexpected(calls.error());
      auto journal = slurm::SubmissionJournal::open(submission, runtime::system_clock());
      if (!journal) return tl::unexpected(journal.error());
      tell(fmt::format("submission {} is held again by Slurm: releasing it\n", submission.folder));
      if (auto released = slurm::submit(*calls, *journal, client_, submit_options()); !released) return released;
    }
    return {};
  }

  Result<std::vector<slurm::Overview>> look_only() {
    std::vector<slurm::Overview> open;
    const auto submissions = slurm::read_submissions(state_);
    if (!submissions) return tl::unexpected(submissions.error());
    for (const slurm::Submission& submission : *submissions) {
      if (!submission.is_open()) continue;
      auto overview = slurm::look_at(submission, client_);
      if (!overview) return tl::unexpected(overview.error());
      if (overview->silent) outcome_.silent = overview->silent->what;
      open.push_back(std::move(*overview));
    }
    return open;
  }

  // ---- what is to be made

  Status decide() {
    const std::string execution = local::make_execution_name(runtime::system_clock());
    const step::Executing what{execution, local::user_name(), {"osac", "submit"}, site_.origin, site_.content};
    local::LateJournal journal(state_ + "/journal", site_.durability, runtime::system_clock(),
                               step::execution_start(session_.plan(), what, runtime::system_clock()));
    if (!is_simulated_ && open_.empty()) {  // what runs on nodes is not what a killed osac left
      step::Layout layout;
      layout.state = state_;
      const auto notes = step::recover(layout, journal, runtime::system_clock());
      if (!notes) return tl::unexpected(notes.error());
      for (const std::string& note : *notes) tell(note + "\n");
    }
    const auto journals = open_journals(state_);
    if (!journals) return tl::unexpected(journals.error());
    auto history = registry::read_history(state_, *journals);
    if (!history) return tl::unexpected(history.error());
    auto settled = local::settle(session_.plan(), site_, session_.growth_options({}), std::move(*history));
    if (!settled) return tl::unexpected(settled.error());
    settled_ = std::move(*settled);
    for (const local::WrongFile& wrong : settled_.wrong) tell(wrong.report);
    if (is_simulated_) return {};
    for (const step::EndRecord& record : settled_.state->take_refreshed())
      if (auto written = journal.append(record); !written) return written;
    if (journal.exists())
      if (auto written = journal.append(step::ExecutionEnd{execution, runtime::system_clock().wall(), 0}); !written) return written;
    return local::keep_plan(plan(), state_);
  }

  Result<slurm::Next> choose() {
    live_ = slurm::find_live(plan(), open_);
    outcome_.live = live_.count;
    std::vector<bool> selected;
    if (!what_.where.empty()) {
      auto found = elements_where(plan(), what_.where);
      if (!found) return tl::unexpected(found.error());
      selected = std::move(*found);
    }
    return slurm::choose_next({plan(), settled_.state->history(), settled_.decisions, live_.is_live, selected.empty() ? nullptr : &selected,
                               what_.execution, what_.mode});
  }

  int say_nothing_to_do() {
    if (finished_) {
      outcome_.folder = finished_->folder;
      outcome_.execution = finished_->start.execution;
      tell(fmt::format("{}: submitted as {}\n", plan().workflow(), finished_->start.execution));
      return exit_done;
    }
    std::string line = fmt::format("{}: there is nothing to submit", plan().workflow());
    if (live_.count > 0) line += fmt::format(", {} on their way", count_of(live_.count, "element"));
    const auto add = [&](std::uint32_t count, const char* word) {
      if (count > 0) line += fmt::format(", {} {}", grouped(count), word);
    };
    add(outcome_.given_up, "failed");
    add(outcome_.blocked, "blocked");
    tell(line + "\n");
    return exit_done;
  }

  // ---- how

  Status arrange(const slurm::Next& next) {
    const auto options = slurm_options(what_.arguments.compile);
    if (!options) return tl::unexpected(options.error());
    const auto room = find_room();
    if (!room) return tl::unexpected(room.error());
    const slurm::Question question{plan(),
                                   site_,
                                   *options,
                                   next.to_run,
                                   [this](std::uint32_t element) { return settled_.state->expected_duration(element); },
                                   live_.arrays,
                                   live_.elements,
                                   next.attempts};
    attempts_ = next.attempts;
    auto window = slurm::arrange_within(question, *room);
    if (!window) return tl::unexpected(window.error());
    window_ = std::move(*window);
    outcome_.elements = static_cast<std::uint32_t>(window_.arrangement.element_count());
    outcome_.array_tasks = window_.arrangement.array_task_count();
    outcome_.arrays = static_cast<std::uint32_t>(window_.arrangement.array_count());
    outcome_.later = window_.later;
    return {};
  }

  [[nodiscard]] std::uint32_t stage_jobs() const {
    const std::int64_t most = site_.slurm.max_submit;
    return most == 0 ? most_for_stages : static_cast<std::uint32_t>(std::min<std::int64_t>(most_for_stages, most / 10));
  }

  /// Nothing if the site sets no limit.
  Result<std::optional<slurm::Room>> find_room() {
    if (site_.slurm.max_submit == 0) return std::nullopt;
    const auto queued = count_queued();
    if (!queued && !is_simulated_) return tl::unexpected(queued.error());
    if (!queued) outcome_.silent = queued.error().what;
    in_queue_ = queued.value_or(0);
    const auto most = static_cast<std::uint64_t>(site_.slurm.max_submit);
    // the gate, the last job, one that goes on with the rest, one that watches the time, those that wait for files
    const std::uint64_t taken = in_queue_ + (what_.due ? 4 : 3) + (plan().stages().empty() ? 0 : stage_jobs());
    return slurm::Room{most > taken ? most - taken : 0, static_cast<std::uint32_t>(std::max<std::uint64_t>(1, most / 4))};
  }

  Result<slurm::Emission> emission() const {
    auto settings = slurm_settings(plan(), site_);
    if (!settings) return tl::unexpected(settings.error());
    settings->earlier = live_.earlier;
    return slurm::Emission{plan(),
                           site_,
                           window_.arrangement,
                           std::move(*settings),
                           slurm::known_files(plan(), window_.to_run, settled_.decisions, settled_.state->history()),
                           "../../../..",
                           true,
                           slurm::past_of(plan(), window_.to_run, settled_.decisions, attempts_, settled_.state->history())};
  }

  [[nodiscard]] slurm::Calls calls_for(const slurm::Emission& emission) const {
    slurm::Calls calls = slurm::calls_of(emission);
    slurm::add_service(calls, {plan(), window_.arrangement, program_of(site_), window_.later > 0, stage_jobs(),
                               static_cast<std::size_t>(site_.slurm.max_array), what_.execution.empty() ? what_.due : std::nullopt});
    if (!what_.arguments.submit.begin.empty()) {
      calls.calls.front().options.push_back("--begin=" + slurm::without_places(what_.arguments.submit.begin));
    }
    return calls;
  }

  int show() {
    const auto what = emission();
    if (!what) return report(what.error());
    const slurm::Calls calls = calls_for(*what);
    outcome_.report = slurm::report(plan(), site_, window_.arrangement);
    if (window_.later > 0) outcome_.report += fmt::format("{} more as room comes\n", count_of(window_.later, "element"));
    outcome_.sbatch_calls = calls.calls.size();
    outcome_.lines = calls.lines.size();
    outcome_.false_waits = window_.arrangement.false_waits;
    outcome_.critical_path = window_.arrangement.critical_path;
    std::string& out = outcome_.calls;
    const auto place = [&](std::string_view text) {
      const bool is_number = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
      return fmt::format("<{}>", is_number ? calls.calls[std::stoul(std::string(text))].name : std::string(text));
    };
    for (const slurm::Call& call : calls.calls) {
      out += "sbatch --job-name=" + shell_quoted(call.name);
      for (const std::string& option : call.options) out += " " + slurm::filled(option, place);
      if (!call.dependency.empty()) out += " --dependency=" + slurm::filled(call.dependency, place);
      for (const std::string& word : call.command) out += " " + slurm::filled(word, place);
      out += "\n";
    }
    for (const std::string& line : calls.lines) out += "scontrol " + slurm::filled(line, place) + "\n";
    out += "scontrol release <gate>\n";
    return exit_done;
  }

  int submit() {
    const auto what = emission();
    if (!what) return report(what.error());
    const slurm::Calls calls = calls_for(*what);
    std::vector<slurm::EmittedFile> files = slurm::emit(*what);
    for (slurm::EmittedFile& file : files)
      if (file.name == "calls") file.bytes = slurm::calls_text(calls);
    slurm::SubmissionStart start;
    start.execution = what_.execution.empty() ? local::make_execution_name(runtime::system_clock()) : what_.execution;
    start.plan = hexadecimal(plan().id());
    start.workflow = plan().workflow();
    start.osac = program_of(site_);
    start.root = absolute(".");
    start.arguments = what_.arguments.words;
    start.called_in = called_in_;
    start.user = local::user_name();
    start.host = step::host_name();
    auto journal = slurm::SubmissionJournal::create(state_, std::move(start), runtime::system_clock(), [&](const std::string& folder) {
      if (auto written = write_scripts(folder, files); !written) return written;
      for (const char* const inner : {"/out", "/journal"})
        if (auto made = step::make_folders(folder + inner); !made) return made;
      return link_step(step::folder_of(folder), folder);
    });
    if (!journal) return report(journal.error());
    outcome_.folder = journal->submission().folder;
    outcome_.execution = journal->submission().start.execution;
    tell(fmt::format("{}: submitting {} in {} of {}\n", plan().workflow(), count_of(outcome_.elements, "element"),
                     count_of(outcome_.array_tasks, "array task"), count_of(outcome_.arrays, "array")));
    for (const std::string& remark : window_.arrangement.remarks) tell("note: " + for_submitting(remark) + "\n");
    if (auto done = slurm::submit(calls, *journal, client_, submit_options()); !done) {
      // what was refused is over; its folder stays for people to look at
      if (journal->submission().is_cancelled)
        if (auto settled = settle_patiently(state_); !settled) (void)report(settled.error());
      return report_submitting(done.error());
    }
    std::string line = fmt::format("submitted as {}: {}", outcome_.execution, outcome_.folder);
    if (outcome_.later > 0) line += fmt::format("; {} more as room comes", count_of(outcome_.later, "element"));
    tell(line + "\n");
    return exit_done;
  }

  const NextSubmission& what_;  // NOLINT: lives for one call
  const Session& session_;      // NOLINT
  const std::string called_in_;
  const site::Site site_;
  const std::string state_;
  NextOutcome& outcome_;  // NOLINT
  const slurm::Client client_;
  bool is_simulated_ = false;
  std::optional<slurm::Submission> finished_;  // one that an earlier command had begun
  std::vector<slurm::Overview> open_;
  local::Settled settled_;
  slurm::Live live_;
  slurm::Window window_;
  std::vector<std::uint32_t> attempts_;  // one an element: its next
  std::uint64_t in_queue_ = 0;
};

}  // namespace

int submit_next(const NextSubmission& what, NextOutcome& outcome) {
  if (!what.called_in.empty())
    if (auto entered = enter_folder(what.called_in); !entered) return report(entered.error());
  std::string called_in = absolute(".");
  int exit_code = exit_done;
  SessionOptions options;
  options.settles = true;
  options.shows_warnings = what.mode == slurm::Mode::person;
  auto session = open_session(what.arguments, driver::Stage::plan, exit_code, options);
  if (!session) return exit_code;
  if (!session->site.slurm.osac.empty()) session->site.slurm.osac = absolute(session->site.slurm.osac);
  if (auto entered = enter_folder(session->folder); !entered) return report(entered.error());
  if (const auto closed = answer_if_closed(*session, what.arguments.workflow)) return *closed;
  if (auto seen = check_shared(session->site); !seen) return report(seen.error());
  std::optional<registry::StateLock> lock;
  if (what.lock == nullptr && !what.arguments.submit.simulate) {
    auto taken = lock_patiently(state_folder(session->plan().workflow()));
    if (!taken) return report(taken.error());
    lock = std::move(*taken);
  }
  return Flow(what, *session, std::move(called_in), outcome).run();
}

int simulate_submission(const Arguments& arguments, const Session& session, NextOutcome& outcome) {
  NextSubmission what;
  what.arguments = arguments;
  what.arguments.submit.simulate = true;
  return Flow(what, session, absolute("."), outcome).run();
}

NextSubmission recorded(const slurm::Submission& submission) {
  NextSubmission what;
  what.arguments = read_recorded("submit", submission.start.arguments);
  what.arguments.submit.begin.clear();  // that was about the first jobs
  what.arguments.start = {};            // and that about the whole execution
  what.arguments.submit.simulate = false;
  what.called_in = submission.start.called_in;
  return what;
}

}  // namespace osac::cli
