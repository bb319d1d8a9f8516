#pragma once
// Judgements without side effects: what an exit means, and whether the outputs that a process left are what was declared.

#include <optional>
#include <string>
#include <vector>

#include "runtime/step/scratch.h"
#include "runtime/step/step.h"

namespace osac::step {

struct Verdict {
  Outcome outcome = Outcome::succeeded;
  FailureClass failure = FailureClass::none;
  std::string reason;
  bool is_empty = false;
};

/// `empty_codes`: exit codes that mean success without outputs. `program` and `log`: for a program that was not found.
struct ExitContext {
  std::vector<std::int32_t> empty_codes;
  std::string program;
  std::string log;
  std::int64_t time_limit = 0;
  std::int64_t memory = 0;
};
Verdict judge_exit(const Exit& exit, const ExitContext& context);
/// The same for a verify command: a failure there is one of the outputs.
Verdict judge_verify(const Exit& exit, const ExitContext& context);

/// Says which outputs are missing or of the wrong kind; "" if all are there.
std::string judge_outputs(const std::vector<Target>& targets);

}  // namespace osac::step
