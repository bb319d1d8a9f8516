#pragma once
// The syntax tree of one .osa file: what was written, with places, and nothing that was looked up. Expressions live in one
// vector, children by number; declarations are plain structs in a variant. The parser never fails: what it could not read is left out
// and reported.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "compiler/base/source.h"
#include "compiler/base/span.h"
#include "compiler/base/strings.h"

namespace osac::syntax {

/// A name where it stands.
struct Name {
  Symbol symbol;
  Span span;
};
/// `a.b.c`
struct QualifiedName {
  std::vector<Name> parts;
  Span span;
};

// ---- expressions

using ExprId = Id<struct SyntaxExprTag>;

struct BadExpr {};  // reported by the parser
struct BooleanLiteral {
  bool value;
};
struct IntegerLiteral {
  std::int64_t value;
};
struct RealLiteral {
  double value;
};
/// `2 GiB`, `1 h 15 min`, `3.5 arcsec`: numbers each with its unit word, in the order written.
struct QuantityLiteral {
  struct Part {
    double number;
    bool is_integer;
    Name unit;
  };
  std::vector<Part> parts;
};
/// A quoted text, with its interpolations: literal parts (escapes resolved, `{{` and `}}` made braces) and holes.
struct TextLiteral {
  struct Part {
    std::string text;  // literal part
    Span span;
    std::optional<ExprId> hole;  // or an expression
    std::string format;          // after `:`, e.g. "05", "%Y%m%d", "raw", "list"
    Span format_span;
  };
  std::vector<Part> parts;
  bool is_block = false;  // """...""": first newline and common indentation are already removed
};
struct NameExpr {
  Name name;
};
struct MemberExpr {
  ExprId object;
  Name member;
};
/// `f(a, name: b)`
struct CallExpr {
  struct Argument {
    std::optional<Name> name;
    ExprId value;
  };
  ExprId callee;
  std::vector<Argument> arguments;
};
enum class UnaryOperator : std::uint8_t { negate, logical_not };
enum class BinaryOperator : std::uint8_t {
  add,
  subtract,
  multiply,
  divide,
  modulo,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  logical_and,
  logical_or,
  in,
  not_in,
};
struct UnaryExpr {
  UnaryOperator op;
  ExprId operand;
};
struct BinaryExpr {
  BinaryOperator op;
  Span op_span;
  ExprId left, right;
};
struct RangeExpr {
  ExprId low, high;
  bool excludes_high;
};
struct ConditionalExpr {
  ExprId condition, then_value, else_value;
};
struct ListExpr {
  std::vector<ExprId> items;
};

struct Expr {
  Span span;
  std::variant<BadExpr, BooleanLiteral, IntegerLiteral, RealLiteral, QuantityLiteral, TextLiteral, NameExpr, MemberExpr, CallExpr,
               UnaryExpr, BinaryExpr, RangeExpr, ConditionalExpr, ListExpr>
      kind;
};

// ---- types

/// `int`, `float arcsec`, `time utc as unix_ns`, `[text]`, `text?`, `ImageType`, `file`
struct TypeSyntax {
  Name name;
  bool is_list = false;
  bool is_optional = false;
  std::optional<Name> unit;      // after float or int in metrics and columns; a text literal's content also lands here
  std::optional<Name> scale;     // utc, tai (after time)
  std::optional<Name> encoding;  // after `as`: unix_ns unix_s unix_ms mjd jd iso
  Span span;
};

// ---- declarations

struct ImportDecl {
  QualifiedName module;
  std::optional<Name> alias;  // as c
  std::vector<Name> names;    // (x, y)
};
struct ParamDecl {
  Name name;
  TypeSyntax type;
  std::optional<ExprId> default_value;
};
struct EnumDecl {
  Name name;
  std::vector<Name> members;
};
/// A parameter of a function: `picture : int`.
struct FunctionParam {
  Name name;
  TypeSyntax type;
};
struct LetDecl {
  Name name;
  std::vector<FunctionParam> parameters;  // none: a constant
  std::optional<TypeSyntax> type;
  ExprId value;
};

struct ColumnDecl {
  Name name;
  TypeSyntax type;
  bool is_unique = false;
  std::optional<Name> source_name;  // = "the column's name in the file"
  std::string doc;
  Span span;
};
struct TableDecl {
  Name name;
  Name format;  // ecsv csv tsv yaml json sqlite
  ExprId path;
  std::optional<ExprId> query;   // sqlite: query "..."
  std::vector<Name> dimensions;  // `for night`
  bool is_cross = false;         // `for night * camera`
  std::vector<ColumnDecl> columns;
};

/// `from` of a dimension.
struct ScanSource {
  ExprId pattern;
};  // scan "data/{sample}.fastq"
struct ExpressionSource {
  ExprId value;
};  // table.column, lo ..< hi, [list], a parameter, a table (with its only key column)
struct DimensionDecl {
  Name name;
  std::optional<TypeSyntax> type;
  std::optional<Name> parent;                                         // in run
  std::variant<std::monostate, ScanSource, ExpressionSource> source;  // none for an enum's own dimension
  std::optional<Name> without;                                        // a table of excluded keys
  std::vector<Name> implies;
  std::optional<QualifiedName> order_by;
};
struct RelationDecl {
  Name name;
  std::vector<Name> dimensions;
  Name table;
};

/// A `for` list: `for run, subrun`; `for a * b` is a cross product.
struct ForClause {
  std::vector<Name> dimensions;
  bool is_cross = false;
  Span span;
};

struct DatasetDecl {
  Name name;
  std::optional<ForClause> over;
  std::vector<Name> flags;     // external temp protected optional
  std::optional<ExprId> keep;  // keep 30 days
  ExprId path;
  std::optional<Name> record_format;  // as json
  std::vector<ColumnDecl> record_fields;
  std::optional<ExprId> valid_from;
  std::optional<ExprId> valid_until;
  bool valid_until_next = false;
  std::optional<ExprId> published_path;   // publish "final/{run}.h5"
  std::optional<Span> published_as_link;  // of `link` behind `publish`
};

// ---- inputs, outputs, clauses of tasks and tools

struct KeyFix {
  Name dimension;
  ExprId value;
};  // [subrun = 0]
enum class SourceVerb : std::uint8_t { plain, all, latest, next, nearest, valid, fresh /* `new` */, window, of_neighbour };
enum class TimeBound : std::uint8_t { none, before, upto, after, at };

struct Source {
  Span span;
  SourceVerb verb = SourceVerb::plain;
  Span verb_span;
  bool is_new = false;  // `new`: this plan's own, of a dataset with validity
  QualifiedName dataset;
  std::vector<KeyFix> fixes;
  std::optional<Name> via;
  std::optional<ExprId> where;
  std::optional<QualifiedName> order_by;
  TimeBound bound = TimeBound::none;
  std::optional<ExprId> bound_time;
  std::optional<ExprId> within;
  std::vector<Name> same;
  std::optional<Name> neighbour;  // of prev DIM / of next DIM: `prev` or `next`
  std::optional<Name> neighbour_dimension;
  std::optional<ExprId> neighbour_distance;
  std::optional<ExprId> window_last;
  bool is_survivors = false;
  Span survivors_span;
  std::optional<ExprId> minimum;
  std::optional<ExprId> expected;
  bool is_optional = false;       // ?
  std::vector<Source> otherwise;  // else ...: none or one
};
struct InputClause {
  std::vector<Name> names;          // `in a, b` or the one before `=`
  std::optional<Source> source;     // after `=`
  std::optional<ExprId> condition;  // if catb
  std::optional<TypeSyntax> type;   // in tools: `in image : file`
  std::string doc;
  Span span;
};
struct OutputClause {
  std::vector<Name> names;
  std::optional<QualifiedName> dataset;  // out port = dataset
  std::optional<ForClause> over;         // finer: for exposure where ...
  std::optional<ExprId> where;
  std::optional<TypeSyntax> type;  // in tools: `out catalogue : file`
  std::string doc;
  Span span;
};
struct ToolParamClause {
  Name name;
  TypeSyntax type;
  std::optional<ExprId> default_value;
  std::string doc;
  Span span;
};
struct WhereClause {
  ExprId condition;
  Span span;
};
struct ResourceClause {
  Name resource;
  ExprId value;
  Span span;
};  // cpus memory time disk gpus
struct SlotsClause {
  Name slot;
  ExprId count;
  Span span;
};
struct EnvClause {
  Name env;
  Span span;
};
struct RetryCause {
  Name cause;
  std::vector<ExprId> codes;
};  // memory timeout lost exit [4, 5]
struct RetryClause {
  ExprId count;
  std::vector<RetryCause> causes;
  struct Growth {
    Name resource;
    ExprId factor;
  };
  std::vector<Growth> growth;
  /// `then 3 with filters = 52`: parameters of the used tool that further attempts have otherwise.
  struct Change {
    Name parameter;
    ExprId value;
    bool is_growth = false;  // `memory * 2`: it has no place here
  };
  struct Rung {
    ExprId count;
    std::vector<Change> changes;
    Span span;
  };
  std::vector<Rung> rungs;
  Span span;
};
struct CommandClause {
  ExprId text;
  std::optional<Name> language;
  Span span;
};  // run "..." or script LANG "..."
struct UseClause {
  QualifiedName tool;
  std::vector<CallExpr::Argument> arguments;
  std::optional<Span> rest;  // `...`: all others by their names
  Span span;
};
struct MetricClause {
  Name name;
  TypeSyntax type;
  std::string doc;
  Span span;
};
struct ExpectClause {
  ExprId condition;
  std::optional<Name> action /* warn | fail */;
  std::optional<ExprId> message;
  Span span;
};
struct VerifyClause {
  ExprId command;
  Span span;
};
struct VersionClause {
  ExprId command;
  Span span;
};  // version "source-extractor --version"
struct EmptyClause {
  std::vector<ExprId> codes;
  Span span;
};  // empty on exit 4

using Clause = std::variant<InputClause, OutputClause, ToolParamClause, WhereClause, ResourceClause, SlotsClause, EnvClause, RetryClause,
                            CommandClause, UseClause, MetricClause, ExpectClause, VerifyClause, VersionClause, EmptyClause>;

struct TaskDecl {
  Name name;
  std::optional<ForClause> over;
  std::optional<Name> via;
  std::optional<ExprId> where;
  std::vector<Clause> clauses;
  bool is_damaged = false;  ///< its first line has a mistake: what it runs for is not known
};
struct ToolDecl {
  Name name;
  std::vector<Clause> clauses;
};
struct GoalDecl {
  std::vector<Name> names;
};
struct CertifyDecl {
  Name dataset;
  Name task;
  std::optional<ExprId> from;
};

struct Declaration {
  Span span;
  std::string doc;  ///< the text of its `##` comments, lines joined by '\n', without the marks
  std::variant<ImportDecl, ParamDecl, EnumDecl, LetDecl, TableDecl, DimensionDecl, RelationDecl, DatasetDecl, ToolDecl, TaskDecl, GoalDecl,
               CertifyDecl>
      kind;
};

/// One parsed file.
struct Tree {
  SourceId source;
  std::optional<Name> workflow;  ///< `workflow NAME`; none in a module
  std::string doc;               ///< of the file
  std::vector<Declaration> declarations;
  std::vector<Expr> expressions;
  [[nodiscard]] const Expr& operator[](ExprId id) const { return expressions[id.index]; }
};

}  // namespace osac::syntax
