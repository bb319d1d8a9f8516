#pragma once
// What is recorded once of an execution: who carries out which plan with which osac, and what that plan was made of. Filled in one place
// for all that execute: `osac run`, `osac submit`, and osa-step on a node. It asks the system for the host and the process, and nothing
// else.

#include <string>
#include <vector>

#include "compiler/plan/resolve.h"
#include "runtime/base/clock.h"
#include "runtime/step/journal.h"

namespace osac::step {

struct Executing {
  std::string execution;  ///< its id
  std::string user;
  std::vector<std::string> arguments;
  std::string site;            ///< site::Site::origin
  Digest site_content{};       ///< site::Site::content
  std::string called_in = {};  ///< the folder in which the arguments were given, absolute
};
/// As of now, on this host, by this process.
ExecutionStart execution_start(const plan::Plan& plan, const Executing& what, const runtime::Clock& clock);

/// Parameters with the tasks that use them, sources and tables with their SHA-256.
PlanRecord plan_record(const plan::Plan& plan);

/// What look-ups in time gave an element, given what it reads.
std::vector<LookupRecord> lookups_of(const plan::Plan& plan, plan::ElementRef element, const std::vector<plan::FileUse>& uses);

}  // namespace osac::step
