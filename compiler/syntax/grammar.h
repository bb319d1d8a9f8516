#pragma once
// The whole grammar of .osa, as PEGTL rules: declarations here, clauses, expressions and building blocks in the headers below it. Newlines
// are white space. Instantiated in parse.cpp alone; ebnf.cpp reads the types, and prints docs/reference/grammar.ebnf from them.

#include "compiler/syntax/grammar_clause.h"

namespace osac::syntax::grammar {

// ---- small ones

struct workflow_word : word<"workflow"> {};
struct workflow_name : name {};
struct workflow_declaration : seq<workflow_word, expect<"the workflow's name", token<workflow_name>>> {};

struct import_word : word<"import"> {};
struct import_module : seq<qualified_name> {};
struct import_alias : name {};
struct import_names : seq<open<"(", OpenerKind::parenthesis>, expect<"a name to import", names>, close<")">> {};
struct import_declaration : seq<import_word, expect<"a module", import_module>,
                                opt<sor<seq<word<"as">, expect<"another name for it", token<import_alias>>>, import_names>>> {};

struct param_declaration_word : word<"param"> {};
struct param_declaration_name : name {};
struct param_declaration_type : seq<measured_type> {};
struct param_declaration_default : seq<mark<"=", "=">, expect<"a default value", expression>> {};
struct param_declaration
    : seq<param_declaration_word, expect<"the parameter's name", token<param_declaration_name>>,
          expect<"`:` and a type", mark<":">, Place::behind>, expect<"a type", param_declaration_type>, opt<param_declaration_default>> {};

struct enum_word : word<"enum"> {};
struct enum_name : name {};
struct enum_members : seq<token<list_name>, star<comma, token<list_name>>> {};
struct enum_declaration
    : seq<enum_word, expect<"the enum's name", token<enum_name>>, expect<"`{` and its members", block_begin, Place::behind>,
          expect<"a member", enum_members>, opt<comma>, close<"}">> {};

struct let_word : word<"let"> {};
struct let_name : name {};
struct function_parameter_name : name {};
struct function_parameter
    : seq<token<function_parameter_name>, expect<"`:` and a type", mark<":">, Place::behind>, expect<"a type", type>> {};
struct function_open : open<"(", OpenerKind::parenthesis> {};
struct function_parameters : seq<function_open, expect<"a parameter, such as `level : int`", function_parameter>,
                                 star<comma, expect<"a parameter behind the comma", function_parameter>>, close<")">> {};
struct let_type : seq<mark<":">, expect<"a type", type>> {};
struct let_declaration : seq<let_word, expect<"a name", token<let_name>>, opt<function_parameters>, opt<let_type>,
                             expect<"`=` and a value", mark<"=", "=">, Place::behind>, expect<"a value", expression>> {};

struct relation_word : word<"relation"> {};
struct relation_name : name {};
struct relation_dimensions : seq<names> {};
struct relation_table : name {};
struct relation_declaration
    : seq<relation_word, expect<"the relation's name", token<relation_name>>,
          expect<"`(` and its dimensions", open<"(", OpenerKind::parenthesis>, Place::behind>, expect<"a dimension", relation_dimensions>,
          close<")">, expect<"`from` and a table", word<"from">, Place::behind>, expect<"a table", token<relation_table>>> {};

struct goal_word : word<"goal"> {};
struct goal_declaration : seq<goal_word, expect<"a dataset", names>> {};

struct certify_word : word<"certify"> {};
struct certify_dataset : name {};
struct certify_task : name {};
struct certify_from : seq<word<"from">, expect<"a time", value>> {};
struct certify_declaration
    : seq<certify_word, expect<"a dataset", token<certify_dataset>>, expect<"`when` and a task", word<"when">, Place::behind>,
          expect<"a task", token<certify_task>>, opt<certify_from>> {};

// ---- tables

struct column_name : name {};
struct column_type : seq<measured_type> {};
struct column_unique : word<"unique"> {};
struct column_source : seq<mark<"=", "=">, expect<"the column's name in the file, in quotes", plain_text>> {};
struct column : seq<token<column_name>, expect<"`:` and a type", mark<":">, Place::behind>, expect<"a type", column_type>,
                    opt<column_unique>, opt<column_source>> {};
struct column_or_mistake : expect<"a column, such as `seq : int`", column> {};

struct table_word : word<"table"> {};
struct table_name : name {};
struct table_over : seq<over> {};
struct table_format : name {};
struct table_path : seq<value> {};
struct table_query : seq<word<"query">, expect<"the query in quotes", text>> {};
struct table_declaration : seq<table_word, expect<"the table's name", token<table_name>>, opt<table_over>,
                               expect<"`=` and a format", mark<"=", "=">, Place::behind>,
                               expect<"the table's format, such as `csv`", token<table_format>>, expect<"the table's path", table_path>,
                               opt<table_query>, expect<"`{` and the columns", at<one<'{'>>, Place::behind>, block<column_or_mistake>> {};

// ---- dimensions

struct dimension_word : word<"dimension"> {};
struct dimension_name : name {};
struct dimension_type : seq<mark<":">, expect<"a type", type>> {};
struct parent_name : name {};
struct dimension_parent : seq<word<"in">, expect<"the dimension it is part of", token<parent_name>>> {};
struct scan_word : seq<pegtl::keyword<'s', 'c', 'a', 'n'>, ahead<line_blanks, one<'"'>>, blanks> {};
struct scan : seq<scan_word, expect<"a path in quotes", text>> {};
struct dimension_values : seq<value> {};
struct dimension_from
    : seq<word<"from">, expect<"where its keys come from: a column, a range, a list or a `scan`", sor<scan, dimension_values>>> {};
struct without_name : name {};
struct dimension_without : seq<word<"without">, expect<"a table of keys to leave out", token<without_name>>> {};
struct dimension_implies : seq<word<"implies">, expect<"a dimension", names>> {};
struct dimension_order : seq<order_by> {};
struct dimension_part : sor<dimension_parent, dimension_from, dimension_without, dimension_implies, dimension_order> {};
struct dimension_declaration
    : seq<dimension_word, expect<"the dimension's name", token<dimension_name>>, opt<dimension_type>, star<dimension_part>> {};

// ---- datasets

/// A word before the path. It is a value itself unless a text or another name follows on its line.
template <Words Text>
struct path_word : scanned<path_word<Text>> {
  static constexpr std::string_view text = Text.view();
  static std::size_t scan(std::string_view here, State& /*state*/) {
    if (word_at(here, 0) != text) return no_match;
    const std::size_t next = skip_blanks(here, text.size());
    return next >= here.size() || !(here[next] == '"' || here[next] == '(' || is_name_part(here[next])) ? no_match : text.size();
  }
};
struct dataset_word : word<"dataset"> {};
struct dataset_name : name {};
struct dataset_over : seq<over> {};
struct dataset_flag : sor<path_word<"external">, path_word<"temp">, path_word<"protected">, path_word<"optional">> {};
struct dataset_keep : seq<token<path_word<"keep">>, expect<"how long to keep it", unary>> {};
struct dataset_path : seq<value> {};
struct record_format : name {};
struct record : seq<word<"as">, expect<"a format, such as `json`", token<record_format>>,
                    expect<"`{` and its fields", at<one<'{'>>, Place::behind>, block<column_or_mistake>> {};
struct valid_from : seq<value> {};
struct until_next : seq<word<"next">> {};
struct until_time : seq<value> {};
struct validity
    : seq<word<"valid">, expect<"the time it starts to be valid", valid_from>,
          expect<"`until` and a time or `next`", word<"until">, Place::behind>, expect<"a time or `next`", sor<until_next, until_time>>> {};
/// `publish "..."`, `publish link "..."`
struct published_as_link : path_word<"link"> {};
struct published_path : seq<value> {};
struct publication : seq<word<"publish">, opt<token<published_as_link>>, expect<"the path it is published under", published_path>> {};
struct dataset_declaration : seq<dataset_word, expect<"the dataset's name", token<dataset_name>>, opt<dataset_over>,
                                 expect<"`=` and a path", mark<"=", "=">, Place::behind>, star<sor<token<dataset_flag>, dataset_keep>>,
                                 expect<"a path", dataset_path>, star<sor<record, validity, publication>>> {};

// ---- tasks and tools

/// After a mistake in a header the braces behind it are still read.
struct header_recovery : scanned<header_recovery> {
  static std::size_t scan(std::string_view here, State& state) {
    const std::size_t begin = state.offset(here.data());
    const std::size_t end = find_block(state.text, std::max(begin, state.error_offset));
    if (end == std::string_view::npos) throw SyntaxFailure{};  // reported already
    state.previous_end = end;
    state.forget_item(0);
    if (auto* task = std::get_if<TaskDecl>(&state.declaration.kind)) task->is_damaged = true;
    return end - begin;
  }
};
struct task_word : word<"task"> {};
struct task_name : name {};
struct task_over : seq<over> {};
struct task_via : seq<via> {};
struct task_where : seq<word<"where">, expect<"a condition", expression>> {};
struct task_header : seq<expect<"the task's name", token<task_name>>, star<sor<task_over, task_via, task_where>>,
                         expect<"`{` and the task's clauses", at<one<'{'>>, Place::behind>> {};
struct task_declaration : seq<task_word, recovering<task_header, header_recovery>, block<clause_or_mistake>> {};

struct tool_word : word<"tool"> {};
struct tool_name : name {};
struct tool_header : seq<expect<"the tool's name", token<tool_name>>, expect<"`{` and the tool's clauses", at<one<'{'>>, Place::behind>> {};
struct tool_declaration : seq<tool_word, recovering<tool_header, header_recovery>, block<clause_or_mistake>> {};

// ---- the file

struct declaration_start : scanned<declaration_start> {
  static constexpr bool may_be_empty = true;
  static std::size_t scan(std::string_view here, State& state) {
    state.begin_declaration_at(state.offset(here.data()));
    return 0;
  }
};
struct declaration_recovery : scanned<declaration_recovery> {
  static std::size_t scan(std::string_view here, State& state) {
    const std::size_t begin = state.offset(here.data());
    const std::size_t end = find_next_declaration(state.text, begin, state.error_offset, state.error_count);
    state.previous_end = end;
    state.forget_item(0);
    return end - begin;
  }
};
struct declaration
    : sor<dataset_declaration, task_declaration, param_declaration, dimension_declaration, table_declaration, let_declaration,
          enum_declaration, import_declaration, tool_declaration, relation_declaration, goal_declaration, certify_declaration> {};
struct item : sor<declaration, workflow_declaration, mistake<report_unknown_declaration>> {};
struct file : seq<opt<pegtl::utf8::bom>, blanks, star<not_at<pegtl::eof>, recovering<seq<declaration_start, item>, declaration_recovery>>,
                  pegtl::eof> {};

/// One expression and nothing else, for conditions on the command line.
struct lone_expression : seq<opt<pegtl::utf8::bom>, blanks, expect<"a condition", expression>, expect<"the end", pegtl::eof>> {};

}  // namespace osac::syntax::grammar
