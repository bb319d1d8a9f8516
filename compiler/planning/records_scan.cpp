// Records from files that exist: the names in a folder that fit a pattern with one hole, `data/{sample}_1.fq`.

#include "compiler/base/text.h"
#include "compiler/planning/records.h"

namespace osac::planning {

namespace {

/// A pattern around its hole: `folder` is listed, a name is `prefix` + key + `suffix`, and `folder`/name + `rest` exists.
struct Pattern {
  std::string folder;
  std::string prefix, suffix;
  std::string rest;  ///< empty, or from the '/' after the name on
  std::string format;
  [[nodiscard]] std::string text() const {
    return folder.empty() ? prefix + "*" + suffix + rest : folder + "/" + prefix + "*" + suffix + rest;
  }
};

std::optional<Pattern> split_pattern(const Context& context, const expression::Expressions& expressions, ExprId id) {
  std::string before;
  std::string after;
  Pattern pattern;
  bool is_after = false;
  const Node& node = expressions[id];
  if (node.op != Op::text) return std::nullopt;
  for (std::uint32_t i = 0; i < node.child_count; ++i) {
    const Node& part = expressions[expressions.child(id, i)];
    if (part.op == Op::constant) {
      (is_after ? after : before) += context.text(Symbol{static_cast<std::uint32_t>(part.bits)});
    } else if (part.op == Op::hole && !is_after) {
      is_after = true;
      if (const Symbol format{static_cast<std::uint32_t>(part.bits)}; format.exists()) pattern.format = context.text(format);
    } else {
      return std::nullopt;
    }
  }
  if (!is_after) return std::nullopt;
  const auto folder_end = before.rfind('/');
  pattern.folder = folder_end == std::string::npos ? "" : (folder_end == 0 ? "/" : before.substr(0, folder_end));
  pattern.prefix = folder_end == std::string::npos ? before : before.substr(folder_end + 1);
  const auto name_end = after.find('/');
  pattern.suffix = after.substr(0, name_end);
  pattern.rest = name_end == std::string::npos ? "" : after.substr(name_end);
  return pattern;
}

/// The key that a name stands for, if it is exactly how that key would be written.
std::optional<Value> read_key(std::string_view name, const Pattern& pattern, Type type) {
  if (name.size() <= pattern.prefix.size() + pattern.suffix.size()) return std::nullopt;
  if (!name.starts_with(pattern.prefix) || !name.ends_with(pattern.suffix)) return std::nullopt;
  const std::string_view middle = name.substr(pattern.prefix.size(), name.size() - pattern.prefix.size() - pattern.suffix.size());
  if (type.kind == Kind::text && pattern.format.empty()) return Value(std::string(middle));
  Value value;
  if (!expression::parse_value(middle, type, value)) return std::nullopt;
  const std::string written = pattern.format.empty() ? expression::to_text(value, type) : expression::format(value, type, pattern.format);
  if (written != middle) return std::nullopt;
  return value;
}

}  // namespace

FoundKeys find_scan_keys(const RecordContext& records, std::uint32_t dimension, const program::ScanSource& source) {
  Context& context = records.context;
  const program::Dimension& declared = context.program.dimensions[dimension];
  const ExprId id = records.fold(source.pattern);
  FoundKeys found;
  const auto pattern = split_pattern(context, records.fold.expressions(), id);
  if (!pattern) return found;  // a part of it could not be worked out, which has been reported
  for (const std::string& name : context.world.list(pattern->folder.empty() ? "." : pattern->folder)) {
    const auto key = read_key(name, *pattern, declared.type);
    if (!key) continue;
    const std::string folder = pattern->folder.empty() ? "" : (pattern->folder == "/" ? "/" : pattern->folder + "/");
    if (!pattern->rest.empty() && !context.world.size(folder + name + pattern->rest)) continue;
    found.parents.push_back(0);
    found.keys.push_back(expression::to_scalar(*key, declared.type, context.strings));
  }
  if (found.keys.empty())
    context.diagnostics.report(DiagnosticKind::scan_without_match, declared.span, visible(pattern->text()), context.text(declared.name));
  return found;
}

}  // namespace osac::planning
