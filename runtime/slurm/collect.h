#pragma once
// What has become of the elements of a submission: by the records of its array tasks first, then by Slurm's queue, then by its accounting.
// Unknown is never failed.

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/slurm/client.h"
#include "runtime/slurm/protocol.h"
#include "runtime/slurm/submission.h"
#include "runtime/step/journal.h"

namespace osac::slurm {

enum class Fate : std::uint8_t {
  waiting,  ///< in the queue
  running,
  ended,    ///< it has an end on record in this submission
  gone,     ///< it has left the queue without one: killed by Slurm, cancelled, blocked by a parent, or lost
  unknown,  ///< Slurm does not answer
};
/// One an element of the submission's plan that the submission runs.
struct ElementFate {
  std::uint32_t element = 0;  ///< of the submission's own plan
  std::uint32_t array = 0, index = 0;
  Fate fate = Fate::unknown;
  std::uint64_t job = 0;
};

/// An open submission as it is now: its plan, its units, and the fate of each of its elements.
struct Overview {
  Submission submission;
  plan::Plan plan;
  UnitFile units;
  std::vector<ElementFate> elements;  ///< by array, index, and the order within
  std::uint32_t waiting = 0, running = 0, ended = 0, gone = 0, unknown = 0;
  std::vector<Queued> queue;  ///< of its jobs, service jobs too
  [[nodiscard]] bool is_live() const { return waiting + running + unknown > 0; }
};
Result<Overview> look_at(const Submission& submission, const Client& client);

/// End records for the elements that are gone: out of memory, timed out, cancelled, lost with their node, as far as Slurm's accounts tell;
/// elements that never began (a parent failed, or they were cancelled while waiting) get none.
Result<std::vector<step::EndRecord>> records_of_gone(const Overview& overview, const Client& client);

/// Brings the records of a submission's array tasks, and `more`, into the workflow's journal folder as one journal with a name of its own,
/// whole or not at all; doing it again changes nothing. Then the array tasks' own journals are removed: an array task that comes to life
/// again finds that its claim is gone and publishes nothing.
Status bring_in(const Overview& overview, const std::vector<step::EndRecord>& more, const std::string& state_folder);

}  // namespace osac::slurm
