#pragma once
// What PEGTL's analysis for rules that could loop without progress has to know of our own rules. Included by the test that runs it.

#include <tao/pegtl/contrib/analyze.hpp>

#include "compiler/syntax/grammar.h"

namespace tao::pegtl {

namespace rules = osac::syntax::grammar;

template <typename Name>
struct analyze_traits<Name, rules::blanks> : analyze_opt_traits<> {};
template <typename Name>
struct analyze_traits<Name, rules::line_blanks> : analyze_opt_traits<> {};
template <typename Name>
struct analyze_traits<Name, rules::name> : analyze_any_traits<> {};
template <typename Name, rules::Words Text>
struct analyze_traits<Name, rules::word<Text>> : analyze_any_traits<> {};
template <typename Name, rules::Words Text, rules::Words NotBefore>
struct analyze_traits<Name, rules::mark<Text, NotBefore>> : analyze_any_traits<> {};
template <typename Name, rules::Words Closer>
struct analyze_traits<Name, rules::close<Closer>> : analyze_any_traits<> {};
template <typename Name, rules::Words Text, osac::syntax::OpenerKind Kind>
struct analyze_traits<Name, rules::open<Text, Kind>> : analyze_any_traits<> {};
template <typename Name, rules::Words What, typename Rule, osac::syntax::Place Where>
struct analyze_traits<Name, rules::expect<What, Rule, Where>> : analyze_seq_traits<Rule> {};
template <typename Name, void (*Message)(osac::syntax::State&, std::size_t)>
struct analyze_traits<Name, rules::mistake<Message>> : analyze_any_traits<> {};
template <typename Name, typename... Rules>
struct analyze_traits<Name, rules::ahead<Rules...>> : analyze_opt_traits<Rules...> {};
template <typename Name, typename... Rules>
struct analyze_traits<Name, rules::not_ahead<Rules...>> : analyze_opt_traits<Rules...> {};
template <typename Name, typename Rule>
struct analyze_traits<Name, rules::nested<Rule>> : analyze_seq_traits<Rule> {};
template <typename Name>
struct analyze_traits<Name, rules::unit> : analyze_any_traits<> {};
template <typename Name>
struct analyze_traits<Name, rules::hole_close> : analyze_any_traits<> {};
template <typename Name>
struct analyze_traits<Name, rules::block_open> : analyze_any_traits<> {};
template <typename Name>
struct analyze_traits<Name, rules::in_operator> : analyze_any_traits<> {};
template <typename Name>
struct analyze_traits<Name, rules::type_unit> : analyze_any_traits<> {};
template <typename Name>
struct analyze_traits<Name, rules::item_start> : analyze_opt_traits<> {};
template <typename Name>
struct analyze_traits<Name, rules::end_of_block> : analyze_opt_traits<> {};
template <typename Name>
struct analyze_traits<Name, rules::item_recovery> : analyze_any_traits<> {};
template <typename Name, rules::Words Text>
struct analyze_traits<Name, rules::verb<Text>> : analyze_any_traits<> {};
template <typename Name>
struct analyze_traits<Name, rules::expected_start> : analyze_any_traits<> {};
template <typename Name, rules::Words Text>
struct analyze_traits<Name, rules::path_word<Text>> : analyze_any_traits<> {};
template <typename Name>
struct analyze_traits<Name, rules::header_recovery> : analyze_any_traits<> {};
template <typename Name>
struct analyze_traits<Name, rules::declaration_start> : analyze_opt_traits<> {};
template <typename Name>
struct analyze_traits<Name, rules::declaration_recovery> : analyze_any_traits<> {};

}  // namespace tao::pegtl
