// After a kill or a power cut: end what still runs, finish what was being published, record what was lost, clear what is in the way. Works
// from journal files that do not end orderly; once dealt with, a file gets a mark beside it (`x.j1.settled`) so that it is not gone through
// again.

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <cerrno>
#include <map>
#include <memory>
#include <set>
#include <tuple>

#include "compiler/base/text.h"
#include "runtime/step/journal_file.h"
#include "runtime/step/processes.h"
#include "runtime/step/publish.h"
#include "runtime/step/scratch.h"
#include "runtime/step/step.h"
#include "runtime/step/system.h"

namespace osac::step {

namespace {

constexpr std::int64_t grace = 2'000'000'000;
constexpr std::int64_t patience = 10'000'000'000;

using AttemptName = std::tuple<std::string, std::string, std::uint32_t>;  // execution, element, number

/// What the unsettled journals leave open.
struct Open {
  std::vector<std::string> files;
  std::map<AttemptName, AttemptStart> started;
  std::map<AttemptName, PublishIntent> intents;
  std::set<std::string> executions;          ///< in the order of their names: they start with the time
  std::map<std::string, std::string> hosts;  ///< execution -> host
  std::vector<std::string> notes;
};

template <typename Record>
AttemptName name_of_attempt(const Record& record) {
  return {record.execution, record.element, record.attempt};
}

Result<std::vector<std::string>> unsettled_files(const std::string& folder, const std::string& own_path) {
  auto files = journal_files(folder);
  if (!files) return files;
  const std::string own = name_of(own_path);
  std::erase_if(*files, [&](const std::string& path) {
    return name_of(path) == own || ends_with_kind(path, kind_execution_end) || is_settled(path);
  });
  return files;
}

Result<Open> read_open(std::vector<std::string> files) {
  Open open;
  JournalVisitor visitor;
  visitor.execution_start = [&](ExecutionStart&& record) {
    open.executions.insert(record.execution);
    open.hosts[record.execution] = record.host;
  };
  visitor.attempt_start = [&](AttemptStart&& record) { open.started[name_of_attempt(record)] = std::move(record); };
  visitor.publish_intent = [&](PublishIntent&& record) { open.intents[name_of_attempt(record)] = std::move(record); };
  visitor.end = [&](EndRecord&& record) {
    open.started.erase(name_of_attempt(record));
    open.intents.erase(name_of_attempt(record));
  };
  auto report = read_journals(files, visitor);
  if (!report) return tl::unexpected(report.error());
  for (const auto& [name, record] : open.started) open.executions.insert(record.execution);
  open.notes = std::move(report->notes);
  open.files = std::move(files);
  return open;
}

class Recovery {
 public:
  Recovery(const Layout& layout, Open open, JournalWriter& journal, const runtime::Clock& clock)
      : layout_(layout), open_(std::move(open)), journal_(journal), clock_(clock), notes_(open_.notes) {}

  Result<std::vector<std::string>> run() {
    if (auto ended = end_left_processes(); !ended) return tl::unexpected(ended.error());
    for (auto& [name, intent] : open_.intents)
      if (auto settled = settle(intent); !settled) return tl::unexpected(settled.error());
    if (auto recorded = record_lost(); !recorded) return tl::unexpected(recorded.error());
    remove_scratch_folders();
    for (const std::string& file : open_.files)
      if (auto marked = mark_settled(file); !marked) return tl::unexpected(marked.error());
    return std::move(notes_);
  }

 private:
  // ---- processes

  Status end_left_processes() {
    Wanted wanted;
    wanted.executions = {open_.executions.begin(), open_.executions.end()};
    if (!find_leaders(wanted)) return {};
    const auto found = find_processes(wanted);
    if (found.empty()) return {};
    std::vector<std::string> shown;
    for (std::size_t i = 0; i < std::min<std::size_t>(found.size(), 5); ++i)
      shown.push_back(fmt::format("{} `{}`", found[i].pid, command_of(found[i].pid)));
    if (found.size() > 5) shown.push_back(fmt::format("{} more", found.size() - 5));
    notes_.push_back(fmt::format("found {} process{} of execution {} (pid {}): ended", found.size(), found.size() == 1 ? "" : "es",
                                 join_words(std::vector<std::string>(open_.executions.begin(), open_.executions.end())),
                                 join_words(shown)));
    const auto stuck = end_processes(wanted, grace, patience);
    if (stuck.empty()) return {};
    return failure(Trouble::busy,
                   fmt::format("process {} of an earlier execution does not end: `{}`", stuck[0].pid, command_of(stuck[0].pid)),
                   "it is probably stuck on a file system that does not answer; give the command again when it is gone");
  }

  /// False if all this was before the last start of the machine, or on another one.
  bool find_leaders(Wanted& wanted) {
    const std::string boot = boot_id();
    bool any = false;
    for (const std::string& path : open_.files) {
      const auto file = JournalFile::open(path);
      any = any || (file && file->header().boot == boot);
    }
    if (!any) return false;
    for (const auto& [name, start] : open_.started)
      if (start.pid > 0 && start.pid_start > 0) wanted.leaders.emplace_back(start.pid, start.pid_start);
    return true;
  }

  // ---- publications

  enum class Place { final_name, scratch, nowhere };
  static Result<Place> place_of(const PublishIntent::Move& move) {
    for (const bool is_final : {true, false}) {
      const auto state = file_state(is_final ? move.to : move.from, true);
      // what cannot be read there is not what was to be published
      if (state && state->size >= 0 && state->content == move.state.content && state->is_directory == move.state.is_directory)
        return is_final ? Place::final_name : Place::scratch;
    }
    return Place::nowhere;
  }

  Status settle(PublishIntent& intent) {
    std::vector<Place> places;
    std::string lost;
    for (const PublishIntent::Move& move : intent.moves) {
      const auto place = place_of(move);
      if (!place) return tl::unexpected(place.error());
      places.push_back(*place);
      if (*place == Place::nowhere && lost.empty()) lost = move.to;
    }
    if (!lost.empty() || intent.end.outputs.size() != intent.moves.size()) return give_up(intent, lost);
    for (std::size_t i = 0; i < places.size(); ++i) {
      const PublishIntent::Move& move = intent.moves[i];
      if (places[i] == Place::scratch) {
        const auto moved = move_into_place(move.from, move.to, move.state.is_directory, site::Durability::full);
        if (!moved) return tl::unexpected(moved.error());
      }
      if (auto synced = sync_folder(folder_of(move.to)); !synced) return synced;
      auto state = file_state(move.to, false);
      if (!state) return tl::unexpected(state.error());
      state->content = move.state.content;
      intent.end.outputs[i].state = *state;
    }
    notes_.push_back(fmt::format("finished publishing what {} had made when osac was killed", intent.element));
    settled_.insert(name_of_attempt(intent));
    return journal_.append(intent.end);
  }

  Status give_up(const PublishIntent& intent, const std::string& lost) {
    EndRecord end = intent.end;
    end.outputs.clear();
    end.outcome = Outcome::lost;
    end.failure = FailureClass::lost;
    end.reason = fmt::format("osac was killed while it published, and `{}` is not there any more", lost);
    notes_.push_back(fmt::format("{} will run again: {}", intent.element, end.reason));
    settled_.insert(name_of_attempt(intent));
    return journal_.append(end);
  }

  // ---- records of what never ended

  Status record_lost() {
    std::vector<std::string> elements;
    for (const auto& [name, start] : open_.started) {
      if (settled_.contains(name)) continue;
      EndRecord end;
      end.execution = start.execution;
      end.element = start.element;
      end.attempt = start.attempt;
      end.outcome = Outcome::lost;
      end.failure = FailureClass::lost;
      end.reason = "osac was killed while this ran";
      const auto host = open_.hosts.find(start.execution);
      if (host != open_.hosts.end()) end.host = host->second;
      end.started = start.time;
      end.ended = clock_.wall();
      if (auto written = journal_.append(end); !written) return written;
      elements.push_back(start.element);
    }
    if (elements.empty()) return {};
    const std::size_t count = elements.size();
    if (count > 5) {
      elements.resize(5);
      elements.push_back(fmt::format("{} more", count - 5));
    }
    notes_.push_back(fmt::format("{} {} running when osac was killed", join_words(elements), count == 1 ? "was" : "were"));
    return {};
  }

  // ---- scratch

  void remove_scratch_folders() {
    const std::string folder = layout_.state + "/scratch";
    const auto close = [](DIR* listing) { ::closedir(listing); };
    const std::unique_ptr<DIR, decltype(close)> listing(::opendir(folder.c_str()), close);
    std::vector<std::string> names;
    while (const dirent* entry = listing ? ::readdir(listing.get()) : nullptr) names.emplace_back(entry->d_name);
    for (const std::string& name : names) {
      if (name == "." || name == ".." || name.ends_with(failed_suffix)) continue;
      // empty, unless a power cut brought something back
      if (open_.files.empty() && name.starts_with(spare_prefix)) continue;
      if (auto gone = remove_scratch(folder + "/" + name); !gone) notes_.push_back(gone.error().what);
    }
  }

  const Layout& layout_;
  Open open_;
  JournalWriter& journal_;
  const runtime::Clock& clock_;
  std::vector<std::string> notes_;
  std::set<AttemptName> settled_;
};

}  // namespace

Result<std::vector<std::string>> recover(const Layout& layout, JournalWriter& journal, const runtime::Clock& clock) {
  auto files = unsettled_files(layout.state + "/journal", journal.path());
  if (!files) return tl::unexpected(files.error());
  auto open = read_open(std::move(*files));
  if (!open) return tl::unexpected(open.error());
  return Recovery(layout, std::move(*open), journal, clock).run();
}

}  // namespace osac::step
