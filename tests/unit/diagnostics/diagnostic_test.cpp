#include "compiler/diagnostics/diagnostic.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "compiler/diagnostics/render.h"

using namespace osac;

namespace {

constexpr auto error_kind = DiagnosticKind::unknown_module;

std::vector<std::string> messages(const Diagnostics& diagnostics) {
  std::vector<std::string> list;
  for (const Diagnostic& diagnostic : diagnostics.sorted()) list.push_back(diagnostic.message);
  return list;
}

}  // namespace

TEST_CASE("kinds are called with dashes and listed by name, each once") {
  CHECK(info(error_kind).name == "unknown-module");
  CHECK(info(error_kind).severity == Severity::error);
  CHECK(info(error_kind).words == "no module named `{}`");
  const auto kinds = all_kinds();
  const auto is_before = [](DiagnosticKind a, DiagnosticKind b) { return info(a).name < info(b).name; };
  CHECK(std::adjacent_find(kinds.begin(), kinds.end(), [&](auto a, auto b) { return !is_before(a, b); }) == kinds.end());
  CHECK(std::count(kinds.begin(), kinds.end(), error_kind) == 1);
}

TEST_CASE("diagnostics are sorted by place, those without one come last, in the order reported") {
  Diagnostics diagnostics;
  diagnostics.report_without_place(error_kind, "n1");
  diagnostics.report(error_kind, Span{9, 10}, "c");
  diagnostics.report(error_kind, Span{2, 9}, "b");
  diagnostics.report_without_place(error_kind, "n2");
  diagnostics.report(error_kind, Span{2, 3}, "a");
  CHECK(messages(diagnostics) == std::vector<std::string>{"no module named `a`", "no module named `b`", "no module named `c`",
                                                          "no module named `n1`", "no module named `n2`"});
}

TEST_CASE("an exact repetition is dropped, another place or other words are not") {
  Diagnostics diagnostics;
  diagnostics.report(error_kind, Span{2, 3}, "a");
  diagnostics.report(error_kind, Span{2, 3}, "b");
  diagnostics.report(error_kind, Span{2, 3}, "a").help("said again");
  diagnostics.report(error_kind, Span{2, 4}, "a");
  diagnostics.report(error_kind, Span{2, 3}, "a").label(Span{7, 8}, "");
  CHECK(messages(diagnostics) ==
        std::vector<std::string>{"no module named `a`", "no module named `b`", "no module named `a`", "no module named `a`"});
  CHECK(render(diagnostics, Sources{}, {}).ends_with("\n\n4 errors\n"));
}

TEST_CASE("more than the limit are counted but not kept, and a builder of one not kept is harmless") {
  Diagnostics diagnostics;
  for (std::uint32_t i = 0; i < Diagnostics::limit + 3; ++i) diagnostics.report(error_kind, Span{i, i}, i).help("h").label(Span{}, "l");
  CHECK(diagnostics.error_count() == Diagnostics::limit + 3);
  CHECK(diagnostics.not_kept() == 3);
  CHECK(diagnostics.sorted().size() == Diagnostics::limit);
  CHECK(render(diagnostics, Sources{}, {}).ends_with("\n\n103 errors (3 of them not shown)\n"));
}

TEST_CASE("a builder stays good while others report") {
  Diagnostics diagnostics;
  auto first = diagnostics.report(error_kind, Span{0, 0}, "a");
  for (std::uint32_t i = 1; i < 50; ++i) diagnostics.report(error_kind, Span{i, i}, "b");
  first.here("late").note("later");
  const Diagnostic kept = diagnostics.sorted().front();
  CHECK(kept.labels.front().text == "late");
  CHECK(kept.notes == std::vector<std::string>{"later"});
}

TEST_CASE("words for a place that is not there become a note") {
  Diagnostics diagnostics;
  diagnostics.report_without_place(error_kind, "a").here("where it was");
  CHECK(diagnostics.sorted().front().labels.empty());
  CHECK(diagnostics.sorted().front().notes == std::vector<std::string>{"where it was"});
}

TEST_CASE("control bytes never get into a diagnostic") {
  Diagnostics diagnostics;
  diagnostics.report(error_kind, Span{}, "\x1b[2J").here("a\nb").label(Span{}, "\x07").note("\x1b\nline").help("\x7f");
  const Diagnostic kept = diagnostics.sorted().front();
  CHECK(kept.message == "no module named `\\x1b[2J`");
  CHECK(kept.labels[0].text == "a\\nb");
  CHECK(kept.labels[1].text == "\\x07");
  CHECK(kept.notes == std::vector<std::string>{"\\x1b\nline"});
  CHECK(kept.help == std::vector<std::string>{"\\x7f"});
}
