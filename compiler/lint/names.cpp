// Names that say what a number measures while its type does not: `timeout : float`, `memory_mb : int`, metrics without a unit.

#include <algorithm>
#include <array>
#include <optional>

#include "compiler/base/text.h"
#include "compiler/lint/context.h"

namespace osac::lint {

namespace {

struct Quantity {
  std::string_view what;  ///< "a time"
  std::string_view type;  ///< that knows its units
  std::string_view example;
};

constexpr Quantity a_time{"a time", "duration", "`30 s` or `1 h 15 min`, and `{x:s}` is its number of seconds"};
constexpr Quantity a_memory{"an amount of memory", "memory", "`512 MiB` or `2 GB`, and `{x:MiB}` is its number of MiB"};

constexpr std::array<std::string_view, 24> time_words = {
    "time", "timeout", "exptime", "duration", "delay", "interval", "latency", "walltime", "runtime", "elapsed", "seconds", "second",
    "secs", "sec",     "minutes", "minute",   "mins",  "hours",    "hour",    "days",     "millis",  "ms",      "msec",    "lifetime"};
constexpr std::array<std::string_view, 11> memory_words = {"memory", "mem", "ram", "bytes", "kb", "mb", "gb", "tb", "kib", "mib", "gib"};
constexpr std::array<std::string_view, 6> sized_words = {"file", "buffer", "cache", "heap", "disk", "stack"};
constexpr std::array<std::string_view, 24> bare_words = {
    "ratio",       "fraction",   "score",    "count",        "number",     "n",      "factor", "chi2",   "index",
    "probability", "efficiency", "snr",      "ellipticity",  "elongation", "rate",   "purity", "weight", "significance",
    "correlation", "identity",   "coverage", "completeness", "strehl",     "airmass"};

template <typename Words>
bool is_one_of(std::string_view word, const Words& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  for (const std::string_view part : split(name, '_')) {
    std::string word(part);
    for (char& c : word)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    words.push_back(std::move(word));
  }
  return words;
}

/// What a number of this name measures, by its last word; counts measure nothing.
std::optional<Quantity> quantity_of(std::string_view name) {
  const std::vector<std::string> words = words_of(name);
  if (words.front() == "n" || words.front() == "num" || words.front() == "number" || words.back() == "count") return std::nullopt;
  if (is_one_of(words.back(), time_words) || (words.size() > 1 && words.back() == "s")) return a_time;
  if (is_one_of(words.back(), memory_words)) return a_memory;
  if (words.size() > 1 && words.back() == "size" && is_one_of(words[words.size() - 2], sized_words)) return a_memory;
  return std::nullopt;
}

bool is_plain_number(const Context& context, const syntax::TypeSyntax& type) {
  const std::string_view name = context.text(type.name);
  return (name == "float" || name == "int") && !type.unit;
}

void check_number(Context& context, std::string_view what, const syntax::Name& name, const syntax::TypeSyntax& type) {
  if (!is_plain_number(context, type)) return;
  const auto quantity = quantity_of(context.text(name));
  if (!quantity) return;
  context.report(Kind::name_without_unit, type.span, what, context.text(name), quantity->what, context.text(type.name))
      .help("with type `" + std::string(quantity->type) + "` values carry their units: " + std::string(quantity->example));
}

void check_metric(Context& context, const syntax::MetricClause& metric) {
  if (context.text(metric.type.name) != "float" || metric.type.unit) return;
  const std::vector<std::string> words = words_of(context.text(metric.name));
  if (std::any_of(words.begin(), words.end(), [](const std::string& word) { return is_one_of(word, bare_words); })) return;
  context.report(Kind::metric_without_unit, metric.type.span, context.text(metric.name), "float")
      .help("name it behind the type, `float arcsec`: then expectations are checked for units, and plots say it");
}

}  // namespace

void check_names(Context& context) {
  for (const syntax::Declaration& declaration : context.tree.declarations)
    if (const auto* param = std::get_if<syntax::ParamDecl>(&declaration.kind)) check_number(context, "parameter", param->name, param->type);
  for (const Body& body : bodies_of(context.tree)) {
    for (const syntax::Clause& clause : body.clauses) {
      if (const auto* param = std::get_if<syntax::ToolParamClause>(&clause)) check_number(context, "parameter", param->name, param->type);
      if (const auto* metric = std::get_if<syntax::MetricClause>(&clause)) check_metric(context, *metric);
    }
  }
}

}  // namespace osac::lint
