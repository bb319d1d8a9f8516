#pragma once
// What the passes of semantics share: the program being made, the names of every module, and what failed (so that nothing is
// reported twice). Private to this room. It knows no rule of the language; those are in the file of their topic.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/base/source.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/program/program.h"
#include "compiler/semantics/analyse.h"

namespace osac::semantics {

using expression::Type;
using program::DatasetId;
using program::DimensionId;
using program::ExprId;
using program::RelationId;
using program::TableId;
using Kind = DiagnosticKind;
using TypeKind = expression::Kind;

/// What a declared name is. `failed`: a declaration or import that was reported; using it stays silent.
enum class EntryKind : std::uint8_t { parameter, let, enumeration, table, dimension, relation, tool, module, failed };

/// A name of a module. `index` counts within its kind: Context::parameters, lets, tools; program's enums, tables, dimensions,
/// relations; scopes for a module.
struct Entry {
  EntryKind kind = EntryKind::failed;
  std::uint32_t index = 0;
  Span span;
  bool is_import = false;
  bool is_used = false;
};

/// The names of one module. Maps are ordered by symbol (first sight), so that walking them is deterministic.
struct ModuleScope {
  std::map<Symbol, Entry> names;
  std::map<Symbol, DatasetId> datasets;
  std::map<Symbol, program::TaskId> tasks;
};

/// Lets and parameters are lowered when first needed, which finds circles.
enum class Progress : std::uint8_t { waiting, open, done };

struct ParameterState {
  std::uint32_t module = 0;
  const syntax::ParamDecl* declaration = nullptr;
  const std::string* doc = nullptr;
  Progress progress = Progress::waiting;
  ExprId value;  ///< a reference to the parameter; in an imported module its default
};
struct LetState {
  std::uint32_t module = 0;
  const syntax::LetDecl* declaration = nullptr;
  Progress progress = Progress::waiting;
  ExprId value;             ///< of a constant
  bool has_failed = false;  ///< of a function: its calls stay silent
  [[nodiscard]] bool is_function() const { return !declaration->parameters.empty(); }
};
struct ToolState {
  std::uint32_t module = 0;
  const syntax::ToolDecl* declaration = nullptr;
  bool is_used = false;
};
/// A declaration of the workflow with its place in the program's list of its kind.
template <typename Declaration, typename IdType>
struct Declared {
  const Declaration* declaration;
  IdType id;
};

/// A producer of a dataset, for "made twice" and "made by nobody".
struct Use {
  program::TaskId task;
  Span span;
};

/// What is known of a node of program.expressions, as a tree: shared nodes count each time they are used, since evaluation walks them so.
struct NodeFacts {
  std::uint32_t depth = 1;
  std::uint32_t size = 1;
  bool is_constant = false;
};

struct Context {
  const std::vector<Module>& modules;
  const Sources& sources;
  Strings& strings;
  Diagnostics& diagnostics;

  program::Program program{};
  std::vector<ModuleScope> scopes{};          ///< one a module
  std::vector<std::uint32_t> enum_modules{};  ///< where each of program.enums was declared
  std::vector<ParameterState> parameters{};
  std::vector<LetState> lets{};
  std::vector<ToolState> tools{};
  std::vector<Symbol> open_names{};  ///< lets and parameters being lowered, outermost first

  std::vector<Declared<syntax::TableDecl, TableId>> tables{};
  std::vector<Declared<syntax::DimensionDecl, DimensionId>> dimensions{};
  std::vector<Declared<syntax::RelationDecl, RelationId>> relations{};
  std::vector<Declared<syntax::DatasetDecl, DatasetId>> datasets{};
  std::vector<Declared<syntax::TaskDecl, program::TaskId>> tasks{};

  // Side tables of the program's lists: what was reported, what is used.
  std::vector<bool> table_failed{}, dimension_failed{}, relation_failed{}, dataset_failed{};
  std::vector<std::vector<Use>> producers{}, consumers{};  ///< of each dataset
  std::map<DatasetId, DatasetId> certificates{};           ///< of datasets with validity that are read by `valid`

  std::set<DimensionId> lost_orders{};               ///< dimensions whose `order by` was reported
  std::set<std::vector<DimensionId>> unconnected{};  ///< lists of dimensions that were reported to be so

  std::vector<NodeFacts> facts{};  ///< of each node (constants.cpp)
  unsigned lowering_depth = 0;
  /// Where mistakes come from beside where they are: calls being expanded, definitions of what is given an argument.
  struct Origin {
    Span span;
    std::string_view text;
  };
  std::vector<Origin> origins{};
  bool had_errors = false;                                   ///< before semantics: what is missing may have been reported
  std::set<Symbol> lost_names{};                             ///< declared in what the parser could not read (lost_names.cpp)
  std::set<std::pair<Symbol, std::string>> unknown_names{};  ///< reported as such, where nothing near is declared

  [[nodiscard]] std::string_view text(Symbol symbol) const { return symbol.exists() ? strings.text(symbol) : ""; }
  [[nodiscard]] const syntax::Tree& tree(std::uint32_t module) const { return modules[module].tree; }
  [[nodiscard]] std::string_view name(DimensionId id) const { return text(program.dimensions[id.index].name); }
  [[nodiscard]] std::string_view name(RelationId id) const { return text(program.relations[id.index].name); }
  [[nodiscard]] std::string_view name(DatasetId id) const { return text(program.datasets[id.index].name); }
  [[nodiscard]] Type type(ExprId id) const { return program.expressions[id].type; }
  [[nodiscard]] bool failed(ExprId id) const { return !id.exists() || type(id).is_error(); }
  template <typename... Arguments>
  DiagnosticBuilder report(Kind kind, Span place, const Arguments&... arguments) {
    DiagnosticBuilder report = diagnostics.report(kind, place, arguments...);
    if (!origins.empty()) report.label(origins.back().span, std::string(origins.back().text));
    return report;
  }
};

/// Whether the parser could not read a name: it has reported that, so nothing more is said of it.
inline bool is_missing(const syntax::Name& name) { return !name.symbol.exists() || name.span.empty(); }

/// Whether a name was declared in a text that the parser reported and left out.
inline bool is_lost(const Context& context, const syntax::Name& name) { return context.lost_names.count(name.symbol) > 0; }
/// Collects the names of declarations and columns that the text has, but no tree.
void collect_lost_names(Context& context);

/// Reports an unknown `what` and proposes the nearest of the candidates, or lists them after `list` if that is not empty. A name that is
/// missing or lost stays silent; so does one that was reported and has nothing near: its declaration is missing, which is one mistake.
void report_unknown_name(Context& context, const syntax::Name& name, std::string_view what, const std::vector<std::string_view>& candidates,
                         std::string_view list = {}, std::string here = {});

/// Finds a name of a module and marks it used; null if it has none.
Entry* find_name(Context& context, std::uint32_t module, Symbol symbol);

/// Adds "did you mean" to a report, with the replacement as a fix, if one of the candidates is near enough.
void suggest(Context& context, DiagnosticBuilder& report, const syntax::Name& wrong, const std::vector<std::string_view>& candidates);
/// The same, and if none is near but there are at most eight candidates: lists them.
void suggest_or_list(Context& context, DiagnosticBuilder& report, const syntax::Name& wrong,
                     const std::vector<std::string_view>& candidates, std::string_view what);

/// "`a`, `b` and `c`".
std::string quoted_names(const Context& context, const std::vector<DimensionId>& dimensions);

}  // namespace osac::semantics
