#pragma once
// The plan: the compiled DAG over known keys, symbolic. It is the only bridge between compiler and runtime, and it is a file: arrays of
// plain rows in sections (docs/reference/plan-format.md), memory-mapped and used in place. Nothing here is a heap object per element;
// paths, commands, edges of an element are worked out when asked for (resolve.h, edges.h).
//
// It does not know syntax, tables on disk, the runtime, or any absolute path: paths are relative to the workflow's folder.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/base/hash.h"
#include "compiler/base/result.h"
#include "compiler/base/strings.h"
#include "compiler/expression/expression.h"

namespace osac::plan {

inline constexpr std::string_view format_name = "osac-plan/2";
inline constexpr std::uint32_t no_element = 0xffffffffU;
inline constexpr std::uint32_t no_row = 0xffffffffU;

using expression::ExprId;
using expression::Scalar;
using expression::Type;

/// A run of entries in one of the pools (which one, each field says).
struct Array {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

/// A column of a dimension's records: its key or an attribute. `values` is in `scalars`, one entry a record.
struct ColumnRow {
  Symbol name;
  std::uint32_t reserved = 0;
  Type type;
  Array values;
};

/// `dimension` determined by another one; `records` (in `indices`) maps each record to a record of it, no_element if none.
struct ImpliedRow {
  std::uint32_t dimension = no_row;
  std::uint32_t reserved = 0;
  Array records;
};

/// An axis. Its records are sorted by (parent's record, key); a record is a number from 0.
struct DimensionRow {
  Symbol name;
  std::uint32_t record_count = 0;
  std::uint32_t parent = no_row;      ///< dimension
  std::uint32_t key_column = no_row;  ///< in `columns`
  Array parent_records;               ///< in `indices`, one a record, if there is a parent
  std::uint32_t first_attribute = 0;  ///< in `columns`
  std::uint32_t attribute_count = 0;
  std::uint32_t first_implied = 0;  ///< in `implied`
  std::uint32_t implied_count = 0;
  std::uint32_t order_attribute = no_row;  ///< index into its attributes; none: by key
  std::uint32_t is_selected = 1;           ///< reserved for stages
};

/// The index set of a task or dataset: `count` elements, each a tuple of records on the basis dimensions. Elements are sorted by their
/// tuples.
struct FamilyRow {
  Symbol name;
  std::uint32_t count = 0;
  Array dimensions;  ///< in `indices`: as declared, for names (`dl1[run=5, subrun=3]`)
  Array basis;       ///< in `indices`
  Array records;  ///< in `indices`: count entries for the first basis dimension, then for the second, ...; empty if element i is record i
                  ///< of the only basis dimension, or if there is no basis (then count is 0 or 1)
};

/// From each element of one family to elements of another. It costs integers only where they carry information.
enum class RelationKind : std::uint32_t {
  identity,  ///< i -> i
  same,      ///< i -> `first_target`
  every,     ///< i -> all
  mapped,    ///< i -> map[i], or none if no_element
  grouped,   ///< i -> map[i] ..< map[i + 1]
  listed,    ///< i -> members[map[i]] ..< members[map[i + 1]]
};
struct Relation {
  RelationKind kind = RelationKind::identity;
  std::uint32_t first_target = 0;
  Array map;      ///< in `indices`
  Array members;  ///< in `indices`
};

enum class Persistence : std::uint32_t { keep, temp, protect };
/// What becomes of a dataset's files when an execution is closed: nothing; moved, and a link stays; linked to.
enum class Publication : std::uint32_t { none, move, link };

/// A field of the record that a dataset's files hold (`as json { picture : int = "cuts.picture" }`).
struct FieldRow {
  Symbol name;
  Symbol source;  ///< where it is in the file: "cuts.picture"
  Type type;
  Array values;  ///< in `scalars`: one an element of the dataset, if paths, conditions or resources name it (Op::dataset_field); else empty
};

struct DatasetRow {
  FamilyRow family;
  ExprId path;  ///< evaluated at a dataset element
  Persistence persistence = Persistence::keep;
  std::uint32_t is_external = 0;
  std::uint32_t is_optional = 0;
  std::uint32_t is_directory = 0;
  std::uint32_t is_goal = 0;
  /// Who makes it: no_row if external; if `producer_elements` is empty, element i is made by element i of `producer`; else by
  /// `producer_elements[i]` of `producer_tasks[i]` (of `producer` if that is empty).
  std::uint32_t producer = no_row;
  Publication publication = Publication::none;
  Array producer_tasks;     ///< in `indices`
  Array producer_elements;  ///< in `indices`
  Symbol doc;
  std::uint32_t line = 0;                          ///< of the declaration
  std::uint32_t first_field = 0, field_count = 0;  ///< in `fields`: its files are JSON records; 0: not read by osac
  std::uint32_t is_certified = 0;                  ///< external: certificates of another dataset, with paths as they were certified
  ExprId published_path;                           ///< evaluated at a dataset element, if there is a publication
  std::int64_t keep_for = 0;                       ///< nanoseconds; 0: for ever
};

/// An input of a task's elements. `else` branches are rows of their own, right after the first: of the rows of one port an element has
/// targets in at most one.
struct InputRow {
  Symbol name;
  std::uint32_t dataset = no_row;
  Type type;  ///< file, file? or [file]
  Relation relation;
  std::uint32_t is_survivors = 0;
  std::uint32_t minimum = 0;
  std::uint32_t is_lookup = 0;  ///< pinned by a look-up
  std::uint32_t is_gather = 0;
  std::uint32_t branch = 0;        ///< k-th `else` of the row k places before; that row is the port
  std::uint32_t is_implicit = 0;   ///< what the outputs' paths are made of: an edge, but no port of the command
  std::uint32_t is_recurrent = 0;  ///< `of prev`, `of next`, or a window on what comes after it: elements of one task may need each other
  std::uint32_t reserved = 0;
};

struct OutputRow {
  Symbol name;
  std::uint32_t dataset = no_row;
  Type type;  ///< file or [file]
  Relation relation;
};

enum class CommandKind : std::uint32_t { none, words, shell, script };
struct CommandRow {
  CommandKind kind = CommandKind::none;
  Symbol interpreter;
  ExprId text;
  std::uint32_t reserved = 0;
  Array words;  ///< in `indices`: ExprIds
};

struct MetricRow {
  Symbol name;
  Symbol doc;
  Type type;
};
/// In the condition and message of an `expect`, a metric is Op::attribute with index = metric_scope, extra = its place in the task's
/// metrics.
inline constexpr std::uint32_t metric_scope = 0xfffffffeU;
struct ExpectRow {
  ExprId condition;
  ExprId message;
  Symbol text;  ///< the condition as written, for messages
  std::uint32_t fails = 0;
};
struct SlotsRow {
  Symbol name;
  ExprId count;
};

struct RetryRow {
  std::uint32_t count = 0;
  std::uint32_t causes = 0;  ///< bits: 1 memory, 2 timeout, 4 lost, 8 exit; 0: any
  Array exit_codes;          ///< in `scalars`; empty: any
  double growth[expression::resource_count] = {1, 1, 1, 1, 1};
};
/// Attempts after those that `retry` and the rungs before allow are made with this command.
struct RungRow {
  std::uint32_t count = 0;
  std::uint32_t reserved = 0;
  CommandRow command;
};

/// `certify`: once element e of `task` has succeeded, the elements of `dataset` that `relation` gives for e hold from `begin` to `until`.
struct CertifyRow {
  std::uint32_t dataset = no_row;
  std::uint32_t task = no_row;
  ExprId begin;  ///< at the dataset's element; a time
  ExprId until;  ///< none(): until the next one's begin
  Relation relation;
};

/// What is not planned yet, since it depends on files that tasks make: a dimension's or relation's records, a condition, paths. A plan with
/// stages is made again when such a file is there.
struct StageRow {
  Symbol what;                     ///< in words: "dimension `peak`", "paths of `dl1b`"
  std::uint32_t dataset = no_row;  ///< of the files
  Array elements;                  ///< in `indices`: those of `dataset` that are not made yet
  Array tasks;                     ///< in `indices`: tasks that have, or may have, more elements then
};

struct TaskRow {
  FamilyRow family;
  Symbol doc;
  Symbol tool;  ///< none() if the command is its own
  Symbol env;
  std::uint32_t line = 0;
  std::uint32_t first_element = 0;  ///< global number of its element 0: tasks' elements are numbered one task after another
  std::uint32_t level =
      0;  ///< longest chain of tasks before it: 0 for those that need no other. `tasks` is sorted by (level, declaration order)
  std::uint32_t first_input = 0, input_count = 0;
  std::uint32_t first_output = 0, output_count = 0;
  std::uint32_t first_metric = 0, metric_count = 0;
  std::uint32_t first_expect = 0, expect_count = 0;
  std::uint32_t first_slots = 0, slots_count = 0;
  CommandRow command;
  CommandRow verify;
  ExprId resources[expression::resource_count];  ///< none(): the site's default
  std::uint32_t pending_count = 0;               ///< elements known to be left out until a stage is there
  RetryRow retry;
  Array empty_codes;  ///< in `scalars`
  std::uint32_t first_rung = 0, rung_count = 0;
};

struct ParameterRow {
  Symbol name;
  Symbol value;  ///< as text
  Type type;
};
struct SourceRow {
  Symbol name;  ///< `night.osa`, `std/gnuastro.osa`, or a table's path
  std::uint32_t reserved = 0;
  Digest digest{};
};

/// What is recorded of a task's attempts beside its command (docs/explanation/state.md). None of these is part of an element's identity.
/// How the version of a task's program is asked: a shell command that prints it.
struct VersionRow {
  std::uint32_t task = no_row;
  Symbol command;
};
/// A parameter of the workflow that a task's command, paths or conditions are made with.
struct ParameterUseRow {
  std::uint32_t task = no_row;
  std::uint32_t parameter = no_row;
};
/// Of an input that is looked up by time: what each element would have been given if what it was given were not there.
struct RunnerUpRow {
  std::uint32_t input = no_row;
  std::uint32_t dimension = no_row;  ///< that was searched
  Array records;  ///< in `indices`: of that dimension, one an element of the task, or one for all; no_element: nothing else would do
};

/// What a plan is made of while it is built, and how it is laid out in the file: one section each, in this order.
struct PlanData {
  Strings strings;
  Symbol workflow;
  Symbol doc;
  std::vector<expression::Node> nodes;
  std::vector<std::uint32_t> children;
  std::vector<Scalar> scalars;
  std::vector<std::uint32_t> indices;
  std::vector<ColumnRow> columns;
  std::vector<ImpliedRow> implied;
  std::vector<DimensionRow> dimensions;
  std::vector<DatasetRow> datasets;
  std::vector<TaskRow> tasks;
  std::vector<InputRow> inputs;
  std::vector<OutputRow> outputs;
  std::vector<MetricRow> metrics;
  std::vector<ExpectRow> expects;
  std::vector<SlotsRow> slots;
  std::vector<ParameterRow> parameters;
  std::vector<SourceRow> sources;
  std::vector<FieldRow> fields;
  std::vector<RungRow> rungs;
  std::vector<CertifyRow> certifications;
  std::vector<StageRow> stages;
  std::vector<VersionRow> versions;
  std::vector<ParameterUseRow> parameter_uses;  ///< sorted
  std::vector<RunnerUpRow> runners_up;          ///< sorted by input
};

/// The bytes of a plan: header, section table, sections. The same data gives the same bytes. What nothing in the plan refers to is left out
/// (expressions, texts), and both are numbered anew: symbols and expression ids of a Plan are its own. Linear.
std::string serialize(const PlanData& data);

/// An element of a task.
struct ElementRef {
  std::uint32_t task = no_row;
  std::uint32_t element = no_element;
  friend auto operator<=>(ElementRef, ElementRef) = default;
};

class PathTemplate;

/// A plan in use: views into bytes that it owns or maps. Cheap to move, safe to read from many threads.
class Plan {
 public:
  /// Maps a plan file; damaged if it is truncated, of another major version, or inconsistent in its rows. Every id, array and expression
  /// that a row names is in range then, and the contents of all sections match their checksums if the file has at most 64 MiB. In larger
  /// files the arrays of elements are not read here (`verify` does): a damaged number in them is skipped when it is met, never followed.
  /// Plan files are replaced, not rewritten: a mapped one must not be truncated.
  static Result<Plan> open(const std::string& path);
  static Result<Plan> from_bytes(std::string bytes);
  Plan(Plan&&) noexcept;
  Plan& operator=(Plan&&) noexcept;
  ~Plan();

  /// SHA-256 of all that follows the header: the plan's identity.
  [[nodiscard]] const Digest& id() const;
  [[nodiscard]] std::string_view bytes() const;

  [[nodiscard]] std::string_view text(Symbol symbol) const;
  [[nodiscard]] std::string_view workflow() const;
  [[nodiscard]] std::string_view doc() const;
  [[nodiscard]] expression::Pool pool() const;
  /// The texts that expressions name (their symbols are the plan's): those of declarations, not the keys of elements.
  [[nodiscard]] const Strings& strings() const;
  [[nodiscard]] std::span<const Scalar> scalars(Array array) const;
  [[nodiscard]] std::span<const std::uint32_t> indices(Array array) const;
  [[nodiscard]] std::span<const ColumnRow> columns() const;
  [[nodiscard]] std::span<const ImpliedRow> implied() const;
  [[nodiscard]] std::span<const DimensionRow> dimensions() const;
  [[nodiscard]] std::span<const DatasetRow> datasets() const;
  [[nodiscard]] std::span<const TaskRow> tasks() const;
  [[nodiscard]] std::span<const InputRow> inputs(const TaskRow& task) const;
  [[nodiscard]] std::span<const OutputRow> outputs(const TaskRow& task) const;
  [[nodiscard]] std::span<const MetricRow> metrics(const TaskRow& task) const;
  [[nodiscard]] std::span<const ExpectRow> expects(const TaskRow& task) const;
  [[nodiscard]] std::span<const SlotsRow> slots(const TaskRow& task) const;
  [[nodiscard]] std::span<const ParameterRow> parameters() const;
  [[nodiscard]] std::span<const SourceRow> sources() const;
  [[nodiscard]] std::span<const FieldRow> fields(const DatasetRow& dataset) const;
  [[nodiscard]] std::span<const RungRow> rungs(const TaskRow& task) const;
  [[nodiscard]] std::span<const CertifyRow> certifications() const;
  [[nodiscard]] std::span<const StageRow> stages() const;
  [[nodiscard]] std::span<const VersionRow> versions() const;
  [[nodiscard]] std::span<const ParameterUseRow> parameter_uses() const;
  [[nodiscard]] std::span<const RunnerUpRow> runners_up() const;

  /// Number of task elements in all.
  [[nodiscard]] std::uint32_t element_count() const;
  [[nodiscard]] std::uint32_t global(ElementRef ref) const { return tasks()[ref.task].first_element + ref.element; }
  [[nodiscard]] ElementRef element(std::uint32_t global_number) const;
  [[nodiscard]] std::optional<std::uint32_t> find_task(std::string_view name) const;
  [[nodiscard]] std::optional<std::uint32_t> find_dataset(std::string_view name) const;

  /// A value of a column as a record has it; Absent for no_element.
  [[nodiscard]] expression::Value value(const ColumnRow& column, std::uint32_t record) const;
  /// The record of `dimension` that element `element` of a family stands on; no_element if it determines none.
  [[nodiscard]] std::uint32_t record(const FamilyRow& family, std::uint32_t element, std::uint32_t dimension) const;
  /// Who makes a dataset's element; none for external ones.
  [[nodiscard]] std::optional<ElementRef> producer(std::uint32_t dataset, std::uint32_t element) const;

  /// How the paths of a dataset's elements are put together (resolve.h's PathWriter uses it).
  [[nodiscard]] const PathTemplate& path_template(std::uint32_t dataset) const;

  /// Calls f(target) for each target of `source` under a relation, in order. `target_count` is the target family's count; every target
  /// given is below it.
  template <typename F>
  void for_each(const Relation& relation, std::uint32_t source, std::uint32_t target_count, F&& f) const;

  struct State;  ///< state.h, for this room
  explicit Plan(std::unique_ptr<State> state);
  [[nodiscard]] const State& state() const { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

/// As text, for `osac compile --emit plan`: tables, families, relations, counts; elements are not listed (only counted), `--elements` lists
/// them.
std::string print(const Plan& plan, bool with_elements);
/// The plan as JSON (`--json`): the same facts.
std::string print_json(const Plan& plan);
/// Checks every invariant above, elements included; "" if they hold. Linear.
std::string verify(const Plan& plan);

// ---- implementation

template <typename F>
void Plan::for_each(const Relation& relation, std::uint32_t source, std::uint32_t target_count, F&& f) const {
  const auto visit = [&](std::uint32_t target) {
    if (target < target_count) f(target);  // the map may be damaged, and no_element is never below
  };
  switch (relation.kind) {
    case RelationKind::identity:
      visit(source);
      return;
    case RelationKind::same:
      visit(relation.first_target);
      return;
    case RelationKind::every:
      for (std::uint32_t i = 0; i < target_count; ++i) f(i);
      return;
    case RelationKind::mapped:
      visit(indices(relation.map)[source]);
      return;
    case RelationKind::grouped: {
      const auto map = indices(relation.map);
      const std::uint32_t end = std::min(map[source + 1], target_count);
      for (std::uint32_t i = map[source]; i < end; ++i) f(i);
      return;
    }
    case RelationKind::listed: {
      const auto map = indices(relation.map);
      const auto members = indices(relation.members);
      const std::uint64_t end = std::min<std::uint64_t>(map[source + 1], members.size());
      for (std::uint64_t i = map[source]; i < end; ++i) visit(members[i]);
      return;
    }
  }
}

}  // namespace osac::plan
