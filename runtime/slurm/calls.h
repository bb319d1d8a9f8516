#pragma once
// The calls of sbatch and the lines for scontrol that bring an arrangement into Slurm, in their order, with places for the job numbers that
// are not known yet. The file `calls` in the folder of scripts holds them for `osac submit`; `submit.sh` says the same in shell. How an
// arrangement becomes calls: emit.h.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/base/result.h"

namespace osac::slurm {

/// In `options`, `dependency`, `command` and lines, `@N@` stands for the job number of call N of this submission, `@root@` for the
/// workflow's folder, `@folder@` for the folder of scripts (both absolute), `@execution@` for the execution's name, `@@` for an `@`.
struct Call {
  std::string name;                    ///< "gate", "03-reduce", "close"
  std::vector<std::string> options{};  ///< for sbatch: what its script does not say (of the gate: all), but no name and no dependency
  std::string dependency{};            ///< "afterok:@0@,afterany:@2@_[0-4]"; empty: it waits for nothing
  std::vector<std::string> command{};  ///< script and its arguments; empty: the options say what runs
  std::uint32_t tasks = 1;             ///< how many jobs Slurm counts it as
  friend bool operator==(const Call&, const Call&) = default;
};
struct Calls {
  std::vector<Call> calls;         ///< the first one is the gate, held until all are in
  std::vector<std::string> lines;  ///< for scontrol, after all calls: `update JobId=@3@_5 Dependency=afterok:@2@_5`
  friend bool operator==(const Calls&, const Calls&) = default;
};

std::string calls_text(const Calls& calls);
/// Damaged trouble if it is not what calls_text writes.
Result<Calls> parse_calls(std::string_view text);
/// A text without places, as it has to stand in a call: each `@` twice.
std::string without_places(std::string_view text);
/// Replaces the places. `value` gives the text of what stands between two `@`.
std::string filled(std::string_view text, const std::function<std::string(std::string_view place)>& value);

}  // namespace osac::slurm
