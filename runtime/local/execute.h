#pragma once
// Carries out a plan on this machine: oneTBB's flow graph moves elements through start, supervise, publish, advance; one supervisor thread
// waits for processes (pidfd + epoll). No TBB body ever blocks on a process.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/base/clock.h"
#include "runtime/registry/made_files.h"
#include "runtime/registry/state.h"
#include "runtime/schedule/schedule.h"
#include "runtime/site/site.h"
#include "runtime/step/step.h"

namespace osac::local {

/// What is told while it runs. Called from one thread at a time.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void planned(std::uint32_t to_run, std::uint32_t up_to_date) = 0;
  virtual void started(std::uint32_t element, std::uint32_t attempt) = 0;
  virtual void ended(std::uint32_t element, const step::EndRecord& record, bool will_retry) = 0;
  virtual void skipped(std::uint32_t element) = 0;  ///< up to date after all
  virtual void blocked(std::uint32_t element, std::uint32_t root_cause) = 0;
  virtual void note(const std::string& text) = 0;
  /// A larger plan has taken over, which lives on until the next one: from now on its numbers are used. `numbers`: of the elements before;
  /// `left`: elements that are still to run.
  virtual void grown(const plan::Plan& plan, std::span<const std::uint32_t> numbers, std::uint32_t left) {
    (void)plan, (void)numbers, (void)left;
  }
};

/// A made file that planning cannot use: what a task wrote is wrong.
struct WrongFile {
  registry::MadeFile file;
  std::string report;  ///< the diagnostics, as people read them
};
/// What planning again gave.
struct Replanned {
  std::shared_ptr<const plan::Plan> plan;  ///< null if it failed
  std::vector<WrongFile> wrong;            ///< of the files it was given: the plan is made without them
  std::string report;                      ///< why it failed
};
/// Plans the same workflow again from more made files (or fewer). Called from any thread, once at a time.
using Replan = std::function<Replanned(const registry::MadeFiles& made)>;

struct Options {
  std::int64_t jobs = 0;  ///< cpus to use; 0: the site's
  bool keep_going = true;
  std::vector<std::uint32_t> forced;  ///< global element numbers
  bool wait_for_lock = false;
  std::vector<std::string> arguments;  ///< of the command line, for the record
  std::string called_in;               ///< the folder in which they were given
  step::Layout layout;
  // of a plan with stages
  Replan replan;                 ///< empty: the plan stays as it is
  registry::MadeFiles made;      ///< what the plan was made from
  std::vector<WrongFile> wrong;  ///< what it could not be made from
  std::int64_t planning_time = 0;
  /// Which elements of a larger plan are forced; empty: those that are in this one.
  std::function<std::vector<std::uint32_t>(const plan::Plan&)> forced_in;
};

struct Failure {
  std::uint32_t element;
  step::EndRecord record;
  std::uint32_t blocked = 0;  ///< elements that could not run because of it
};
/// What could not be planned, since files were not made.
struct Unplanned {
  enum class Why : std::uint8_t {
    maker_failed,
    maker_was_empty,  ///< it succeeded without outputs
    file_is_wrong,    ///< nobody makes them, and they cannot be read
    plan_is_fixed,    ///< they are made, but a plan file does not grow
  };
  Why why = Why::maker_failed;
  std::string what;
  std::string dataset;
  std::uint64_t files = 0;
  std::uint32_t root_cause = plan::no_element;  ///< the failed element, or the (first) empty one
};
struct Summary {
  std::string execution;
  std::uint32_t succeeded = 0, up_to_date = 0, failed = 0, blocked = 0, cancelled = 0, warned = 0;
  std::vector<Failure> failures;
  std::vector<std::string> warnings;
  std::int64_t elapsed = 0;
  std::int32_t interrupted_by = 0;         ///< signal number, 0 if none
  std::shared_ptr<const plan::Plan> plan;  ///< the last one: elements' numbers are its
  std::vector<Unplanned> unplanned;
  std::vector<WrongFile> wrong;
  std::string growth_trouble;                 ///< why no larger plan could be made; empty if it could
  std::optional<Error> certificates_trouble;  ///< why they could not be written
  /// Whether all was done that there was to do.
  [[nodiscard]] bool is_complete() const {
    return failed + blocked == 0 && wrong.empty() && growth_trouble.empty() && unplanned.empty() && !certificates_trouble;
  }
};

/// "20261121T044800-7f3a91c2": sorts by time, and no two are the same.
std::string make_execution_name(const runtime::Clock& clock);
/// Who runs this.
std::string user_name();
/// Keeps the plan beside the state, so that `status` and `log` need no parameters.
Status keep_plan(const plan::Plan& plan, const std::string& state_folder);

/// Runs until everything that can be done is done. Handles SIGINT, SIGTERM, SIGHUP as described in docs/reference/cli.md#interrupts.
Result<Summary> execute(const plan::Plan& plan, const site::Site& site, const Options& options, Progress& progress);

}  // namespace osac::local
