#pragma once
// What waits on Slurm for its start conditions, on record: a folder `.osa/NAME/start/KEY` for a workflow with its parameters, written
// before its job is submitted, and that job, known by its name. Whoever writes here has the state's lock. It knows no conditions (start.h),
// and does not decide what waits (start_wait.h).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/cli/session.h"
#include "runtime/slurm/client.h"

namespace osac::cli {

struct Waiting {
  std::string folder;                                 ///< ".osa/night/start/date=2024-01-10-1f3a90c2"
  std::string key;                                    ///< "date=2024-01-10"; empty: the workflow has no parameters
  std::string name;                                   ///< of its job
  std::vector<std::string> arguments;                 ///< after `osac submit`
  std::string called_in;                              ///< the folder in which they were given, absolute
  std::int64_t since = 0, next_try = 0, give_up = 0;  ///< wall, nanoseconds
  std::int64_t due = 0;                               ///< the same; 0: at no time
  bool late_told = false;
  std::string missing;    ///< StartConditions::missing
  std::uint64_t job = 0;  ///< that was submitted last; 0: it is not known whether one was
};
/// What waits in a state folder, by key.
Result<std::vector<Waiting>> read_waiting(const std::string& state);
/// The state folder in which something waits of a workflow of which nothing was carried out yet: the named one, or the first. The current
/// folder is the workflow's.
std::optional<std::string> state_that_waits(const PastArguments& arguments);
/// Lines for `osac status`. `client`: is asked whether the jobs are there.
std::vector<std::string> waiting_lines(const std::vector<Waiting>& waiting, const slurm::Client& client);
/// Members of a JSON list.
std::string waiting_json(const std::vector<Waiting>& waiting);

Result<Waiting> read_record(const std::string& folder);
bool has_record(const std::string& folder);
Status keep(const Waiting& waiting);

/// The number of the Slurm job that runs us; 0: none does.
std::uint64_t own_job();
/// The job that waits, but for the one that we run in; 0: there is none. `looks`: that have to agree, some seconds apart. `after`: only
/// jobs with larger numbers: the one that submitted ours may still be ending.
Result<std::uint64_t> find_job(const slurm::Client& client, const std::string& name, int looks, std::uint64_t after = 0);
/// Nothing waits any more: its job is taken out of the queue, then its record goes. The current folder is the workflow's.
Status stop_waiting(const Waiting& record);
/// The same of all in a state folder; gives how many there were.
Result<std::size_t> stop_all_waiting(const std::string& state);

/// " (date=2024-01-10)", or nothing.
std::string key_text(const std::string& key);
/// "job 4711 tries again at 2024-01-11 08:00 UTC"
std::string next_text(const Waiting& waiting);

}  // namespace osac::cli
