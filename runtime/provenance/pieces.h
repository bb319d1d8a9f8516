#pragma once
// Collects small texts into pieces of some ten kilobytes for a sink, so that no document is held in memory. Private to the exports.

#include <string>
#include <string_view>

#include "runtime/provenance/export.h"

namespace osac::provenance {

class Pieces {
 public:
  explicit Pieces(const Sink& sink) : sink_(sink) {}
  Status add(std::string_view text) {
    buffer_ += text;
    return buffer_.size() < size ? Status{} : flush();
  }
  /// What is left; call at the end.
  Status flush() {
    const Status done = buffer_.empty() ? Status{} : sink_(buffer_);
    buffer_.clear();
    return done;
  }

 private:
  static constexpr std::size_t size = 65'536;
  const Sink& sink_;  // NOLINT: lives for one call
  std::string buffer_;
};

}  // namespace osac::provenance
