#include "compiler/lint/allow.h"

#include <algorithm>

#include "compiler/base/text.h"

namespace osac::lint {

namespace {

constexpr std::string_view opening = "# lint: allow";

bool is_code(std::string_view rule) {
  return rule.size() > 2 && rule.starts_with("SC") && rule.find_first_not_of("0123456789", 2) == std::string_view::npos;
}

std::vector<std::string_view> rule_names() {
  std::vector<std::string_view> names;
  for (const DiagnosticKind kind : all_kinds())
    if (info(kind).severity != Severity::error) names.push_back(info(kind).name);
  return names;
}

/// Places of all declarations, clauses and columns.
std::vector<Span> items_of(const syntax::Tree& tree) {
  std::vector<Span> items;
  for (const syntax::Declaration& declaration : tree.declarations) {
    items.push_back(declaration.span);
    const auto add_columns = [&](const std::vector<syntax::ColumnDecl>& columns) {
      for (const syntax::ColumnDecl& column : columns) items.push_back(column.span);
    };
    if (const auto* table = std::get_if<syntax::TableDecl>(&declaration.kind)) add_columns(table->columns);
    if (const auto* dataset = std::get_if<syntax::DatasetDecl>(&declaration.kind)) add_columns(dataset->record_fields);
  }
  for (const Body& body : bodies_of(tree))
    for (const syntax::Clause& clause : body.clauses) items.push_back(span_of(clause));
  std::sort(items.begin(), items.end(), [](Span a, Span b) { return std::pair(a.begin, b.end) < std::pair(b.begin, a.end); });
  return items;
}

/// Whether nothing but white space and comments is in a text.
bool is_trivia(std::string_view text) {
  for (const std::string_view line : split(text, '\n'))
    if (const std::string_view words = trim(line); !words.empty() && !words.starts_with('#')) return false;
  return true;
}

struct Reader {
  Context& context;
  std::vector<Span> items = items_of(context.tree);
  std::vector<std::string_view> rules = rule_names();
  std::vector<Allowance> allowances{};

  [[nodiscard]] Span line_at(std::uint32_t offset) const {
    const std::string_view text = context.file();
    const std::uint32_t base = context.sources.begin(context.tree.source);
    const std::size_t at = std::min<std::size_t>(offset - base, text.size());
    const std::size_t newline = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
    const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
    return {base + static_cast<std::uint32_t>(begin), base + static_cast<std::uint32_t>(std::min(text.find('\n', at), text.size()))};
  }

  /// Whether an allowance is for the whole file: in front of `workflow`, or of everything with a blank line below.
  [[nodiscard]] bool is_for_file(const Comment& comment) const {
    const auto& tree = context.tree;
    if (tree.workflow && comment.span.begin < tree.workflow->span.begin) return true;
    return comment.ends_paragraph && (tree.declarations.empty() || comment.span.begin < tree.declarations.front().span.begin) &&
           !tree.workflow;
  }

  [[nodiscard]] Span covered_by(const Comment& comment) const {
    if (!comment.stands_alone) return line_at(comment.span.begin);
    if (is_for_file(comment)) return context.sources.span(context.tree.source);
    const auto next =
        std::lower_bound(items.begin(), items.end(), comment.span.end, [](Span item, std::uint32_t end) { return item.begin < end; });
    if (next != items.end() && is_trivia(context.text(Span{comment.span.end, next->begin}))) {
      const Span last_line = line_at(next->end);
      return {next->begin, last_line.end};
    }
    return line_at(std::min(comment.span.end + 1, context.sources.span(context.tree.source).end));
  }

  void report_unknown(std::string_view rule, Span place) {
    auto report = context.report(Kind::unknown_rule, place, rule);
    if (const auto nearest = nearest_name(rule, rules))
      report.help("did you mean `" + std::string(*nearest) + "`?");
    else
      report.help("after `allow` come names of warnings or advice, as they stand in brackets, with commas between them");
  }

  void read(const Comment& comment) {
    std::string_view rest = comment.text.substr(opening.size());
    const Span covered = covered_by(comment);
    std::string_view last;
    for (bool goes_on = true; goes_on;) {
      const std::size_t begin = std::min(rest.find_first_not_of(" \t,"), rest.size());
      rest.remove_prefix(begin);
      const std::string_view word = rest.substr(0, rest.find_first_of(" \t,"));
      rest.remove_prefix(word.size());
      goes_on = rest.starts_with(',');
      if (word.empty()) break;
      const auto at = comment.span.begin + static_cast<std::uint32_t>(word.data() - comment.text.data());
      const Span place{at, at + static_cast<std::uint32_t>(word.size())};
      last = word;
      if (is_code(word) || std::find(rules.begin(), rules.end(), word) != rules.end())
        allowances.push_back({covered, place, std::string(word), false});
      else
        report_unknown(word, place);
    }
    if (last.empty()) return report_unknown("", comment.span);
    if (trim(rest).empty())
      context.report(Kind::allow_without_reason, comment.span, last).help("say why behind the rule, for those who read it next year");
  }
};

}  // namespace

std::vector<Allowance> read_allowances(Context& context) {
  Reader reader{context};
  for (const Comment& comment : context.comments)
    if (comment.text.starts_with(opening)) reader.read(comment);
  return std::move(reader.allowances);
}

void take_unallowed(const Diagnostics& found, std::vector<Allowance>& allowances, Diagnostics& diagnostics) {
  diagnostics.take(found, [&](const Diagnostic& diagnostic) {
    bool is_allowed = false;
    for (Allowance& allowance : allowances) {
      if (diagnostic.severity == Severity::error || diagnostic.labels.empty()) break;
      const std::uint32_t at = diagnostic.labels.front().span.begin;
      const bool names_it = allowance.rule == info(diagnostic.kind).name || allowance.rule == diagnostic.code;
      if (!names_it || at < allowance.covered.begin || at >= allowance.covered.end) continue;
      allowance.is_used = is_allowed = true;
    }
    return !is_allowed;
  });
}

void report_needless(Context& context, const std::vector<Allowance>& allowances) {
  for (const Allowance& allowance : allowances) {
    const bool needs_checker = is_code(allowance.rule) || allowance.rule == "shell-problem" || allowance.rule == "shell-style" ||
                               allowance.rule == "script-syntax";
    if (allowance.is_used || (needs_checker && context.options.checker == nullptr)) continue;
    context.report(Kind::needless_allow, allowance.place, allowance.rule).help("remove it: it would hide a later mistake");
  }
}

}  // namespace osac::lint
