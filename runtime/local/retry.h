#pragma once
// Whether a failed attempt is made again, and with how much. Pure.

#include "compiler/plan/plan.h"
#include "compiler/plan/resolve.h"
#include "runtime/schedule/schedule.h"
#include "runtime/site/site.h"
#include "runtime/step/journal.h"

namespace osac::local {

/// What the task declared (`retry 2 on memory, exit 4`) decides; nothing else is tried again.
bool wants_retry(const plan::Plan& plan, const plan::TaskRow& task, const step::EndRecord& record);

/// The resources of an attempt: as declared, the site's defaults where nothing is, grown as declared for each attempt before it (up to what
/// there is); no more cpus than `capacity` has, so that fewer jobs than cpus of a task mean one at a time.
Result<plan::Resources> resources_of(const plan::Plan& plan, plan::ElementRef element, std::uint32_t attempt, const site::Site& site,
                                     const schedule::Capacity& capacity);

}  // namespace osac::local
