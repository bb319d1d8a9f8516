#pragma once
// What happens next: drives the schedule, the state and the progress as elements end. One thread at a time; starts no process itself and
// knows no TBB: it says what to start and is told how that ended.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/plan/edges.h"
#include "runtime/local/execute.h"
#include "runtime/local/temporaries.h"
#include "runtime/registry/state.h"
#include "runtime/schedule/schedule.h"

namespace osac::local {

/// An attempt on its way through the flow.
struct Running {
  std::uint32_t element = 0;
  std::string name;
  std::unique_ptr<step::Attempt> attempt;
  std::optional<step::Process> process;  ///< to be started next
  step::Exit exit;                       ///< of the process that has ended
  std::optional<step::EndRecord> end;    ///< at last
};

/// What an attempt needs of its surroundings.
struct Surroundings {
  const plan::Plan& plan;
  const site::Site& site;
  const Options& options;
  const step::Config& config;
  step::JournalWriter& journal;
  const runtime::Clock& clock;
  Progress& progress;
};

class Conductor {
 public:
  Conductor(const Surroundings& surroundings, registry::State& state, std::vector<registry::Decision> decisions);

  /// Looks up environments and sizes up the work. An environment that is not there is trouble before anything runs.
  Status prepare();
  /// What can be started now.
  std::vector<std::unique_ptr<Running>> next();
  /// An attempt has ended (`running.end` is set).
  void ended(Running& running);
  /// Starts nothing any more; why, is told to people.
  void cancel(const std::string& why);
  /// A fact for people, from whoever may not talk to `progress` itself.
  void note(const std::string& text) { around_.progress.note(text); }

  /// Temporary files that nobody needs any more since the last call; their removal is recorded first.
  std::vector<plan::FileUse> take_unneeded() { return std::exchange(unneeded_, {}); }

  [[nodiscard]] bool finished() const { return schedule_.finished(); }
  /// The disk is full or read-only: nothing more can be made.
  [[nodiscard]] const std::optional<Error>& trouble() const { return trouble_; }
  /// Counts and failures; call once, at the end.
  Summary summary();

 private:
  Status enter_env(std::uint32_t task);
  void settle_ready();
  void settle(std::uint32_t element);
  void offer(std::uint32_t element, std::uint32_t attempt);
  std::unique_ptr<Running> start(std::uint32_t element);
  registry::State::Ready take_ready(std::uint32_t element);
  void fail_unstarted(std::uint32_t element, const std::string& reason, step::FailureClass failure, bool is_running);
  void failed(std::uint32_t element, step::EndRecord record);
  void skip(std::uint32_t element);
  void tell_blocked();
  void tell_dependents(std::uint32_t element);
  void give_up_temporaries(std::uint32_t element);
  void note_trouble(const step::EndRecord& record);

  Surroundings around_;
  registry::State& state_;
  std::vector<registry::Decision> decisions_;
  plan::Edges edges_;
  schedule::Capacity capacity_;
  std::vector<std::int64_t> weights_;
  schedule::Schedule schedule_;
  Temporaries temporaries_;
  std::vector<plan::FileUse> unneeded_;
  std::vector<std::optional<site::Entry>> envs_;  // one a task
  std::vector<bool> parent_ran_;                  // one a node: decisions have to be looked at again
  std::vector<bool> failed_;                      // one an element: failed or blocked
  std::vector<std::uint32_t> attempts_;           // one an element: made so far
  std::unordered_map<std::uint32_t, registry::State::Ready> prepared_;
  std::vector<Failure> failures_;
  std::vector<std::string> warnings_;
  std::uint32_t succeeded_ = 0, warned_ = 0;
  std::optional<Error> trouble_;
  bool is_cancelled_ = false;
};

/// The capacity of a site, with no more than `jobs` cpus if that is not 0.
schedule::Capacity capacity_of(const site::Site& site, std::int64_t jobs);

}  // namespace osac::local
