#pragma once
// How far a journal has been read, and whether it is still the one that was read: what snapshots and the index remember of each. Private to
// this room.

#include <cstdint>
#include <string>

namespace osac::registry {

/// Checksum (XXH3) of the last bytes before a place in a file: a record's end, its own checksum among them in most cases. 0 if the file is
/// not that long, or cannot be read.
std::uint64_t checksum_before(const std::string& path, std::uint64_t offset);

}  // namespace osac::registry
