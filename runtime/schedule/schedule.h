#pragma once
// The schedule: a pure state machine over elements: what is ready, what may start now, what a failure blocks. It starts no process, reads
// no clock, does no I/O; its tests are exact sequences.
//
// Elements that want to run wait in groups of (nearly) the same request, one heap a group, longest remaining path first. A start looks at
// the heads of the groups in that order and takes the first that fits, so small elements fill the gaps that large ones leave. No group is
// passed over for ever: after some overtakings everything waits until the overtaken one fits. A call costs O(log n), plus the edges of
// elements that end in it.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/plan/edges.h"
#include "compiler/plan/resolve.h"

namespace osac::schedule {

/// waiting -> ready -> running -> done | failed; waiting -> skipped (up to date) | blocked (a needed parent failed or is blocked);
/// ready -> skipped | failed (cannot run) | running (it was already); anything that has not ended -> cancelled.
enum class ElementState : std::uint8_t { waiting, ready, running, done, skipped, failed, blocked, cancelled };
inline constexpr std::size_t element_state_count = 8;

struct Capacity {
  std::int64_t cpus = 1, memory = 0 /* 0: not counted */, gpus = 0;
  std::map<std::string, std::int64_t> slots;
};

class Schedule {
 public:
  /// `weights`: expected duration of each element (nanoseconds, 0 unknown: the mean of the known ones). Linear. `edges` stays the caller's
  /// and has to outlive the schedule.
  Schedule(const plan::Edges& edges, std::span<const std::int64_t> weights, Capacity capacity);
  ~Schedule();
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;

  /// Elements whose parents have all ended since the last call, in priority order: the owner checks each (State::ready) and then calls
  /// `skip`, `offer` or `fail`.
  std::vector<std::uint32_t> newly_ready();
  void skip(std::uint32_t element);  ///< up to date: dependents may go on
  /// It wants to run; also for a retry after `ended(..., retry)`. False: it can never fit into the capacity; it has failed, what depends on
  /// it is blocked.
  [[nodiscard]] bool offer(std::uint32_t element, const plan::Resources& resources);
  /// It runs already: a larger plan takes over from a smaller one. It has its share of the capacity, whatever else has.
  void resume(std::uint32_t element, const plan::Resources& resources);
  /// Cannot run (an input is missing, too few survivors): it has failed without having run, what depends on it is blocked.
  void fail(std::uint32_t element);
  /// The next element to start within capacity; nothing if none fits. It counts as running.
  std::optional<std::uint32_t> start_next();
  /// A running element needs its share no longer, although it has not ended (its outputs are still being published): gives it back, so that
  /// another one may start. Not if that other one would take the place of what can only start when this one has ended, and goes first.
  bool release(std::uint32_t element);
  enum class End : std::uint8_t { succeeded, failed, retry, cancelled };
  void ended(std::uint32_t element, End end);
  /// No further starts; everything that neither runs nor has ended becomes cancelled.
  void cancel();

  struct Blocked {
    std::uint32_t element = 0;
    std::uint32_t root_cause = 0;  ///< the failed element
    friend bool operator==(const Blocked&, const Blocked&) = default;
  };
  /// Elements that were blocked since the last call, by number. Each is given once, with the first failure that reached it.
  std::vector<Blocked> newly_blocked();

  [[nodiscard]] ElementState state(std::uint32_t element) const;
  [[nodiscard]] bool finished() const;  ///< nothing runs and nothing can start any more
  [[nodiscard]] std::uint32_t count(ElementState state) const;
  /// Elements blocked by this failed one (root cause), by number, for the summary.
  [[nodiscard]] std::vector<std::uint32_t> blocked_by(std::uint32_t failed_element) const;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace osac::schedule
