#pragma once
// What element names are made of, and elements by the records that they stand on; shared by the writer and the reader of names, and by
// scopes. Private to this room.

#include <string>
#include <string_view>
#include <vector>

#include "compiler/plan/plan.h"

namespace osac::plan {

/// The dimensions in an element's name: those declared, each after its parents that are not.
std::vector<std::uint32_t> naming_dimensions(const Plan& plan, const FamilyRow& family);
std::string key_text(const Plan& plan, std::uint32_t dimension, std::uint32_t record);
/// The element that stands on these records of the basis, by binary search; no_element if there is none.
std::uint32_t find_tuple(const Plan& plan, const FamilyRow& family, std::span<const std::uint32_t> tuple);
/// The element of `to` whose keys are those that an element of `from` determines; no_element if there is none.
std::uint32_t corresponding_element(const Plan& plan, const FamilyRow& from, std::uint32_t element, const FamilyRow& to);
/// Takes a JSON text, which `rest` begins with, out of it; false if it has no end or an escape that is none.
bool take_json_text(std::string_view& rest, std::string& out);

}  // namespace osac::plan
