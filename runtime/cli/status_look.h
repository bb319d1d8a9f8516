#pragma once
// What the table of `osac status` is made from, gathered: records of attempts, what is on its way on Slurm, jobs. Takes no lock and writes
// nothing. For commands that show how far a plan is, before anything of it was carried out (`osac simulate`) and after.

#include <string>
#include <vector>

#include "runtime/cli/status_table.h"
#include "runtime/site/site.h"

namespace osac::cli {

struct StatusLook {
  StatusTable table;
  std::vector<slurm::Overview> open;  ///< submissions
  std::vector<std::string> running;   ///< names of elements that run on Slurm, in the plan's order
  [[nodiscard]] bool is_on_slurm() const { return !open.empty(); }
  [[nodiscard]] bool is_live() const { return table.all.total.running > 0 || !open.empty(); }
};
/// `state`: the folder of the workflow's records; there may be none. `dimension`: of the rows; empty: the first one.
Result<StatusLook> look_at_status(const plan::Plan& plan, const std::string& state, const site::Site& site, const std::string& dimension);

/// What is not planned yet, a line each.
std::vector<std::string> stage_lines(const plan::Plan& plan);

}  // namespace osac::cli
