#pragma once
// The two hashes of osac: SHA-256 for identities (what something is), XXH3 for checks (has it changed or been damaged).

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace osac {

using Digest = std::array<std::uint8_t, 32>;

/// SHA-256 (FIPS 180-4) of a text or of a stream of parts.
Digest sha256(std::string_view bytes);
std::string hexadecimal(const Digest& digest);
/// Reads 64 hexadecimal digits; all zero when `text` is not that.
Digest parse_digest(std::string_view text);

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(std::string_view bytes);
  /// Adds the length and then the bytes, so that ("ab","c") and ("a","bc") differ.
  void add_field(std::string_view bytes);
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// XXH3, 64 bits.
std::uint64_t checksum(std::string_view bytes);

}  // namespace osac
