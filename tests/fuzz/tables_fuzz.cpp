#include "tests/fuzz/tables_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  osac::fuzz::read_table({reinterpret_cast<const char*>(data), size});
  return 0;
}
