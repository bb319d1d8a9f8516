#pragma once
// All that depends on the numbers of a plan's elements: edges, schedule, decisions, what was tried. A larger plan of the same workflow
// brings a new era; what happened in the one before is carried over by name (Conductor::grow).

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "compiler/plan/edges.h"
#include "runtime/local/temporaries.h"
#include "runtime/registry/state.h"
#include "runtime/schedule/schedule.h"
#include "runtime/site/site.h"

namespace osac::local {

struct Era {
  Era(std::shared_ptr<const plan::Plan> the_plan, std::unique_ptr<registry::State> the_state, std::vector<registry::Decision> decided,
      const schedule::Capacity& capacity);

  /// What an element was when a larger plan took over.
  enum class Carried : std::uint8_t { failed, running, retrying };

  std::shared_ptr<const plan::Plan> plan;
  std::unique_ptr<registry::State> state;
  std::vector<registry::Decision> decisions;
  plan::Edges edges;
  schedule::Schedule schedule;
  Temporaries temporaries;
  std::vector<std::optional<site::Entry>> envs;  // one a task
  std::vector<bool> parent_ran;                  // one a node: decisions have to be looked at again
  std::vector<bool> failed;                      // one an element: failed or blocked
  std::vector<bool> succeeded;                   // one an element: made in this execution
  std::vector<bool> was_blocked;                 // one an element: told already
  std::vector<bool> is_awaited;                  // one an element: a stage waits for what it makes; empty if there are none
  std::set<std::uint32_t> awaited_datasets;
  std::vector<std::uint32_t> attempts;  // one an element: made so far
  std::unordered_map<std::uint32_t, registry::State::Ready> prepared;
  std::unordered_map<std::uint32_t, Carried> carried;  // elements that have not been settled in this era yet

  [[nodiscard]] std::string name(std::uint32_t element) const;
};

}  // namespace osac::local
