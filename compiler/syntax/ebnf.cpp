// grammar_ebnf(): reads the types of the PEGTL rules and prints them, so that the reference cannot drift from the parser.

#include "compiler/syntax/ebnf_node.h"
#include "compiler/syntax/grammar.h"
#include "compiler/syntax/parse.h"

namespace osac::syntax {

namespace {

namespace g = grammar;
namespace internal = tao::pegtl::internal;
using ebnf::Node;
using ebnf::NodeKind;

struct Collector {
  std::vector<ebnf::Production> productions;

  /// A rule with a name of its own is a production; building blocks (templates) are written where they stand.
  template <typename Rule>
  Node node();
  template <typename... Rules>
  std::vector<Node> nodes() {
    return {node<Rules>()...};
  }
};

/// How a kind of rule is written, chosen by its rule_t.
template <typename Rule>
struct Body;

template <typename... Rules>
struct Body<internal::seq<Rules...>> {
  static Node make(Collector& all) { return ebnf::make(NodeKind::sequence, all.nodes<Rules...>()); }
};
template <typename... Rules>
struct Body<internal::sor<Rules...>> {
  static Node make(Collector& all) { return ebnf::make(NodeKind::choice, all.nodes<Rules...>()); }
};
template <typename Rule>
struct Body<internal::opt<Rule>> {
  static Node make(Collector& all) { return ebnf::make(NodeKind::option, all.nodes<Rule>()); }
};
template <typename Rule>
struct Body<internal::star<Rule>> {
  static Node make(Collector& all) { return ebnf::make(NodeKind::repetition, all.nodes<Rule>()); }
};
template <typename Rule>
struct Body<internal::plus<Rule>> {
  static Node make(Collector& all) {
    constexpr std::string_view any = "any character ";
    Node inner = all.node<Rule>();
    if (inner.kind == NodeKind::special && inner.text.starts_with(any)) return ebnf::special("characters " + inner.text.substr(any.size()));
    Node repetition = ebnf::make(NodeKind::repetition, all.nodes<Rule>());
    return ebnf::make(NodeKind::sequence, {std::move(inner), std::move(repetition)});
  }
};
template <typename Exception, typename Rule>
struct Body<internal::try_catch_type<Exception, Rule>> {
  static Node make(Collector& all) { return all.node<Rule>(); }
};

// ---- what looks without reading, and what only serves messages and recovery, is no part of the language's text

struct Nothing {
  static Node make(Collector& /*all*/) { return {}; }
};
template <typename Rule>
struct Body<internal::at<Rule>> : Nothing {};
template <typename Rule>
struct Body<internal::not_at<Rule>> : Nothing {};
template <>
struct Body<internal::success> : Nothing {};
template <>
struct Body<internal::eof> : Nothing {};
template <typename... Rules>
struct Body<g::ahead<Rules...>> : Nothing {};
template <typename... Rules>
struct Body<g::not_ahead<Rules...>> : Nothing {};
struct Never {
  static Node make(Collector& /*all*/) { return ebnf::make(NodeKind::never, {}); }
};
template <void (*Message)(State&, std::size_t)>
struct Body<g::mistake<Message>> : Never {};
template <>
struct Body<g::blanks> : Nothing {};
template <>
struct Body<g::line_blanks> : Nothing {};
template <>
struct Body<g::item_start> : Nothing {};
template <>
struct Body<g::declaration_start> : Nothing {};
template <>
struct Body<g::item_recovery> : Never {};
template <>
struct Body<g::header_recovery> : Never {};
template <>
struct Body<g::declaration_recovery> : Never {};

// ---- our own building blocks

template <typename Rule>
struct Terminal {
  static Node make(Collector& /*all*/) { return ebnf::terminal(Rule::text); }
};
template <g::Words Text>
struct Body<g::word<Text>> : Terminal<g::word<Text>> {};
template <g::Words Text, g::Words NotBefore>
struct Body<g::mark<Text, NotBefore>> : Terminal<g::mark<Text, NotBefore>> {};
template <g::Words Text, OpenerKind Kind>
struct Body<g::open<Text, Kind>> : Terminal<g::open<Text, Kind>> {};
template <g::Words Text>
struct Body<g::close<Text>> : Terminal<g::close<Text>> {};
template <g::Words Text>
struct Body<g::verb<Text>> : Terminal<g::verb<Text>> {};
template <g::Words Text>
struct Body<g::path_word<Text>> : Terminal<g::path_word<Text>> {};
template <g::Words What, typename Rule, Place Where>
struct Body<g::expect<What, Rule, Where>> {
  static Node make(Collector& all) { return all.node<Rule>(); }
};
template <typename Rule>
struct Body<g::nested<Rule>> {
  static Node make(Collector& all) { return all.node<Rule>(); }
};
template <>
struct Body<g::in_operator> : Terminal<g::word<"in">> {};
template <>
struct Body<g::expected_start> : Terminal<g::word<"expect">> {};
template <>
struct Body<g::block_open> : Terminal<g::word<"\"\"\"">> {};
template <>
struct Body<g::hole_close> : Terminal<g::word<"}">> {};

// ---- characters

std::string one_of(std::initializer_list<char> characters) {
  std::string text;
  for (const char c : characters) text.append(text.empty() ? "" : " ").append(c == '\n' ? "newline" : std::string(1, c));
  return text;
}
template <char... Characters>
struct Body<internal::one<internal::result_on_found::success, internal::peek_char, Characters...>> {
  static Node make(Collector& /*all*/) {
    std::vector<Node> choices = {ebnf::terminal(std::string(1, Characters))...};
    return ebnf::make(NodeKind::choice, std::move(choices));
  }
};
template <char... Characters>
struct Body<internal::one<internal::result_on_found::failure, internal::peek_char, Characters...>> {
  static Node make(Collector& /*all*/) { return ebnf::special("any character but " + one_of({Characters...})); }
};
template <>
struct Body<internal::one<internal::result_on_found::success, internal::peek_utf8, 0xfeff>> : Nothing {};
template <char... Characters>
struct Body<internal::string<Characters...>> {
  static Node make(Collector& /*all*/) { return ebnf::terminal(std::string{Characters...}); }
};
template <>
struct Body<internal::range<internal::result_on_found::success, internal::peek_char, '0', '9'>> {
  static Node make(Collector& /*all*/) { return ebnf::reference("digit"); }
};
template <>
struct Body<g::name> {
  static Node make(Collector& /*all*/) { return ebnf::reference("name"); }
};
template <>
struct Body<g::unit> {
  static Node make(Collector& /*all*/) { return ebnf::reference("unit"); }
};
template <>
struct Body<g::type_unit> {
  static Node make(Collector& /*all*/) {
    return ebnf::make(NodeKind::choice, {ebnf::reference("unit"), ebnf::reference("name"), ebnf::reference("short_text")});
  }
};

template <typename Rule>
Node Collector::node() {
  constexpr std::string_view prefix = "osac::syntax::grammar::";
  const std::string_view full = tao::pegtl::demangle<Rule>();
  if (full.find('<') != std::string_view::npos || !full.starts_with(prefix)) return Body<typename Rule::rule_t>::make(*this);
  const std::string name(full.substr(prefix.size()));
  const bool is_known = std::any_of(productions.begin(), productions.end(), [&](const auto& known) { return known.name == name; });
  if (!is_known && name != "name" && name != "unit") {
    const std::size_t index = productions.size();
    productions.push_back({name, {}});
    Node body = Body<typename Rule::rule_t>::make(*this);
    productions[index].body = std::move(body);
  }
  return ebnf::reference(name);
}

/// Productions that stand for rules which look at characters one by one.
void add_lexical(std::vector<ebnf::Production>& productions) {
  std::vector<Node> units;
  for (const std::string_view unit : unit_words()) units.push_back(ebnf::terminal(unit));
  productions.push_back({"name", ebnf::special("letters, digits and _, not starting with a digit; none of "
                                               "if then else and or not in true false all")});
  productions.push_back({"unit", ebnf::make(NodeKind::choice, std::move(units))});
  productions.push_back({"digit", ebnf::special("0 to 9")});
}

constexpr std::string_view head =
    "(* The grammar of .osa, generated from the parser's rules (compiler/syntax/grammar.h). Do not edit.\n"
    "   White space, newlines and comments (# to the end of the line) may stand between all tokens; a number and its unit, and a type\n"
    "   and its unit, stand on one line. Words in quotes are names wherever a name can stand, the few reserved ones excepted. *)\n\n";

}  // namespace

std::string grammar_ebnf() {
  Collector all;
  all.node<g::file>();
  add_lexical(all.productions);
  return std::string(head) + ebnf::write(std::move(all.productions));
}

}  // namespace osac::syntax
