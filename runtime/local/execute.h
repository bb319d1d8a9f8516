#pragma once
// Carries out a plan on this machine: oneTBB's flow graph moves elements through start, supervise, publish, advance; one supervisor thread
// waits for processes (pidfd + epoll). No TBB body ever blocks on a process.

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "compiler/plan/plan.h"
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
};

struct Options {
  std::int64_t jobs = 0;  ///< cpus to use; 0: the site's
  bool keep_going = true;
  std::vector<std::uint32_t> forced;  ///< global element numbers
  bool wait_for_lock = false;
  std::vector<std::string> arguments;  ///< of the command line, for the record
  step::Layout layout;
};

struct Failure {
  std::uint32_t element;
  step::EndRecord record;
  std::uint32_t blocked = 0;  ///< elements that could not run because of it
};
struct Summary {
  std::string execution;
  std::uint32_t succeeded = 0, up_to_date = 0, failed = 0, blocked = 0, cancelled = 0, warned = 0;
  std::vector<Failure> failures;
  std::vector<std::string> warnings;
  std::int64_t elapsed = 0;
  std::int32_t interrupted_by = 0;  ///< signal number, 0 if none
};

/// Runs until everything that can be done is done. Handles SIGINT, SIGTERM, SIGHUP as described in docs/reference/cli.md#interrupts.
Result<Summary> execute(const plan::Plan& plan, const site::Site& site, const Options& options, Progress& progress);

}  // namespace osac::local
