#include "compiler/syntax/block_text.h"

#include <algorithm>
#include <optional>
#include <string>

#include "compiler/syntax/words.h"

namespace osac::syntax {

namespace {

/// The longest run of blanks with which every line that holds more than blanks starts. A first line behind the quotes does not count.
std::string_view common_indentation(std::string_view contents) {
  std::optional<std::string_view> common;
  for (std::size_t at = contents.find('\n'); at != std::string_view::npos; at = contents.find('\n', at)) {
    ++at;
    const std::size_t begin = skip_blanks(contents, at);
    if (begin == contents.size() || contents[begin] == '\n' || contents[begin] == '\r') continue;
    const std::string_view line = contents.substr(at, begin - at);
    if (!common) common = line;
    const auto end = std::mismatch(common->begin(), common->end(), line.begin(), line.end()).first;
    *common = common->substr(0, static_cast<std::size_t>(end - common->begin()));
  }
  return common.value_or(std::string_view{});
}

/// Copies a part without carriage returns before newlines and without `width` blanks at the start of each line.
std::string without_indentation(const std::string& part, std::size_t width) {
  std::string text;
  text.reserve(part.size());
  std::size_t to_skip = 0;
  for (std::size_t at = 0; at < part.size(); ++at) {
    const char c = part[at];
    if (c == '\r' && at + 1 < part.size() && part[at + 1] == '\n') continue;
    if (to_skip > 0 && is_blank(c)) {
      --to_skip;
      continue;
    }
    to_skip = c == '\n' ? width : 0;
    text += c;
  }
  return text;
}

}  // namespace

void remove_indentation(TextLiteral& literal, std::string_view contents) {
  auto& parts = literal.parts;
  if (parts.empty()) return;
  const std::size_t width = common_indentation(contents).size();
  for (TextLiteral::Part& part : parts)
    if (!part.hole) part.text = without_indentation(part.text, width);
  if (std::string& first = parts.front().text; !parts.front().hole && first.starts_with('\n')) {
    first.erase(0, 1);
  }
  if (std::string& last = parts.back().text; !parts.back().hole) {
    const std::size_t end = last.find_last_not_of(" \t");
    const bool is_blank_line = end == std::string::npos ? parts.size() == 1 : last[end] == '\n';
    if (is_blank_line) last.erase(end == std::string::npos ? 0 : end + 1);
  }
  std::erase_if(parts, [](const TextLiteral::Part& part) { return !part.hole && part.text.empty(); });
}

}  // namespace osac::syntax
