#include "runtime/step/crc32c.h"

#include <array>
#include <cstring>

namespace osac::step {

namespace {

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

// tables[k][b]: the checksum of byte b followed by k zero bytes, so that eight bytes are done at once.
constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) rest = (rest & 1U) != 0 ? 0x82f63b78U ^ (rest >> 1) : rest >> 1;
    tables[0][byte] = rest;
  }
  for (std::uint32_t byte = 0; byte < 256; ++byte)
    for (std::size_t k = 1; k < tables.size(); ++k) tables[k][byte] = tables[0][tables[k - 1][byte] & 255U] ^ (tables[k - 1][byte] >> 8);
  return tables;
}
constexpr Tables tables = make_tables();

std::uint32_t byte_of(char c) { return static_cast<unsigned char>(c); }

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::string_view bytes) {
  std::uint64_t rest = 0xffffffffU;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    rest = __builtin_ia32_crc32di(rest, word);
  }
  auto low = static_cast<std::uint32_t>(rest);
  for (const char c : bytes) low = __builtin_ia32_crc32qi(low, static_cast<unsigned char>(c));
  return ~low;
}
#endif

}  // namespace

std::uint32_t crc32c_by_table(std::string_view bytes) {
  std::uint32_t rest = 0xffffffffU;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      const std::uint32_t mixed = byte_of(bytes[i]) ^ (i < 4 ? (rest >> (8 * i)) & 255U : 0U);
      next ^= tables[7 - i][mixed];
    }
    rest = next;
  }
  for (const char c : bytes) rest = tables[0][(rest ^ byte_of(c)) & 255U] ^ (rest >> 8);
  return ~rest;
}

std::uint32_t crc32c(std::string_view bytes) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return by_instruction(bytes);
#endif
  return crc32c_by_table(bytes);
}

}  // namespace osac::step
