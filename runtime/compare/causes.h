#pragma once
// Two versions of one element side by side: whether its fingerprint would be another one, and what differs first. Private to this room.

#include <map>
#include <string>
#include <vector>

#include "compiler/plan/resolve.h"
#include "runtime/compare/compare.h"
#include "runtime/registry/fingerprint.h"

namespace osac::compare {

/// One plan with what fingerprints need: its files, all as if nobody had looked at them, and the identities of its environments.
struct Version {
  Version(const plan::Plan& plan, const site::Site& site);
  const plan::Plan& plan;
  const site::Site& site;
  registry::Files files;
  std::vector<std::string> env_identities;  ///< one a task
};

struct Difference {
  Cause cause = Cause::none;  ///< none: it stays as it is, as far as its parents do
  std::string detail;
  std::string signature;  ///< differences of one task with equal signatures are told once
};

/// What differs first, if anything does.
Difference difference(const Version& before, plan::ElementRef old_ref, const Version& after, plan::ElementRef new_ref);

}  // namespace osac::compare
