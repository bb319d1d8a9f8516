#pragma once
// How ports and families are drawn, the same for a whole workflow, for a lineage and for what was executed.

#include <string>

#include "compiler/emit/collapse.h"
#include "compiler/emit/graph.h"

namespace osac::emit {

GraphEdge::Style style_of(const plan::Plan& plan, const plan::TaskRow& task, const plan::InputRow& input);
/// What is to be said of an input beside its cardinality: `look-up`, `survivors, min 3`.
std::string note_of(const plan::Plan& plan, const plan::TaskRow& task, const plan::InputRow& input);
/// `reduce × 1,200`
std::string counted(std::string_view name, std::uint64_t count);
/// Its name with the number of its elements, unless that is one by declaration.
std::string family_headline(const plan::Plan& plan, const plan::FamilyRow& family);

/// A dataset's path as a pattern for people: holes that hold more than a few words become `{…}`.
std::string path_pattern(const plan::Plan& plan, std::uint32_t dataset);

/// How many elements of a task go with how many files of a dataset.
struct Counts {
  Cardinality files_to_elements;
  [[nodiscard]] Cardinality elements_to_files() const;
};
/// `5 → 1 per filter`: with the dimensions of whichever there are several of; empty if there are no edges. The two counts are of what is
/// drawn.
std::string cardinality_label(const plan::Plan& plan, const Cardinality& cardinality, const plan::FamilyRow& from, std::size_t from_count,
                              const plan::FamilyRow& to, std::size_t to_count);
Counts counts_of(const plan::Plan& plan, const plan::Relation& relation, std::uint32_t elements, std::uint32_t files);

}  // namespace osac::emit
