#pragma once
// What a folder of scripts tells the array tasks that run in it, beside the plan: which elements are theirs (`units`), how to run them
// (`settings`), and what is known of files that were made before (`known`). Written once, mapped and read by each osa-step.
//
// The version changes with the meaning of anything in the folder; an osa-step of another version refuses to run.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/base/hash.h"
#include "runtime/site/site.h"
#include "runtime/slurm/arrangement.h"
#include "runtime/step/journal.h"

namespace osac::slurm {

inline constexpr std::uint32_t protocol_version = 2;

/// The exit code of an array task that did not run what it should, since what that depends on has not succeeded.
inline constexpr int blocked_exit_code = 79;

/// How elements are run, as the site file said when the scripts were made.
struct Settings {
  std::string plan;   ///< its id
  std::string state;  ///< the folder of records, from the workflow's folder: ".osa/night"
  site::Durability durability = site::Durability::full;
  site::HashPolicy hash_policy = site::HashPolicy::stat;
  std::int64_t grace = 0;
  std::int64_t default_cpus = 1, default_memory = 0, default_time = 0;
  std::vector<std::optional<site::Entry>> envs;  ///< one a task; nothing: the task has no env
  /// Arrays of earlier submissions, by their numbers in `units`: where the records of their array tasks are. They come first.
  struct Earlier {
    std::string folder;       ///< from this one: "../0001"
    std::uint32_t array = 0;  ///< its number there
  };
  std::vector<Earlier> earlier{};
  /// What an array task may have at most, by the partition that its array was given: growth ends there. One an array; 0: no limit.
  struct Limits {
    std::int64_t cpus = 0, memory = 0, time = 0, gpus = 0;
    std::int64_t job = 0;  ///< the time after which Slurm ends it, nanoseconds; 0: nobody asked for any
    friend bool operator==(const Limits&, const Limits&) = default;
  };
  std::vector<Limits> limits{};  ///< emit fills them in
  bool goes_on = false;          ///< of an execution that goes on by itself: its last job runs again what failed, if its task says so
  std::string site{};            ///< the site file, for the record: site::Site::origin
  Digest site_content{};
};
std::string settings_text(const Settings& settings);
/// What the job of an array task may take beside the times of its elements, nanoseconds.
inline constexpr std::int64_t job_margin = 60'000'000'000;
/// How long before its end Slurm tells a job of it: time to end processes and to record that.
constexpr std::int64_t warning_time(std::int64_t grace) { return grace + job_margin / 2; }
Result<Settings> parse_settings(std::string_view text);

/// The file `units`.
std::string units_bytes(const Digest& plan, const Arrangement& arrangement);

/// A file in memory, for as long as it lives.
class MappedFile {
 public:
  static Result<MappedFile> open(const std::string& path);
  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MappedFile();
  [[nodiscard]] std::string_view bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::string_view bytes) : bytes_(bytes) {}
  std::string_view bytes_;
};

/// The file `units` in use. Numbers from it are checked when they are asked for.
class UnitFile {
 public:
  /// Damaged trouble if it is cut short, of another version, or of another plan.
  static Result<UnitFile> open(const std::string& path, const Digest& plan);
  [[nodiscard]] std::uint32_t array_count() const { return static_cast<std::uint32_t>(arrays_.size() / 2); }
  /// How many array tasks an array has; 0 if there is no such array.
  [[nodiscard]] std::uint32_t count(std::uint32_t array) const { return array < array_count() ? arrays_[array * std::size_t{2} + 1] : 0; }
  /// The elements of an array task in the order in which it runs them; empty if there is no such array task.
  [[nodiscard]] std::span<const std::uint32_t> elements(std::uint32_t array, std::uint32_t index) const;
  /// The array task that runs an element; nothing if none does.
  [[nodiscard]] std::optional<std::pair<std::uint32_t, std::uint32_t>> place(std::uint32_t element) const;

 private:
  explicit UnitFile(MappedFile file) : file_(std::move(file)) {}
  MappedFile file_;
  std::span<const std::uint32_t> arrays_;  // first unit, count
  std::span<const std::uint32_t> first_member_, members_, unit_of_;
};

/// A file that an element made before, as it was recorded. Sorted by (dataset, element).
struct KnownFile {
  std::uint32_t dataset = 0, element = 0;
  step::FileState state;
};
std::string known_bytes(std::span<const KnownFile> files);
class KnownFiles {
 public:
  static Result<KnownFiles> open(const std::string& path);
  [[nodiscard]] std::optional<step::FileState> find(std::uint32_t dataset, std::uint32_t element) const;

 private:
  explicit KnownFiles(MappedFile file) : file_(std::move(file)) {}
  MappedFile file_;
};

/// Where an array task's record is, in the folder of scripts: `journal/run-slurm-3.17.1.j1` for its first attempt.
std::string journal_name(std::uint32_t array, std::uint32_t index, std::uint32_t attempt);

}  // namespace osac::slurm
