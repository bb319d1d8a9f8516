#include "compiler/planning/pending.h"

#include <algorithm>

#include "compiler/planning/draft.h"

namespace osac::planning {

void add_pending(const Frame& frame, PendingSets& sets, Pending more) {
  if (more.keys.count == 0) return;
  for (Pending& entry : sets) {
    const bool is_like = entry.stage == more.stage && entry.covers_existing == more.covers_existing;
    if (!is_like || entry.keys.basis != more.keys.basis) continue;
    entry.keys = united(frame, entry.keys, more.keys);
    return;
  }
  sets.push_back(std::move(more));
}

namespace {

template <typename T>
void keep_flagged(std::vector<T>& list, const std::vector<std::uint8_t>& flags) {
  if (list.empty()) return;
  std::size_t to = 0;
  for (std::size_t i = 0; i < list.size(); ++i)
    if (flags[i] != 0) list[to++] = list[i];
  list.resize(to);
}

}  // namespace

void keep_only(Held& held, Doubtful& doubtful, const std::vector<std::uint8_t>& flags) {
  keep_flagged(held, flags);
  keep_flagged(doubtful, flags);
}

std::uint32_t stage_of(Draft& draft, std::string what, std::uint32_t dataset) {
  for (std::uint32_t i = 0; i < draft.stages.size(); ++i)
    if (draft.stages[i].what == what && draft.stages[i].dataset == dataset) return i;
  draft.stages.push_back({std::move(what), dataset});
  return static_cast<std::uint32_t>(draft.stages.size() - 1);
}

}  // namespace osac::planning
