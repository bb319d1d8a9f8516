#pragma once
// The jobs by which an execution goes on by itself: small ones that run osac when something has come to its end. Nothing of osac waits for
// them. Pure.
//
//   close       after all of a submission: brings in its records, tries again, goes on
//   continue-1  after its first half, when not all did fit into the queue
//   continue-N  after the maker of a file that planning waits for; of several makers an array, with a task each
//   late        when the execution was due: tells that it has not ended. Nothing waits for it

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/slurm/arrangement.h"
#include "runtime/slurm/calls.h"

namespace osac::slurm {

struct Service {
  const plan::Plan& plan;
  const Arrangement& arrangement;
  std::string osac;                     ///< the program, absolute
  bool is_partial = false;              ///< there is more to submit when there is room
  std::uint32_t most_for_stages = 100;  ///< jobs; beyond that there is one an array
  std::size_t max_array = 1001;         ///< MaxArraySize
  std::optional<std::int64_t> due{};    ///< wall, nanoseconds; nothing: nobody watches the time
};

/// Adds them to the calls of the arrangement.
void add_service(Calls& calls, const Service& service);

}  // namespace osac::slurm
