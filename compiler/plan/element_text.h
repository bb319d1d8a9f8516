#pragma once
// What element names are made of; shared by the writer and the reader of names. Private to this room.

#include <string>
#include <string_view>
#include <vector>

#include "compiler/plan/plan.h"

namespace osac::plan {

/// The dimensions in an element's name: those declared, each after its parents that are not.
std::vector<std::uint32_t> naming_dimensions(const Plan& plan, const FamilyRow& family);
std::string key_text(const Plan& plan, std::uint32_t dimension, std::uint32_t record);
/// Takes a JSON text, which `rest` begins with, out of it; false if it has no end or an escape that is none.
bool take_json_text(std::string_view& rest, std::string& out);

}  // namespace osac::plan
