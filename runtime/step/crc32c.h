#pragma once
// CRC-32C (Castagnoli): the checksum of journal records. By the processor's instruction where there is one, else by table; the same value
// in any case.

#include <cstdint>
#include <string_view>

namespace osac::step {

std::uint32_t crc32c(std::string_view bytes);
/// The portable way, for machines without the instruction (and the test that both agree).
std::uint32_t crc32c_by_table(std::string_view bytes);

}  // namespace osac::step
