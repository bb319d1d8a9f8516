#pragma once
// Actions of the clauses other than inputs and outputs: parameters, resources, retry, commands, metrics, checks. Included by parse.cpp
// only.

#include "compiler/syntax/actions_clause.h"

namespace osac::syntax::grammar {

template <typename ClauseType>
struct begin_clause {
  static void apply0(State& state) { state.begin_clause<ClauseType>(); }
};
template <>
struct action<param_word> : begin_clause<ToolParamClause> {};
template <>
struct action<where_word> : begin_clause<WhereClause> {};
template <>
struct action<slots_word> : begin_clause<SlotsClause> {};
template <>
struct action<env_word> : begin_clause<EnvClause> {};
template <>
struct action<retry_word> : begin_clause<RetryClause> {};
template <>
struct action<run_word> : begin_clause<CommandClause> {};
template <>
struct action<script_word> : begin_clause<CommandClause> {};
template <>
struct action<use_word> : begin_clause<UseClause> {};
template <>
struct action<metric_word> : begin_clause<MetricClause> {};
template <>
struct action<expect_word> : begin_clause<ExpectClause> {};
template <>
struct action<verify_word> : begin_clause<VerifyClause> {};
template <>
struct action<version_word> : begin_clause<VersionClause> {};
template <>
struct action<empty_word> : begin_clause<EmptyClause> {};

template <>
struct action<param_name> {
  static void apply(const auto& in, State& state) { state.in_clause<ToolParamClause>().name = state.name(matched(in)); }
};
template <>
struct action<param_type> {
  static void apply0(State& state) { state.in_clause<ToolParamClause>().type = state.take_type(); }
};
template <>
struct action<param_default> {
  static void apply0(State& state) { state.in_clause<ToolParamClause>().default_value = state.pop(); }
};
template <>
struct action<where_clause> {
  static void apply0(State& state) { state.in_clause<WhereClause>().condition = state.pop(); }
};

// ---- resources

template <>
struct action<resource_name> {
  static void apply(const auto& in, State& state) { state.begin_clause<ResourceClause>().resource = state.name(matched(in)); }
};
template <>
struct action<resource_clause> {
  static void apply0(State& state) { state.in_clause<ResourceClause>().value = state.pop(); }
};
template <>
struct action<slots_name> {
  static void apply(const auto& in, State& state) { state.in_clause<SlotsClause>().slot = state.name(matched(in)); }
};
template <>
struct action<slots_clause> {
  static void apply0(State& state) { state.in_clause<SlotsClause>().count = state.pop(); }
};
template <>
struct action<env_name> {
  static void apply(const auto& in, State& state) { state.in_clause<EnvClause>().env = state.name(matched(in)); }
};

// ---- failure

template <>
struct action<exit_code> {
  static void apply0(State& state) { state.codes.push_back(state.pop()); }
};
template <>
struct action<retry_count> {
  static void apply0(State& state) { state.in_clause<RetryClause>().count = state.pop(); }
};
struct begin_cause {
  static void apply(const auto& in, State& state) {
    state.in_clause<RetryClause>().causes.push_back({state.name(matched(in)), {}});
    state.codes.clear();
  }
};
template <>
struct action<cause_name> : begin_cause {};
template <>
struct action<exit_word> : begin_cause {};
template <>
struct action<exit_cause> {
  static void apply0(State& state) { state.in_clause<RetryClause>().causes.back().codes = std::exchange(state.codes, {}); }
};
template <>
struct action<growth_name> {
  static void apply(const auto& in, State& state) { state.in_clause<RetryClause>().growth.push_back({state.name(matched(in)), {}}); }
};
template <>
struct action<growth> {
  static void apply0(State& state) { state.in_clause<RetryClause>().growth.back().factor = state.pop(); }
};
template <>
struct action<rung_count> {
  static void apply0(State& state) { state.in_clause<RetryClause>().rungs.push_back({state.pop(), {}, {}}); }
};
template <>
struct action<change_name> : push_name {};
template <bool IsGrowth>
struct add_change {
  static void apply0(State& state) {
    state.in_clause<RetryClause>().rungs.back().changes.push_back({state.take_names().back(), state.pop(), IsGrowth});
  }
};
template <>
struct action<change_value> : add_change<false> {};
template <>
struct action<change_factor> : add_change<true> {};
template <>
struct action<rung> {
  static void apply(const auto& in, State& state) { state.in_clause<RetryClause>().rungs.back().span = state.since(begin_of(in, state)); }
};
template <>
struct action<empty_clause> {
  static void apply0(State& state) { state.in_clause<EmptyClause>().codes = std::exchange(state.codes, {}); }
};

// ---- commands

template <>
struct action<run_clause> {
  static void apply0(State& state) { state.in_clause<CommandClause>().text = state.pop(); }
};
template <>
struct action<script_language> {
  static void apply(const auto& in, State& state) { state.in_clause<CommandClause>().language = state.name(matched(in)); }
};
template <>
struct action<script_clause> : action<run_clause> {};
template <>
struct action<use_tool> {
  static void apply0(State& state) { state.in_clause<UseClause>().tool = state.take_qualified(); }
};
template <>
struct action<rest_of_arguments> {
  static void apply(const auto& in, State& state) {
    const std::size_t begin = begin_of(in, state);
    state.set_once(state.in_clause<UseClause>().rest, state.since(begin), "...", begin);
  }
};
template <>
struct action<use_clause> {
  static void apply0(State& state) { state.in_clause<UseClause>().arguments = take_call(state).arguments; }
};

// ---- measurements and checks

template <>
struct action<metric_name> {
  static void apply(const auto& in, State& state) { state.in_clause<MetricClause>().name = state.name(matched(in)); }
};
template <>
struct action<metric_type> {
  static void apply0(State& state) { state.in_clause<MetricClause>().type = state.take_type(); }
};
template <>
struct action<expect_condition> {
  static void apply0(State& state) { state.in_clause<ExpectClause>().condition = state.pop(); }
};
template <>
struct action<expect_action> {
  static void apply(const auto& in, State& state) { state.in_clause<ExpectClause>().action = state.name(matched(in)); }
};
template <>
struct action<expect_message> {
  static void apply0(State& state) { state.in_clause<ExpectClause>().message = state.pop(); }
};
template <>
struct action<verify_clause> {
  static void apply0(State& state) { state.in_clause<VerifyClause>().command = state.pop(); }
};
template <>
struct action<version_clause> {
  static void apply0(State& state) { state.in_clause<VersionClause>().command = state.pop(); }
};

}  // namespace osac::syntax::grammar
