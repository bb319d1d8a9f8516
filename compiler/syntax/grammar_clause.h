#pragma once
// What stands in the braces of tasks and tools, and the parts that clauses and declarations share. A clause is known by its first word,
// so no alternative is ever tried twice. Included by grammar.h only.

#include "compiler/syntax/grammar_expression.h"
#include "compiler/syntax/resync.h"

namespace osac::syntax::grammar {

// ---- shared parts

struct list_name : name {};
/// `a, b, c`
struct names : seq<token<list_name>, star<comma, expect<"a name behind the comma", token<list_name>>>> {};
struct qualified_part : name {};
/// `a.b.c`
struct qualified_name : seq<token<qualified_part>, star<mark<".", ".">, expect<"a name behind `.`", token<qualified_part>>>> {};
struct over_name : name {};
struct cross : mark<"*"> {};
struct over_names : seq<token<over_name>, sor<plus<cross, expect<"a dimension behind `*`", token<over_name>>>,
                                              star<comma, expect<"a dimension behind the comma", token<over_name>>>>> {};
/// `for run, subrun` or `for a * b`
struct over : seq<word<"for">, expect<"a dimension", over_names>> {};
struct plain_text : seq<text> {};

/// Marks where a clause or column starts; consumes nothing.
struct item_start : scanned<item_start> {
  static constexpr bool may_be_empty = true;
  static std::size_t scan(std::string_view here, State& state) {
    state.begin_item_at(state.offset(here.data()));
    return 0;
  }
};
/// The `{` of a declaration, and items up to its `}`. An item with a mistake is left out, the next one is read.
struct block_begin : open<"{", OpenerKind::block> {};
struct end_of_block : scanned<end_of_block> {
  static constexpr bool may_be_empty = true;
  static std::size_t scan(std::string_view here, State& state) {
    return is_end_of_block(state.text, state.offset(here.data())) ? 0 : no_match;
  }
};
struct item_recovery : scanned<item_recovery> {
  static std::size_t scan(std::string_view here, State& state) {
    const std::size_t begin = state.offset(here.data());
    const std::size_t end = find_next_item(state.text, begin, state.error_offset, state.error_count);
    state.previous_end = end;
    state.forget_item(1);
    return end - begin;
  }
};
template <typename Item>
struct block : seq<block_begin, star<not_at<end_of_block>, recovering<seq<item_start, Item>, item_recovery>>, close<"}">> {};

// ---- inputs

/// A word that says how records are picked. It is a dataset's name unless another name follows on its line.
template <Words Text>
struct verb : scanned<verb<Text>> {
  static constexpr std::string_view text = Text.view();
  static std::size_t scan(std::string_view here, State& state) {
    if (word_at(here, 0) != text) return no_match;
    const std::string_view next = word_at(here, skip_blanks(here, text.size()));
    return next.empty() || is_modifier_word(next) ? no_match : with_blanks(text.size(), here, state);
  }
};
struct all_verb : word<"all"> {};
struct latest_verb : verb<"latest"> {};
struct next_verb : verb<"next"> {};
struct nearest_verb : verb<"nearest"> {};
struct valid_verb : verb<"valid"> {};
struct new_verb : verb<"new"> {};
struct window_verb : verb<"window"> {};
struct all_new : verb<"new"> {};
struct source_verb : sor<seq<all_verb, opt<all_new>>, latest_verb, next_verb, nearest_verb, valid_verb, new_verb, window_verb> {};

struct fixed_name : name {};
struct key_fix : seq<token<fixed_name>, expect<"`=` and a key", mark<"=">, Place::behind>, expect<"a key", expression>> {};
struct fix_open : open<"[", OpenerKind::bracket> {};
struct key_fixes : seq<fix_open, expect<"a dimension", key_fix>, star<comma, expect<"a dimension", key_fix>>, close<"]">> {};

struct via_name : name {};
struct via : seq<word<"via">, expect<"a relation", token<via_name>>> {};
struct source_where : seq<word<"where">, expect<"a condition", expression>> {};
struct order_by : seq<word<"order">, expect<"`by`", word<"by">, Place::behind>, expect<"a column", qualified_name>> {};
struct before_word : word<"before"> {};
struct upto_word : word<"upto"> {};
struct after_word : word<"after"> {};
struct at_word : sor<word<"at">, word<"to">> {};
struct time_bound : seq<sor<before_word, upto_word, after_word, at_word>, expect<"a time", value>> {};
struct within : seq<word<"within">, expect<"a duration", value>> {};
struct same : seq<word<"same">, expect<"a dimension or attribute", names>> {};
struct neighbour_word : sor<word<"prev">, word<"next">> {};
struct neighbour_distance : seq<plain_integer, blanks> {};
struct neighbour_name : name {};
struct neighbour
    : seq<word<"of">, expect<"`prev` or `next`", neighbour_word>, opt<neighbour_distance>, expect<"a dimension", token<neighbour_name>>> {};
struct last : seq<word<"last">, expect<"a count", count>> {};
struct survivors : word<"survivors"> {};
struct minimum : seq<word<"min">, expect<"a count", count>> {};
/// `expect N` of an input, not the clause `expect CONDITION` behind it.
struct expected_start : scanned<expected_start> {
  static std::size_t scan(std::string_view here, State& state) {
    return is_expected_count(here) ? word<"expect">::scan(here, state) : no_match;
  }
};
struct expected : seq<expected_start, expect<"a count", count>> {};
struct source_optional : mark<"?"> {};

struct source;
struct otherwise : seq<word<"else">, expect<"another source", nested<source>>> {};
struct source_via : seq<via> {};
struct source_order : seq<order_by> {};
struct source_modifier : sor<source_via, source_where, source_order, time_bound, within, same, neighbour, last, survivors, minimum,
                             expected, source_optional> {};
struct source_dataset : seq<qualified_name> {};
struct source_begin : pegtl::success {};
struct source_body : sor<seq<source_verb, expect<"a dataset", source_dataset>>, source_dataset> {};
struct source : seq<source_begin, source_body, opt<key_fixes>, star<source_modifier>, opt<otherwise>> {};

struct typed : seq<mark<":">, expect<"a type", type>> {};
struct input_names : seq<names> {};
struct input_source : seq<mark<"=", "=">, expect<"a dataset or a look-up", source>> {};
struct input_optional : mark<"?"> {};
struct input_type : seq<typed> {};
struct input_condition : seq<word<"if">, expect<"a condition", expression>> {};
struct in_word : word<"in"> {};
struct input_clause
    : seq<in_word, expect<"an input's name", input_names>, opt<sor<input_source, input_type, input_optional>>, opt<input_condition>> {};

// ---- outputs and the rest

struct out_word : word<"out"> {};
struct output_names : seq<names> {};
struct output_type : seq<typed> {};
struct output_dataset : seq<mark<"=", "=">, expect<"a dataset", qualified_name>> {};
struct output_over : seq<over> {};
struct output_where : seq<word<"where">, expect<"a condition", expression>> {};
struct output_clause
    : seq<out_word, expect<"an output's name", output_names>, opt<sor<output_type, output_dataset>>, opt<output_over, opt<output_where>>> {
};

struct param_word : word<"param"> {};
struct param_name : name {};
struct param_type : seq<measured_type> {};
struct param_default : seq<mark<"=", "=">, expect<"a default value", expression>> {};
struct param_rest : seq<expect<"a name", token<param_name>>, expect<"`:` and a type", mark<":">, Place::behind>,
                        expect<"a type", param_type>, opt<param_default>> {};
struct param_clause : seq<param_word, param_rest> {};

struct where_word : word<"where"> {};
struct where_clause : seq<where_word, expect<"a condition", expression>> {};

struct resource_name : sor<pegtl::keyword<'c', 'p', 'u', 's'>, pegtl::keyword<'m', 'e', 'm', 'o', 'r', 'y'>,
                           pegtl::keyword<'t', 'i', 'm', 'e'>, pegtl::keyword<'d', 'i', 's', 'k'>, pegtl::keyword<'g', 'p', 'u', 's'>> {};
struct resource_clause : seq<token<resource_name>, expect<"an amount", value>> {};
struct slots_word : word<"slots"> {};
struct slots_name : name {};
struct slots_clause : seq<slots_word, expect<"the name of the slots", token<slots_name>>, expect<"a count", value>> {};
struct env_word : word<"env"> {};
struct env_name : name {};
struct env_clause : seq<env_word, expect<"the name of an environment", token<env_name>>> {};

struct exit_code : seq<count> {};
struct more_codes : star<seq<ahead<comma, pegtl::digit>, comma, exit_code>> {};
struct exit_list
    : seq<open<"[", OpenerKind::bracket>, expect<"an exit code", exit_code>, star<comma, expect<"an exit code", exit_code>>, close<"]">> {};
struct exit_codes : sor<exit_list, seq<at<pegtl::digit>, exit_code, more_codes>> {};

struct retry_word : word<"retry"> {};
struct retry_count : seq<count> {};
struct cause_name : name {};
struct exit_word : pegtl::keyword<'e', 'x', 'i', 't'> {};
struct exit_cause : seq<token<exit_word>, opt<exit_codes>> {};
struct other_cause : token<cause_name> {};
struct cause : sor<exit_cause, other_cause> {};
struct causes : seq<word<"on">, expect<"a cause: `memory`, `timeout`, `lost` or `exit`", cause>, star<comma, expect<"a cause", cause>>> {};
struct growth_name : name {};
struct growth : seq<token<growth_name>, expect<"`*` and a factor", mark<"*">, Place::behind>, expect<"a factor", unary>> {};
struct growths : seq<word<"with">, expect<"a resource and its growth", growth>, star<comma, expect<"a resource and its growth", growth>>> {
};
struct rung_word : word<"then"> {};
struct rung_count : seq<count> {};
struct change_name : name {};
struct change_value : seq<mark<"=", "=">, expect<"a value", expression>> {};
struct change_factor : seq<mark<"*">, expect<"a factor", unary>> {};
struct change : seq<token<change_name>, expect<"`=` and a value", sor<change_value, change_factor>, Place::behind>> {};
struct rung
    : seq<rung_word, expect<"how many times to retry", rung_count>, expect<"`with` and a parameter", word<"with">, Place::behind>,
          expect<"a parameter of the tool and its value", change>, star<comma, expect<"a parameter of the tool and its value", change>>> {};
struct retry_clause : seq<retry_word, expect<"how many times to retry", retry_count>, opt<causes>, opt<growths>, star<rung>> {};

struct run_word : word<"run"> {};
struct run_clause : seq<run_word, expect<"a command in quotes", text>> {};
struct script_word : word<"script"> {};
struct script_language : name {};
struct script_clause : seq<script_word, expect<"the script's language", token<script_language>>, expect<"the script in quotes", text>> {};
struct use_word : word<"use"> {};
struct use_tool : seq<qualified_name> {};
struct rest_of_arguments : mark<"..."> {};
struct use_argument : sor<rest_of_arguments, argument> {};
struct use_arguments : opt<use_argument, star<comma, use_argument>, opt<comma>> {};
struct use_clause : seq<use_word, expect<"a tool", use_tool>, expect<"`(` and the tool's arguments", call_open, Place::behind>,
                        use_arguments, close<")">> {};
struct metric_word : word<"metric"> {};
struct metric_name : name {};
struct metric_type : seq<measured_type> {};
struct metric_clause : seq<metric_word, expect<"a name", token<metric_name>>, expect<"`:` and a type", mark<":">, Place::behind>,
                           expect<"a type", metric_type>> {};
struct expect_word : word<"expect"> {};
struct expect_condition : seq<expression> {};
struct expect_action : sor<pegtl::keyword<'w', 'a', 'r', 'n'>, pegtl::keyword<'f', 'a', 'i', 'l'>> {};
struct expect_message : seq<text> {};
struct expect_else : seq<word<"else">, expect<"`warn` or `fail`", token<expect_action>>, opt<expect_message>> {};
struct expect_clause : seq<expect_word, expect<"a condition", expect_condition>, opt<expect_else>> {};
struct verify_word : word<"verify"> {};
struct verify_clause : seq<verify_word, expect<"a command in quotes", text>> {};
struct version_word : word<"version"> {};
struct version_clause : seq<version_word, expect<"a command in quotes", text>> {};
struct empty_word : word<"empty"> {};
struct empty_clause : seq<empty_word, expect<"`on exit` and a code", word<"on">, Place::behind>,
                          expect<"`exit` and a code", word<"exit">, Place::behind>, expect<"an exit code", exit_codes>> {};

struct clause : sor<input_clause, output_clause, resource_clause, run_clause, use_clause, metric_clause, expect_clause, param_clause,
                    retry_clause, where_clause, script_clause, slots_clause, env_clause, verify_clause, version_clause, empty_clause> {};
struct clause_or_mistake : sor<clause, mistake<report_unknown_clause>> {};

}  // namespace osac::syntax::grammar
