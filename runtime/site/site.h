#pragma once
// The site file (YAML): what this machine or cluster allows and how environments are entered. Without one, the machine is looked at.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/base/hash.h"
#include "compiler/base/result.h"
#include "compiler/diagnostics/diagnostic.h"
#include "runtime/site/registry_url.h"

namespace osac::site {

enum class EnvKind : std::uint8_t { variables, module, conda, apptainer };
struct Env {
  EnvKind kind = EnvKind::variables;
  std::map<std::string, std::string> variables;  ///< set in all kinds
  std::vector<std::string> modules;              ///< module: `module load ...`
  std::string prefix;                            ///< conda: its folder
  std::string image;                             ///< apptainer: the image file
  std::vector<std::string> binds;                ///< apptainer: --bind
};

enum class HashPolicy : std::uint8_t { stat, content };     ///< of external files: size+mtime+ctime+inode, or SHA-256
enum class Durability : std::uint8_t { none, data, full };  ///< none: no fsync; data: outputs; full: outputs, folders and journal

/// A partition of the cluster: the most that one job in it may ask for; 0: no limit (of gpus: none).
struct Partition {
  std::string name;
  std::int64_t time = 0;    ///< nanoseconds
  std::int64_t memory = 0;  ///< bytes
  std::int64_t cpus = 0, gpus = 0;
  friend bool operator==(const Partition&, const Partition&) = default;
};

/// What the site's Slurm allows, and under whose name jobs are submitted.
struct Slurm {
  std::vector<Partition> partitions;  ///< the first that has room for a job is taken; empty: the cluster's default
  std::string account, qos;
  std::vector<std::string> licenses;  ///< slots that the cluster counts, by these names
  std::vector<std::string> shared;    ///< folders that all nodes see at the same place; empty: not said
  std::string osac;                   ///< the program that jobs start to go on with an execution; empty: the one that submits
  std::int64_t max_array = 1001;      ///< MaxArraySize: array indices go up to one less
  std::int64_t max_submit = 0;        ///< MaxSubmitJobs: jobs at once, each element of an array counts; 0: no limit
  std::int64_t window = 10;           ///< correspond_after_task_cnt: how far Slurm looks ahead for `aftercorr`
  std::int64_t max_running = 0;       ///< of one array at once (`%N`); 0: no limit
  friend bool operator==(const Slurm&, const Slurm&) = default;
};

/// When an execution may start (its start conditions), and by when it is to have ended. Times of day are nanoseconds since midnight, UTC.
struct Start {
  std::optional<std::int64_t> not_before, not_after;    ///< times of day
  std::vector<std::string> files;                       ///< that have to be there; `{name:format}` stands for a parameter
  std::optional<std::int64_t> max_queued;               ///< jobs of one's own in Slurm's queue, each array task counts
  std::int64_t retry_every = 600'000'000'000;           ///< nanoseconds
  std::int64_t give_up_after = 24 * 3'600'000'000'000;  ///< nanoseconds
  std::optional<std::int64_t> due;                      ///< time of day
  [[nodiscard]] bool has_conditions() const { return not_before || not_after || !files.empty() || max_queued; }
};
/// Reads `08:00` or `08:00:30`.
std::optional<std::int64_t> parse_time_of_day(std::string_view text);
/// "08:00", with seconds if there are any.
std::string time_of_day_text(std::int64_t time);

/// What there is to tell of an execution.
enum class Event : std::uint8_t { done, failed, late };
std::string_view event_name(Event event);  // "done", "failed", "late"

/// Who is told of which events, in which way: one of the three.
struct Notification {
  std::vector<Event> on;
  std::vector<std::string> mail;     ///< addresses
  std::string webhook;               ///< URL; it may be a secret
  std::vector<std::string> command;  ///< words
  friend bool operator==(const Notification&, const Notification&) = default;
};

struct Site {
  std::int64_t cpus = 0;    ///< of this machine, or as set
  std::int64_t memory = 0;  ///< bytes
  std::int64_t gpus = 0;
  std::map<std::string, std::int64_t> slots;
  std::map<std::string, Env> envs;
  std::map<std::string, std::string> parameters;  ///< default values, as text
  HashPolicy hash_policy = HashPolicy::stat;
  Durability durability = Durability::full;
  std::int64_t default_cpus = 1;
  std::int64_t default_memory = 0;      ///< 0: not counted
  std::int64_t default_time = 0;        ///< 0: no limit; nanoseconds
  std::string default_env;              ///< of a task that names none; empty: none
  std::int64_t grace = 10'000'000'000;  ///< TERM to KILL, nanoseconds
  Slurm slurm;
  RegistryUrl registry;  ///< where the index of what ran is kept
  Start start;
  std::vector<Notification> notifications;
  std::string sendmail = "/usr/sbin/sendmail";  ///< the program that takes mails
  std::string origin;                           ///< the file, or "this machine"
  Digest content{};                             ///< SHA-256 of the file; zero: there is none
};

/// cpus by affinity and cgroup, memory of the machine, gpus by /dev/nvidia[0-9].
Site detect();
/// Reads `path` over detect(). Unknown keys (with the nearest), wrong types, duplicate keys, unknown units are diagnostics in the file.
Site read(const std::string& path, Sources& sources, Diagnostics& diagnostics);

/// What has to be put before a command to enter an env ("": the site's default one, if it has any), or an error when it is not there
/// (prefix, image, `apptainer`, `module` missing).
struct Entry {
  std::string name;                       ///< of the env; empty: none
  std::vector<std::string> prefix_words;  ///< e.g. apptainer exec --bind ... IMAGE
  std::string shell_prelude;              ///< e.g. ". /etc/profile.d/modules.sh && module load x &&": needs a shell
  std::map<std::string, std::string> variables;
  std::string identity;  ///< goes into elements' fingerprints
};
Result<Entry> enter(const Site& site, const std::string& env);

}  // namespace osac::site
