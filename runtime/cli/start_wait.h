#pragma once
// A command whose start conditions do not hold waits: `osac submit` by one small Slurm job that gives it again (start_record.h), `osac run
// --wait` by itself.

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/cli/start_record.h"

namespace osac::cli {

/// Whether an `osac submit` may go on. The current folder is as before.
struct MayStart {
  bool may_start = false;
  int exit_code = exit_done;                ///< if not: it waits, or what went wrong was told
  std::optional<registry::StateLock> lock;  ///< of the state, if conditions were looked at
  std::optional<Waiting> record;            ///< what waited until now; stop_waiting takes it away
  std::optional<std::int64_t> due;          ///< by when it is to have ended, wall, nanoseconds, if it is to be watched
};
/// `again`: by the job of this record, which gives the command again.
MayStart may_submit(const Arguments& arguments, const Waiting* again = nullptr);
/// osac submit --again FOLDER
int submit_again(const std::string& folder, bool json);

/// The same of an `osac run`, which waits here if it was told to.
MayStart may_run(const Arguments& arguments);

/// `--due`, or the site's, as wall time: a time of day is the next one. Usage trouble if it is no time.
Result<std::optional<std::int64_t>> due_time(const std::string& text, const site::Start& start, std::int64_t now);

}  // namespace osac::cli
