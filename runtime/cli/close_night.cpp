#include "runtime/cli/close_night.h"

#include <fmt/format.h>
#include <algorithm>
#include <numeric>

#include "compiler/base/text.h"
#include "compiler/plan/query.h"
#include "compiler/plan/resolve.h"
#include "runtime/base/clock.h"
#include "runtime/cli/close_records.h"
#include "runtime/cli/last_asked.h"
#include "runtime/cli/prov_export.h"
#include "runtime/closing/finals.h"
#include "runtime/closing/missing.h"
#include "runtime/local/settle.h"
#include "runtime/step/journal_file.h"
#include "runtime/step/record_text.h"
#include "runtime/step/system.h"

namespace osac::cli {

namespace {

using closing::Fate;
using closing::Verdicts;
using step::json_text;

constexpr std::size_t examples_shown = 3;
constexpr std::size_t obstacles_shown = 50;

/// What is accepted: flags for judging, and what is recorded of it.
struct Acceptance {
  std::vector<bool> accepted;  // one an element
  std::vector<step::Closed::Accepted> told;
};

/// The makers of what a query means.
Result<std::vector<std::uint32_t>> makers_of(const plan::Plan& plan, const std::string& query, const std::string& folder) {
  const auto set = plan::query(plan, query, folder == "." ? "" : folder);
  const std::string shown = fmt::format("--accept `{}`: ", visible(query));
  if (!set) return failure(Trouble::usage, shown + set.error().what, set.error().help);
  std::vector<std::uint32_t> makers;
  for (std::uint32_t element = 0; element < plan.element_count(); ++element)
    if (set->tasks[element] != 0) makers.push_back(element);
  for (std::uint32_t dataset = 0; dataset < set->datasets.size(); ++dataset)
    for (std::uint32_t file = 0; file < set->datasets[dataset].size(); ++file)
      if (set->datasets[dataset][file] != 0)
        if (const auto maker = plan.producer(dataset, file)) makers.push_back(plan.global(*maker));
  std::sort(makers.begin(), makers.end());
  makers.erase(std::unique(makers.begin(), makers.end()), makers.end());
  if (!makers.empty()) return makers;
  if (set->is_empty()) return failure(Trouble::usage, shown + "there is no such element", "see osac query");
  return failure(Trouble::usage, shown + "nobody here makes it");
}

std::string closed_line(const plan::Plan& plan, const step::Closed& mark) {
  return fmt::format("{}: {}; osac close --reopen opens it again\n", plan.workflow(), closing::closed_text(mark, hexadecimal(plan.id())));
}

std::string missing_names(const Verdicts& verdicts) {
  if (verdicts.missing.empty()) return "nothing is missing";
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(examples_shown, verdicts.missing.size()); ++i) names.push_back(verdicts.missing[i].what);
  if (verdicts.missing.size() > examples_shown) names.emplace_back("more");
  return "missing are: " + join_words(names);
}

Result<Acceptance> read_acceptance(const plan::Plan& plan, const std::string& folder, const CloseArguments& how, const Verdicts& verdicts) {
  Acceptance all;
  all.accepted.assign(plan.element_count(), false);
  for (std::size_t i = 0; i < how.accepted.size(); ++i) {
    const auto makers = makers_of(plan, how.accepted[i], folder);
    if (!makers) return tl::unexpected(makers.error());
    step::Closed::Accepted& told = all.told.emplace_back();
    told.query = how.accepted[i];
    told.reason = how.reasons[i];
    for (const std::uint32_t element : *makers) {
      if (verdicts.fates[element] == Fate::stands) continue;
      all.accepted[element] = true;
      told.elements.push_back(plan::element_name(plan, plan.element(element)));
    }
    if (told.elements.empty())
      return failure(Trouble::usage, fmt::format("--accept `{}`: all of it is there", visible(told.query)),
                     "leave it out; " + missing_names(verdicts));
  }
  return all;
}

/// A journal for what closing records; none comes into being if that is nothing.
class ClosingJournal {
 public:
  ClosingJournal(const std::string& state, site::Durability durability) : folder_(state + "/journal"), durability_(durability) {}
  ClosingJournal(const ClosingJournal&) = delete;
  ClosingJournal& operator=(const ClosingJournal&) = delete;
  /// Nothing of it is to be recovered by those who look for executions that were killed.
  ~ClosingJournal() {
    if (journal_) (void)step::mark_settled(journal_->path());
  }
  Result<step::JournalWriter*> writer() {
    if (journal_) return journal_.get();
    auto made = step::JournalWriter::create(folder_, durability_, runtime::system_clock());
    if (!made) return tl::unexpected(made.error());
    journal_ = std::move(*made);
    return journal_.get();
  }
  template <typename Record>
  Status append(const Record& record) {
    auto journal = writer();
    return journal ? (*journal)->append(record) : tl::unexpected(journal.error());
  }

 private:
  const std::string folder_;
  const site::Durability durability_;
  std::unique_ptr<step::JournalWriter> journal_;
};

class Closer {
 public:
  explicit Closer(const ClosingRequest& request) : request_(request) {}

  ClosingOutcome run() {
    if (auto entered = enter_folder(request_.called_in); !entered) return trouble(entered.error());
    SessionOptions options;
    options.settles = true;
    options.shows_warnings = false;
    int exit_code = exit_done;
    session_ = open_session(request_.arguments, driver::Stage::plan, exit_code, options);
    if (!session_) return {exit_code, false, {}, {}};
    if (auto entered = enter_folder(session_->folder); !entered) return trouble(entered.error());
    state_ = state_folder(session_->plan().workflow());
    night_ = night_of(*session_, request_.arguments.workflow);
    const auto mark = closing::find_mark(state_, night_);
    if (!mark) return trouble(mark.error());
    if (*mark) {
      const std::string line = closed_line(session_->plan(), **mark);
      tell(line);
      return {exit_done, true, line, {}};
    }
    auto published = closing::read_published(state_);
    if (!published) return trouble(published.error());
    published_before_ = std::move(*published);
    if (auto recovered = closing::recover_finals(published_before_); !recovered) return trouble(recovered.error());
    auto history = registry::read_history(state_);
    if (!history) return trouble(history.error());
    auto settled = local::settle(session_->plan(), session_->site, session_->growth_options({}), std::move(*history));
    if (!settled) return trouble(settled.error());
    settled_ = std::move(*settled);
    if (!request_.how.dimension.empty())
      if (const auto found = find_dimension(plan(), request_.how.dimension); !found) return trouble(found.error());
    return judge_and_close();
  }

 private:
  [[nodiscard]] const plan::Plan& plan() const { return *settled_.plan; }
  [[nodiscard]] std::string prefix() const { return session_->folder == "." ? "" : session_->folder + "/"; }

  /// For those who are told of it only: here it is reported.
  static ClosingOutcome trouble(const Error& error) { return {report(error), false, "not closed: " + error.what + "\n", {}}; }

  Verdicts judge(const std::vector<bool>& accepted) {
    Verdicts verdicts = closing::find_missing({plan(), *settled_.state, settled_.decisions, accepted});
    for (const local::WrongFile& wrong : settled_.wrong)
      verdicts.missing.push_back(
          {wrong.file.element, plan::no_element, 1, "what it made is wrong (see above)", wrong.file.path, "", 0, {}});
    return verdicts;
  }

  ClosingOutcome judge_and_close() {
    for (const local::WrongFile& wrong : settled_.wrong) tell(wrong.report);
    Verdicts verdicts = judge(std::vector<bool>(plan().element_count(), false));
    auto acceptance = read_acceptance(plan(), session_->folder, request_.how, verdicts);
    if (!acceptance) return trouble(acceptance.error());
    if (!acceptance->told.empty()) verdicts = judge(acceptance->accepted);
    if (!verdicts.is_complete()) return refuse(verdicts);
    if (auto kept = local::keep_plan(plan(), state_); !kept) return trouble(kept.error());
    const std::vector<closing::Final> finals = find_finals(verdicts);
    if (const auto obstacles = closing::find_obstacles(finals, published_before_); !obstacles.empty())
      return refuse_to_overwrite(verdicts, obstacles);
    if (auto made = step::make_folders(closing::folder_of(state_, night_.key)); !made) return trouble(made.error());
    ClosingJournal journal(state_, session_->site.durability);
    if (!finals.empty())
      if (auto done = publish(finals, journal); !done) return trouble(done.error());
    bring_up_registry(state_, session_->site.registry);
    if (auto kept = keep_provenance(plan(), state_, request_.how.dimension, closing::folder_of(state_, night_.key), prefix()); !kept)
      return trouble(kept.error());
    return mark(verdicts, std::move(acceptance->told), journal);
  }

  /// The files that stand and have a published path, in the plan's order.
  [[nodiscard]] std::vector<closing::Final> find_finals(const Verdicts& verdicts) const {
    const auto bare = [](std::string path) {
      while (path.size() > 1 && path.ends_with('/')) path.pop_back();
      return path;
    };
    std::vector<closing::Final> finals;
    for (std::uint32_t dataset = 0; dataset < plan().datasets().size(); ++dataset) {
      const plan::DatasetRow& row = plan().datasets()[dataset];
      if (row.publication == plan::Publication::none) continue;
      for (std::uint32_t file = 0; file < row.family.count; ++file) {
        const auto maker = plan().producer(dataset, file);
        const step::FileState* const state = settled_.state->standing(dataset, file);
        const auto published = plan::published_path(plan(), dataset, file);
        if (!maker || verdicts.fates[plan().global(*maker)] != Fate::stands || state == nullptr || !published) continue;
        finals.push_back({plan::dataset_element_name(plan(), dataset, file), bare(plan::dataset_path(plan(), dataset, file)),
                          bare(published->path), published->kind == plan::Publication::link, *state});
      }
    }
    return finals;
  }

  ClosingOutcome refuse_to_overwrite(const Verdicts& verdicts, const std::vector<std::string>& obstacles) const {
    ClosingOutcome outcome;
    outcome.code = exit_failed;
    for (std::size_t i = 0; i < obstacles.size() && i < obstacles_shown; ++i) outcome.text += obstacles[i] + "\n";
    if (obstacles.size() > obstacles_shown) outcome.text += fmt::format("and {} more\n", grouped(obstacles.size() - obstacles_shown));
    outcome.text += fmt::format("osac: {} is not closed ({}): nothing was published, since {} taken\n", plan().workflow(),
                                visible(night_.key), obstacles.size() == 1 ? "a path is" : grouped(obstacles.size()) + " paths are") +
                    "help: move away what is there; nothing is overwritten\n";
    outcome.json = json(verdicts, {}, false, obstacles);
    tell(outcome.text);
    return outcome;
  }

  /// What was moved is recorded anew as it is now, so that nobody has to read it again to know that it is the same.
  Status publish(const std::vector<closing::Final>& finals, ClosingJournal& journal) {
    auto writer = journal.writer();
    if (!writer) return tl::unexpected(writer.error());
    const auto changed = closing::publish_finals({finals, published_before_, night_.key, **writer, runtime::system_clock()});
    if (!changed) return tl::unexpected(changed.error());
    published_ = finals.size();
    step::fail_point("before_refreshed");
    for (std::uint32_t element = 0; element < plan().element_count() && !changed->empty(); ++element)
      if (auto written = refresh(element, *changed, **writer); !written) return written;
    return {};
  }

  Status refresh(std::uint32_t element, const std::map<std::string, step::FileState>& changed, step::JournalWriter& writer) const {
    const plan::ElementRef ref = plan().element(element);
    const auto outputs = plan().outputs(plan().tasks()[ref.task]);
    if (std::none_of(outputs.begin(), outputs.end(), [&](const plan::OutputRow& output) {
          return plan().datasets()[output.dataset].publication == plan::Publication::move;
        }))
      return {};
    const registry::History& history = settled_.state->history();
    const registry::PastElement* const known = history.find(plan::element_name(plan(), ref));
    const auto files = plan::output_files(plan(), ref);
    if (known == nullptr || files.empty()) return {};
    const registry::PastEnd* const success = history.success_of(*known, files.front().path);
    auto record = success == nullptr ? Result<step::EndRecord>(step::EndRecord{}) : history.whole(*success);
    if (!record) return tl::unexpected(record.error());
    bool has_changed = false;
    for (step::OutputRecord& output : record->outputs) {
      const auto found = changed.find(output.path.ends_with('/') ? output.path.substr(0, output.path.size() - 1) : output.path);
      if (found == changed.end()) continue;
      output.state = found->second;
      has_changed = true;
    }
    return has_changed ? writer.append(*record) : Status{};
  }

  ClosingOutcome refuse(const Verdicts& verdicts) const {
    std::string count;
    if (verdicts.causes > 0)
      count = fmt::format("{} {} missing", count_of(verdicts.causes, "element"), verdicts.causes == 1 ? "is" : "are");
    if (verdicts.blocked > 0)
      count += fmt::format(", {} could not run because of {}", grouped(verdicts.blocked), verdicts.causes == 1 ? "it" : "them");
    if (verdicts.unplanned > 0) count += (count.empty() ? "" : ", and ") + std::string("not all is planned");
    if (count.empty()) count = "what was made is wrong";
    ClosingOutcome outcome;
    outcome.code = exit_failed;
    outcome.text = closing::missing_text(verdicts.missing, prefix()) +
                   fmt::format("osac: {} is not closed ({}): {}\n", plan().workflow(), visible(night_.key), count) +
                   fmt::format("help: {} makes what can be made; osac close --accept QUERY --reason TEXT closes without it\n",
                               request_.is_submitted ? "osac resubmit" : command_text(request_.arguments, "run"));
    outcome.json = json(verdicts, {}, false);
    tell(outcome.text);
    return outcome;
  }

  [[nodiscard]] std::string json(const Verdicts& verdicts, const std::vector<step::Closed::Accepted>& accepted, bool is_closed,
                                 const std::vector<std::string>& obstacles = {}) const {
    std::string taken;
    for (const std::string& line : obstacles) taken += (taken.empty() ? "" : ", ") + json_text(line);
    std::string list;
    for (const step::Closed::Accepted& one : accepted) {
      std::string elements;
      for (const std::string& element : one.elements) elements += (elements.empty() ? "" : ", ") + json_text(element);
      list += fmt::format("{}\n    {{\"query\": {}, \"reason\": {}, \"elements\": [{}]}}", list.empty() ? "" : ",", json_text(one.query),
                          json_text(one.reason), elements);
    }
    return fmt::format(
        "{{\n  \"workflow\": {},\n  \"night\": {},\n  \"closed\": {},\n  \"elements\": {},\n  \"there\": {},\n  \"blocked\": {},\n"
        "  \"excused\": {},\n  \"published\": {},\n  \"missing\": {},\n  \"taken\": [{}],\n  \"accepted\": [{}{}]\n}}\n",
        json_quoted(plan().workflow()), json_quoted(night_.key), is_closed, plan().element_count(), verdicts.stands, verdicts.blocked,
        verdicts.excused, published_, closing::missing_json(verdicts.missing), taken, list, list.empty() ? "" : "\n  ");
  }

  /// First the journal, then the file that commands look at: with that it is closed.
  ClosingOutcome mark(const Verdicts& verdicts, std::vector<step::Closed::Accepted> accepted, ClosingJournal& journal) {
    step::Closed closed;
    closed.key = night_.key;
    closed.plan = hexadecimal(plan().id());
    closed.user = local::user_name();
    closed.host = step::host_name();
    closed.time = runtime::system_clock().wall();
    closed.elements = verdicts.stands;
    closed.published = published_;
    closed.accepted = std::move(accepted);
    for (std::uint32_t element = 0; element < plan().element_count(); ++element)
      if (verdicts.fates[element] == Fate::excused) closed.missing.push_back(plan::element_name(plan(), plan().element(element)));
    step::fail_point("before_closed");
    if (auto written = journal.append(closed); !written) return trouble(written.error());
    step::fail_point("before_mark");
    if (auto written = closing::write_mark(state_, closed); !written) return trouble(written.error());
    ClosingOutcome outcome;
    outcome.is_closed = true;
    outcome.text = fmt::format("{}: closed ({}): {} there", plan().workflow(), visible(night_.key), count_of(verdicts.stands, "element"));
    if (verdicts.accepted > 0) outcome.text += fmt::format(", {} accepted as missing", grouped(verdicts.accepted));
    if (verdicts.excused > 0)
      outcome.text += fmt::format(", {} missing because of {}", grouped(verdicts.excused), verdicts.accepted == 1 ? "it" : "them");
    if (published_ > 0) outcome.text += fmt::format("; {} published", count_of(published_, "file"));
    outcome.text += "\n";
    outcome.json = json(verdicts, closed.accepted, true);
    tell(outcome.text);
    return outcome;
  }

  const ClosingRequest& request_;  // NOLINT: lives for one call
  std::optional<Session> session_;
  std::string state_;
  local::Settled settled_;
  closing::Night night_;
  closing::Published published_before_;
  std::uint64_t published_ = 0;
};

}  // namespace

ClosingOutcome close_night(const ClosingRequest& request) { return Closer(request).run(); }

ClosingOutcome not_all_there(const plan::Plan& plan) {
  ClosingOutcome outcome{exit_failed, false, fmt::format("{}: not closed: not all of it is there\n", plan.workflow()), {}};
  tell(outcome.text);
  return outcome;
}

int reopen_night(const plan::Plan& plan, const std::string& state, const step::Closed& mark, const CloseArguments& how) {
  step::Reopened reopened;
  reopened.key = mark.key;
  reopened.user = local::user_name();
  reopened.host = step::host_name();
  reopened.reason = how.reasons.empty() ? "" : how.reasons.front();
  reopened.time = runtime::system_clock().wall();
  ClosingJournal journal(state, site::Durability::full);
  if (auto written = journal.append(reopened); !written) return report(written.error());
  step::fail_point("before_reopen");
  if (auto removed = closing::remove_mark(state, mark.key); !removed) return report(removed.error());
  tell(fmt::format("{}: open again ({}); it was {}\n", plan.workflow(), visible(mark.key), closing::closed_text(mark)));
  return exit_done;
}

closing::Night night_of(const Session& session, const WorkflowArguments& arguments) {
  // what a plan file has left out nobody knows
  const std::string where = session.opened ? "plan " + hexadecimal(session.plan().id()) : arguments.where;
  return closing::night_of(session.plan(), arguments.goals, where);
}

std::optional<int> answer_if_closed(const Session& session, const WorkflowArguments& arguments) {
  const plan::Plan& plan = session.plan();
  const auto mark = closing::find_mark(state_folder(plan.workflow()), night_of(session, arguments));
  if (!mark) return report(mark.error());
  if (!*mark) return std::nullopt;
  tell(closed_line(plan, **mark));
  return exit_done;
}

std::optional<step::Closed> find_closed(const plan::Plan& plan, const closing::Night& night) {
  auto mark = closing::find_mark(state_folder(plan.workflow()), night);
  if (mark) return std::move(*mark);
  tell(fmt::format("note: {}\n", mark.error().what));
  return std::nullopt;
}

std::string closed_json(const std::optional<step::Closed>& closed) {
  if (!closed) return "null";
  return fmt::format("{{\"night\": {}, \"time\": {}, \"by\": {}, \"elements\": {}, \"published\": {}, \"missing\": {}}}",
                     json_quoted(closed->key), json_quoted(runtime::utc_text(closed->time)), json_text(closed->user), closed->elements,
                     closed->published,
                     std::accumulate(closed->accepted.begin(), closed->accepted.end(), closed->missing.size(),
                                     [](std::size_t sum, const auto& one) { return sum + one.elements.size(); }));
}

}  // namespace osac::cli
