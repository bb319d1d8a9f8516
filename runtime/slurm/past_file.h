#pragma once
// The file `past` in a folder of scripts: what came before of the elements that its array tasks run. Which attempt is an element's first
// one here, so that counts, growth and ladders go on over submissions; and where the record of its success is, for those that may turn out
// to be up to date once their parents have ended. Written once, mapped and read by each osa-step.

#include <string>
#include <vector>

#include "runtime/slurm/protocol.h"

namespace osac::slurm {

struct PastRow {
  std::uint32_t element = 0;
  std::uint32_t attempt = 1;        ///< its first one here
  std::uint32_t journal = nothing;  ///< in which the record of its success is, if that may hold
  std::uint32_t reserved = 0;
  std::uint64_t offset = 0;  ///< of that record
  Digest fingerprint{};      ///< of that success
};
struct Past {
  std::vector<PastRow> rows;          ///< sorted by element; of elements without a past there is none
  std::vector<std::string> journals;  ///< from the workflow's folder
};
std::string past_bytes(const Past& past);

class PastFile {
 public:
  /// Damaged trouble if it is cut short, or of another version.
  static Result<PastFile> open(const std::string& path);
  /// Null if the element has no past.
  [[nodiscard]] const PastRow* find(std::uint32_t element) const;
  [[nodiscard]] std::string journal(std::uint32_t number) const;

 private:
  explicit PastFile(MappedFile file) : file_(std::move(file)) {}
  MappedFile file_;
  std::span<const PastRow> rows_;
  std::string_view journals_;  // each with a zero byte behind it
};

}  // namespace osac::slurm
