#include "compiler/diagnostics/sarif.h"

#include <fmt/format.h>
#include <algorithm>
#include <optional>

#include "compiler/base/markup.h"
#include "compiler/base/text.h"

namespace osac {

namespace {

std::string_view level_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::advice:
      return "note";
  }
  return "none";
}

/// The number of UTF-16 code units of a text; a byte that is no part of well-formed UTF-8 counts as one.
std::size_t utf16_length(std::string_view text) {
  const auto is_four_bytes_long = [](char c) { return static_cast<unsigned char>(c) >= 0xf0U; };
  return count_code_points(text) +
         (find_malformed_utf8(text) ? 0 : static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_four_bytes_long)));
}

/// A place in a source as SARIF counts: lines and columns from 1, offsets from 0.
struct Place {
  std::size_t line, column, offset;
};

Place place_of(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const std::size_t newline = before.rfind('\n');
  const std::size_t line_begin = newline == std::string_view::npos ? 0 : newline + 1;
  return {static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1, utf16_length(before.substr(line_begin)) + 1,
          utf16_length(before)};
}

std::string region(Span span, const Sources& sources) {
  const SourceId source = sources.source_at(span.begin);
  const std::string_view text = sources.text(source);
  const auto local = [&](std::uint32_t offset) { return std::min<std::size_t>(offset - sources.begin(source), text.size()); };
  const Place begin = place_of(text, local(span.begin));
  const Place end = place_of(text, std::max(local(span.begin), local(std::max(span.begin, span.end))));
  return fmt::format(R"({{"startLine":{},"startColumn":{},"endLine":{},"endColumn":{},"charOffset":{},"charLength":{}}})", begin.line,
                     begin.column, end.line, end.column, begin.offset, end.offset - begin.offset);
}

std::string message(std::string_view text) { return fmt::format(R"({{"text":{}}})", json_quoted(text)); }

/// What was found with all that explains it.
std::string whole_message(const Diagnostic& diagnostic) {
  std::string text = diagnostic.message;
  for (const std::string& note : diagnostic.notes) text += "\nnote: " + note;
  for (const std::string& help : diagnostic.help) text += "\nhelp: " + help;
  return message(text);
}

/// "unused-import" as "UnusedImport": the readable name of a rule.
std::string pascal_case(std::string_view name) {
  std::string out;
  bool starts_word = true;
  for (const char c : name) {
    if (c != '-') out += starts_word && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    starts_word = c == '-';
  }
  return out;
}

/// The first paragraph of a page, behind its title.
std::string first_paragraph(std::string_view page) {
  std::string out;
  for (const std::string_view line : split(page, '\n')) {
    if (line.starts_with("#") || (out.empty() && trim(line).empty())) continue;
    if (trim(line).empty()) break;
    out += (out.empty() ? "" : " ") + std::string(trim(line));
  }
  return out;
}

std::string joined(const std::vector<std::string>& items, std::string_view separator = ",") {
  return fmt::format("{}", fmt::join(items, separator));
}

}  // namespace

std::string uri_of(std::string_view path) {
  constexpr std::string_view plain = "-._~/!$&'()*+,;=@";
  const std::size_t first_end = std::min(path.find('/'), path.size());  // before it a colon would end a scheme
  return (path.starts_with('/') ? "file://" : "") + percent_encoded(path.substr(0, first_end), plain) +
         percent_encoded(path.substr(first_end), std::string(plain) + ":");
}

SarifLog::SarifLog(std::string version, std::function<std::string_view(std::string_view)> page)
    : version_(std::move(version)), page_(std::move(page)) {}

void SarifLog::add(const Diagnostics& diagnostics, const Sources& sources) {
  for (const Diagnostic& diagnostic : diagnostics.sorted()) results_.push_back(result(diagnostic, sources));
}

std::size_t SarifLog::rule_of(const Diagnostic& diagnostic) {
  const KindInfo& kind = info(diagnostic.kind);
  const std::string id = diagnostic.code.empty() ? std::string(kind.name) : diagnostic.code;
  const auto [at, is_new] = rule_numbers_.try_emplace(id, rules_.size());
  if (!is_new) return at->second;
  const std::string_view page = page_(kind.name);
  std::string rule = fmt::format(R"({{"id":{},"name":"{}")", json_quoted(id), pascal_case(kind.name));
  if (const std::string about = first_paragraph(page); !about.empty()) rule += R"(,"shortDescription":)" + message(about);
  std::string help = page.empty() ? std::string(kind.words) : std::string(page);
  if (!diagnostic.link.empty()) help += "\n" + diagnostic.link + "\n";
  rule += fmt::format(R"(,"help":{{"text":{},"markdown":{}}})", json_quoted(help), json_quoted(help));
  // Our own pages are in the program: `osac explain KIND` shows them.
  rule += fmt::format(R"(,"helpUri":{})",
                      json_quoted(diagnostic.link.empty() ? "urn:osac:explain:" + std::string(kind.name) : diagnostic.link));
  rule += fmt::format(R"(,"defaultConfiguration":{{"level":"{}"}}}})", level_of(kind.severity));
  rules_.push_back(std::move(rule));
  return at->second;
}

std::string SarifLog::artifact_location(std::string_view name) {
  const std::string uri = json_quoted(uri_of(name));
  const auto [at, is_new] = artifact_numbers_.try_emplace(std::string(name), artifacts_.size());
  if (is_new) artifacts_.push_back(fmt::format(R"({{"location":{{"uri":{}}},"encoding":"UTF-8"}})", uri));
  return fmt::format(R"({{"uri":{},"index":{}}})", uri, at->second);
}

std::string SarifLog::physical_location(Span span, const Sources& sources) {
  return fmt::format(R"("physicalLocation":{{"artifactLocation":{},"region":{}}})",
                     artifact_location(sources.name(sources.source_at(span.begin))), region(span, sources));
}

std::string SarifLog::result(const Diagnostic& diagnostic, const Sources& sources) {
  const std::size_t rule = rule_of(diagnostic);
  const std::string id = diagnostic.code.empty() ? std::string(info(diagnostic.kind).name) : diagnostic.code;
  std::vector<std::string> places;
  std::vector<std::string> related;
  for (const Label& label : diagnostic.labels) {
    if (sources.size() == 0) break;
    const bool is_first = label.is_primary && places.empty();
    const std::string words = label.text.empty() ? "" : R"(,"message":)" + message(label.text);
    const std::string number = is_first ? "" : fmt::format(R"("id":{},)", related.size());
    (is_first ? places : related).push_back("{" + number + physical_location(label.span, sources) + words + "}");
  }
  std::string out = fmt::format(R"({{"ruleId":{},"ruleIndex":{},"level":"{}","message":{})", json_quoted(id), rule,
                                level_of(diagnostic.severity), whole_message(diagnostic));
  out += R"(,"locations":[)" + joined(places) + "]";
  if (!related.empty()) out += R"(,"relatedLocations":[)" + joined(related) + "]";
  return out + fixes(diagnostic, sources) + "}";
}

std::string SarifLog::fixes(const Diagnostic& diagnostic, const Sources& sources) {
  if (diagnostic.edits.empty() || sources.size() == 0) return "";
  std::vector<std::pair<std::string, std::vector<std::string>>> changes;  // of each artifact, in the order of its first edit
  for (const Edit& edit : diagnostic.edits) {
    const std::string artifact = artifact_location(sources.name(sources.source_at(edit.span.begin)));
    auto at = std::find_if(changes.begin(), changes.end(), [&](const auto& change) { return change.first == artifact; });
    if (at == changes.end()) at = changes.insert(changes.end(), {artifact, {}});
    const std::string content = edit.replacement.empty() ? "" : R"(,"insertedContent":)" + message(edit.replacement);
    at->second.push_back(fmt::format(R"({{"deletedRegion":{}{}}})", region(edit.span, sources), content));
  }
  std::vector<std::string> texts;
  for (const auto& [artifact, replacements] : changes)
    texts.push_back(fmt::format(R"({{"artifactLocation":{},"replacements":[{}]}})", artifact, joined(replacements)));
  const std::string about = diagnostic.help.empty() ? diagnostic.message : diagnostic.help.front();
  return fmt::format(R"(,"fixes":[{{"description":{},"artifactChanges":[{}]}}])", message(about), joined(texts));
}

std::string SarifLog::text() const {
  return fmt::format(
      R"({{
"$schema":"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
"version":"2.1.0",
"runs":[{{
"tool":{{"driver":{{"name":"osac","version":{0},"semanticVersion":{0},"rules":[
{1}
]}}}},
"columnKind":"utf16CodeUnits",
"artifacts":[{2}],
"results":[
{3}
]}}]}}
)",
      json_quoted(version_), joined(rules_, ",\n"), joined(artifacts_), joined(results_, ",\n"));
}

}  // namespace osac
