#pragma once
// Brings the calls of a submission into Slurm: the intent on record before each call, the answer after it, an unclear answer settled by the
// job's name before anything else is tried. Nothing runs before the gate is released, and it is released only when all jobs were seen in
// the queue longer after their acceptance than a controller keeps its state to itself (docs/explanation/slurm.md).

#include <functional>
#include <string>

#include "runtime/slurm/calls.h"
#include "runtime/slurm/client.h"
#include "runtime/slurm/submission.h"

namespace osac::slurm {

struct SubmitOptions {
  std::int64_t settling = 6'000'000'000;           ///< nanoseconds between what Slurm has said and the look whether it still says so
  std::int64_t looks_apart = 5'000'000'000;        ///< what is not in the queue in two looks so far apart is not there, nanoseconds
  std::int64_t patience = 120'000'000'000;         ///< how long an unclear answer or a silent controller is waited for, nanoseconds
  std::function<void(const std::string&)> note{};  ///< what people want to know meanwhile
};

/// Goes on from wherever the journal says; of a released one it only looks that the gate is open. Temporary trouble (exit 75): Slurm does
/// not answer, the same command goes on later; or it refuses for now, since there are too many jobs. Usage trouble: it refuses a call for
/// good. After a refusal everything submitted has been cancelled, and that is on record.
Status submit(const Calls& calls, SubmissionJournal& journal, const Client& client, const SubmitOptions& options);

/// Cancels all jobs of a submission, those of unclear answers too, and looks until none is left. Temporary trouble if that cannot be told.
Status withdraw(SubmissionJournal& journal, const Client& client, const SubmitOptions& options);

}  // namespace osac::slurm
