#include "compiler/base/source.h"

#include <algorithm>

#include "compiler/base/check.h"
#include "compiler/base/text.h"

namespace osac {

namespace {
constexpr std::uint64_t address_space = 0xffffffffULL;
}

bool Sources::has_room(std::uint64_t bytes) const { return end_ + bytes + 1 < address_space; }

SourceId Sources::add(std::string name, std::string text) {
  OSAC_CHECK(has_room(text.size()), "the sources exceed 4 GiB");
  const auto begin = static_cast<std::uint32_t>(end_);
  end_ += text.size() + 1;  // one byte between sources, so that "end of text" is a place of its own
  sources_.push_back({std::move(name), std::move(text), begin, {}});
  return SourceId{static_cast<std::uint32_t>(sources_.size() - 1)};
}

Span Sources::span(SourceId id) const {
  const Source& source = sources_[id.index];
  return {source.begin, source.begin + static_cast<std::uint32_t>(source.text.size())};
}

SourceId Sources::source_at(std::uint32_t offset) const {
  OSAC_CHECK(!sources_.empty(), "a place was asked for, but there are no sources");
  auto after = std::upper_bound(sources_.begin(), sources_.end(), offset,
                                [](std::uint32_t value, const Source& source) { return value < source.begin; });
  const auto index = after == sources_.begin() ? 0 : (after - sources_.begin()) - 1;
  return SourceId{static_cast<std::uint32_t>(index)};
}

const std::vector<std::uint32_t>& Sources::line_starts(const Source& source) {
  if (source.line_starts.empty()) {
    source.line_starts.push_back(0);
    for (std::size_t at = source.text.find('\n'); at != std::string::npos; at = source.text.find('\n', at + 1))
      source.line_starts.push_back(static_cast<std::uint32_t>(at + 1));
  }
  return source.line_starts;
}

Position Sources::position(std::uint32_t offset) const {
  const SourceId id = source_at(offset);
  const Source& source = sources_[id.index];
  const auto local = std::min(offset - source.begin, static_cast<std::uint32_t>(source.text.size()));
  const auto& starts = line_starts(source);
  const auto after = std::upper_bound(starts.begin(), starts.end(), local);
  const auto line = static_cast<std::uint32_t>(after - starts.begin());
  const std::string_view before = std::string_view(source.text).substr(starts[line - 1], local - starts[line - 1]);
  return {id, line, static_cast<std::uint32_t>(count_code_points(before)) + 1};
}

std::string_view Sources::text(Span span) const {
  const Source& source = sources_[source_at(span.begin).index];
  const std::size_t local = std::min<std::size_t>(span.begin - source.begin, source.text.size());
  return std::string_view(source.text).substr(local, span.end - span.begin);
}

std::string_view Sources::line(SourceId id, std::uint32_t line_number) const {
  const Source& source = sources_[id.index];
  const auto& starts = line_starts(source);
  if (line_number == 0 || line_number > starts.size()) return {};
  std::string_view rest = std::string_view(source.text).substr(starts[line_number - 1]);
  rest = rest.substr(0, rest.find('\n'));
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  return rest;
}

}  // namespace osac
