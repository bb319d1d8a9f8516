// SARIF: places in UTF-16 units, what makes a rule, URIs. Whole logs are held to the standard by tests/e2e/lint_test.py.

#include "compiler/diagnostics/sarif.h"

#include <catch2/catch.hpp>

using namespace osac;

namespace {

constexpr auto kind = DiagnosticKind::unknown_module;  // "no module named `{}`"

struct Fixture {
  Sources sources;
  Diagnostics diagnostics;
  SourceId source;
  explicit Fixture(std::string text) : source(sources.add("a b.osa", std::move(text))) {}
  [[nodiscard]] Span at(std::string_view words) const {
    const auto begin = static_cast<std::uint32_t>(sources.begin(source) + sources.text(source).find(words));
    return {begin, begin + static_cast<std::uint32_t>(words.size())};
  }
  [[nodiscard]] std::string text() const {
    SarifLog log("1.2.3", [](std::string_view) { return std::string_view("# k\n\nFirst\nparagraph.\n\nSecond.\n"); });
    log.add(diagnostics, sources);
    return log.text();
  }
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("columns and offsets count UTF-16 units, lines and columns from one, offsets from zero") {
  Fixture f("\xC3\xA4\n\xF0\x9F\x94\xAD\t\xC3\xB6 here\n");
  f.diagnostics.report(kind, f.at("here"), "x");
  CHECK(has(f.text(), R"("region":{"startLine":2,"startColumn":6,"endLine":2,"endColumn":10,"charOffset":7,"charLength":4})"));
}

TEST_CASE("a place may reach over lines, or be empty at the end of the text") {
  Fixture f("one\ntwo\n");
  f.diagnostics.report(kind, f.at("e\ntw"), "x");
  f.diagnostics.report(kind, Span{f.sources.span(f.source).end, f.sources.span(f.source).end}, "y");
  CHECK(has(f.text(), R"({"startLine":1,"startColumn":3,"endLine":2,"endColumn":3,"charOffset":2,"charLength":4})"));
  CHECK(has(f.text(), R"({"startLine":3,"startColumn":1,"endLine":3,"endColumn":1,"charOffset":8,"charLength":0})"));
}

TEST_CASE("a rule stands once, with the first paragraph of its page") {
  Fixture f("one two");
  f.diagnostics.report(kind, f.at("one"), "x");
  f.diagnostics.report(kind, f.at("two"), "y");
  const std::string text = f.text();
  CHECK(text.find(R"({"id":"unknown-module")") == text.rfind(R"({"id":"unknown-module")"));
  CHECK(has(text, R"("name":"UnknownModule","shortDescription":{"text":"First paragraph."})"));
  CHECK(has(text, R"("helpUri":"urn:osac:explain:unknown-module")"));
}

TEST_CASE("what another program found is a rule of its own") {
  Fixture f("one");
  f.diagnostics.report(DiagnosticKind::shell_problem, f.at("one"), "quote it", "SC2086").found_as("SC2086", "https://x.test/SC2086");
  CHECK(has(f.text(), R"x("ruleId":"SC2086","ruleIndex":0,"level":"warning","message":{"text":"quote it (SC2086)"})x"));
  CHECK(has(f.text(), R"("helpUri":"https://x.test/SC2086")"));
}

TEST_CASE("second places have numbers, edits of one file are one change") {
  Fixture f("one two three");
  f.diagnostics.report(kind, f.at("one"), "x")
      .here("first")
      .label(f.at("two"), "second")
      .help("do it")
      .fix(f.at("one"), "1")
      .fix(f.at("three"), "");
  const std::string text = f.text();
  CHECK(has(text, R"("relatedLocations":[{"id":0,"physicalLocation")"));
  CHECK(has(
      text,
      R"("fixes":[{"description":{"text":"do it"},"artifactChanges":[{"artifactLocation":{"uri":"a%20b.osa","index":0},"replacements":[{)"));
  CHECK(has(text, R"("insertedContent":{"text":"1"}},{"deletedRegion":)"));
}

TEST_CASE("a log without findings is whole, and diagnostics need no place") {
  CHECK(has(Fixture("").text(), "\"results\":[\n\n]"));
  Fixture f("one");
  f.diagnostics.report_without_place(kind, "x");
  CHECK(has(f.text(), R"("locations":[])"));
}

TEST_CASE("paths are URI references") {
  CHECK(uri_of("a/b.osa") == "a/b.osa");
  CHECK(uri_of("/a b/\xC3\xA4#?.osa") == "file:///a%20b/%C3%A4%23%3F.osa");
  CHECK(uri_of("a:b/c:d%") == "a%3Ab/c:d%25");
}
