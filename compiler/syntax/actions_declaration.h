#pragma once
// What happens when a rule of grammar.h has matched: parts go into the declaration being built, the declaration into the tree.
// Included by parse.cpp only.

#include "compiler/syntax/actions_command.h"

namespace osac::syntax::grammar {

template <typename DeclarationType>
struct begin_declaration {
  static void apply0(State& state) { state.begin_declaration<DeclarationType>(); }
};
template <typename DeclarationType>
struct set_name {
  static void apply(const auto& in, State& state) { state.in_declaration<DeclarationType>().name = state.name(matched(in)); }
};

// ---- small ones

template <>
struct action<workflow_name> : push_name {};
template <>
struct action<workflow_declaration> {
  static void apply(const auto& in, State& state) {
    if (state.tree.workflow) return state.report_repeated("workflow", begin_of(in, state));
    state.tree.workflow = state.take_names().back();
    if (!state.tree.doc.empty() && !state.doc.empty()) state.tree.doc += '\n';
    state.tree.doc += state.doc;
  }
};

template <>
struct action<import_word> : begin_declaration<ImportDecl> {};
template <>
struct action<import_module> {
  static void apply0(State& state) { state.in_declaration<ImportDecl>().module = state.take_qualified(); }
};
template <>
struct action<import_alias> {
  static void apply(const auto& in, State& state) { state.in_declaration<ImportDecl>().alias = state.name(matched(in)); }
};
template <>
struct action<import_names> {
  static void apply0(State& state) { state.in_declaration<ImportDecl>().names = state.take_names(); }
};

template <>
struct action<param_declaration_word> : begin_declaration<ParamDecl> {};
template <>
struct action<param_declaration_name> : set_name<ParamDecl> {};
template <>
struct action<param_declaration_type> {
  static void apply0(State& state) { state.in_declaration<ParamDecl>().type = state.take_type(); }
};
template <>
struct action<param_declaration_default> {
  static void apply0(State& state) { state.in_declaration<ParamDecl>().default_value = state.pop(); }
};

template <>
struct action<enum_word> : begin_declaration<EnumDecl> {};
template <>
struct action<enum_name> : set_name<EnumDecl> {};
template <>
struct action<enum_members> {
  static void apply0(State& state) { state.in_declaration<EnumDecl>().members = state.take_names(); }
};

template <>
struct action<let_word> : begin_declaration<LetDecl> {};
template <>
struct action<let_name> : set_name<LetDecl> {};
template <>
struct action<function_open> : clings_to_previous {};
template <>
struct action<function_parameter_name> : push_name {};
template <>
struct action<function_parameter> {
  static void apply0(State& state) { state.in_declaration<LetDecl>().parameters.push_back({state.take_names().back(), state.take_type()}); }
};
template <>
struct action<let_type> {
  static void apply0(State& state) { state.in_declaration<LetDecl>().type = state.take_type(); }
};
template <>
struct action<let_declaration> {
  static void apply0(State& state) { state.in_declaration<LetDecl>().value = state.pop(); }
};

template <>
struct action<relation_word> : begin_declaration<RelationDecl> {};
template <>
struct action<relation_name> : set_name<RelationDecl> {};
template <>
struct action<relation_dimensions> {
  static void apply0(State& state) { state.in_declaration<RelationDecl>().dimensions = state.take_names(); }
};
template <>
struct action<relation_table> {
  static void apply(const auto& in, State& state) { state.in_declaration<RelationDecl>().table = state.name(matched(in)); }
};

template <>
struct action<goal_word> : begin_declaration<GoalDecl> {};
template <>
struct action<goal_declaration> {
  static void apply0(State& state) { state.in_declaration<GoalDecl>().names = state.take_names(); }
};

template <>
struct action<certify_word> : begin_declaration<CertifyDecl> {};
template <>
struct action<certify_dataset> {
  static void apply(const auto& in, State& state) { state.in_declaration<CertifyDecl>().dataset = state.name(matched(in)); }
};
template <>
struct action<certify_task> {
  static void apply(const auto& in, State& state) { state.in_declaration<CertifyDecl>().task = state.name(matched(in)); }
};
template <>
struct action<certify_from> {
  static void apply0(State& state) { state.in_declaration<CertifyDecl>().from = state.pop(); }
};

// ---- tables

template <>
struct action<column_name> {
  static void apply(const auto& in, State& state) {
    state.column = {};
    state.column.name = state.name(matched(in));
    state.column.doc = state.item_doc;
  }
};
template <>
struct action<column_type> {
  static void apply0(State& state) { state.column.type = state.take_type(); }
};
template <>
struct action<column_unique> {
  static void apply0(State& state) { state.column.is_unique = true; }
};
template <>
struct action<column_source> {
  static void apply0(State& state) { state.column.source_name = state.take_names().back(); }
};
template <>
struct action<column> {
  static void apply(const auto& in, State& state) {
    add_trailing_doc(state, state.column.doc);
    state.column.span = state.since(begin_of(in, state));
    state.columns.push_back(std::move(state.column));
  }
};
template <>
struct action<table_word> : begin_declaration<TableDecl> {};
template <>
struct action<table_name> : set_name<TableDecl> {};
template <>
struct action<table_over> {
  static void apply0(State& state) {
    ForClause over_read = state.take_over();
    state.in_declaration<TableDecl>().dimensions = std::move(over_read.dimensions);
    state.in_declaration<TableDecl>().is_cross = over_read.is_cross;
  }
};
template <>
struct action<table_format> {
  static void apply(const auto& in, State& state) { state.in_declaration<TableDecl>().format = state.name(matched(in)); }
};
template <>
struct action<table_path> {
  static void apply0(State& state) { state.in_declaration<TableDecl>().path = state.pop(); }
};
template <>
struct action<table_query> {
  static void apply0(State& state) { state.in_declaration<TableDecl>().query = state.pop(); }
};
template <>
struct action<table_declaration> {
  static void apply0(State& state) { state.in_declaration<TableDecl>().columns = std::exchange(state.columns, {}); }
};

// ---- dimensions

template <>
struct action<dimension_word> : begin_declaration<DimensionDecl> {};
template <>
struct action<dimension_name> : set_name<DimensionDecl> {};
template <>
struct action<dimension_type> {
  static void apply0(State& state) { state.in_declaration<DimensionDecl>().type = state.take_type(); }
};
template <>
struct action<parent_name> : push_name {};
template <>
struct action<dimension_parent> {
  static void apply(const auto& in, State& state) {
    state.set_once(state.in_declaration<DimensionDecl>().parent, state.take_names().back(), "in", begin_of(in, state));
  }
};
template <>
struct action<scan> {
  static void apply0(State& state) { state.in_declaration<DimensionDecl>().source = ScanSource{state.pop()}; }
};
template <>
struct action<dimension_values> {
  static void apply0(State& state) { state.in_declaration<DimensionDecl>().source = ExpressionSource{state.pop()}; }
};
template <>
struct action<without_name> : push_name {};
template <>
struct action<dimension_without> {
  static void apply(const auto& in, State& state) {
    state.set_once(state.in_declaration<DimensionDecl>().without, state.take_names().back(), "without", begin_of(in, state));
  }
};
template <>
struct action<dimension_implies> {
  static void apply0(State& state) {
    for (const Name& implied : state.take_names()) state.in_declaration<DimensionDecl>().implies.push_back(implied);
  }
};
template <>
struct action<dimension_order> {
  static void apply(const auto& in, State& state) {
    state.set_once(state.in_declaration<DimensionDecl>().order_by, state.take_qualified(), "order by", begin_of(in, state));
  }
};

// ---- datasets

template <>
struct action<dataset_word> : begin_declaration<DatasetDecl> {};
template <>
struct action<dataset_name> : set_name<DatasetDecl> {};
template <>
struct action<dataset_over> {
  static void apply0(State& state) { state.in_declaration<DatasetDecl>().over = state.take_over(); }
};
template <>
struct action<dataset_flag> {
  static void apply(const auto& in, State& state) { state.in_declaration<DatasetDecl>().flags.push_back(state.name(matched(in))); }
};
template <>
struct action<dataset_keep> {
  static void apply(const auto& in, State& state) {
    state.set_once(state.in_declaration<DatasetDecl>().keep, state.pop(), "keep", begin_of(in, state));
  }
};
template <>
struct action<dataset_path> {
  static void apply0(State& state) { state.in_declaration<DatasetDecl>().path = state.pop(); }
};
template <>
struct action<record_format> {
  static void apply(const auto& in, State& state) {
    state.set_once(state.in_declaration<DatasetDecl>().record_format, state.name(matched(in)), "as", begin_of(in, state));
  }
};
template <>
struct action<record> {
  static void apply0(State& state) { state.in_declaration<DatasetDecl>().record_fields = std::exchange(state.columns, {}); }
};
template <>
struct action<valid_from> {
  static void apply0(State& state) { state.in_declaration<DatasetDecl>().valid_from = state.pop(); }
};
template <>
struct action<until_next> {
  static void apply0(State& state) { state.in_declaration<DatasetDecl>().valid_until_next = true; }
};
template <>
struct action<until_time> {
  static void apply0(State& state) { state.in_declaration<DatasetDecl>().valid_until = state.pop(); }
};

template <>
struct action<published_as_link> {
  static void apply(const auto& in, State& state) { state.in_declaration<DatasetDecl>().published_as_link = state.name(matched(in)).span; }
};
template <>
struct action<publication> {
  static void apply(const auto& in, State& state) {
    state.set_once(state.in_declaration<DatasetDecl>().published_path, state.pop(), "publish", begin_of(in, state));
  }
};

// ---- tasks and tools

template <>
struct action<task_word> : begin_declaration<TaskDecl> {};
template <>
struct action<task_name> : set_name<TaskDecl> {};
template <>
struct action<task_over> {
  static void apply(const auto& in, State& state) {
    state.set_once(state.in_declaration<TaskDecl>().over, state.take_over(), "for", begin_of(in, state));
  }
};
template <>
struct action<task_via> {
  static void apply(const auto& in, State& state) {
    state.set_once(state.in_declaration<TaskDecl>().via, state.take_names().back(), "via", begin_of(in, state));
  }
};
template <>
struct action<task_where> {
  static void apply(const auto& in, State& state) {
    state.set_once(state.in_declaration<TaskDecl>().where, state.pop(), "where", begin_of(in, state));
  }
};
template <>
struct action<tool_word> : begin_declaration<ToolDecl> {};
template <>
struct action<tool_name> : set_name<ToolDecl> {};

// ---- a finished declaration joins the tree

template <>
struct action<declaration> {
  static void apply(const auto& in, State& state) {
    state.declaration.span = state.since(begin_of(in, state));
    state.declaration.doc = std::move(state.doc);
    add_trailing_doc(state, state.declaration.doc);
    state.tree.declarations.push_back(std::move(state.declaration));
    state.declaration = {};
  }
};

}  // namespace osac::syntax::grammar
