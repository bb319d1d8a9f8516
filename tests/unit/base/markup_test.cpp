// Text inside markup and references.

#include "compiler/base/markup.h"

#include <catch2/catch.hpp>

using namespace osac;

TEST_CASE("what markup would read becomes entities") {
  CHECK(markup_escaped("<b title=\"a & b\">é</b>") == "&lt;b title=&quot;a &amp; b&quot;&gt;é&lt;/b&gt;");
  CHECK(markup_escaped("").empty());
}

TEST_CASE("all bytes of a reference but plain ones are encoded") {
  CHECK(percent_encoded("a b/ü%.log", "-._~/") == "a%20b/%C3%BC%25.log");
  CHECK(percent_encoded("a/b", "") == "a%2Fb");
  CHECK(percent_encoded("\xff\n", "") == "%FF%0A");
}
