#pragma once
// Sources: the texts that diagnostics can point into (.osa files, tables, the embedded standard library), laid end to end
// in one 32-bit address space. Line and column are worked out only when something is printed.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/base/id.h"
#include "compiler/base/span.h"

namespace osac {

using SourceId = Id<struct SourceTag>;

/// A place for people: both numbers 1-based, the column counts code points.
struct Position {
  SourceId source;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

class Sources {
 public:
  /// Takes a text. `name` is how the user calls it (a path relative to where they are, or `std/x.osa`). The address space ends
  /// at 4 GiB less 1: `has_room` asks first.
  SourceId add(std::string name, std::string text);
  [[nodiscard]] bool has_room(std::uint64_t bytes) const;

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(sources_.size()); }
  [[nodiscard]] std::string_view name(SourceId id) const { return sources_[id.index].name; }
  [[nodiscard]] std::string_view text(SourceId id) const { return sources_[id.index].text; }
  /// The offset of the source's first byte: a span in it is begin(id) + byte offset.
  [[nodiscard]] std::uint32_t begin(SourceId id) const { return sources_[id.index].begin; }
  /// The whole of a source as a span.
  [[nodiscard]] Span span(SourceId id) const;
  [[nodiscard]] SourceId source_at(std::uint32_t offset) const;
  [[nodiscard]] Position position(std::uint32_t offset) const;
  [[nodiscard]] std::string_view text(Span span) const;
  /// The text of one line (1-based) without its end.
  [[nodiscard]] std::string_view line(SourceId id, std::uint32_t line_number) const;

 private:
  struct Source {
    std::string name;
    std::string text;
    std::uint32_t begin = 0;
    mutable std::vector<std::uint32_t> line_starts;  // made at first need
  };
  static const std::vector<std::uint32_t>& line_starts(const Source& source);
  std::deque<Source> sources_;
  std::uint64_t end_ = 0;
};

}  // namespace osac
