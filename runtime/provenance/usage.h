#pragma once
// What the attempts of each task took of time, cpus and memory, beside what they had asked for: to see what to ask for next time. From the
// index of the journals alone.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/emit/plot.h"
#include "runtime/registry/archive.h"

namespace osac::provenance {

/// Of a task's attempts that have run to their ends by themselves, whether well or not: those that were lost or cancelled tell nothing of
/// what the task takes, and are only counted.
struct TaskUsage {
  std::string task;
  std::uint32_t attempts = 0, succeeded = 0;
  struct Cause {
    std::string name;  ///< "memory", "timeout", "lost", "exit", ...
    std::uint32_t count = 0;
  };
  std::vector<Cause> causes;  ///< of those that have not succeeded, by name
  /// Median (the lower one of two), the value that 95 of a hundred do not exceed, and the largest.
  struct Spread {
    std::int64_t median = 0, most = 0, largest = 0;
  };
  Spread time;                    ///< wall, nanoseconds
  Spread memory;                  ///< peak, bytes
  std::int64_t total_time = 0;    ///< nanoseconds, of all
  std::int64_t cpu_time = 0;      ///< nanoseconds, of all
  std::int64_t given_time = 0;    ///< cpus times wall, nanoseconds, of all
  std::int64_t asked_memory = 0;  ///< bytes, the most that an attempt was given; 0: not counted
};

/// One a task, by name.
std::vector<TaskUsage> usage_by_task(const std::vector<registry::ArchivedAttempt>& attempts);

std::string usage_text(const std::vector<TaskUsage>& tasks);
/// RFC 4180: times in seconds, memory in bytes.
std::string usage_csv(const std::vector<TaskUsage>& tasks);
std::string usage_json(const std::vector<TaskUsage>& tasks);
/// Times and peak memories of the same attempts over their tasks: a point an attempt (of very many every so-manieth, which is said), a line
/// at each median. Usage trouble if there are none.
Result<emit::Plot> usage_plot(const std::vector<registry::ArchivedAttempt>& attempts, std::string_view title);

}  // namespace osac::provenance
