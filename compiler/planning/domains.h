#pragma once
// Domains: which elements each task has, what each reads, and which dataset elements come of it; task by task in order of dependence.

#include "compiler/planning/draft.h"
#include "compiler/planning/selection.h"

namespace osac::planning {

/// One task's elements and input links; families of the datasets it reads are made first, if they are external.
void make_domain(const Frame& frame, Folder& fold, const Selection& selection, Draft& draft, std::uint32_t task);

/// Families of all datasets whose producers are done; output links. An element with two producers is reported by example.
void make_outputs(const Frame& frame, Folder& fold, Draft& draft, std::uint32_t dataset);

/// All tasks, then all datasets that nothing made or read.
void make_domains(const Frame& frame, Folder& fold, const Selection& selection, Draft& draft);

}  // namespace osac::planning
