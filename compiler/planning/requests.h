#pragma once
// Requests for resources and slots: worked out for every kept element, over all retries, against what the site has.

#include "compiler/planning/draft.h"

namespace osac::planning {

/// Reported: a request that the site can never fulfil, that is not positive, or that cannot be worked out; the first of each task and
/// resource.
void check_requests(const Frame& frame, Folder& fold, const Draft& draft);

}  // namespace osac::planning
