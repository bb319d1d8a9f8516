#include "runtime/registry/journal_place.h"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>

#include "compiler/base/hash.h"
#include "runtime/step/system.h"

namespace osac::registry {

std::uint64_t checksum_before(const std::string& path, std::uint64_t offset) {
  constexpr std::uint64_t looked_at = 512;
  const step::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  const std::uint64_t length = std::min(offset, looked_at);
  std::string bytes(length, '\0');
  if (!file.exists() || ::pread(file.number(), bytes.data(), length, static_cast<off_t>(offset - length)) != static_cast<ssize_t>(length))
    return 0;
  return checksum(bytes);
}

}  // namespace osac::registry
