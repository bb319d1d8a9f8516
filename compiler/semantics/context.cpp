#include "compiler/semantics/context.h"

#include <fmt/core.h>

#include "compiler/base/text.h"

namespace osac::semantics {

Entry* find_name(Context& context, std::uint32_t module, Symbol symbol) {
  auto& names = context.scopes[module].names;
  const auto found = names.find(symbol);
  if (found == names.end()) return nullptr;
  found->second.is_used = true;
  return &found->second;
}

void suggest(Context& context, DiagnosticBuilder& report, const syntax::Name& wrong, const std::vector<std::string_view>& candidates) {
  if (const auto nearest = nearest_name(context.text(wrong.symbol), candidates)) {
    report.help(fmt::format("did you mean `{}`?", *nearest)).fix(wrong.span, std::string(*nearest));
  }
}

void suggest_or_list(Context& context, DiagnosticBuilder& report, const syntax::Name& wrong,
                     const std::vector<std::string_view>& candidates, std::string_view what) {
  constexpr std::size_t most_listed = 8;
  if (nearest_name(context.text(wrong.symbol), candidates)) return suggest(context, report, wrong, candidates);
  if (candidates.empty() || candidates.size() > most_listed) return;
  std::vector<std::string> words;
  for (const std::string_view candidate : candidates) words.push_back(fmt::format("`{}`", candidate));
  report.help(fmt::format("{}: {}", what, join_words(words)));
}

void report_unknown_name(Context& context, const syntax::Name& name, std::string_view what, const std::vector<std::string_view>& candidates,
                         std::string_view list, std::string here) {
  if (is_missing(name) || is_lost(context, name)) return;
  const bool has_near = nearest_name(context.text(name.symbol), candidates).has_value();
  if (!has_near && !context.unknown_names.emplace(name.symbol, what).second) return;
  auto report = context.report(Kind::unknown_name, name.span, context.text(name.symbol), what);
  if (!here.empty()) report.here(std::move(here));
  if (list.empty()) {
    suggest(context, report, name, candidates);
  } else {
    suggest_or_list(context, report, name, candidates, list);
  }
}

std::string quoted_names(const Context& context, const std::vector<DimensionId>& dimensions) {
  std::vector<std::string> words;
  for (const DimensionId id : dimensions) words.push_back(fmt::format("`{}`", context.name(id)));
  return join_words(words);
}

}  // namespace osac::semantics
