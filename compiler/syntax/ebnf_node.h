#pragma once
// EBNF as a small tree (ISO 14977): what ebnf.cpp collects from the rule types is simplified and written here. Knows no PEGTL.

#include <string>
#include <string_view>
#include <vector>

namespace osac::syntax::ebnf {

/// `nothing` matches the empty text, `never` matches no text.
enum class NodeKind : unsigned char { nothing, never, terminal, special, reference, sequence, choice, option, repetition };

struct Node {
  NodeKind kind = NodeKind::nothing;
  std::string text;         // of a terminal, a special sequence, a reference
  std::vector<Node> parts;  // of the others
  friend bool operator==(const Node&, const Node&) = default;
};

inline Node terminal(std::string_view text) { return {NodeKind::terminal, std::string(text), {}}; }
/// Words for people where EBNF has no form: `? any character ?`.
inline Node special(std::string_view text) { return {NodeKind::special, std::string(text), {}}; }
inline Node reference(std::string_view name) { return {NodeKind::reference, std::string(name), {}}; }
inline Node make(NodeKind kind, std::vector<Node> parts) { return {kind, {}, std::move(parts)}; }

struct Production {
  std::string name;
  Node body;
};

/// The text of all productions: those that are a mere word or another name are put where they are used.
std::string write(std::vector<Production> productions);

}  // namespace osac::syntax::ebnf
