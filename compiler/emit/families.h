#pragma once
// How ports are drawn, the same for a whole workflow and for one element's lineage. Private to this room.

#include <string>

#include "compiler/emit/graph.h"

namespace osac::emit {

GraphEdge::Style style_of(const plan::Plan& plan, const plan::TaskRow& task, const plan::InputRow& input);
std::string label_of(const plan::Plan& plan, const plan::TaskRow& task, const plan::InputRow& input);
/// `reduce x 1,200`
std::string counted(std::string_view name, std::uint64_t count);

}  // namespace osac::emit
