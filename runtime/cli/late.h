#pragma once
// Lateness: those whom the site file tells of `late` are told once when an execution has not ended by the time it was due, with what is
// missing. On this machine by the running osac, on Slurm by a small job that the last one takes out of the queue.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/cli/session.h"
#include "runtime/cli/status_table.h"
#include "runtime/slurm/submission.h"

namespace osac::cli {

/// What is said of an execution that is late.
struct LateReport {
  std::string workflow, execution, plan;
  std::int64_t due = 0;  ///< wall, nanoseconds
  std::uint32_t all = 0, done = 0, failed = 0, running = 0, queued = 0;
  std::vector<FailedElement> failures;
  std::vector<std::string> running_names;
  std::vector<std::string> remarks;  ///< lines: what is not planned yet, why nothing has started
};
/// Troubles with telling are printed as notes.
void tell_late(const LateReport& report, const site::Site& site);

/// Passes on what is told, and watches the time meanwhile, until it is destroyed.
std::unique_ptr<local::Progress> watch_time(std::unique_ptr<local::Progress> inner, const plan::Plan& plan, const site::Site& site,
                                            std::int64_t due);

/// osac submit --late FOLDER: what the job does.
int run_late(const std::string& folder);
/// Takes the jobs that watch the time of an ended execution out of the queue. Trouble with that is printed as a note: they find all done.
void stop_watching(const std::vector<slurm::Submission>& submissions);

}  // namespace osac::cli
