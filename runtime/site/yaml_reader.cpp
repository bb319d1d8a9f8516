#include "runtime/site/yaml_reader.h"

#include <fmt/format.h>
#include <algorithm>
#include <map>

#include "compiler/expression/value.h"

namespace osac::site {

namespace {

std::string shown(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  return node.IsMap() ? "{...}" : node.IsSequence() ? "[...]" : "null";
}

}  // namespace

YamlReader::YamlReader(Diagnostics& the_diagnostics, const Sources& sources, SourceId source)
    : diagnostics(the_diagnostics), text(sources.text(source)), begin(sources.begin(source)), line_begins_{0} {
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) line_begins_.push_back(at + 1);
}

std::size_t YamlReader::offset(const YAML::Mark& mark) const {
  if (mark.line < 0 || mark.column < 0) return 0;
  const auto line = std::min(static_cast<std::size_t>(mark.line), line_begins_.size() - 1);
  return std::min(line_begins_[line] + static_cast<std::size_t>(mark.column), text.size());
}

Span YamlReader::span(const YAML::Node& node) const {
  const std::size_t at = offset(node.Mark());
  const std::string scalar = node.IsScalar() ? node.Scalar() : "";
  const std::size_t length = !scalar.empty() && text.substr(at, scalar.size()) == scalar ? scalar.size() : 1;
  return {begin + static_cast<std::uint32_t>(at), begin + static_cast<std::uint32_t>(std::min(at + length, text.size()))};
}

void YamlReader::wrong(const YAML::Node& node, std::string_view wanted, std::string help) {
  auto report = diagnostics.report(DiagnosticKind::site_wrong_value, span(node), shown(node), wanted);
  if (!help.empty()) report.help(std::move(help));
}

void YamlReader::read_count(const YAML::Node& node, std::int64_t least, std::int64_t& out) {
  expression::Value value;
  const auto type = expression::Type::of(expression::Kind::integer);
  if (!node.IsScalar() || !expression::parse_value(node.Scalar(), type, value) || value.integer() < least)
    return wrong(node, least > 0 ? "count of at least 1" : "count");
  out = value.integer();
}

void YamlReader::read_amount(const YAML::Node& node, expression::Kind kind, std::int64_t& out) {
  const bool is_memory = kind == expression::Kind::memory;
  expression::Value value;
  if (!node.IsScalar() || !expression::parse_value(node.Scalar(), expression::Type::of(kind), value) || value.integer() < 0)
    return wrong(node, is_memory ? "amount of memory" : "duration",
                 is_memory ? "write it with a unit, like `16 GiB`" : "write it with a unit, like `2 h` or `90 s`");
  out = value.integer();
}

bool YamlReader::read_text(const YAML::Node& node, std::string& out) {
  if (!node.IsScalar() || node.Scalar().empty()) {
    wrong(node, "plain text");
    return false;
  }
  out = node.Scalar();
  return true;
}

void YamlReader::read_texts(const YAML::Node& node, std::vector<std::string>& out) {
  if (!node.IsSequence()) return wrong(node, "list", "write a list: `[a, b]`");
  for (const YAML::Node& item : node)
    if (std::string value; read_text(item, value)) out.push_back(value);
}

void YamlReader::each(const YAML::Node& node, const Entry& entry) {
  if (!node.IsMap()) return wrong(node, "mapping", "write `name: value` lines, indented by two blanks");
  std::map<std::string, YAML::Node> seen;
  for (const auto& item : node) {
    if (!item.first.IsScalar()) {
      wrong(item.first, "name");
      continue;
    }
    const auto [before, is_new] = seen.emplace(item.first.Scalar(), item.first);
    if (is_new)
      entry(item.first, item.second);
    else
      diagnostics.report(DiagnosticKind::site_duplicate_key, span(item.first), item.first.Scalar())
          .label(span(before->second), "given before");
  }
}

void YamlReader::record(const YAML::Node& node, std::string_view what, const Actions& actions) {
  each(node, [&](const YAML::Node& key, const YAML::Node& value) {
    std::vector<std::string_view> names;
    for (const auto& [name, action] : actions) {
      if (name == key.Scalar()) return action(value);
      names.push_back(name);
    }
    auto report = diagnostics.report(DiagnosticKind::site_unknown_key, span(key), what, key.Scalar());
    if (const auto nearest = nearest_name(key.Scalar(), names)) {
      report.help(fmt::format("did you mean `{}`?", *nearest)).fix(span(key), std::string(*nearest));
      return;
    }
    std::vector<std::string> quoted;
    for (const std::string_view name : names) quoted.push_back("`" + std::string(name) + "`");
    report.note("its keys are " + join_words(quoted));
  });
}

}  // namespace osac::site
