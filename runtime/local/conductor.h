#pragma once
// What happens next: drives the schedule, the state and the progress as elements end. One thread at a time; starts no process itself and
// knows no TBB: it says what to start and is told how that ended.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/local/era.h"
#include "runtime/local/execute.h"
#include "runtime/local/growth.h"
#include "runtime/local/versions.h"

namespace osac::local {

/// An attempt on its way through the flow.
struct Running {
  std::uint32_t element = 0;  ///< in the plan of now
  bool is_stray = false;      ///< a larger plan took over in which it is not its turn
  std::string name;
  std::shared_ptr<const plan::Plan> plan;  ///< that it was started from
  std::unique_ptr<step::Attempt> attempt;
  std::optional<step::Process> process;  ///< to be started next
  step::Exit exit;                       ///< of the process that has ended
  bool has_released = false;             ///< its share of the machine is given back already
  std::optional<step::EndRecord> end;    ///< at last
};

/// A temporary file that nobody needs any more.
struct Unneeded {
  std::string path;
  std::string element;  ///< that made it
};

/// What an attempt needs of its surroundings.
struct Surroundings {
  const site::Site& site;
  const Options& options;
  const step::Config& config;
  step::JournalWriter& journal;
  const runtime::Clock& clock;
  Progress& progress;
};

class Conductor {
 public:
  /// `state` has made `decisions`, from a plan that was made from `made`.
  Conductor(const Surroundings& surroundings, std::shared_ptr<const plan::Plan> plan, std::unique_ptr<registry::State> state,
            std::vector<registry::Decision> decisions, registry::MadeFiles made, std::vector<WrongFile> wrong);

  /// Looks up environments and sizes up the work. An environment that is not there is trouble before anything runs.
  Status prepare();
  /// What can be started now.
  std::vector<std::unique_ptr<Running>> next();
  /// The process of an attempt has ended; judging and publishing are to come. Whether others can start meanwhile: call next().
  bool process_ended(Running& running);
  /// An attempt has ended (`running.end` is set).
  void ended(Running& running);
  /// Starts nothing any more; why, is told to people.
  void cancel(const std::string& why);
  /// A fact for people, from whoever may not talk to `progress` itself.
  void note(const std::string& text) { around_.progress.note(text); }

  /// Whether to plan again now; ask after `next`. Then the files to plan from, and what came of it.
  [[nodiscard]] bool wants_growth() const;
  registry::MadeFiles begin_growth() { return growth_.begin(around_.clock.monotonic()); }
  void grow(Replanned replanned);

  /// Temporary files that nobody needs any more since the last call; their removal is recorded first.
  std::vector<Unneeded> take_unneeded() { return std::exchange(unneeded_, {}); }

  [[nodiscard]] bool finished() const { return era_->schedule.finished(); }
  [[nodiscard]] registry::State& state() { return *era_->state; }
  /// The disk is full or read-only: nothing more can be made.
  [[nodiscard]] const std::optional<Error>& trouble() const { return trouble_; }
  /// Writes the certificates of all that stands (`certify`).
  Status certify();
  /// Counts and failures; call once, at the end.
  Summary summary();

 private:
  [[nodiscard]] const plan::Plan& plan() const { return *era_->plan; }
  Status enter_env(std::uint32_t task);
  void settle_ready();
  void settle(std::uint32_t element);
  bool settle_carried(std::uint32_t element);
  [[nodiscard]] bool may_be_of_survivors(std::uint32_t element) const;
  void offer(std::uint32_t element, std::uint32_t attempt);
  std::unique_ptr<Running> start(std::uint32_t element);
  void record_plan();
  registry::State::Ready take_ready(std::uint32_t element);
  void fail_unstarted(std::uint32_t element, const std::string& reason, step::FailureClass failure, bool is_running);
  void succeeded(std::uint32_t element, const step::EndRecord& record);
  void failed(std::uint32_t element, step::EndRecord record);
  void stray_ended(const Running& running);
  void skip(std::uint32_t element);
  void tell_blocked();
  void tell_dependents(std::uint32_t element);
  void give_up_temporaries(std::uint32_t element);
  void note_trouble(const step::EndRecord& record);

  // a larger plan takes over: grow.cpp
  void note_made(std::uint32_t element);
  void set_aside(WrongFile wrong);
  [[nodiscard]] std::string why_not(const plan::Plan& larger, const std::vector<std::uint32_t>& numbers) const;
  Status adopt(const std::shared_ptr<const plan::Plan>& larger, const std::vector<std::uint32_t>& numbers);
  [[nodiscard]] std::vector<std::uint32_t> forced_in(const plan::Plan& larger, const std::vector<std::uint32_t>& numbers) const;
  void carry_over(Era& larger, const std::vector<std::uint32_t>& numbers);
  void settle_strays();
  [[nodiscard]] bool is_held(std::uint32_t element);
  [[nodiscard]] std::uint32_t count_left() const;
  [[nodiscard]] std::vector<Unplanned> unplanned() const;

  Surroundings around_;
  schedule::Capacity capacity_;
  std::unique_ptr<Era> era_;
  Growth growth_;
  Versions versions_;
  Digest recorded_plan_{};           // zero: none yet
  std::vector<Running*> in_flight_;  // owned by whoever moves them
  std::vector<std::uint32_t> held_;  // elements that wait for a stray attempt of their own to end
  std::vector<Unneeded> unneeded_;
  std::vector<Failure> failures_;
  std::vector<std::string> warnings_;
  std::vector<WrongFile> wrong_;
  std::string growth_trouble_;
  std::uint32_t succeeded_ = 0, warned_ = 0;
  std::uint32_t made_before_ = 0;  // of those that are skipped in this era: made in an earlier one
  std::uint32_t finishing_ = 0;    // attempts that have given back their share and have not ended
  std::optional<Error> trouble_;
  bool is_cancelled_ = false;
};

/// The capacity of a site, with no more than `jobs` cpus if that is not 0.
schedule::Capacity capacity_of(const site::Site& site, std::int64_t jobs);

}  // namespace osac::local
