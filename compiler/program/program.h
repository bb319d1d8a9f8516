#pragma once
// The checked program: what a .osa file and its imports mean, with nothing left to look up. Names are ids, expressions typed,
// tools merged into the tasks that use them. It does not yet know parameters' values, tables' rows or files.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "compiler/base/span.h"
#include "compiler/base/strings.h"
#include "compiler/expression/expression.h"

namespace osac::program {

using expression::ExprId;
using expression::Type;
using ParameterId = Id<struct ParameterTag>;
using EnumId = Id<struct EnumTag>;
using TableId = Id<struct TableTag>;
using DimensionId = Id<struct DimensionTag>;
using DatasetId = Id<struct DatasetTag>;
using TaskId = Id<struct TaskTag>;
using RelationId = Id<struct RelationTag>;

// References in the program's expressions: Op::parameter index = ParameterId; Op::key index = DimensionId; Op::attribute index =
// DimensionId, extra = index into that dimension's `attributes`; Op::port_path and port_count index = port of the task: inputs
// first, then outputs (inputs.size() + i); Op::port_field index = input port, extra = field of its dataset; Op::dataset_field index =
// DatasetId, extra = field; Op::resource index = expression::Resource. An `else` branch of an input is an input after it (Input::branch);
// expressions name the port by the first one.

struct Parameter {
  Symbol name;
  Type type;
  ExprId default_value;  ///< none() if it must be given; may use parameters declared before
  std::string doc;
  Span span;
};

struct Enum {
  Symbol name;
  std::vector<Symbol> members;
  Span span;
};

enum class TableFormat : std::uint8_t { ecsv, csv, tsv, yaml, json, sqlite };
enum class TimeEncoding : std::uint8_t { iso, unix_s, unix_ms, unix_ns, mjd, jd };

struct Column {
  Symbol name;
  Symbol source_name;  ///< as it is called in the file
  Type type;
  TimeEncoding encoding = TimeEncoding::iso;
  bool is_unique = false;
  Span span;
};

struct Table {
  Symbol name;
  TableFormat format = TableFormat::ecsv;
  /// Over parameters, and keys and attributes of what `dimensions` determine; none() if the file is an element of `produced`.
  ExprId path;
  ExprId query;  ///< of sqlite: a text over parameters; none() otherwise
  /// `for night`: one file a key; the keys of these (with their parents') are columns of the table before all others. Empty: one file.
  std::vector<DimensionId> dimensions;
  /// The dataset whose elements are the files, over `dimensions`; none() if `path` says where they are. If a task makes it, the table is
  /// known once its file is made: a stage.
  DatasetId produced;
  /// The certificates of a dataset with validity; made by the compiler, read from the records of past executions; may be missing.
  DatasetId certificates_of;
  std::vector<Column> columns;
  Span span;
  std::string doc;
};

// ---- dimensions

struct ColumnSource {
  TableId table;
  std::uint32_t column;
};  ///< distinct non-empty values of a column
struct RangeSource {
  ExprId range;
};  ///< Op::range; bounds may use the parent's key and attributes
struct ListSource {
  ExprId list;
};  ///< a list or a parameter of list type
struct ScanSource {
  ExprId pattern;
};  ///< a text template in which Op::key of this dimension is a hole once; other holes only over parameters
struct EnumSource {
  EnumId enumeration;
};  ///< its members

/// A column of a dimension's table, seen as an attribute of each key.
struct Attribute {
  Symbol name;
  Type type;
  std::uint32_t column;  ///< of the dimension's table
};

struct Dimension {
  Symbol name;
  Type type;
  DimensionId parent;  ///< none() if the key is unique by itself
  std::variant<ColumnSource, RangeSource, ListSource, ScanSource, EnumSource> source;
  TableId table;    ///< the table of its ColumnSource, else none(); attributes come from it
  TableId without;  ///< a table of keys to leave out: columns named like the dimension and its parents; an empty cell matches all
  /// Dimensions that this one determines, each with the column of `table` that says so.
  struct Implied {
    DimensionId dimension;
    std::uint32_t column;
    Span span;
  };
  std::vector<Implied> implies;
  /// All columns of `table` but the key's and the parents'; none if another dimension of `table` implies this one or lies in it (the rows
  /// are that one's). Only usable where the dimension is determined.
  std::vector<Attribute> attributes;
  std::optional<std::uint32_t> order_by;  ///< index into attributes; none: by key
  Span span;
  std::string doc;
};

/// Many-to-many: which keys go together, one tuple a row of a table.
struct Relation {
  Symbol name;
  std::vector<DimensionId> dimensions;  ///< as declared
  std::vector<DimensionId> basis;       ///< without those that others in the list determine
  TableId table;                        ///< has the key columns of all of `basis`, parents' included
  Span span;
  std::string doc;
};

// ---- datasets and tasks

enum class Persistence : std::uint8_t { keep, temp, protect };
enum class RecordFormat : std::uint8_t { none, json };

/// What becomes of a dataset's files when an execution is closed: moved to where they are published (a link stays), or linked to from
/// there.
enum class Publication : std::uint8_t { none, move, link };

struct Dataset {
  Symbol name;
  std::vector<DimensionId> dimensions;  ///< as declared
  std::vector<DimensionId> basis;       ///< without those that others in the list determine; sorted as declared
  bool is_external = false;
  bool is_optional = false;   ///< an external file may be missing; a produced one may be absent after success
  bool is_directory = false;  ///< its template ends in '/'
  bool is_cross = false;      ///< `for a * b`
  Persistence persistence = Persistence::keep;
  std::int64_t keep_for = 0;  ///< `keep 30 days`: nanoseconds; 0: for ever
  ExprId path;                ///< text template over parameters, keys, attributes and records of determined dimensions
  /// `as json { ... }`: what a file holds, by name; source_name is a path into it ("a.b.c"). Empty: not read.
  RecordFormat record_format = RecordFormat::none;
  std::vector<Column> fields;
  /// `valid BEGIN until END|next`: certified elements hold for a half-open interval of time.
  struct Validity {
    ExprId begin;
    ExprId until; /* none(): until the next one's begin */
  };
  std::optional<Validity> validity;
  Publication publication = Publication::none;
  ExprId published_path;  ///< a template of the same scope as `path`; none() without publication
  Span span;
  std::string doc;
};

/// The cardinality rule's outcome for one input (docs/explanation/cardinality.md).
enum class Cardinality : std::uint8_t { chain, broadcast, gather, relation };
/// `valid`: the one certificate whose interval holds `at`. `window`: a list, the last ones before `at`. `previous`, `following`: `of prev
/// DIM`, `of next DIM`: the element `distance` places from the task's own in the order of `dimension`, among those that agree on all else.
enum class LookupDirection : std::uint8_t { none, latest, next, nearest, valid, window, previous, following };

struct KeyFix {
  DimensionId dimension;
  ExprId value;
};

struct Lookup {
  LookupDirection direction = LookupDirection::none;
  DimensionId dimension;              ///< the axis whose records are searched (the dataset's ordered dimension)
  std::uint32_t time_attribute = 0;   ///< of that dimension: its order by column; of `valid`: the begin of the interval
  std::uint32_t until_attribute = 0;  ///< of `valid`: the end, absent if it holds on
  bool is_inclusive = false;          ///< `upto`
  ExprId at;                          ///< over the task's scope; same type as the time attribute; none() for `previous`, `following`
  ExprId within;                      ///< duration, or none()
  std::uint32_t last = 0;             ///< of `window`: at most so many; 0: all within
  std::uint32_t distance = 1;         ///< of `previous`, `following`
  std::vector<DimensionId> same;      ///< determined by both sides; keys must be equal
};

struct Input {
  Symbol name;
  DatasetId dataset;
  Cardinality cardinality = Cardinality::chain;
  Type type;  ///< file, file?, [file]
  std::vector<KeyFix> fixes;
  ExprId where;                           ///< over the dataset's scope (keys and attributes of F(D)) and the task's; none() if absent
  std::optional<std::uint32_t> order_by;  ///< for gathers: attribute of the dataset's last basis dimension; none: its own order
  RelationId via;                         ///< of cardinality `relation`, and of gathers that name one
  Lookup lookup;
  /// 0; or k for the k-th `else` of the input k places before: used by elements for which those before found nothing. All have one type.
  std::uint32_t branch = 0;
  /// Not written by the user: a record that the paths of the task's outputs are made of. No port of the command.
  bool is_implicit = false;
  bool is_optional = false;  ///< `?`
  bool is_survivors = false;
  std::uint32_t minimum = 0;   ///< `min N`, 0 if not given
  std::uint32_t expected = 0;  ///< `expect N`: warn when fewer are planned; 0 if not given
  ExprId condition;            ///< `if E`: over the task's scope; false: the input is absent; none() if not given
  Span span;
  std::string doc;
  Span minimum_span;   ///< of `min N`; empty if not given
  Span expected_span;  ///< of `expect N`; empty if not given
};

struct Output {
  Symbol name;
  DatasetId dataset;
  bool is_finer = false;  ///< one process writes a list: an element of `dataset` for each key below the task's
  ExprId where;           ///< of a finer output; none() if absent
  Type type;              ///< file, or [file] if finer
  Span span;
  std::string doc;
};

enum class CommandKind : std::uint8_t { words, shell, script };
struct Command {
  CommandKind kind = CommandKind::shell;
  Symbol interpreter;         ///< of a script: python, bash, sh, R, perl, ...
  std::vector<ExprId> words;  ///< kind words: one text template a word; a lone list hole gives several words
  ExprId text;                ///< kinds shell and script: one text template, every hole with its HoleContext
  Span span;
};

enum class RetryCause : std::uint8_t { memory = 1, timeout = 2, lost = 4, exit = 8 };
struct Retry {
  std::uint32_t count = 0;
  std::uint8_t causes = 0;               ///< RetryCause bits; 0 with count > 0 means any cause
  std::vector<std::int32_t> exit_codes;  ///< for cause exit; empty: any
  double growth[expression::resource_count] = {1, 1, 1, 1, 1};
  Span growth_spans[expression::resource_count];  ///< of `memory * 2`; empty where not given
};

/// `retry 2 on exit then 3 with filters = 52`: attempts after those of the retries before are made with another command.
struct Rung {
  std::uint32_t count = 0;
  Command command;
  Span span;
};

struct Metric {
  Symbol name;
  Type type;
  std::string doc;
  Span span;
};
/// `expect E else warn|fail "..."`: over metrics (Op::port_path is not used; metrics are Op::attribute with index = metric_scope, extra =
/// metric index), keys and attributes.
inline constexpr std::uint32_t metric_scope = 0xfffffffeU;
struct Expect {
  ExprId condition;
  bool fails = false;
  ExprId message;  ///< text template, or none()
  Span span;
};
struct Slots {
  Symbol name;
  ExprId count;
};

struct Task {
  Symbol name;
  std::vector<DimensionId> dimensions;
  std::vector<DimensionId> basis;
  bool is_cross = false;
  RelationId via;  ///< of its domain; none() if absent
  ExprId where;    ///< none() if absent
  std::vector<Input> inputs;
  std::vector<Output> outputs;
  Command command;
  std::optional<Command> verify;
  ExprId resources[expression::resource_count];  ///< none() where not given
  std::vector<Slots> slots;
  Symbol env;  ///< none() if not given
  Retry retry;
  std::vector<Rung> rungs;                ///< after `retry`, in order
  std::vector<std::int32_t> empty_codes;  ///< `empty on exit ...`
  std::vector<Metric> metrics;
  std::vector<Expect> expects;
  Symbol tool;     ///< the qualified name of the tool it uses, or none()
  Symbol version;  ///< a shell command that prints its program's version, or none()
  Span span;
  std::string doc;
};

/// `certify DATASET when TASK from T`: an element of the dataset holds from T on once the task's element with its key has succeeded.
struct Certify {
  DatasetId dataset;  ///< has validity
  TaskId task;        ///< determines the dataset's keys
  ExprId from;        ///< over the dataset's scope; its validity's begin if not given
  Span span;
};

struct Program {
  Symbol name;
  std::string doc;
  std::vector<Parameter> parameters;
  std::vector<Enum> enums;
  std::vector<Table> tables;
  std::vector<Dimension> dimensions;
  std::vector<Relation> relations;
  std::vector<Dataset> datasets;
  std::vector<Task> tasks;
  std::vector<Certify> certifications;
  std::vector<DatasetId> goals;  ///< in the order written; without `goal`: all datasets that no task consumes, in declaration order
  std::vector<Span> goal_spans;  ///< one a goal, where it is written; empty without `goal`
  expression::Expressions expressions;
};

/// As text, for `osac compile --emit program`.
std::string print(const Program& program, const Strings& strings);
/// Checks the program's own invariants (every id in range, types of conditions, ...); "" if they hold. Run after semantics in debug builds
/// and tests.
std::string verify(const Program& program);

/// The templates that say where a dataset's files are: its path, and the one it is published under.
std::vector<ExprId> paths_of(const Dataset& dataset);

/// Whether `dimensions` (a key on all of them) determines `target`: itself, parents, implied ones, transitively.
bool determines(const Program& program, const std::vector<DimensionId>& dimensions, DimensionId target);
/// All dimensions that a key on `dimensions` determines (F(S) of the cardinality rule), in the order of their ids.
std::vector<DimensionId> determined_by(const Program& program, const std::vector<DimensionId>& dimensions);
/// Drops dimensions that others in the list determine.
std::vector<DimensionId> basis_of(const Program& program, const std::vector<DimensionId>& dimensions);

}  // namespace osac::program
