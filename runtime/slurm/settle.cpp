// What is made of what look_at (collect.cpp) found: records of what is gone, and the submission's records brought in. In an order in which
// a kill at any moment leaves something that the same calls go on from.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <map>
#include <set>
#include <unordered_map>

#include "compiler/base/files.h"
#include "compiler/plan/edges.h"
#include "compiler/plan/resolve.h"
#include "runtime/slurm/collect.h"
#include "runtime/slurm/next.h"
#include "runtime/step/execution_record.h"
#include "runtime/step/journal_merge.h"
#include "runtime/step/record_text.h"
#include "runtime/step/scratch.h"
#include "runtime/step/system.h"

namespace osac::slurm {

namespace {

using step::FailureClass;
using step::Outcome;

constexpr std::int64_t second = 1'000'000'000;
// clocks of nodes and of the database differ
constexpr std::int64_t accounting_margin = 3'600 * second;
// a shared file system may show a file late to those who have looked into its folder before
constexpr std::int64_t visibility = 120 * second;

/// What became of an array task, as far as Slurm tells; no state: it does not know it.
struct JobEnd {
  std::string state, node;
  std::int32_t exit_code = 0, signal = 0;
  std::int64_t started = 0, ended = 0;
};

struct Cause {
  Outcome outcome = Outcome::lost;
  FailureClass failure = FailureClass::lost;
  std::string reason;
};

/// `has_begun`: an attempt of the element had; else its array task did not come to it.
Cause cause_of(const JobEnd& end, bool has_begun) {
  const std::string& state = end.state;
  const std::string when = has_begun ? "while it ran" : "before it began";
  if (state == "OUT_OF_MEMORY")
    return {Outcome::failed, FailureClass::memory, "Slurm ended its job: it took more memory than it had asked for"};
  if (state == "TIMEOUT") return {Outcome::timed_out, FailureClass::timeout, "Slurm ended its job: it took longer than it had asked for"};
  if (state == "CANCELLED") return {Outcome::cancelled, FailureClass::cancelled, "its job was cancelled " + when};
  if (state == "DEADLINE") return {Outcome::cancelled, FailureClass::cancelled, "its job's deadline passed " + when};
  if (state == "NODE_FAIL" || state == "BOOT_FAIL")
    return {Outcome::lost, FailureClass::lost, fmt::format("its node{} failed {}", end.node.empty() ? "" : " " + end.node, when)};
  if (state == "PREEMPTED") return {Outcome::lost, FailureClass::lost, "its job was preempted " + when};
  if (state.empty()) return {Outcome::lost, FailureClass::lost, "its job left the queue " + when + ", and Slurm does not tell why"};
  // osa-step records how it ends unless it is killed outright, which is what is done where memory is watched without control groups
  if (state == "FAILED" && has_begun && (end.signal == 9 || (end.signal == 0 && end.exit_code == 0)))
    return {Outcome::failed, FailureClass::memory, "its job was killed while it ran, as those are that take too much memory"};
  const std::string how = end.signal != 0      ? fmt::format("signal {}", end.signal)
                          : end.exit_code != 0 ? fmt::format("exit code {}", end.exit_code)
                                               : "";
  const std::string reason = fmt::format("its job ended as {}{} {}", state, how.empty() ? "" : " (" + how + ")", when);
  if (state == "FAILED") return {Outcome::failed, FailureClass::environment, reason + ": see the folder `out` of the submission"};
  return {Outcome::lost, FailureClass::lost, reason};
}

class Coroner {
 public:
  Coroner(const Overview& overview, const registry::History& history, const Client& client, const runtime::Clock& clock)
      : overview_(overview), history_(history), client_(client), clock_(clock) {}

  Result<std::vector<step::EndRecord>> run() {
    std::vector<step::EndRecord> records;
    if (overview_.gone == 0) return records;
    has_failed_here_.assign(overview_.plan.element_count(), false);
    for (const ElementFate& fate : overview_.elements) has_failed_here_[fate.element] = fate.fate == Fate::ended && !fate.has_succeeded;
    read_queue();
    if (auto asked = ask_accounts(); !asked) return tl::unexpected(asked.error());
    for (const ElementFate& fate : overview_.elements) {
      if (fate.fate != Fate::gone) continue;
      auto record = record_of(fate);
      if (!record) return tl::unexpected(record.error());
      if (*record) records.push_back(std::move(**record));
    }
    return records;
  }

 private:
  using Index = std::pair<std::uint64_t, std::uint32_t>;  // job and array task

  void read_queue() {
    for (const Queued& queued : overview_.queue) {
      if (!queued.is_over()) continue;
      for (const auto& [low, high] : queued.indices)
        for (std::uint32_t index = low; index <= high; ++index) ends_[{queued.job, index}] = {queued.state, queued.node, 0, 0, 0, 0};
    }
  }

  /// Accounts say more than the queue, and know longer.
  Status ask_accounts() {
    std::set<std::uint64_t> jobs;
    bool is_needed = false;
    for (const ElementFate& fate : overview_.elements) {
      if (fate.fate != Fate::gone || fate.job == 0) continue;
      const auto known = ends_.find({fate.job, fate.index});
      if (known != ends_.end() && known->second.state != "FAILED" && known->second.state != "COMPLETED") continue;
      is_needed = is_needed || known == ends_.end();
      jobs.insert(fate.job);
    }
    if (jobs.empty()) return {};
    const auto accounts = client_.accounts({jobs.begin(), jobs.end()}, overview_.submission.start.time - accounting_margin);
    if (!accounts) {
      if (is_needed && accounts.error().trouble == Trouble::temporary) return tl::unexpected(accounts.error());
      return {};  // no accounts are kept
    }
    for (const Accounted& job : *accounts) {
      if (!job.index || job.state == "PENDING" || job.state == "RUNNING") continue;
      JobEnd& end = ends_[{job.job, *job.index}];
      end = {job.state, job.node.empty() ? end.node : job.node, job.exit_code, job.signal, job.started, job.ended};
    }
    return {};
  }

  /// What an array task's last claim tells of the elements that it began and did not end.
  struct Claim {
    std::map<std::string, step::AttemptStart> begun;
    std::string host;
    bool was_blocked = false;  ///< it found that a parent had no success on record
  };
  Claim& claim(std::uint32_t array, std::uint32_t index) {
    const auto [at, is_new] = claims_.try_emplace({array, index});
    if (!is_new) return at->second;
    std::vector<std::string> paths;
    for (std::uint32_t attempt = 1;; ++attempt) {
      std::string path = overview_.submission.folder + "/" + journal_name(array, index, attempt);
      if (::access(path.c_str(), F_OK) != 0) break;
      paths.push_back(std::move(path));
    }
    step::JournalVisitor visitor;
    visitor.execution_start = [&](step::ExecutionStart&& start) {
      at->second.host = std::move(start.host);
      at->second.was_blocked = false;
    };
    visitor.execution_end = [&](step::ExecutionEnd&& end) { at->second.was_blocked = end.exit_code == blocked_exit_code; };
    visitor.attempt_start = [&](step::AttemptStart&& start) { at->second.begun.insert_or_assign(start.element, start); };
    visitor.end = [&](step::EndRecord&& end) { at->second.begun.erase(end.element); };
    (void)step::read_journals(paths, visitor);  // look_at has read them: there is nothing wrong with them
    return at->second;
  }

  Result<std::optional<step::EndRecord>> record_of(const ElementFate& fate) {
    const std::string name = plan::element_name(overview_.plan, overview_.plan.element(fate.element));
    Claim& last = claim(fate.array, fate.index);
    const auto begun = last.begun.find(name);
    const bool has_begun = begun != last.begun.end();
    const Submission& submission = overview_.submission;
    if (!has_begun && (!may_have_begun() || !have_parents_succeeded(fate.element))) return std::optional<step::EndRecord>();
    // survivors of one that was killed outright: its end is recorded only now
    if (!has_begun && last.was_blocked) return std::optional<step::EndRecord>();
    const auto known = ends_.find({fate.job, fate.index});
    const JobEnd end = known == ends_.end() ? JobEnd{} : known->second;
    const std::int64_t now = clock_.wall();
    if (end.state == "COMPLETED" && (end.ended == 0 || now - end.ended < visibility))
      return failure(Trouble::temporary, "Slurm says that `" + name + "` has completed, and its record is not to be seen yet",
                     "the shared file system shows it late; give the command again in a minute");
    // its array task came to an end before it was its turn
    if (!has_begun && end.state == "TIMEOUT" && !last.host.empty()) return std::optional<step::EndRecord>();
    Cause cause = cause_of(end, has_begun);
    step::EndRecord record;
    record.execution = has_begun ? begun->second.execution : submission.start.execution;
    record.plan = overview_.settings.plan;
    record.element = name;
    record.attempt = has_begun ? begun->second.attempt : next_attempt(name);
    record.outcome = cause.outcome;
    record.failure = cause.failure;
    record.signal = end.signal;
    record.exit_code = end.exit_code;
    record.reason = std::move(cause.reason);
    record.host = !last.host.empty() ? last.host : end.node;
    record.ended = end.ended > 0 ? end.ended : now;
    record.started = std::min(record.ended, has_begun ? begun->second.time : end.started > 0 ? end.started : record.ended);
    if (has_begun) {
      const plan::ElementRef ref = overview_.plan.element(fate.element);
      record.log =
          fmt::format("{}/logs/{}/{}.log", overview_.settings.state, overview_.plan.text(overview_.plan.tasks()[ref.task].family.name),
                      plan::element_file_name(overview_.plan, ref));
      // whatever it left there belongs to nobody any more
      (void)step::remove_scratch(begun->second.scratch);
    }
    return std::optional(std::move(record));
  }

  /// Behind a gate that was never released nothing did.
  [[nodiscard]] bool may_have_begun() const {
    return overview_.submission.progress != Progress::begun &&
           (overview_.submission.progress != Progress::submitted || !overview_.submission.is_cancelled);
  }

  [[nodiscard]] bool have_parents_succeeded(std::uint32_t element) const {
    bool have = true;
    plan::for_each_parent(overview_.plan, overview_.plan.element(element), [&](std::uint32_t parent, bool is_survivors) {
      if (!have || is_survivors) return;
      if (has_failed_here_[parent]) {  // whatever another submission has made of it since: Slurm cancelled what waited for this one
        have = false;
        return;
      }
      const registry::PastElement* const known = history_.find(plan::element_name(overview_.plan, overview_.plan.element(parent)));
      have = known != nullptr && history_.success(*known) != nullptr && history_.success(*known) == history_.latest(*known);
    });
    return have;
  }

  [[nodiscard]] std::uint32_t next_attempt(const std::string& name) const {
    const registry::PastElement* const known = history_.find(name);
    const registry::PastEnd* const latest = known == nullptr ? nullptr : history_.latest(*known);
    if (latest == nullptr || latest->has_succeeded()) return 1;
    const auto record = history_.whole(*latest);
    return record && is_of_execution(*record, overview_.submission.start.execution) ? record->attempt + 1 : 1;
  }

  const Overview& overview_;           // NOLINT: lives for one call
  const registry::History& history_;   // NOLINT
  const Client& client_;               // NOLINT
  const runtime::Clock& clock_;        // NOLINT
  std::vector<bool> has_failed_here_;  // one an element
  std::map<Index, JobEnd> ends_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Claim> claims_;
};

/// Who submitted what, and what the plan was made of: array tasks tell only of themselves.
std::string beginning_of(const Submission& submission, std::int64_t time, std::uint64_t& sequence) {
  step::ExecutionStart start;
  start.execution = submission.start.execution;
  start.plan = submission.start.plan;
  start.workflow = submission.start.workflow;
  start.host = submission.start.host;
  start.user = submission.start.user;
  start.osac_version = OSAC_VERSION;
  start.time = submission.start.time;
  start.arguments = {"osac", "submit"};
  start.arguments.insert(start.arguments.end(), submission.start.arguments.begin(), submission.start.arguments.end());
  if (const auto text = read_file(submission.folder + "/settings"))
    if (auto settings = parse_settings(*text)) {
      start.site = std::move(settings->site);
      start.site_content = settings->site_content;
    }
  std::string frames;
  step::append_frame(frames, sequence++, time, step::kind_execution_start, step::fields_of(start));
  if (const auto plan = plan::Plan::open(submission.folder + "/plan"))
    step::append_frame(frames, sequence++, time, step::kind_plan, step::fields_of(step::plan_record(*plan)));
  return frames;
}

/// All records of some journals as one journal: a header, the records in the order of their times, an end.
Result<std::string> merged(const std::vector<std::string>& paths, const Submission& submission) {
  std::vector<step::JournalPart> parts;
  for (const std::string& path : paths) parts.push_back({path, 0, 0});
  std::string beginning, records;
  std::uint64_t sequence = 1;
  std::optional<std::int64_t> first;
  std::int64_t last = 0;
  const auto report = step::merge_journals(parts, [&](std::size_t, const step::JournalFile&, const step::RawRecord& record) -> Status {
    if (!first) beginning = beginning_of(submission, *(first = record.time), sequence);
    last = std::max(last, record.time);
    // behind the head stand the fields, as they were written: `,"a":1}`
    const std::size_t head = static_cast<std::size_t>(record.kind.data() - record.json.data()) + record.kind.size() + 1;
    const std::string_view fields = record.json.substr(head, record.json.size() - head - 1);
    step::append_frame(records, sequence++, last, record.kind, fields);
    return {};
  });
  if (!report) return tl::unexpected(report.error());
  if (!first) return std::string();
  step::JournalHeader header;
  header.version = step::journal_version;
  header.osac_version = OSAC_VERSION;
  header.host = submission.start.host;
  std::string text;
  step::append_frame(text, 0, *first, step::kind_header, step::fields_of(header));
  text += beginning;
  text += records;
  step::append_frame(text, sequence, last, step::kind_execution_end,
                     step::fields_of(step::ExecutionEnd{submission.start.execution, last, 0}));
  return text;
}

/// Under its name it is whole and on disk: what it replaces is removed next.
Status write_durably(const std::string& folder, const std::string& path, std::string_view bytes) {
  const std::string draft = path + ".draft";  // no journal's name
  if (auto written = step::write_new_file(draft, bytes); !written) return written;
  if (auto synced = step::sync_tree(draft); !synced) return synced;
  step::fail_point("before_merged");
  if (::rename(draft.c_str(), path.c_str()) != 0) return system_failure(errno, "rename", draft);
  return step::sync_folder(folder);
}

/// Whose records are still read by array tasks of another submission that have not begun.
std::set<std::string> needed_folders(const std::vector<Overview>& overviews) {
  std::set<std::string> needed;
  for (const Overview& overview : overviews) {
    if (!overview.is_live()) continue;
    for (const Settings::Earlier& earlier : overview.settings.earlier) needed.insert(step::name_of(earlier.folder));
  }
  return needed;
}

Status give_up(const Submission& submission, const runtime::Clock& clock) {
  auto journal = SubmissionJournal::open(submission, clock);
  if (!journal) return tl::unexpected(journal.error());
  if (auto cancelled = journal->cancelled(); !cancelled) return cancelled;
  return journal->reached(Progress::closed);
}

Status close_one(const Overview& overview, const std::string& state_folder, const runtime::Clock& clock) {
  if (auto done = bring_in(overview.submission, state_folder); !done) return done;
  step::fail_point("before_closed");
  auto journal = SubmissionJournal::open(overview.submission, clock);
  if (!journal) return tl::unexpected(journal.error());
  return journal->reached(Progress::closed);
}

}  // namespace

Result<std::vector<step::EndRecord>> records_of_gone(const Overview& overview, const registry::History& history, const Client& client,
                                                     const runtime::Clock& clock) {
  return Coroner(overview, history, client, clock).run();
}

Status record(const Submission& submission, const std::vector<step::EndRecord>& records, const runtime::Clock& clock) {
  if (records.empty()) return {};
  auto journal = step::JournalWriter::create(submission.folder + "/journal", site::Durability::full, clock);
  if (!journal) return tl::unexpected(journal.error());
  for (const step::EndRecord& record : records) {
    if (auto written = (*journal)->append(record); !written) return written;
    step::fail_point("gone_recorded");
  }
  return {};
}

Status bring_in(const Submission& submission, const std::string& state_folder) {
  const auto paths = journals_of(submission);
  if (!paths) return tl::unexpected(paths.error());
  const std::string folder = state_folder + "/journal";
  const std::string path = fmt::format("{}/run-slurm-{}-{:04}.j1", folder, submission.start.execution, submission.start.number);
  // one that is there is whole, and has all that there was when it was written: nothing has run since
  if (!paths->empty() && ::access(path.c_str(), F_OK) != 0) {
    const auto bytes = merged(*paths, submission);
    if (!bytes) return tl::unexpected(bytes.error());
    if (auto made = step::make_folders(folder); !made) return made;
    if (!bytes->empty())
      if (auto written = write_durably(folder, path, *bytes); !written) return written;
  }
  step::fail_point("after_merged");
  for (const std::string& journal : *paths) {
    if (::unlink(journal.c_str()) != 0 && errno != ENOENT) return system_failure(errno, "remove", journal);
    step::fail_point("journal_removed");
  }
  ::unlink((submission.folder + "/osa-step").c_str());  // one that is there does no harm but to those who start it
  return {};
}

Result<std::vector<Overview>> settle(const std::string& state_folder, const Client& client, const runtime::Clock& clock) {
  auto submissions = read_submissions(state_folder);
  if (!submissions) return tl::unexpected(submissions.error());
  std::vector<Overview> overviews;
  std::vector<std::string> journals;
  bool is_any_gone = false;
  for (const Submission& submission : *submissions) {
    if (!submission.is_open()) continue;
    if (submission.jobs.empty()) {  // killed before anything was asked of Slurm: its folder may not be whole
      if (auto closed = give_up(submission, clock); !closed) return tl::unexpected(closed.error());
      continue;
    }
    auto overview = look_at(submission, client);
    if (!overview) return tl::unexpected(overview.error());
    auto paths = journals_of(submission);
    if (!paths) return tl::unexpected(paths.error());
    journals.insert(journals.end(), paths->begin(), paths->end());
    is_any_gone = is_any_gone || overview->gone > 0;
    overviews.push_back(std::move(*overview));
  }
  if (is_any_gone) {
    const auto history = registry::read_history(state_folder, journals);
    if (!history) return tl::unexpected(history.error());
    for (const Overview& overview : overviews) {
      const auto records = records_of_gone(overview, *history, client, clock);
      if (!records) return tl::unexpected(records.error());
      if (auto written = record(overview.submission, *records, clock); !written) return tl::unexpected(written.error());
    }
  }
  const auto needed = needed_folders(overviews);
  std::vector<Overview> open;
  for (Overview& overview : overviews) {
    const Submission& submission = overview.submission;
    const bool is_over = !overview.is_live() && (submission.progress != Progress::begun || submission.is_cancelled);
    if (is_over && !needed.contains(step::name_of(submission.folder))) {
      if (auto closed = close_one(overview, state_folder, clock); !closed) return tl::unexpected(closed.error());
    } else {
      open.push_back(std::move(overview));
    }
  }
  return open;
}

}  // namespace osac::slurm
