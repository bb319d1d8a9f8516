#pragma once
// Text inside other notations: markup (XML, HTML) and references (RFC 3986).

#include <string>
#include <string_view>

namespace osac {

/// `& < > "` as entities: for text and for quoted attributes of XML and HTML.
std::string markup_escaped(std::string_view text);
/// Each byte but ASCII letters, digits and those of `plain` as `%XX` (RFC 3986, section 2.1).
std::string percent_encoded(std::string_view text, std::string_view plain);

}  // namespace osac
