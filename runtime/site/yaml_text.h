#pragma once
// What yaml-cpp does not check: Load silently leaves what follows the first document, and LoadAll never ends on some texts.

#include <yaml-cpp/mark.h>
#include <optional>
#include <string>

namespace osac::site {

/// Where something follows the first document of a YAML text. Throws YAML::Exception as Load does.
std::optional<YAML::Mark> find_second_document(const std::string& text);

}  // namespace osac::site
