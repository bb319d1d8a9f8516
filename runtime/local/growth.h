#pragma once
// When to plan again, and from which made files. A plan with stages grows when a file that one waits for is made; planning costs at most
// about a tenth of the time, but never lets a machine idle. Pure: times come in, planning is somebody else's.

#include <cstdint>

#include "runtime/registry/made_files.h"

namespace osac::local {

class Growth {
 public:
  /// `made`: what the plan was made from; `cost`: how long that took (nanoseconds). Without `is_possible` nothing ever grows.
  Growth(bool is_possible, registry::MadeFiles made, std::int64_t cost) : made_(std::move(made)), cost_(cost), is_possible_(is_possible) {}

  /// A file that a stage waits for stands. Planning that knows it as it is, or could not use it, need not see it again.
  void add(registry::MadeFile file);
  /// Planning cannot use this file.
  void set_aside(const registry::MadeFile& file);
  /// Whether to plan now. `nothing_to_start`: whatever could be started runs.
  [[nodiscard]] bool is_due(bool nothing_to_start, std::int64_t now) const;
  /// The files to plan from.
  registry::MadeFiles begin(std::int64_t now);
  void ended(std::int64_t now);
  /// No more of it.
  void stop() { is_possible_ = false; }
  [[nodiscard]] const registry::MadeFiles& made() const { return made_; }

 private:
  registry::MadeFiles made_;
  registry::MadeFiles useless_;
  std::int64_t cost_;
  std::int64_t begin_ = 0;
  std::int64_t end_ = 0;  // of the planning before
  bool is_possible_;
  bool is_planning_ = false;
  bool is_more_ = false;  // than the plan was made from
};

}  // namespace osac::local
