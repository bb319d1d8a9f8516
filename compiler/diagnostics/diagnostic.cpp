#include "compiler/diagnostics/diagnostic.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <tuple>

#include "compiler/base/check.h"
#include "compiler/base/text.h"

namespace osac {

namespace {

struct KindRow {
  std::string_view name;
  Severity severity;
  std::string_view words;
};

constexpr KindRow rows[] = {
#define OSAC_KIND(name, severity, words) {#name, Severity::severity, words},
#include "compiler/diagnostics/kinds/all.def"
#undef OSAC_KIND
};
constexpr std::size_t kind_count = std::size(rows);

/// The rows with dashes for underscores, which the names in C++ cannot have.
struct Catalogue {
  std::array<std::string, kind_count> names;
  std::array<KindInfo, kind_count> infos;

  Catalogue() {
    for (std::size_t i = 0; i < kind_count; ++i) {
      names[i] = rows[i].name;
      std::replace(names[i].begin(), names[i].end(), '_', '-');
      infos[i] = {names[i], rows[i].severity, rows[i].words};
    }
  }
  Catalogue(const Catalogue&) = delete;
  Catalogue& operator=(const Catalogue&) = delete;
};

/// Notes and help may have several lines; each is made visible by itself.
std::string visible_lines(std::string_view text) {
  std::string out;
  for (const std::string_view line : split(text, '\n')) {
    if (!out.empty()) out += '\n';
    out += visible(line);
  }
  return out;
}

/// Places in order, those without one after all others.
auto place_of(const Diagnostic& diagnostic) {
  const bool has_place = !diagnostic.labels.empty();
  const Span span = has_place ? diagnostic.labels.front().span : Span{};
  return std::make_tuple(!has_place, span.begin, span.end);
}

bool is_repetition(const Diagnostic& a, const Diagnostic& b) {
  const auto same_label = [](const Label& x, const Label& y) { return x.span == y.span && x.text == y.text; };
  return a.kind == b.kind && a.message == b.message &&
         std::equal(a.labels.begin(), a.labels.end(), b.labels.begin(), b.labels.end(), same_label);
}

}  // namespace

const KindInfo& info(DiagnosticKind kind) {
  static const Catalogue catalogue;
  return catalogue.infos[static_cast<std::size_t>(kind)];
}

std::vector<DiagnosticKind> all_kinds() {
  std::vector<DiagnosticKind> kinds;
  for (std::size_t i = 0; i < kind_count; ++i) kinds.push_back(static_cast<DiagnosticKind>(i));
  std::sort(kinds.begin(), kinds.end(), [](DiagnosticKind a, DiagnosticKind b) { return info(a).name < info(b).name; });
  return kinds;
}

DiagnosticBuilder& DiagnosticBuilder::here(std::string text) {
  if (diagnostic_.labels.empty())
    diagnostic_.notes.push_back(visible_lines(text));
  else
    diagnostic_.labels.front().text = visible(text);
  return *this;
}

DiagnosticBuilder& DiagnosticBuilder::label(Span span, std::string text) {
  diagnostic_.labels.push_back({span, visible(text), false});
  return *this;
}

DiagnosticBuilder& DiagnosticBuilder::note(std::string text) {
  diagnostic_.notes.push_back(visible_lines(text));
  return *this;
}

DiagnosticBuilder& DiagnosticBuilder::help(std::string text) {
  diagnostic_.help.push_back(visible_lines(text));
  return *this;
}

DiagnosticBuilder& DiagnosticBuilder::fix(Span span, std::string replacement) {
  diagnostic_.edits.push_back({span, std::move(replacement)});
  return *this;
}

DiagnosticBuilder& DiagnosticBuilder::found_as(std::string code, std::string link) {
  diagnostic_.code = visible(code);
  diagnostic_.link = visible(link);
  return *this;
}

std::string Diagnostics::fill(DiagnosticKind kind, fmt::format_args arguments) {
  try {
    return visible(fmt::vformat(info(kind).words, arguments));
  } catch (const fmt::format_error&) {
    report_bug(__FILE__, __LINE__, "the words of `" + std::string(info(kind).name) + "` do not fit what they were given");
  }
}

DiagnosticBuilder Diagnostics::add(DiagnosticKind kind, Span place, std::string message, bool has_place) {
  Diagnostic diagnostic;
  diagnostic.kind = kind;
  diagnostic.severity = info(kind).severity;
  diagnostic.message = std::move(message);
  if (has_place) diagnostic.labels.push_back({place, "", true});
  return DiagnosticBuilder(keep(std::move(diagnostic)));
}

Diagnostic& Diagnostics::keep(Diagnostic diagnostic) {
  std::size_t& count = diagnostic.severity == Severity::error ? errors_ : diagnostic.severity == Severity::warning ? warnings_ : advice_;
  if (++count <= limit) return list_.emplace_back(std::move(diagnostic));
  ++not_kept_;
  return overflow_ = std::move(diagnostic);
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::vector<Diagnostic> list(list_.begin(), list_.end());
  std::stable_sort(list.begin(), list.end(), [](const Diagnostic& a, const Diagnostic& b) { return place_of(a) < place_of(b); });
  std::vector<Diagnostic> kept;
  for (Diagnostic& diagnostic : list) {
    // Repetitions have the same place, so they are among the last ones kept.
    bool is_new = true;
    for (auto before = kept.rbegin(); is_new && before != kept.rend() && place_of(*before) == place_of(diagnostic); ++before)
      is_new = !is_repetition(*before, diagnostic);
    if (is_new) kept.push_back(std::move(diagnostic));
  }
  return kept;
}

}  // namespace osac
