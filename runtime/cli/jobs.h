#pragma once
// What commands about submitted jobs share: the state's lock, what is open, which elements are meant. It does not talk to Slurm itself.

#include <string>
#include <vector>

#include "runtime/cli/session.h"
#include "runtime/slurm/collect.h"

namespace osac::cli {

/// Waits for whoever has the lock of a state folder, and says so.
Result<registry::StateLock> lock_patiently(const std::string& state);

/// slurm::settle; records that a shared file system shows late are waited for, for some minutes. The caller has the state's lock.
Result<std::vector<slurm::Overview>> settle_patiently(const std::string& state);

/// The journals of open submissions, for registry::read_history.
Result<std::vector<std::string>> open_journals(const std::string& state);

/// The submissions of the execution that was submitted last, or of a given one; oldest first. Usage trouble if there are none.
Result<std::vector<slurm::Submission>> last_execution(const std::string& state, const std::string& execution = {});

/// One flag an element: those of any task for which a condition holds (`run in 2006..2009`). Usage trouble if it makes sense for no task.
Result<std::vector<bool>> elements_where(const plan::Plan& plan, const std::string& condition);

/// "3 running, 12 queued"
std::string live_text(const std::vector<slurm::Overview>& overviews);
/// Why a command cannot go on while jobs are on their way: busy, or temporary trouble if that cannot be told. Nothing if none is.
std::optional<Error> still_live(const std::vector<slurm::Overview>& overviews);

}  // namespace osac::cli
