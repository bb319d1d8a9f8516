#pragma once
// Domains: which elements each task has, what each reads, and which dataset elements come of it; task by task in order of dependence.

#include "compiler/planning/selection.h"
#include "compiler/planning/stages.h"

namespace osac::planning {

/// A task's keys by its dimensions and relation alone. Nothing if there would be too many (reported).
std::optional<Family> make_task_family(const Frame& frame, const Draft& draft, std::uint32_t task);

/// One task's elements and input links; families of the datasets it reads are made first, if they are external. Inputs that may read what
/// comes of the task itself are left for later.
void make_domain(const Stages& stages, Folder& fold, const Selection& selection, std::uint32_t task);
void make_late_links(const Stages& stages, Folder& fold, std::uint32_t task);

/// An external dataset's elements: all keys; of an optional one only those whose file is there.
void make_external(const Stages& stages, Folder& fold, std::uint32_t dataset);

/// Families of all datasets whose producers are done; output links. An element with two producers is reported by example.
void make_outputs(const Stages& stages, Folder& fold, std::uint32_t dataset);

/// All tasks, then all datasets that nothing made or read.
void make_domains(const Stages& stages, Folder& fold, const Selection& selection);

}  // namespace osac::planning
