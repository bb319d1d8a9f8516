// The grammar itself: no rule can loop, and the EBNF in the reference is what the rules say.

#include "compiler/syntax/grammar.h"

#include <catch2/catch.hpp>

#include "compiler/syntax/grammar_analysis.h"
#include "tests/unit/syntax/support.h"

using namespace osac::syntax;

TEST_CASE("no rule can succeed for ever without consuming anything") {
  CHECK(tao::pegtl::analyze<grammar::file>(1) == 0);
  CHECK(tao::pegtl::analyze<grammar::lone_expression>(1) == 0);
}

TEST_CASE("the grammar in the reference is the one that is parsed") {
  const std::filesystem::path path = test::repository() / "docs/reference/grammar.ebnf";
  if (std::getenv("OSAC_ACCEPT") != nullptr) {
    std::ofstream(path, std::ios::binary) << grammar_ebnf();
    WARN("rewritten: " << path.filename());
    return;
  }
  CHECK(test::contents(path) == grammar_ebnf());
}
