#pragma once
// What the parser says about mistakes: one function a sentence. Each takes the place where the parse stopped as an offset into the
// source's text. It knows the language's words, not its grammar.

#include <cstddef>
#include <string>
#include <string_view>

#include "compiler/syntax/state.h"

namespace osac::syntax {

/// Where "expected X" is shown: what was found there, or behind the last token (for what ends or separates).
enum class Place : std::uint8_t { found, behind };

void report_expected(State& state, std::size_t at, std::string_view what, Place place);
/// Something opened and its closing mark is missing; shows the opener too.
void report_unclosed(State& state, std::size_t at, std::string_view closer);
void report_unclosed_text(State& state, std::size_t at);
void report_unknown_clause(State& state, std::size_t at);
void report_unknown_declaration(State& state, std::size_t at);
void report_bad_hole(State& state, std::size_t at);
void report_lone_brace(State& state, std::size_t at);
void report_unknown_escape(State& state, std::size_t at);
void report_malformed_number(State& state, std::size_t at);
void report_number_too_large(State& state, std::string_view digits);
void report_chained_comparison(State& state, std::size_t at);
void report_nested_too_deeply(State& state, std::size_t at);
void report_left_out_arguments(State& state, std::size_t at);
void report_given_twice(State& state, std::string_view part, Span place);
void report_several_names(State& state, const std::vector<Name>& names, std::string_view mark);
void report_hole_in_plain_text(State& state, Span place);
/// Reports an expression that is too tall to walk safely, and throws.
[[noreturn]] void fail_tall_expression(State& state, Span place);

}  // namespace osac::syntax
