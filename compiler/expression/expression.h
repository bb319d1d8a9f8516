#pragma once
// Checked expressions, as programs and plans hold them: nodes in one vector, children by number, nothing left to look up. A
// plan's file holds these nodes as they are, so that paths and commands of an element can be worked out on demand.
//
// References (parameter, key, attribute, port ...) name their target by an index that the owner of the pool explains.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "compiler/base/id.h"
#include "compiler/base/span.h"
#include "compiler/expression/value.h"

namespace osac::expression {

using ExprId = Id<struct ExprTag>;

enum class Op : std::uint8_t {
  constant,    ///< `bits` is the Scalar (absent_scalar for none)
  list,        ///< children
  parameter,   ///< index: ParameterId of the program; none are left in a plan
  key,         ///< index: dimension; the key of the element on it
  attribute,   ///< index: dimension, extra: column of that dimension; of the element's record on it
  port_path,   ///< index: input or output port of the task; file (or [file] for a gather, file? for an optional input)
  port_count,  ///< index: input port; the number of its files (`len(frames)`)
  port_field,     ///< index: input port, extra: field of its dataset's record; read when the element starts
  dataset_field,  ///< index: dataset, extra: field of its record; the record of the element that the keys here determine, known once made
  resource,    ///< index: Resource; what this attempt of the element was given
  scratch,     ///< the private directory of the attempt, for intermediate files (`{scratch}`)
  negate,
  logical_not,
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
  in,           ///< children: item, list or range
  range,        ///< children: lo, hi; `extra` 1 if hi is excluded (`..<`), 0 if not (`..`)
  conditional,  ///< children: condition, then, else
  call,         ///< index: Builtin; children: arguments
  text,         ///< a template: children are its parts in order, constants and holes
  hole,         ///< one interpolation of a template: child, format in `bits` (Symbol), context in `index` (HoleContext), flags in `extra`
};

enum class Resource : std::uint8_t { cpus, memory, time, disk, gpus };
inline constexpr std::uint32_t resource_count = 5;

enum class Builtin : std::uint8_t {
  len,
  min,
  max,
  sum,
  count,
  round,
  ceil,
  floor,  // numbers and lists
  basename,
  stem,
  parent,
  replace,
  split,
  join,  // text and paths
  size,
  exists,  // external files, while planning
};
inline constexpr std::uint32_t builtin_count = 16;
std::string_view builtin_name(Builtin builtin);

/// Where a hole stands, which decides how its value is quoted (quote.h).
enum class HoleContext : std::uint8_t {
  plain,           ///< in a path or a text: as it is
  word,            ///< a word of a command run without a shell: exactly one word, a list several
  shell_bare,      ///< outside quotes in shell text
  shell_double,    ///< inside "..."
  shell_single,    ///< inside '...'
  shell_heredoc,   ///< in a here-document with expansion
  shell_verbatim,  ///< in a here-document without expansion, or in a comment: refused if it holds a newline
  shell_number,    ///< in $((...)): refused unless a number
  literal,         ///< in a script of another language, outside quotes: a literal of it (JSON's, which most share)
  literal_double,  ///< inside "..." of such a script: escaped for it
  literal_single,  ///< inside '...'
};
/// Flags of a hole.
inline constexpr std::uint32_t hole_raw = 1;   ///< `{x:raw}`: as it is, unquoted
inline constexpr std::uint32_t hole_list = 2;  ///< `{files:list}`: the path of a file that holds the names, one a line
/// Of a hole in a script: its Language (quote.h), in the bits from here on.
inline constexpr std::uint32_t hole_language_shift = 8;

struct Node {
  Op op = Op::constant;
  std::uint8_t reserved[3] = {};
  std::uint32_t index = 0;
  std::uint32_t extra = 0;
  std::uint32_t first_child = 0;  ///< children are pool.children[first_child, first_child + child_count)
  std::uint32_t child_count = 0;
  Span span;  ///< where it was written; {0,0} in a plan
  Type type;
  Scalar bits = 0;
};
static_assert(sizeof(Node) == 48);

/// A view of nodes, shared by program (vectors) and plan (a mapped file).
struct Pool {
  std::span<const Node> nodes;
  std::span<const std::uint32_t> children;
  [[nodiscard]] const Node& operator[](ExprId id) const { return nodes[id.index]; }
  [[nodiscard]] std::uint32_t child(const Node& node, std::uint32_t i) const { return children[node.first_child + i]; }
};

/// The growing form.
class Expressions {
 public:
  ExprId add(Node node, std::span<const ExprId> children = {});
  ExprId add_constant(Scalar bits, Type type, Span span = {});
  [[nodiscard]] const Node& operator[](ExprId id) const { return nodes_[id.index]; }
  [[nodiscard]] Node& operator[](ExprId id) { return nodes_[id.index]; }
  [[nodiscard]] ExprId child(ExprId id, std::uint32_t i) const { return ExprId{children_[nodes_[id.index].first_child + i]}; }
  [[nodiscard]] Pool pool() const { return {nodes_, children_}; }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(nodes_.size()); }

 private:
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> children_;
};

/// An expression as text, for dumps: `(a + 2)`, with references written by `name`.
std::string print(Pool pool, ExprId id, const Strings& strings);

}  // namespace osac::expression
