#include "compiler/syntax/ebnf_node.h"

#include <algorithm>
#include <map>

namespace osac::syntax::ebnf {

namespace {

constexpr std::size_t line_width = 120;

bool is_leaf(const Node& node) { return node.kind <= NodeKind::reference; }

/// Drops what matches nothing or never, flattens sequences in sequences and choices in choices.
Node simplified(Node node) {
  if (is_leaf(node)) return node;
  std::vector<Node> parts;
  bool may_be_empty = false;
  for (Node& part : node.parts) {
    Node simple = simplified(std::move(part));
    if (simple.kind == NodeKind::never && node.kind == NodeKind::sequence) return {NodeKind::never, {}, {}};
    may_be_empty = may_be_empty || simple.kind == NodeKind::nothing;
    if (simple.kind == NodeKind::nothing || simple.kind == NodeKind::never) continue;
    const bool is_flat = node.kind == NodeKind::sequence || node.kind == NodeKind::choice;
    if (is_flat && simple.kind == node.kind) {
      for (Node& inner : simple.parts) parts.push_back(std::move(inner));
    } else {
      parts.push_back(std::move(simple));
    }
  }
  if (node.kind == NodeKind::choice && may_be_empty && !parts.empty())
    return simplified(make(NodeKind::option, {make(NodeKind::choice, std::move(parts))}));
  if (parts.empty()) return {node.kind == NodeKind::choice && !may_be_empty ? NodeKind::never : NodeKind::nothing, {}, {}};
  const bool is_wrapper = node.kind == NodeKind::sequence || node.kind == NodeKind::choice;
  if (is_wrapper && parts.size() == 1) return std::move(parts.front());
  return {node.kind, {}, std::move(parts)};
}

using Bodies = std::map<std::string, Node, std::less<>>;

/// Replaces references to productions that are a single leaf.
Node inlined(const Node& node, const Bodies& bodies) {
  if (node.kind == NodeKind::reference) {
    const auto body = bodies.find(node.text);
    return body != bodies.end() && is_leaf(body->second) && body->second.kind != NodeKind::special ? inlined(body->second, bodies) : node;
  }
  Node copy = node;
  for (Node& part : copy.parts) part = inlined(part, bodies);
  return copy;
}

std::string written(const Node& node);

std::string joined(const std::vector<Node>& parts, std::string_view separator, NodeKind in_parentheses) {
  std::string text;
  for (const Node& part : parts) {
    if (!text.empty()) text += separator;
    text += part.kind == in_parentheses ? "( " + written(part) + " )" : written(part);
  }
  return text;
}

std::string quoted(const std::string& text) {
  if (text.find('"') == std::string::npos) return "\"" + text + "\"";
  return "'" + text + "'";
}

std::string with_dashes(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

std::string written(const Node& node) {
  switch (node.kind) {
    case NodeKind::nothing:
    case NodeKind::never:
      return "";
    case NodeKind::terminal:
      return quoted(node.text);
    case NodeKind::special:
      return "? " + node.text + " ?";
    case NodeKind::reference:
      return with_dashes(node.text);
    case NodeKind::sequence:
      return joined(node.parts, ", ", NodeKind::choice);
    case NodeKind::choice:
      return joined(node.parts, " | ", NodeKind::nothing);
    case NodeKind::option:
      return "[ " + joined(node.parts, ", ", NodeKind::nothing) + " ]";
    case NodeKind::repetition:
      return "{ " + joined(node.parts, ", ", NodeKind::nothing) + " }";
  }
  return "";
}

/// Breaks a long production behind its separators; quoted text has no blanks, so none is broken.
std::string wrapped(const std::string& text) {
  std::string out;
  std::size_t begin = 0;
  std::size_t width = line_width;
  while (text.size() - begin > width) {
    std::size_t end = text.rfind(' ', begin + width);
    if (end == std::string::npos || end <= begin) break;
    out.append(text, begin, end - begin).append("\n    ");
    begin = end + 1;
    width = line_width - 4;
  }
  return out.append(text, begin);
}

void collect(const Node& node, std::vector<std::string>& names) {
  if (node.kind == NodeKind::reference && std::find(names.begin(), names.end(), node.text) == names.end()) names.push_back(node.text);
  for (const Node& part : node.parts) collect(part, names);
}

}  // namespace

std::string write(std::vector<Production> productions) {
  Bodies bodies;
  const std::string start = productions.front().name;
  // Dropping and inlining make further productions leaves, so both run until nothing changes.
  for (const Production& production : productions) bodies[production.name] = simplified(production.body);
  for (bool has_changed = true; has_changed;) {
    has_changed = false;
    for (auto& [name, body] : bodies) {
      Node next = simplified(inlined(body, bodies));
      has_changed = has_changed || !(next == body);
      body = std::move(next);
    }
  }
  std::vector<std::string> names = {start};  // in order of first use; grows while it is walked
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto body = bodies.find(names[i]);
    if (body == bodies.end()) continue;
    out += wrapped(with_dashes(names[i]) + " = " + written(body->second) + " ;") + "\n";
    std::vector<std::string> used;
    collect(body->second, used);
    for (const std::string& name : used)
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return out;
}

}  // namespace osac::syntax::ebnf
