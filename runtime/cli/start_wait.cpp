#include "runtime/cli/start_wait.h"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <thread>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "compiler/expression/calendar.h"
#include "runtime/base/clock.h"
#include "runtime/cli/jobs.h"
#include "runtime/cli/late.h"
#include "runtime/cli/start.h"
#include "runtime/cli/submit_folder.h"
#include "runtime/cli/submit_next.h"
#include "runtime/notify/notify.h"
#include "runtime/slurm/emit.h"
#include "runtime/step/system.h"

namespace osac::cli {

namespace {

constexpr std::int64_t second = expression::nanoseconds_per_second;
constexpr std::int64_t day = expression::nanoseconds_per_day;
constexpr std::size_t longest_key = 80;
// as slurm::SubmitOptions: a controller that dies forgets what it took shortly before
constexpr std::chrono::seconds settling{6};
constexpr int most_submissions = 3;
constexpr std::chrono::seconds longest_nap{30};
constexpr int most_looks = 60;

std::int64_t now() { return runtime::system_clock().wall(); }

// ---- its job

/// A time as sbatch takes it in whatever time zone: seconds since 1970.
std::string begin_option(std::int64_t wall) { return fmt::format("--begin=uts{}", (wall + second - 1) / second); }

/// One job, known by its name: an unclear answer is settled by looking for it. `after`: as in find_job.
Result<std::uint64_t> submit_job(const Waiting& waiting, const site::Site& site, std::uint64_t after) {
  const slurm::Client client;
  const std::string folder = absolute(waiting.folder);
  const std::string script = folder + "/again.sbatch";
  if (auto written = write_file(script, slurm::service_script(site, "start", "gives a command again whose start conditions did not hold",
                                                              "submit --again \"$2\""));
      !written)
    return tl::unexpected(written.error());
  for (int round = 0; round < most_submissions; ++round) {
    step::fail_point("start-intent");
    const slurm::Submitted answer = client.submit({"--job-name=" + waiting.name, "--comment=osac start", "--chdir=" + absolute("."),
                                                   begin_option(waiting.next_try), script, absolute("."), folder, program_of(site)});
    step::fail_point("start-answer");
    if (answer.how == slurm::Submitted::How::missing)
      return failure(Trouble::environment, "there is no `sbatch` here", "run this where Slurm's commands are, on a login node");
    if (answer.how == slurm::Submitted::How::refused)
      return failure(slurm::says_limit(answer.text) ? Trouble::temporary : Trouble::usage,
                     fmt::format("Slurm refuses the job that is to try again: {}", answer.text),
                     "`osac site check` compares the site file with this Slurm");
    const bool is_in = answer.how == slurm::Submitted::How::accepted;
    if (is_in) std::this_thread::sleep_for(settling);
    const auto found = find_job(client, waiting.name, 2, is_in ? answer.job - 1 : after);
    if (!found) return found;
    if (*found != 0) return *found;
  }
  return failure(Trouble::temporary, "Slurm loses the job that is to try again", "the same command goes on from here, later");
}

// ---- what is said

void tell_not_started(const site::Site& site, const std::string& workflow, const std::string& key, const std::string& why) {
  notify::Message message;
  message.event = site::Event::failed;
  message.workflow = workflow;
  message.subject = fmt::format("osac: {} failed: not started{}", workflow, key_text(key));
  message.text = fmt::format("{}{} was not started, and is not tried again: {}\n\non {}, in {}\n", workflow, key_text(key), why,
                             step::host_name(), absolute("."));
  message.json =
      fmt::format("{{\"event\": \"failed\", \"workflow\": {}, \"key\": {}, \"not_started\": {}, \"folder\": {}, \"host\": {}}}",
                  json_quoted(workflow), json_quoted(key), json_quoted(why), json_quoted(absolute(".")), json_quoted(step::host_name()));
  for (const std::string& trouble : notify::notify(site, message)) tell("note: " + trouble + "\n");
}

void tell_late_start(const site::Site& site, const std::string& workflow, std::int64_t due, const std::string& missing) {
  LateReport late;
  late.workflow = workflow;
  late.due = due;
  late.remarks.push_back("it has not started: " + missing);
  tell_late(late, site);
}

// ---- one command

/// A workflow as far as its conditions have to know it: nothing is planned, since its tables may not be there yet.
struct Subject {
  Session session;
  ParametersByName parameters;
  std::string workflow, key, digest;
};

std::string readable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '=';
    out += is_plain ? c : '.' == c || ',' == c ? c : '_';
  }
  return out.substr(0, longest_key);
}

std::optional<Subject> open_subject(const Arguments& arguments, int& exit_code) {
  SessionOptions options;
  options.shows_warnings = false;
  auto session = open_session(arguments, driver::Stage::analyse, exit_code, options);
  if (!session) return std::nullopt;
  auto parameters = parameter_values(*session, arguments.workflow);
  if (!parameters) {
    exit_code = report(parameters.error());
    return std::nullopt;
  }
  Subject subject{std::move(*session), std::move(*parameters), {}, {}, {}};
  subject.workflow = subject.session.opened
                         ? std::string(subject.session.opened->workflow())
                         : std::string(subject.session.compilation->strings.text(subject.session.compilation->program->name));
  std::string whole = json_quoted(subject.workflow);
  for (const auto& [name, given] : subject.parameters) whole += fmt::format("\n{}={}", name, expression::to_text(given.value, given.type));
  for (const std::string& goal : arguments.workflow.goals) whole += "\ngoal " + goal;
  whole += "\nwhere " + arguments.workflow.where;
  const std::vector<std::string>& rest = arguments.workflow.rest;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (!subject.key.empty()) subject.key += ",";
    subject.key += rest[i].substr(2);
    if (rest[i].find('=') == std::string::npos && i + 1 < rest.size()) subject.key += "=" + rest[++i];
  }
  subject.digest = hexadecimal(sha256(whole));
  return subject;
}

class Submitting {
 public:
  Submitting(const Arguments& arguments, const Waiting* again) : arguments_(arguments), again_(again), called_in_(absolute(".")) {}

  MayStart run() {
    MayStart outcome;
    auto site = open_site(arguments_, outcome.exit_code);
    if (!site) return outcome;
    const auto due = due_time(arguments_.start.due, site->start, now());
    if (!due) return failed(due.error());
    outcome.due = again_ == nullptr ? *due : again_->due > 0 && !again_->late_told ? std::optional(again_->due) : std::nullopt;
    outcome.may_start = true;
    if (arguments_.submit.simulate || (!site->start.has_conditions() && again_ == nullptr)) return outcome;
    auto subject = open_subject(arguments_, outcome.exit_code);
    if (!subject) {
      outcome.may_start = false;
      return outcome;
    }
    if (auto entered = enter_folder(subject->session.folder); !entered) return failed(entered.error());
    outcome = look(*subject, std::move(outcome));
    if (auto left = enter_folder(called_in_); !left) return failed(left.error());
    return outcome;
  }

 private:
  static MayStart failed(const Error& error) {
    MayStart outcome;
    outcome.exit_code = report(error);
    return outcome;
  }

  MayStart look(Subject& subject, MayStart outcome) {
    const site::Site& site = subject.session.site;
    if (auto seen = check_shared(site); !seen) return failed(seen.error());
    const std::string state = state_folder(subject.workflow);
    auto lock = lock_patiently(state);
    if (!lock) return failed(lock.error());
    outcome.lock = std::move(*lock);
    Waiting record;
    const std::string key = readable(subject.key);
    record.folder = again_ != nullptr ? again_->folder
                                      : fmt::format("{}/start/{}{}{}", state, key, key.empty() ? "" : "-", subject.digest.substr(0, 8));
    if (has_record(record.folder)) {
      auto known = read_record(record.folder);
      if (!known) return failed(known.error());
      outcome.record = std::move(*known);
    } else if (again_ != nullptr) {
      tell("nothing waits to start here any more\n");
      outcome.may_start = false;
      return outcome;
    }
    if (arguments_.start.now) return outcome;
    const StartQuestion question{site.start, subject.parameters, ".", now(), count_working};
    const auto conditions = look_at_conditions(question);
    if (!conditions) return failed(conditions.error());
    if (conditions->hold()) return outcome;
    outcome.may_start = false;
    record.key = subject.key;
    record.name = again_ != nullptr ? again_->name
                                    : fmt::format("{}{}-{}", start_job_prefix, subject.workflow,
                                                  hexadecimal(sha256(absolute(".") + "\n" + subject.digest)).substr(0, 16));
    record.next_try = conditions->next_try;
    record.missing = conditions->missing();
    outcome.exit_code = wait(subject, std::move(record), outcome);
    return outcome;
  }

  int wait(const Subject& subject, Waiting record, const MayStart& outcome) {
    const site::Site& site = subject.session.site;
    const slurm::Client client;
    // without a record nothing waits: a job that is there has done its work
    const std::uint64_t after = again_ == nullptr ? 0 : own_job();
    const auto live = outcome.record ? find_job(client, record.name, again_ == nullptr ? 2 : 1, after) : Result<std::uint64_t>(0);
    if (!live) return report(live.error());
    if (*live != 0) {
      if (outcome.record) record.next_try = outcome.record->next_try;
      record.job = *live;
      return say(subject, record, "waits already");
    }
    record.since = again_ == nullptr ? now() : again_->since;
    record.give_up = again_ == nullptr ? now() + site.start.give_up_after : again_->give_up;
    record.due = again_ == nullptr ? outcome.due.value_or(0) : again_->due;
    record.late_told = again_ != nullptr && again_->late_told;
    record.arguments = arguments_.words;
    record.called_in = called_in_;
    if (again_ != nullptr) record.arguments = again_->arguments;
    if (again_ != nullptr && now() >= record.give_up) return give_up(subject, record);
    if (record.due > 0 && now() >= record.due && !record.late_told) {
      tell_late_start(site, subject.workflow, record.due, record.missing);
      record.late_told = true;
    }
    record.next_try = std::min(record.next_try, record.give_up);
    if (record.due > now()) record.next_try = std::min(record.next_try, record.due);
    if (auto kept = keep(record); !kept) return report(kept.error());
    const auto job = submit_job(record, site, after);
    if (!job) return report(job.error());
    record.job = *job;
    if (auto kept = keep(record); !kept) return report(kept.error());
    return say(subject, record, "waits");
  }

  int say(const Subject& subject, const Waiting& record, std::string_view how) const {
    tell(fmt::format("{}{} {}: {}; {}\n", subject.workflow, key_text(record.key), how, record.missing, next_text(record)));
    if (!arguments_.workflow.json) return exit_done;
    return print_result(fmt::format("{{\"waiting\": {}}}\n", waiting_json({record})));
  }

  static int give_up(const Subject& subject, const Waiting& record) {
    const std::string why = fmt::format("since {} {}", moment_text(record.since), record.missing);
    if (auto gone = stop_waiting(record); !gone) return report(gone.error());
    tell_not_started(subject.session.site, subject.workflow, record.key, why);
    return report(Error{Trouble::temporary, fmt::format("{}{} was not started: {}", subject.workflow, key_text(record.key), why),
                        "osac submit waits again; osac submit --now does not wait"});
  }

  const Arguments& arguments_;  // NOLINT: lives for one call
  const Waiting* again_;
  const std::string called_in_;
};

}  // namespace

MayStart may_submit(const Arguments& arguments, const Waiting* again) { return Submitting(arguments, again).run(); }

int submit_again(const std::string& folder, bool json) {
  // `.osa/night/start/KEY`, in the workflow's folder or absolute
  const std::string state = step::folder_of(step::folder_of(folder));
  const std::string root = absolute(step::folder_of(step::folder_of(state)));
  if (auto entered = enter_folder(root); !entered) return report(entered.error());
  const std::string here = fmt::format("{}/start/{}", state_folder(step::name_of(state)), step::name_of(folder));
  if (!has_record(here)) {
    tell("nothing waits to start here any more\n");
    return exit_done;
  }
  const auto record = read_record(here);
  if (!record) return report(record.error());
  NextSubmission what;
  what.arguments = read_recorded("submit", record->arguments);
  what.arguments.workflow.json = json;
  if (auto entered = enter_folder(record->called_in); !entered) return report(entered.error());
  int exit_code = exit_done;
  const auto site = open_site(what.arguments, exit_code);
  if (!site) return exit_code;
  MayStart may = may_submit(what.arguments, &*record);
  for (int left = most_looks; !may.may_start && may.exit_code == exit_temporary && has_record(root + "/" + here) && left > 0; --left) {
    std::this_thread::sleep_for(longest_nap);  // Slurm does not answer: nobody else would try again
    may = {};
    may = may_submit(what.arguments, &*record);
  }
  int code = may.exit_code;
  if (may.may_start) {
    what.due = may.due;
    what.lock = may.lock ? &*may.lock : nullptr;
    NextOutcome outcome;
    code = submit_next(what, outcome);
  }
  if (auto entered = enter_folder(root); !entered) return report(entered.error());
  if (!may.may_start && (code == exit_done || !has_record(here))) return code;  // it waits on, or that it does not was told
  if (code == exit_temporary && now() < record->give_up) {
    Waiting next = *record;
    next.missing = "osac submit has ended with exit code 75";
    next.next_try = now() + site->start.retry_every;
    const Status kept = keep(next);
    const auto job = kept ? submit_job(next, *site, own_job()) : tl::unexpected(kept.error());
    if (job) return exit_done;
    (void)report(job.error());
  }
  if (auto gone = stop_waiting(*record); !gone) (void)report(gone.error());
  if (code != exit_done)
    tell_not_started(*site, step::name_of(state), record->key,
                     fmt::format("osac submit has ended with exit code {}; see {}/out/service.log", code, here));
  return code;
}

MayStart may_run(const Arguments& arguments) {
  MayStart outcome;
  const auto site = open_site(arguments, outcome.exit_code);
  if (!site) return outcome;
  const auto due = due_time(arguments.start.due, site->start, now());
  if (!due) {
    outcome.exit_code = report(due.error());
    return outcome;
  }
  outcome.due = *due;
  outcome.may_start = true;
  if (!site->start.has_conditions() || arguments.start.now) return outcome;
  auto subject = open_subject(arguments, outcome.exit_code);
  outcome.may_start = false;
  if (!subject) return outcome;
  const std::int64_t give_up = now() + site->start.give_up_after;
  std::string said;
  for (;;) {
    const auto conditions = look_at_conditions({site->start, subject->parameters, subject->session.folder, now()});
    if (!conditions) {
      outcome.exit_code = report(conditions.error());
      return outcome;
    }
    outcome.may_start = conditions->hold();
    if (outcome.may_start) return outcome;
    const std::string missing = conditions->missing();
    if (!arguments.run.wait || now() >= give_up) {
      if (arguments.run.wait) tell_not_started(*site, subject->workflow, subject->key, missing);
      outcome.exit_code = report(Error{Trouble::temporary, fmt::format("{} is not started: {}", subject->workflow, missing),
                                       "--wait waits for it; --now starts all the same"});
      return outcome;
    }
    if (outcome.due && now() >= *outcome.due) {
      tell_late_start(*site, subject->workflow, *outcome.due, missing);
      outcome.due.reset();
    }
    std::int64_t next = std::min(conditions->next_try, give_up);
    if (outcome.due) next = std::min(next, *outcome.due);
    const std::string line = fmt::format("waiting: {}; looking again at {}\n", missing, moment_text(next));
    if (line != said) tell(line);
    said = line;
    while (now() < next)  // in naps: the clock may be set meanwhile
      std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(longest_nap, std::chrono::nanoseconds(next - now() + 1)));
  }
}

Result<std::optional<std::int64_t>> due_time(const std::string& text, const site::Start& start, std::int64_t now) {
  const auto next = [now](std::int64_t time) {
    const std::int64_t today = now - now % day + time;
    return today > now ? today : today + day;
  };
  if (text.empty()) return start.due ? std::optional(next(*start.due)) : std::nullopt;
  if (const auto time = site::parse_time_of_day(text)) return std::optional(next(*time));
  if (const auto moment = expression::parse_time(text, true)) return std::optional(*moment);
  return failure(Trouble::usage, fmt::format("--due `{}` is no time", visible(text)), "write it like 12:00 or 2026-11-21T12:00, in UTC");
}

}  // namespace osac::cli
