#pragma once
// What a State holds. Private to this room: look.cpp looks at files and fingerprints, decide.cpp judges, state.cpp goes along with an
// execution, explain.cpp puts into words.

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/plan/edges.h"
#include "runtime/registry/files.h"
#include "runtime/registry/state.h"
#include "runtime/step/record_parse.h"

namespace osac::registry {

struct StateInside {
  StateInside(const plan::Plan& the_plan, const site::Site& the_site, History the_history);

  const plan::Plan& plan;
  const site::Site site;
  History history;
  Files files;
  std::vector<std::string> env_names;         // one a task; "": none
  std::vector<std::string> env_identities;    // one a task
  std::uint64_t surroundings;                 // of the plan's memory, see history.h
  bool has_memory;                            // the history's memory is of this plan and these surroundings
  std::vector<const PastElement*> elements;   // one an element; null: never tried
  std::vector<const PastEnd*> successes;      // one an element: the one that counts for this plan; null: none
  std::vector<PlanMemory::Element> memory;    // one an element: its fingerprint and what it was made of
  std::vector<Decision> own;                  // one an element: as if its parents did not run
  std::vector<std::uint8_t> has_other_times;  // one an element: some output was written again with the same content
  std::vector<Decision> last_decisions;       // as `decide` gave them
  std::vector<bool> forced, needed;           // one an element; needed: a temporary file that it makes is
  std::vector<std::int64_t> mean_durations;   // one a task
  std::vector<step::EndRecord> refreshed;
  std::deque<step::FileState> kept;  // states that files refer to and the history does not have
  std::deque<PastEnd> made;          // successes of this execution
  struct Told {
    std::string execution;
    step::EndOutline end;
  };
  std::vector<Told> told;  // ends that were recorded since the history was read
  std::uint32_t news = 0;  // those, and fingerprints that had to be worked out

  [[nodiscard]] bool may_be_gone(std::uint32_t dataset) const {
    const plan::DatasetRow& row = plan.datasets()[dataset];
    return row.persistence == plan::Persistence::temp && row.is_goal == 0;
  }
  /// The record of the success that counts; empty if there is none, or if the journal cannot be read any more.
  [[nodiscard]] step::EndRecord whole_success(std::uint32_t element) const;
  [[nodiscard]] Cause why_other_fingerprint(std::uint32_t element) const;

  // looking at files (look.cpp)
  Status look_at_elements(std::uint32_t begin, std::uint32_t end);
  Status look_at_outputs(std::uint32_t element, plan::ElementRef ref, Examiner& examiner);
  [[nodiscard]] const PastElement* find(std::uint32_t element, plan::ElementRef ref) const;
  void remember_hashes_of_externals();
  Status look_at_externals(std::uint32_t dataset, std::uint32_t begin, std::uint32_t end);

  // fingerprints (look.cpp)
  /// Checksum of which files are read and what they are, without their names: those are the plan's.
  [[nodiscard]] std::uint64_t checksum_of_inputs(plan::ElementRef ref) const;
  [[nodiscard]] std::uint64_t checksum_of_inputs(std::span<const plan::FileUse> uses) const;
  /// The fingerprint as if no parent failed, from memory if that knows it.
  std::optional<Digest> current_fingerprint(std::uint32_t element, plan::ElementRef ref);

  // decide, in its order
  void decide_alone(std::uint32_t element);
  [[nodiscard]] Decision decide_outputs(std::uint32_t element) const;
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
