#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "compiler/base/files.h"
#include "tests/fuzz/tables_input.h"

using namespace osac;

namespace {

std::vector<std::string> corpus() {
  std::vector<std::string> inputs;
  for (const auto& entry : std::filesystem::directory_iterator(OSAC_FUZZ_CORPUS "/tables")) {
    auto text = read_file(entry.path().string());
    REQUIRE(text);
    inputs.push_back(*text);
  }
  std::sort(inputs.begin(), inputs.end());
  return inputs;
}

}  // namespace

// read_table ends the process when an invariant does not hold, so that reaching the end is what is tested.

TEST_CASE("every prefix of the fuzzer's corpus gives a table and diagnostics that agree") {
  const auto inputs = corpus();
  CHECK(inputs.size() >= 15);
  std::size_t count = 0;
  for (const std::string& input : inputs)
    for (std::size_t length = 0; length <= input.size(); ++length, ++count) fuzz::read_table(std::string_view(input).substr(0, length));
  CHECK(count > 1000);
}

TEST_CASE("the corpus with any one byte replaced by a troublesome one does so, too") {
  constexpr std::string_view troublesome = "\"\n\r#,\\\x80{-";
  std::size_t count = 0;
  for (const std::string& input : corpus())
    for (std::size_t at = 1; at < input.size(); ++at, ++count) {
      std::string changed = input;
      changed[at] = troublesome[count % troublesome.size()];
      fuzz::read_table(changed);
    }
  CHECK(count > 1000);
}
