#pragma once
// Reading and writing whole files, with limits and with errors that name call, path and cause.

#include <cstdint>
#include <string>
#include <string_view>

#include "compiler/base/result.h"

namespace osac {

/// Reads a regular file of at most `limit` bytes. Directories, devices and fifos are refused before they are opened.
Result<std::string> read_file(const std::string& path, std::uint64_t limit = std::uint64_t{1} << 32);
/// The same of a file that nobody may be writing: temporary trouble if its size or time of change is another one after reading.
Result<std::string> read_settled_file(const std::string& path, std::uint64_t limit = std::uint64_t{1} << 32);
/// Writes a file so that readers see the old one or the whole new one: a temporary beside it, then a rename. What is no regular file stays
/// what it is: a device or a fifo is written into, and a symbolic link goes on pointing to what is written.
Status write_file(const std::string& path, std::string_view bytes);

}  // namespace osac
