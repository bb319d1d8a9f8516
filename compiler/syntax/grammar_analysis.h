#pragma once
// What PEGTL's analysis for rules that could loop without progress has to know of our own rules. Included by the test that runs it.

#include <tao/pegtl/contrib/analyze.hpp>
#include <type_traits>

#include "compiler/syntax/grammar.h"

namespace tao::pegtl {

namespace rules = osac::syntax::grammar;

/// Rules that look at the text themselves take something, but for those that may match the empty text.
template <typename Name, typename Rule>
struct analyze_traits<Name, Rule, std::enable_if_t<std::is_base_of_v<rules::scanned<Rule>, Rule>>>
    : std::conditional_t<Rule::may_be_empty, analyze_opt_traits<>, analyze_any_traits<>> {};
template <typename Name>
struct analyze_traits<Name, rules::hole_close> : analyze_any_traits<> {};
template <typename Name, rules::Words Closer>
struct analyze_traits<Name, rules::close<Closer>> : analyze_any_traits<> {};
template <typename Name, rules::Words Text, osac::syntax::OpenerKind Kind>
struct analyze_traits<Name, rules::open<Text, Kind>> : analyze_any_traits<> {};
template <typename Name, void (*Message)(osac::syntax::State&, std::size_t)>
struct analyze_traits<Name, rules::mistake<Message>> : analyze_any_traits<> {};
template <typename Name, rules::Words What, typename Rule, osac::syntax::Place Where>
struct analyze_traits<Name, rules::expect<What, Rule, Where>> : analyze_seq_traits<Rule> {};
template <typename Name, typename... Rules>
struct analyze_traits<Name, rules::ahead<Rules...>> : analyze_opt_traits<Rules...> {};
template <typename Name, typename... Rules>
struct analyze_traits<Name, rules::not_ahead<Rules...>> : analyze_opt_traits<Rules...> {};
template <typename Name, typename Rule>
struct analyze_traits<Name, rules::nested<Rule>> : analyze_seq_traits<Rule> {};

}  // namespace tao::pegtl
