#pragma once
// Numbers, texts, expressions and types. Operators are read in loops, so that long chains need no stack. Included by grammar.h only.

#include "compiler/syntax/rules.h"

namespace osac::syntax::grammar {

struct expression;

// ---- numbers

struct digits : plus<pegtl::digit> {};
struct number : seq<digits, opt<one<'.'>, digits>, opt<one<'e', 'E'>, opt<one<'+', '-'>>, digits>> {};

/// A unit word behind a number. `min` is a word of inputs too: before a bare count it is none.
struct unit : scanned<unit> {
  static bool is_count_behind(std::string_view text) {
    const std::size_t begin = skip_blanks(text, 0);
    if (text.substr(begin, 1) == "(") return true;
    std::size_t end = begin;
    while (end < text.size() && is_digit(text[end])) ++end;
    return end > begin && !is_unit_word(word_at(text, skip_blanks(text, end)));
  }
  static std::size_t scan(std::string_view here, State& state) {
    const std::string_view found = word_at(here, 0);
    if (!is_unit_word(found)) return no_match;
    const bool is_attached = state.number.data() + state.number.size() == here.data();
    return found == "min" && !is_attached && is_count_behind(here.substr(found.size())) ? no_match : found.size();
  }
};
struct quantity_part : seq<number, line_blanks, unit> {};
struct number_end : sor<not_at<pegtl::identifier_other>, mistake<report_malformed_number>> {};
/// A word on the number's line that is neither a unit nor one of the language was meant for a unit.
struct unknown_unit : scanned<unknown_unit> {
  static std::size_t scan(std::string_view here, State& /*state*/) {
    const std::string_view found = word_at(here, 0);
    return found.empty() || may_follow_value(found) || is_unit_word(found) ? no_match : found.size();
  }
};
struct no_unknown_unit : sor<not_at<line_blanks, unknown_unit>, seq<line_blanks, mistake<report_malformed_number>>> {};
struct number_literal : seq<number, sor<seq<line_blanks, unit, star<line_blanks, quantity_part>>, no_unknown_unit>> {};
struct integer : digits {};
struct plain_integer : seq<integer, number_end> {};

// ---- texts

struct escaped : one<'"', '\\', 'n', 't'> {};
struct escape : seq<one<'\\'>, sor<escaped, mistake<report_unknown_escape>>> {};
struct double_brace : sor<pegtl::string<'{', '{'>, pegtl::string<'}', '}'>> {};
struct hole_begin : one<'{'> {};
struct hole_value : seq<expression> {};
struct format : star<pegtl::not_one<'}', '"', '\n'>> {};
/// Unlike close it eats no blanks: those behind the brace belong to the text.
struct hole_close {
  using rule_t = hole_close;
  using subs_t = type_list<>;
  static void report(State& state, std::size_t at) { report_unclosed(state, at, "}"); }
  template <apply_mode A, rewind_mode, template <typename...> class Action, template <typename...> class Control, typename Input>
  static bool match(Input& in, State& state) {
    if (!rest(in).starts_with('}')) Control<hole_close>::raise(in, state);
    in.bump(1);
    if constexpr (A == apply_mode::action) state.openers.pop_back();
    state.previous_end = state.offset(in.current());
    return true;
  }
};
struct hole : seq<hole_begin, blanks, sor<hole_value, mistake<report_bad_hole>>, opt<one<':'>, format>, hole_close> {};
struct lone_brace : seq<at<one<'}'>>, mistake<report_lone_brace>> {};

struct short_characters : plus<pegtl::not_one<'"', '\\', '{', '}', '\n'>> {};
struct short_open : one<'"'> {};
struct short_close : one<'"'> {};
struct short_text : seq<short_open, star<sor<short_characters, escape, double_brace, hole, lone_brace>>,
                        sor<short_close, mistake<report_unclosed_text>>> {};

struct block_quotes : pegtl::string<'"', '"', '"'> {};
struct block_characters : plus<sor<plus<pegtl::not_one<'"', '{', '}'>>, seq<not_at<block_quotes>, one<'"'>>>> {};
/// Not inside a hole: blocks have lines, holes have not.
struct block_open : scanned<block_open> {
  static std::size_t scan(std::string_view here, State& state) { return state.in_hole() || !here.starts_with("\"\"\"") ? no_match : 3; }
};
struct block_close : pegtl::string<'"', '"', '"'> {};
struct block_text
    : seq<block_open, star<sor<block_characters, double_brace, hole, lone_brace>>, sor<block_close, mistake<report_unclosed_text>>> {};
struct text : token<sor<block_text, short_text>> {};

// ---- operands

struct value_name : name {};
struct boolean : sor<word<"true">, word<"false">> {};
struct comma : mark<","> {};
struct condition_then
    : seq<expect<"a condition", expression>, expect<"`then`", word<"then">, Place::behind>, expect<"a value", expression>> {};
struct conditional : seq<word<"if">, condition_then, expect<"`else`: both ways need a value", word<"else">, Place::behind>,
                         expect<"a value", expression>> {};
struct group : seq<open<"(", OpenerKind::parenthesis>, expect<"a value", expression>, close<")">> {};

struct list_open : open<"[", OpenerKind::bracket> {};
struct list_item : seq<expression> {};
struct list : seq<list_open, opt<list_item, star<comma, list_item>, opt<comma>>, close<"]">> {};

struct argument_name : name {};
struct argument_colon : mark<":"> {};
struct named_argument : seq<ahead<name, line_blanks, one<':'>>, token<argument_name>, argument_colon, expect<"a value", expression>> {};
struct argument : sor<named_argument, expression> {};
struct argument_list : opt<argument, star<comma, argument>, opt<comma>> {};
struct call_open : open<"(", OpenerKind::parenthesis> {};
struct left_out_arguments : seq<at<pegtl::string<'.', '.', '.'>>, mistake<report_left_out_arguments>> {};
struct call : seq<call_open, sor<left_out_arguments, argument_list>, close<")">> {};
struct member_name : name {};
struct member : seq<mark<".", ".">, expect<"a name behind `.`", token<member_name>>> {};

struct primary : sor<conditional, token<number_literal>, text, boolean, group, list, token<value_name>> {};
struct postfix : seq<primary, star<sor<member, call>>> {};

// ---- operators, the tightest first

struct unary;
struct minus_sign : mark<"-"> {};
struct negation : seq<minus_sign, nested<expect<"a value behind `-`", unary>>> {};
struct unary : sor<negation, postfix> {};

struct times : mark<"*"> {};
struct divided_by : mark<"/", "/"> {};
struct modulo : mark<"%"> {};
struct product_step : seq<sor<times, divided_by, modulo>, expect<"a value behind the operator", unary>> {};
struct product : seq<unary, star<product_step>> {};

struct plus_sign : mark<"+"> {};
struct minus : mark<"-"> {};
struct sum_step : seq<sor<plus_sign, minus>, expect<"a value behind the operator", product>> {};
struct sum : seq<product, star<sum_step>> {};

struct up_to_before : seq<mark<"..<">, expect<"the end of the range", sum>> {};
struct up_to : seq<mark<"..", ".<">, expect<"the end of the range", sum>> {};
/// What can stand where no condition can: a range, a sum, or less.
struct value : seq<sum, opt<sor<up_to_before, up_to>>> {};

/// `in` as an operator. A clause may follow an expression without any mark, and `in` leads one: the operator stands on the line of its
/// left side and no `a =`, `a,` or `a :` follows. In brackets it may stand on a new line, if no `a =` follows.
struct in_operator : scanned<in_operator> {
  static bool leads_clause(const State& state, std::size_t here) {
    const std::string_view between = state.text.substr(state.previous_end, here - std::min(here, state.previous_end));
    const bool is_new_line = between.find('\n') != std::string_view::npos;
    if (is_new_line && !state.is_bracketed()) return true;
    const std::size_t begin = skip_trivia(state.text, here + 2);
    const std::size_t end = begin + word_at(state.text, begin).size();
    const std::size_t next = skip_trivia(state.text, end);
    if (end == begin || next >= state.text.size()) return false;
    const char mark = state.text[next];
    const bool is_equals = mark == '=' && state.text.substr(next, 2) != "==";
    return state.is_bracketed() ? is_new_line && is_equals : is_equals || mark == ',' || mark == ':';
  }
  static std::size_t scan(std::string_view here, State& state) {
    if (word_at(here, 0) != "in" || leads_clause(state, state.offset(here.data()))) return no_match;
    return word<"in">::scan(here, state);
  }
};
struct not_in : seq<word<"not">, word<"in">> {};
struct equal : mark<"=="> {};
struct not_equal : mark<"!="> {};
struct less_equal : mark<"<="> {};
struct less : mark<"<"> {};
struct greater_equal : mark<">="> {};
struct greater : mark<">"> {};
struct contained : in_operator {};
struct comparison_operator : sor<equal, not_equal, less_equal, less, greater_equal, greater, not_in, contained> {};
struct chained : seq<ahead<comparison_operator>, mistake<report_chained_comparison>> {};
struct comparison_step : seq<comparison_operator, expect<"a value behind the operator", value>, opt<chained>> {};
struct comparison : seq<value, opt<comparison_step>> {};

struct inversion;
struct logical_not : seq<word<"not">, nested<expect<"a condition behind `not`", inversion>>> {};
struct inversion : sor<logical_not, comparison> {};
struct and_word : word<"and"> {};
struct and_step : seq<and_word, expect<"a condition behind `and`", inversion>> {};
struct conjunction : seq<inversion, star<and_step>> {};
struct or_word : word<"or"> {};
struct or_step : seq<or_word, expect<"a condition behind `or`", conjunction>> {};

struct expression : nested<seq<conjunction, star<or_step>>> {};

// ---- counts: an integer, a name, or an expression in parentheses

struct count : sor<token<plain_integer>, group, token<value_name>> {};

// ---- types

struct type_name : name {};
struct list_type : seq<open<"[", OpenerKind::bracket>, expect<"the type of the list's items", token<type_name>>, close<"]">> {};
struct optional_mark : mark<"?"> {};
/// utc or tai behind `time`, unless it is the next column's name.
struct scale_word : sor<pegtl::string<'u', 't', 'c'>, pegtl::string<'t', 'a', 'i'>> {};
struct scale : seq<scale_word, not_at<pegtl::identifier_other>, not_ahead<blanks, one<':'>>, blanks> {};
struct encoding_name : name {};
struct encoding : seq<word<"as">, expect<"how the time is written, such as `unix_s` or `mjd`", token<encoding_name>>> {};
struct type : seq<sor<list_type, token<type_name>>, opt<optional_mark>, opt<scale>, opt<encoding>> {};

/// A unit behind `float` or `int` on the same line: a unit word, any other word that leads nothing here, or a text.
struct type_unit : scanned<type_unit> {
  static std::size_t scan(std::string_view here, State& state) {
    const std::size_t begin = state.offset(here.data());
    const std::string_view type_word = state.strings.text(state.type.name.symbol);
    const std::string_view between = state.text.substr(state.previous_end, begin - std::min(begin, state.previous_end));
    if ((type_word != "float" && type_word != "int") || between.find('\n') != std::string_view::npos) return no_match;
    return here.starts_with('"') ? scan_text(here) : scan_word(here);
  }

 private:
  static std::size_t scan_text(std::string_view here) {
    const std::size_t end = skip_text(here, 0);
    return end < 3 || here[end - 1] != '"' || here.starts_with("\"\"\"") ? no_match : end;
  }
  static std::size_t scan_word(std::string_view here) {
    const std::string_view found = word_at(here, 0);
    const std::size_t behind = std::min(skip_trivia(here, found.size()), here.size());
    if (found.empty() || here.substr(behind, 1) == ":" || found == "unique" || is_reserved_word(found)) return no_match;
    return !is_unit_word(found) && (is_clause_word(found) || is_declaration_word(found)) ? no_match : found.size();
  }
};
struct measured_type : seq<type, opt<token<type_unit>>, opt<optional_mark>> {};

}  // namespace osac::syntax::grammar
