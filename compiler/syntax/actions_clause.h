#pragma once
// What happens when a rule of grammar_clause.h has matched: parts go into the clause being built, the clause into its task or tool.
// Included by parse.cpp only.

#include "compiler/syntax/actions_expression.h"

namespace osac::syntax::grammar {

// ---- shared parts

struct push_name {
  static void apply(const auto& in, State& state) { state.names.push_back(state.name(matched(in))); }
};
template <>
struct action<list_name> : push_name {};
template <>
struct action<via_name> : push_name {};
template <>
struct action<fixed_name> : push_name {};

template <>
struct action<qualified_part> {
  static void apply(const auto& in, State& state) { state.qualified.parts.push_back(state.name(matched(in))); }
};
template <>
struct action<qualified_name> {
  static void apply(const auto& in, State& state) {
    state.qualified.span = state.since(begin_of(in, state));
    state.last_qualified = std::exchange(state.qualified, {});
  }
};
template <>
struct action<over_name> {
  static void apply(const auto& in, State& state) { state.over.dimensions.push_back(state.name(matched(in))); }
};
template <>
struct action<cross> {
  static void apply0(State& state) { state.over.is_cross = true; }
};
template <>
struct action<over> {
  static void apply(const auto& in, State& state) { state.over.span = state.since(begin_of(in, state)); }
};
/// A text that is a name: its contents, on the names stack. The literal itself stays in the tree, unused.
template <>
struct action<plain_text> {
  static void apply0(State& state) {
    const Expr& literal = state.tree[state.pop()];
    const auto& parts = std::get<TextLiteral>(literal.kind).parts;
    const bool has_hole = std::any_of(parts.begin(), parts.end(), [](const TextLiteral::Part& part) { return part.hole.has_value(); });
    if (has_hole) report_hole_in_plain_text(state, literal.span);
    const std::string contents = parts.empty() ? std::string{} : parts.front().text;
    state.names.push_back({state.strings.intern(contents), literal.span});
  }
};

// ---- inputs

template <>
struct action<source_begin> {
  static void apply0(State& state) { state.sources.emplace_back(); }
};
template <SourceVerb Verb>
struct set_verb {
  static void apply(const auto& in, State& state) {
    state.sources.back().verb = Verb;
    state.sources.back().verb_span = state.since(begin_of(in, state));
  }
};
template <>
struct action<all_verb> : set_verb<SourceVerb::all> {};
template <>
struct action<latest_verb> : set_verb<SourceVerb::latest> {};
template <>
struct action<next_verb> : set_verb<SourceVerb::next> {};
template <>
struct action<nearest_verb> : set_verb<SourceVerb::nearest> {};
template <>
struct action<valid_verb> : set_verb<SourceVerb::valid> {};
template <>
struct action<new_verb> {
  static void apply(const auto& in, State& state) {
    set_verb<SourceVerb::fresh>::apply(in, state);
    state.sources.back().is_new = true;
  }
};
template <>
struct action<all_new> {
  static void apply0(State& state) { state.sources.back().is_new = true; }
};
template <>
struct action<window_verb> : set_verb<SourceVerb::window> {};
template <>
struct action<source_dataset> {
  static void apply0(State& state) { state.sources.back().dataset = state.take_qualified(); }
};
template <>
struct action<fix_open> : clings_to_previous {};
template <>
struct action<key_fix> {
  static void apply0(State& state) {
    state.sources.back().fixes.push_back({state.names.back(), state.pop()});
    state.names.pop_back();
  }
};
template <>
struct action<source_via> {
  static void apply(const auto& in, State& state) {
    state.set_once(state.sources.back().via, state.take_names().back(), "via", begin_of(in, state));
  }
};
template <>
struct action<source_where> {
  static void apply(const auto& in, State& state) { state.set_once(state.sources.back().where, state.pop(), "where", begin_of(in, state)); }
};
template <>
struct action<source_order> {
  static void apply(const auto& in, State& state) {
    state.set_once(state.sources.back().order_by, state.take_qualified(), "order by", begin_of(in, state));
  }
};
template <TimeBound Bound>
struct set_bound {
  static void apply0(State& state) { state.sources.back().bound = Bound; }
};
template <>
struct action<before_word> : set_bound<TimeBound::before> {};
template <>
struct action<upto_word> : set_bound<TimeBound::upto> {};
template <>
struct action<after_word> : set_bound<TimeBound::after> {};
template <>
struct action<at_word> : set_bound<TimeBound::at> {};
template <>
struct action<time_bound> {
  static void apply(const auto& in, State& state) {
    const std::size_t begin = begin_of(in, state);
    state.set_once(state.sources.back().bound_time, state.pop(), word_at(state.text, begin), begin);
  }
};
template <>
struct action<within> {
  static void apply(const auto& in, State& state) {
    state.set_once(state.sources.back().within, state.pop(), "within", begin_of(in, state));
  }
};
template <>
struct action<same> {
  static void apply0(State& state) {
    for (const Name& dimension : state.take_names()) state.sources.back().same.push_back(dimension);
  }
};
template <>
struct action<neighbour_word> {
  static void apply(const auto& in, State& state) {
    const std::size_t begin = begin_of(in, state);
    state.set_once(state.sources.back().neighbour, state.name(state.text_since(begin)), "of", begin);
    const SourceVerb verb = state.sources.back().verb;
    if (verb != SourceVerb::plain && verb != SourceVerb::fresh) return;
    state.sources.back().verb = SourceVerb::of_neighbour;
    state.sources.back().verb_span = state.since(begin);
  }
};
template <>
struct action<neighbour_distance> {
  static void apply0(State& state) { state.sources.back().neighbour_distance = state.pop(); }
};
template <>
struct action<neighbour_name> {
  static void apply(const auto& in, State& state) { state.sources.back().neighbour_dimension = state.name(matched(in)); }
};
template <>
struct action<last> {
  static void apply(const auto& in, State& state) {
    state.set_once(state.sources.back().window_last, state.pop(), "last", begin_of(in, state));
  }
};
template <>
struct action<survivors> {
  static void apply(const auto& in, State& state) {
    if (state.sources.back().is_survivors) state.report_repeated("survivors", begin_of(in, state));
    state.sources.back().is_survivors = true;
    state.sources.back().survivors_span = state.since(begin_of(in, state));
  }
};
template <>
struct action<minimum> {
  static void apply(const auto& in, State& state) { state.set_once(state.sources.back().minimum, state.pop(), "min", begin_of(in, state)); }
};
template <>
struct action<expected> {
  static void apply(const auto& in, State& state) {
    state.set_once(state.sources.back().expected, state.pop(), "expect", begin_of(in, state));
  }
};
template <>
struct action<source_optional> {
  static void apply(const auto& in, State& state) {
    if (state.sources.back().is_optional) state.report_repeated("?", begin_of(in, state));
    state.sources.back().is_optional = true;
  }
};
inline Source take_source(State& state) {
  Source source_read = std::move(state.sources.back());
  state.sources.pop_back();
  return source_read;
}
template <>
struct action<otherwise> {
  static void apply0(State& state) {
    Source fallback = take_source(state);
    state.sources.back().otherwise.push_back(std::move(fallback));
  }
};
template <>
struct action<source> {
  static void apply(const auto& in, State& state) { state.sources.back().span = state.since(begin_of(in, state)); }
};

template <>
struct action<in_word> {
  static void apply0(State& state) { state.begin_clause<InputClause>(); }
};
template <>
struct action<input_names> {
  static void apply0(State& state) { state.in_clause<InputClause>().names = state.take_names(); }
};
template <>
struct action<input_source> {
  static void apply0(State& state) {
    auto& input = state.in_clause<InputClause>();
    input.source = take_source(state);
    if (input.names.size() > 1) report_several_names(state, input.names, "=");
  }
};
template <>
struct action<input_optional> {
  static void apply(const auto& in, State& state) {
    auto& input = state.in_clause<InputClause>();
    if (input.names.size() > 1) report_several_names(state, input.names, "?");
    Source same_name;
    same_name.dataset = {{input.names.front()}, input.names.front().span};
    same_name.is_optional = true;
    same_name.span = input.names.front().span.to(state.since(begin_of(in, state)));
    input.source = std::move(same_name);
  }
};
template <>
struct action<input_type> {
  static void apply0(State& state) { state.in_clause<InputClause>().type = state.take_type(); }
};
template <>
struct action<input_condition> {
  static void apply0(State& state) { state.in_clause<InputClause>().condition = state.pop(); }
};

// ---- outputs

template <>
struct action<out_word> {
  static void apply0(State& state) { state.begin_clause<OutputClause>(); }
};
template <>
struct action<output_names> {
  static void apply0(State& state) { state.in_clause<OutputClause>().names = state.take_names(); }
};
template <>
struct action<output_type> {
  static void apply0(State& state) { state.in_clause<OutputClause>().type = state.take_type(); }
};
template <>
struct action<output_dataset> {
  static void apply0(State& state) {
    auto& output = state.in_clause<OutputClause>();
    output.dataset = state.take_qualified();
    if (output.names.size() > 1) report_several_names(state, output.names, "=");
  }
};
template <>
struct action<output_over> {
  static void apply0(State& state) { state.in_clause<OutputClause>().over = state.take_over(); }
};
template <>
struct action<output_where> {
  static void apply0(State& state) { state.in_clause<OutputClause>().where = state.pop(); }
};

// ---- a finished clause joins its task or tool

template <>
struct action<clause> {
  static void apply(const auto& in, State& state) {
    const Span place = state.since(begin_of(in, state));
    std::visit(
        [&](auto& clause_read) {
          clause_read.span = place;
          if constexpr (requires { clause_read.doc; }) {
            clause_read.doc = state.item_doc;
            add_trailing_doc(state, clause_read.doc);
          }
        },
        state.clause);
    if (auto* task = std::get_if<TaskDecl>(&state.declaration.kind)) task->clauses.push_back(std::move(state.clause));
    if (auto* tool = std::get_if<ToolDecl>(&state.declaration.kind)) tool->clauses.push_back(std::move(state.clause));
  }
};

}  // namespace osac::syntax::grammar
