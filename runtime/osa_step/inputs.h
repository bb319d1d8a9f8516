#pragma once
// The inputs of an element with their states: of files that other array tasks made as those recorded them, of older ones as the folder of
// scripts knows them, of external ones as they are now.

#include <optional>

#include "compiler/plan/resolve.h"
#include "runtime/osa_step/parents.h"

namespace osac::osa_step {

struct Inputs {
  std::vector<plan::FileUse> uses;
  std::vector<step::InputRecord> records;
  std::string problem;      ///< why the element cannot run, or ""
  bool is_blocked = false;  ///< `problem` is that of a parent
};
Inputs find_inputs(const plan::Plan& plan, plan::ElementRef ref, const slurm::UnitFile& units, const slurm::KnownFiles& known,
                   Parents& parents, site::HashPolicy policy);

}  // namespace osac::osa_step
