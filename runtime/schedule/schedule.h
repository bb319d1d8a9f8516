#pragma once
// The schedule: a pure state machine over elements: what is ready, what may start now, what a failure blocks. It starts no process, reads no clock,
// does no I/O; its tests are exact sequences.

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

/// waiting -> ready -> running -> done | failed; waiting -> skipped (up to date) | blocked (a needed parent failed or is blocked) | cancelled.
enum class ElementState : std::uint8_t { waiting, ready, running, done, skipped, failed, blocked, cancelled };

struct Capacity {
  std::int64_t cpus = 1, memory = 0 /* 0: not counted */, gpus = 0;
  std::map<std::string, std::int64_t> slots;
};

class Schedule {
 public:
  /// `weights`: expected duration of each element (nanoseconds, 0 unknown): longest remaining path first. Linear.
  Schedule(const plan::Edges& edges, std::span<const std::int64_t> weights, Capacity capacity);
  ~Schedule();

  /// Elements whose parents have all ended since the last call, in priority order: the owner checks each (State::ready) and then calls `skip`, `offer`
  /// or `block`.
  std::vector<std::uint32_t> newly_ready();
  void skip(std::uint32_t element);                                      ///< up to date: dependents may go on
  void offer(std::uint32_t element, const plan::Resources& resources);   ///< it wants to run; also for a retry after `ended(..., retry)`
  /// Cannot run (a parent failed, an input is missing): it and what depends on it are blocked.
  void block(std::uint32_t element);
  /// The next element to start within capacity, longest remaining path first, smaller ones may fill gaps; nothing if none fits. It counts as running.
  std::optional<std::uint32_t> start_next();
  enum class End : std::uint8_t { succeeded, failed, retry };
  void ended(std::uint32_t element, End end);
  /// No further starts; everything not running becomes cancelled.
  void cancel();

  [[nodiscard]] ElementState state(std::uint32_t element) const;
  [[nodiscard]] bool finished() const;          ///< nothing runs and nothing can start any more
  [[nodiscard]] std::uint32_t count(ElementState state) const;
  /// Elements blocked by this failed one (root cause), for the summary.
  [[nodiscard]] std::vector<std::uint32_t> blocked_by(std::uint32_t failed_element) const;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace osac::schedule
