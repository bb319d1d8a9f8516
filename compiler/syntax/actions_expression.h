#pragma once
// What happens when a rule of grammar_expression.h has matched: values go onto the work stacks of State. An action runs when its rule
// matches, even if the rule around it does not: all of them tolerate to be run again. Included by parse.cpp only.

#include <algorithm>

#include "compiler/syntax/grammar.h"

namespace osac::syntax::grammar {

template <typename Rule>
struct action : pegtl::nothing<Rule> {};

/// The matched text; blanks of a last token included.
std::string_view matched(const auto& in) { return {in.begin(), static_cast<std::size_t>(in.end() - in.begin())}; }
std::size_t begin_of(const auto& in, const State& state) { return state.offset(in.begin()); }

// ---- numbers

template <>
struct action<number> {
  static void apply(const auto& in, State& state) { state.number = matched(in); }
};
template <>
struct action<integer> {
  static void apply(const auto& in, State& state) { state.number = matched(in); }
};
template <>
struct action<unit> {
  static void apply(const auto& in, State& state) { add_quantity_part(state, state.name(matched(in))); }
};
template <>
struct action<number_literal> {
  static void apply(const auto& in, State& state) { state.push_number(state.exact(matched(in))); }
};
template <>
struct action<plain_integer> {
  static void apply(const auto& in, State& state) { state.push_integer(matched(in)); }
};

// ---- texts

struct open_text {
  static void apply(const auto& in, State& state) {
    const std::size_t begin = begin_of(in, state);
    OpenText open;
    open.literal.is_block = matched(in).size() == 3;
    open.begin = begin;
    open.contents_begin = begin + matched(in).size();
    state.texts.push_back(std::move(open));
    state.openers.push_back({OpenerKind::text, begin});
  }
};
template <>
struct action<short_open> : open_text {};
template <>
struct action<block_open> : open_text {};

inline void add_literal(State& state, std::string_view source, std::string_view value) {
  TextLiteral::Part& part = state.literal_part(state.offset(source.data()));
  part.text += value;
  part.span.end = state.exact(source).end;
}
struct add_characters {
  static void apply(const auto& in, State& state) { add_literal(state, matched(in), matched(in)); }
};
template <>
struct action<short_characters> : add_characters {};
template <>
struct action<block_characters> : add_characters {};
template <>
struct action<double_brace> {
  static void apply(const auto& in, State& state) { add_literal(state, matched(in), matched(in).substr(0, 1)); }
};
template <>
struct action<escape> {
  static void apply(const auto& in, State& state) {
    const char c = matched(in)[1];
    add_literal(state, matched(in), c == 'n' ? "\n" : c == 't' ? "\t" : matched(in).substr(1));
  }
};

template <>
struct action<hole_begin> {
  static void apply(const auto& in, State& state) {
    state.openers.push_back({OpenerKind::hole, begin_of(in, state)});
    state.texts.back().format_span = {};
  }
};
template <>
struct action<hole_value> {
  static void apply0(State& state) { state.texts.back().hole = state.pop(); }
};
template <>
struct action<format> {
  static void apply(const auto& in, State& state) { state.texts.back().format_span = state.exact(matched(in)); }
};
template <>
struct action<hole> {
  static void apply(const auto& in, State& state) {
    OpenText& open = state.texts.back();
    const Span place = open.format_span;
    const std::string_view format_text =
        place.empty() ? std::string_view{} : state.text.substr(place.begin - state.base, place.end - place.begin);
    open.literal.parts.push_back({{}, state.exact(matched(in)), open.hole, std::string(format_text), place});
  }
};
struct end_text {
  static void apply(const auto& in, State& state) { state.close_text(state.offset(in.end())); }
};
template <>
struct action<short_close> : end_text {};
template <>
struct action<block_close> : end_text {};

// ---- operands

template <>
struct action<value_name> {
  static void apply(const auto& in, State& state) { state.push(state.exact(matched(in)), NameExpr{state.name(matched(in))}); }
};
template <>
struct action<boolean> {
  static void apply(const auto& in, State& state) { state.push(state.since(begin_of(in, state)), BooleanLiteral{*in.begin() == 't'}); }
};
template <>
struct action<conditional> {
  static void apply(const auto& in, State& state) {
    const ExprId otherwise_value = state.pop();
    const ExprId then_value = state.pop();
    const ExprId condition = state.pop();
    const std::uint32_t height = std::max({state.height(condition), state.height(then_value), state.height(otherwise_value)});
    state.push(state.since(begin_of(in, state)), ConditionalExpr{condition, then_value, otherwise_value}, height);
  }
};
template <>
struct action<group> {
  static void apply(const auto& in, State& state) {
    state.tree.expressions[state.values.back().index].span = state.since(begin_of(in, state));
  }
};

inline std::uint32_t tallest(const State& state, const std::vector<CallExpr::Argument>& arguments) {
  std::uint32_t height = 0;
  for (const CallExpr::Argument& argument : arguments) height = std::max(height, state.height(argument.value));
  return height;
}
inline OpenCall take_call(State& state) {
  OpenCall call = std::move(state.calls.back());
  state.calls.pop_back();
  return call;
}

template <>
struct action<list_open> {
  static void apply0(State& state) { state.calls.emplace_back(); }
};
template <>
struct action<list_item> {
  static void apply0(State& state) { state.calls.back().arguments.push_back({std::nullopt, state.pop()}); }
};
template <>
struct action<list> {
  static void apply(const auto& in, State& state) {
    const OpenCall call = take_call(state);
    ListExpr result;
    for (const CallExpr::Argument& argument : call.arguments) result.items.push_back(argument.value);
    state.push(state.since(begin_of(in, state)), std::move(result), tallest(state, call.arguments));
  }
};

struct clings_to_previous {
  static void apply(const auto& in, State& state) {
    if (state.layout != nullptr) state.layout->clings_to_previous.push_back(begin_of(in, state));
  }
};
template <>
struct action<call_open> {
  static void apply(const auto& in, State& state) {
    state.calls.emplace_back();
    clings_to_previous::apply(in, state);
  }
};
template <>
struct action<argument_name> {
  static void apply(const auto& in, State& state) { state.calls.back().argument_name = state.name(matched(in)); }
};
template <>
struct action<argument_colon> : clings_to_previous {};
template <>
struct action<argument> {
  static void apply0(State& state) {
    OpenCall& call = state.calls.back();
    call.arguments.push_back({std::exchange(call.argument_name, std::nullopt), state.pop()});
  }
};
template <>
struct action<call> {
  static void apply0(State& state) {
    OpenCall call = take_call(state);
    const ExprId callee = state.pop();
    const std::uint32_t height = std::max(state.height(callee), tallest(state, call.arguments));
    const std::size_t begin = state.tree[callee].span.begin - state.base;
    state.push(state.since(begin), CallExpr{callee, std::move(call.arguments)}, height);
  }
};
template <>
struct action<member_name> {
  static void apply(const auto& in, State& state) { state.names.push_back(state.name(matched(in))); }
};
template <>
struct action<member> {
  static void apply0(State& state) {
    const Name name_of_member = state.names.back();
    state.names.pop_back();
    const ExprId object = state.pop();
    state.push(state.tree[object].span.to(name_of_member.span), MemberExpr{object, name_of_member}, state.height(object));
  }
};

// ---- operators

template <BinaryOperator Operator>
struct push_operator {
  static void apply(const auto& in, State& state) { state.operators.push_back({Operator, state.since(begin_of(in, state))}); }
};
template <>
struct action<times> : push_operator<BinaryOperator::multiply> {};
template <>
struct action<divided_by> : push_operator<BinaryOperator::divide> {};
template <>
struct action<modulo> : push_operator<BinaryOperator::modulo> {};
template <>
struct action<plus_sign> : push_operator<BinaryOperator::add> {};
template <>
struct action<minus> : push_operator<BinaryOperator::subtract> {};
template <>
struct action<equal> : push_operator<BinaryOperator::equal> {};
template <>
struct action<not_equal> : push_operator<BinaryOperator::not_equal> {};
template <>
struct action<less> : push_operator<BinaryOperator::less> {};
template <>
struct action<less_equal> : push_operator<BinaryOperator::less_equal> {};
template <>
struct action<greater> : push_operator<BinaryOperator::greater> {};
template <>
struct action<greater_equal> : push_operator<BinaryOperator::greater_equal> {};
template <>
struct action<not_in> : push_operator<BinaryOperator::not_in> {};
template <>
struct action<contained> : push_operator<BinaryOperator::in> {};
template <>
struct action<and_word> : push_operator<BinaryOperator::logical_and> {};
template <>
struct action<or_word> : push_operator<BinaryOperator::logical_or> {};

struct binary_step {
  static void apply0(State& state) { state.push_binary(); }
};
template <>
struct action<product_step> : binary_step {};
template <>
struct action<sum_step> : binary_step {};
template <>
struct action<comparison_step> : binary_step {};
template <>
struct action<and_step> : binary_step {};
template <>
struct action<or_step> : binary_step {};

inline void push_range(State& state, bool excludes_high) {
  const ExprId high = state.pop();
  const ExprId low = state.pop();
  state.push(state.tree[low].span.to(state.tree[high].span), RangeExpr{low, high, excludes_high},
             std::max(state.height(low), state.height(high)));
}
template <>
struct action<up_to_before> {
  static void apply0(State& state) { push_range(state, true); }
};
template <>
struct action<up_to> {
  static void apply0(State& state) { push_range(state, false); }
};

template <UnaryOperator Operator>
struct push_unary {
  static void apply(const auto& in, State& state) {
    const ExprId operand = state.pop();
    state.push(state.since(begin_of(in, state)), UnaryExpr{Operator, operand}, state.height(operand));
  }
};
template <>
struct action<negation> : push_unary<UnaryOperator::negate> {};
template <>
struct action<logical_not> : push_unary<UnaryOperator::logical_not> {};
template <>
struct action<minus_sign> {
  static void apply(const auto& in, State& state) {
    if (state.layout != nullptr) state.layout->clings_to_next.push_back(begin_of(in, state));
  }
};

// ---- types

template <>
struct action<type_name> {
  static void apply(const auto& in, State& state) {
    state.type = {};
    state.type.name = state.name(matched(in));
  }
};
template <>
struct action<list_type> {
  static void apply0(State& state) { state.type.is_list = true; }
};
template <>
struct action<optional_mark> {
  static void apply0(State& state) { state.type.is_optional = true; }
};
template <>
struct action<scale_word> {
  static void apply(const auto& in, State& state) { state.names.push_back(state.name(matched(in))); }
};
template <>
struct action<scale> {
  static void apply0(State& state) { state.type.scale = state.names.back(); }
};
template <>
struct action<encoding_name> {
  static void apply(const auto& in, State& state) { state.type.encoding = state.name(matched(in)); }
};
template <>
struct action<type_unit> {
  static void apply(const auto& in, State& state) {
    std::string_view unit_text = matched(in);
    const Span place = state.exact(unit_text);
    if (unit_text.starts_with('"')) unit_text = unit_text.substr(1, unit_text.size() - 2);
    state.type.unit = Name{state.strings.intern(unit_text), place};
  }
};
struct end_type {
  static void apply(const auto& in, State& state) { state.type.span = state.since(begin_of(in, state)); }
};
template <>
struct action<type> : end_type {};
template <>
struct action<measured_type> : end_type {};

}  // namespace osac::syntax::grammar
