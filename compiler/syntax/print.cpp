#include <fmt/format.h>

#include "compiler/syntax/parse.h"
#include "compiler/syntax/printer.h"

namespace osac::syntax {

namespace {

std::string_view words_of(SourceVerb verb) {
  switch (verb) {
    case SourceVerb::plain:
      return "plain";
    case SourceVerb::all:
      return "all";
    case SourceVerb::latest:
      return "latest";
    case SourceVerb::next:
      return "next";
    case SourceVerb::nearest:
      return "nearest";
    case SourceVerb::valid:
      return "valid";
    case SourceVerb::fresh:
      return "new";
    case SourceVerb::window:
      return "window";
    case SourceVerb::of_neighbour:
      return "of neighbour";
  }
  return "";
}

std::string_view words_of(TimeBound bound) {
  switch (bound) {
    case TimeBound::none:
      return "";
    case TimeBound::before:
      return "before";
    case TimeBound::upto:
      return "upto";
    case TimeBound::after:
      return "after";
    case TimeBound::at:
      return "at";
  }
  return "";
}

/// Prints declarations and clauses: one overload a kind, each gives its head line and the lines below it.
struct TreePrinter : Printer {
  using Printer::name;

  void over(const std::optional<ForClause>& value) {
    if (!value) return;
    line(value->is_cross ? "for each pair of" : "for", value->span);
    const Level below(*this);
    names("dimension", value->dimensions);
  }

  void columns(std::string_view role, const std::vector<ColumnDecl>& values) {
    for (const ColumnDecl& column : values) {
      line(fmt::format("{} {}", role, text(column.name)), column.span);
      const Level below(*this);
      doc(column.doc);
      type(column.type);
      if (column.is_unique) line("unique");
      name("called", column.source_name);
    }
  }

  void source(std::string_view role, const Source& value) {
    line(fmt::format("{} {} {}", role, words_of(value.verb), text(value.dataset)), value.span);
    const Level below(*this);
    if (value.is_new && value.verb != SourceVerb::fresh) line("new");
    for (const KeyFix& fix : value.fixes) expression(fmt::format("key {}", text(fix.dimension)), fix.value);
    name("via", value.via);
    expression("where", value.where);
    name("order by", value.order_by);
    expression(words_of(value.bound), value.bound_time);
    expression("within", value.within);
    names("same", value.same);
    name("neighbour", value.neighbour);
    expression("distance", value.neighbour_distance);
    name("along", value.neighbour_dimension);
    expression("last", value.window_last);
    if (value.is_survivors) line("survivors", value.survivors_span);
    expression("min", value.minimum);
    expression("expect", value.expected);
    if (value.is_optional) line("optional");
    for (const Source& fallback : value.otherwise) source("else", fallback);
  }

  // ---- clauses

  void below(const InputClause& clause) {
    names("name", clause.names);
    doc(clause.doc);
    type(clause.type);
    if (clause.source) source("source", *clause.source);
    expression("if", clause.condition);
  }
  void below(const OutputClause& clause) {
    names("name", clause.names);
    doc(clause.doc);
    type(clause.type);
    name("dataset", clause.dataset);
    over(clause.over);
    expression("where", clause.where);
  }
  void below(const ToolParamClause& clause) {
    name("name", clause.name);
    doc(clause.doc);
    type(clause.type);
    expression("default", clause.default_value);
  }
  void below(const WhereClause& clause) { expression(clause.condition); }
  void below(const ResourceClause& clause) {
    name("resource", clause.resource);
    expression(clause.value);
  }
  void below(const SlotsClause& clause) {
    name("slot", clause.slot);
    expression(clause.count);
  }
  void below(const EnvClause& clause) { name("environment", clause.env); }
  void below(const RetryClause& clause) {
    expression("count", clause.count);
    for (const RetryCause& cause : clause.causes) {
      name("on", cause.cause);
      const Level deeper(*this);
      for (const ExprId code : cause.codes) expression("code", code);
    }
    for (const RetryClause::Growth& growth : clause.growth) expression(fmt::format("with {} times", text(growth.resource)), growth.factor);
    for (const RetryClause::Rung& rung : clause.rungs) {
      line("then", rung.span);
      const Level deeper(*this);
      expression("count", rung.count);
      for (const RetryClause::Change& change : rung.changes)
        expression(fmt::format("with {}{}", text(change.parameter), change.is_growth ? " times" : ""), change.value);
    }
  }
  void below(const CommandClause& clause) {
    name("language", clause.language);
    expression(clause.text);
  }
  void below(const UseClause& clause) {
    line(fmt::format("tool {}", text(clause.tool)), clause.tool.span);
    arguments(clause.arguments);
    if (clause.rest) line("the rest by name", *clause.rest);
  }
  void below(const MetricClause& clause) {
    name("name", clause.name);
    doc(clause.doc);
    type(clause.type);
  }
  void below(const ExpectClause& clause) {
    expression(clause.condition);
    name("else", clause.action);
    expression("message", clause.message);
  }
  void below(const VerifyClause& clause) { expression(clause.command); }
  void below(const VersionClause& clause) { expression(clause.command); }
  void below(const EmptyClause& clause) {
    for (const ExprId code : clause.codes) expression("code", code);
  }

  static std::string_view head(const InputClause&) { return "in"; }
  static std::string_view head(const OutputClause&) { return "out"; }
  static std::string_view head(const ToolParamClause&) { return "param"; }
  static std::string_view head(const WhereClause&) { return "where"; }
  static std::string_view head(const ResourceClause&) { return "resource"; }
  static std::string_view head(const SlotsClause&) { return "slots"; }
  static std::string_view head(const EnvClause&) { return "env"; }
  static std::string_view head(const RetryClause&) { return "retry"; }
  static std::string_view head(const CommandClause&) { return "command"; }
  static std::string_view head(const UseClause&) { return "use"; }
  static std::string_view head(const MetricClause&) { return "metric"; }
  static std::string_view head(const ExpectClause&) { return "expect"; }
  static std::string_view head(const VerifyClause&) { return "verify"; }
  static std::string_view head(const VersionClause&) { return "version"; }
  static std::string_view head(const EmptyClause&) { return "empty"; }

  void clauses(const std::vector<Clause>& values) {
    const auto print_clause = [&](const auto& clause) {
      line(head(clause), clause.span);
      const Level deeper(*this);
      below(clause);
    };
    for (const Clause& value : values) std::visit(print_clause, value);
  }

  // ---- declarations

  void below(const ImportDecl& declaration) {
    name("module", std::optional(declaration.module));
    name("as", declaration.alias);
    names("name", declaration.names);
  }
  void below(const ParamDecl& declaration) {
    name("name", declaration.name);
    type(declaration.type);
    expression("default", declaration.default_value);
  }
  void below(const EnumDecl& declaration) {
    name("name", declaration.name);
    names("member", declaration.members);
  }
  void below(const LetDecl& declaration) {
    name("name", declaration.name);
    for (const FunctionParam& parameter : declaration.parameters) {
      name("parameter", parameter.name);
      const Level deeper(*this);
      type(parameter.type);
    }
    type(declaration.type);
    expression("value", declaration.value);
  }
  void below(const TableDecl& declaration) {
    name("name", declaration.name);
    names("for", declaration.dimensions);
    name("format", declaration.format);
    expression("path", declaration.path);
    expression("query", declaration.query);
    columns("column", declaration.columns);
  }
  void below(const DimensionDecl& declaration) {
    name("name", declaration.name);
    type(declaration.type);
    name("in", declaration.parent);
    if (const auto* scan = std::get_if<ScanSource>(&declaration.source)) expression("scan", scan->pattern);
    if (const auto* values = std::get_if<ExpressionSource>(&declaration.source)) expression("from", values->value);
    name("without", declaration.without);
    names("implies", declaration.implies);
    name("order by", declaration.order_by);
  }
  void below(const RelationDecl& declaration) {
    name("name", declaration.name);
    names("dimension", declaration.dimensions);
    name("from", declaration.table);
  }
  void below(const DatasetDecl& declaration) {
    name("name", declaration.name);
    over(declaration.over);
    names("flag", declaration.flags);
    expression("keep", declaration.keep);
    expression("path", declaration.path);
    name("as", declaration.record_format);
    columns("field", declaration.record_fields);
    expression("valid from", declaration.valid_from);
    expression("valid until", declaration.valid_until);
    if (declaration.valid_until_next) line("valid until next");
    expression(declaration.published_as_link ? "publish link" : "publish", declaration.published_path);
  }
  void below(const ToolDecl& declaration) {
    name("name", declaration.name);
    clauses(declaration.clauses);
  }
  void below(const TaskDecl& declaration) {
    name("name", declaration.name);
    over(declaration.over);
    name("via", declaration.via);
    expression("where", declaration.where);
    clauses(declaration.clauses);
  }
  void below(const GoalDecl& declaration) { names("name", declaration.names); }
  void below(const CertifyDecl& declaration) {
    name("dataset", declaration.dataset);
    name("when", declaration.task);
    expression("from", declaration.from);
  }

  static std::string_view head(const ImportDecl&) { return "import"; }
  static std::string_view head(const ParamDecl&) { return "param"; }
  static std::string_view head(const EnumDecl&) { return "enum"; }
  static std::string_view head(const LetDecl&) { return "let"; }
  static std::string_view head(const TableDecl&) { return "table"; }
  static std::string_view head(const DimensionDecl&) { return "dimension"; }
  static std::string_view head(const RelationDecl&) { return "relation"; }
  static std::string_view head(const DatasetDecl&) { return "dataset"; }
  static std::string_view head(const ToolDecl&) { return "tool"; }
  static std::string_view head(const TaskDecl&) { return "task"; }
  static std::string_view head(const GoalDecl&) { return "goal"; }
  static std::string_view head(const CertifyDecl&) { return "certify"; }

  void declaration(const Declaration& value) {
    line(std::visit([](const auto& kind) { return head(kind); }, value.kind), value.span);
    const Level deeper(*this);
    doc(value.doc);
    std::visit([&](const auto& kind) { below(kind); }, value.kind);
  }
};

}  // namespace

std::string print(const Tree& tree, const Sources& sources, const Strings& strings, Places places) {
  TreePrinter printer{{tree, sources, strings, places, {}, 0}};
  printer.name("workflow", tree.workflow);
  printer.doc(tree.doc);
  for (const Declaration& declaration : tree.declarations) printer.declaration(declaration);
  return std::move(printer.out);
}

}  // namespace osac::syntax
