#pragma once
// Slurm's commands as functions: sbatch, scontrol, squeue, sacct, scancel. Each call is a process with LC_ALL=C and a limit on its wall
// time, after which it is ended: a command that hangs never hangs osac. What they print is parsed here and nowhere else. No answer is
// believed to be more than it says: a call that was ended, or printed nothing sensible, may have done its work all the same.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/base/result.h"

namespace osac::slurm {

struct Submitted {
  enum class How : std::uint8_t {
    accepted,  ///< `job` is its number, provisional until it is seen in the queue some seconds later: a controller that dies forgets it
    refused,   ///< for good: nothing of it is in the queue (unknown partition, too much memory, a limit)
    unclear,   ///< no answer, or none that can be read: it may be in the queue; find it by its name before anything else
    missing,   ///< there is no sbatch here
  };
  How how = How::unclear;
  std::uint64_t job = 0;
  std::string text;  ///< what it said, a line
};

/// A job, or some array tasks of one that are alike, as slurmctld knows them.
struct Queued {
  std::uint64_t job = 0;                                         ///< of the whole array
  std::string name;                                              ///< token
  std::vector<std::pair<std::uint32_t, std::uint32_t>> indices;  ///< ranges of array tasks; none: no array
  std::string state;                                             ///< "PENDING", "RUNNING", "COMPLETED", ... as Slurm says it
  std::string reason;                                            ///< "Dependency", "DependencyNeverSatisfied", "JobHeldUser", ...
  std::string node;
  [[nodiscard]] bool is_waiting() const;  ///< PENDING and the like: it has not begun, or begins anew
  [[nodiscard]] bool is_running() const;  ///< RUNNING, COMPLETING, SUSPENDED, ...
  [[nodiscard]] bool is_over() const { return !is_waiting() && !is_running(); }
};

/// A job or array task as accounting recorded it.
struct Accounted {
  std::uint64_t job = 0;
  std::optional<std::uint32_t> index;
  std::string state;  ///< "OUT_OF_MEMORY", "CANCELLED" (without `by UID`), ...
  std::int32_t exit_code = 0, signal = 0;
  std::string node;
  std::int64_t started = 0, ended = 0;  ///< wall, nanoseconds; 0: unknown
};

/// `scontrol show config` and `scontrol show partition`, as far as anybody asks for it.
struct ClusterConfig {
  std::map<std::string, std::string> values;                   ///< "MaxArraySize" -> "1001"
  std::vector<std::map<std::string, std::string>> partitions;  ///< "PartitionName" -> ...
  std::int64_t start_time = 0;                                 ///< of slurmctld ("BOOT_TIME"), wall, nanoseconds; 0: unknown
};

/// What accounting allows this user, by account; -1: no limit.
struct Association {
  std::string account, partition;
  std::vector<std::string> qos;
  std::int64_t max_submit = -1;
};

/// Whether a text of a command says that nobody answered, or not in time: nothing follows from it.
bool says_no_answer(const std::string& text);
/// Whether a refusal is about how much there is already, not about what was asked for: later it may be accepted.
bool says_limit(const std::string& text);
/// "0-3,7,10-20:5%2" in brackets or not. Nothing if it is no such text.
std::optional<std::vector<std::pair<std::uint32_t, std::uint32_t>>> parse_indices(std::string_view text);

class Client {
 public:
  /// `limit`: wall time of a call, nanoseconds. Tests put programs of their own first on PATH.
  explicit Client(std::int64_t limit = 30'000'000'000) : limit_(limit) {}

  /// `words` after `sbatch --parsable`.
  Submitted submit(const std::vector<std::string>& words) const;
  /// All of this user's jobs that slurmctld knows (ended ones for MinJobAge), those whose names begin with `prefix`. Temporary trouble if
  /// it does not answer, environment trouble if there is no squeue.
  Result<std::vector<Queued>> queue(const std::string& prefix) const;
  /// What accounting knows of jobs since some time (wall, nanoseconds). Environment trouble if the cluster keeps no accounts.
  Result<std::vector<Accounted>> accounts(const std::vector<std::uint64_t>& jobs, std::int64_t since) const;
  /// Lines for one scontrol, which goes on after one that it refuses. Trouble tells the first refusal; temporary trouble if it does not
  /// answer. Lines may be given again.
  Status control(const std::vector<std::string>& lines) const;
  /// Cancels jobs, or array tasks of them: "123", "123_[0-4]". Unknown ones are no trouble.
  Status cancel(const std::vector<std::string>& jobs) const;
  Result<ClusterConfig> config() const;
  /// `scontrol show node`: "NodeName" -> ...
  Result<std::vector<std::map<std::string, std::string>>> nodes() const;
  /// Environment trouble if the cluster keeps no accounts.
  Result<std::vector<Association>> associations() const;
  /// The most that quality-of-service levels allow a user to submit, by name; those without a limit are left out.
  Result<std::map<std::string, std::int64_t>> qos_limits() const;

 private:
  std::int64_t limit_;
};

}  // namespace osac::slurm
