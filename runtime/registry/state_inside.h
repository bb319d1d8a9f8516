#pragma once
// What a State holds. Private to this room: state.cpp decides, explain.cpp puts into words.

#include <span>
#include <string>
#include <vector>

#include "compiler/plan/edges.h"
#include "runtime/registry/files.h"
#include "runtime/registry/state.h"

namespace osac::registry {

struct StateInside {
  StateInside(const plan::Plan& the_plan, const site::Site& the_site, History the_history);

  const plan::Plan& plan;
  const site::Site site;
  History history;
  Files files;
  std::vector<std::string> env_identities;     // one a task
  std::vector<const History::Entry*> entries;  // one an element; null: never tried
  std::vector<Decision> own;                   // one an element: as if its parents did not run
  std::vector<std::uint8_t> has_other_times;   // one an element: some output was written again with the same content
  std::vector<Decision> last_decisions;        // as `decide` gave them
  std::vector<bool> forced, needed;            // one an element; needed: a temporary file that it makes is
  std::vector<std::int64_t> mean_durations;    // one a task
  std::vector<step::EndRecord> refreshed;
  std::vector<std::pair<std::string, std::shared_ptr<const step::EndRecord>>> refreshed_entries;  // recorded since

  [[nodiscard]] const step::EndRecord* success(std::uint32_t element) const {
    return entries[element] == nullptr ? nullptr : entries[element]->success.get();
  }
  [[nodiscard]] bool may_be_gone(std::uint32_t dataset) const {
    const plan::DatasetRow& row = plan.datasets()[dataset];
    return row.persistence == plan::Persistence::temp && row.is_goal == 0;
  }
  /// The maker succeeded without outputs (`empty on exit`).
  [[nodiscard]] bool is_empty(const plan::FileUse& use) const;
  [[nodiscard]] Cause why_other_fingerprint(std::uint32_t element) const;

  // decide, in its order
  Status look_at_elements(std::uint32_t begin, std::uint32_t end);
  void remember_hashes_of_externals();
  Status look_at_externals(std::uint32_t dataset, std::uint32_t begin, std::uint32_t end);
  void decide_alone(std::uint32_t element);
  [[nodiscard]] Decision decide_outputs(std::uint32_t element, std::span<const plan::FileUse> outputs) const;
  std::vector<Decision> spread(const plan::Edges& edges);
  void demand_temporaries(std::uint32_t element, std::vector<Decision>& decisions);
  void note_durations();
  void note_refreshed();
  [[nodiscard]] std::string find_gone(std::span<const plan::FileUse> uses) const;

  /// The inputs as the element would read them; a problem if some may not be left out.
  struct Choice {
    std::vector<plan::FileUse> uses;
    std::string problem;
  };
  [[nodiscard]] Choice choose_inputs(plan::ElementRef ref, const std::vector<bool>* element_failed) const;
};

}  // namespace osac::registry
