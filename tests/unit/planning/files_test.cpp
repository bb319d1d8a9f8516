// Tables with a file for each key of a dimension.

#include <catch2/catch.hpp>

#include "tests/unit/planning/planned.h"

using namespace osac;

namespace {

const std::string nights =
    "workflow w\n"
    "table list = csv \"nights.csv\" { night : date }\n"
    "dimension night : date from list.night\n"
    "table summary for night = csv \"summary_{night:%Y%m%d}.csv\" { seq : int  kind : text }\n"
    "dimension exposure : int in night from summary.seq\n"
    "dataset raw for exposure = external \"raw/{night}/{exposure}\"\n"
    "dataset done for exposure = \"done/{night}/{exposure}\"\n"
    "task t for exposure where kind == \"S\" { in raw out done run \"t {raw} {done}\" }\n";

}  // namespace

TEST_CASE("each file's rows have the key of their file") {
  const auto made = make(nights,
                         {{"nights.csv", "night\n2026-01-02\n2026-01-01\n"},
                          {"summary_20260101.csv", "seq,kind\n1,S\n2,B\n"},
                          {"summary_20260102.csv", "kind,seq\nS,1\nS,2\n"}},
                         without_files());
  REQUIRE(made->lines() == Lines{});
  CHECK(made->elements("t") == Lines{"t[night=2026-01-01,exposure=1]", "t[night=2026-01-02,exposure=1]", "t[night=2026-01-02,exposure=2]"});
}

TEST_CASE("the key of a file may be implied, and is a date then, too") {
  const std::string implied =
      "workflow w\n"
      "param nights : [date] = [\"2026-01-02\", \"2026-01-01\"]\n"
      "dataset list for night = external optional \"summary_{night:%Y%m%d}.csv\"\n"
      "table summary for night = csv list { seq : int  kind : text }\n"
      "dimension night : date from nights\n"
      "dimension exposure : int from summary.seq implies night\n"
      "dataset done for exposure = \"done/{night:%Y%m%d}/{exposure}\"\n"
      "task t for exposure where kind == \"S\" and night < \"2026-01-03\" { out done run \"t {done}\" }\n";
  const auto made = make(implied, {{"summary_20260102.csv", "kind,seq\nS,1\nS,2\n"}});
  REQUIRE(made->lines() == Lines{});
  CHECK(made->outputs("t[exposure=2]") == Lines{"done/20260102/2"});
}

TEST_CASE("a missing file is named with its key") {
  const auto made =
      make(nights, {{"nights.csv", "night\n2026-01-02\n2026-01-01\n"}, {"summary_20260102.csv", "kind,seq\nS,1\n"}}, without_files());
  CHECK(made->lines() == Lines{"unreadable-table: table `summary` cannot be read: `summary_20260101.csv`"});
  CHECK(made->notes() == Lines{"for night 2026-01-01: cannot open `summary_20260101.csv`: no such file or directory"});
}

TEST_CASE("what is wrong in one of the files points into it") {
  const auto made = make(nights,
                         {{"nights.csv", "night\n2026-01-02\n2026-01-01\n"},
                          {"summary_20260101.csv", "seq,kind\n1,S\n"},
                          {"summary_20260102.csv", "kind,seq\nS,1\nB,1\n"}},
                         without_files());
  CHECK(made->lines() == Lines{"conflicting-rows: rows of `exposure` 1 disagree about `kind`"});
  CHECK(made->places() == Lines{"B", "S", "kind"});
  const Diagnostic diagnostic = made->diagnostics.sorted().at(0);
  CHECK(made->sources.name(made->sources.source_at(diagnostic.labels[0].span.begin)) == "summary_20260102.csv");
}
