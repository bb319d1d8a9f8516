// Plan data to the bytes of a plan file. Expressions that no row refers to are left out and the others numbered anew in their order; texts
// are numbered by first use, declarations first, so that a reader needs only the first few to evaluate expressions. Linear in everything.

#include <cstring>

#include "compiler/base/check.h"
#include "compiler/plan/format.h"
#include "compiler/plan/row_fields.h"

namespace osac::plan {

namespace {

using expression::Node;
using format::SectionKind;

/// The rows of a plan, copied so that their ids can be rewritten.
struct Rows {
  std::vector<format::WorkflowRow> workflow;
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
  std::vector<ParameterUseRow> parameter_uses;
  std::vector<RunnerUpRow> runners_up;

  template <typename F>
  void for_each_list(F&& f) {
    f(SectionKind::columns, columns), f(SectionKind::implied, implied), f(SectionKind::dimensions, dimensions);
    f(SectionKind::datasets, datasets), f(SectionKind::tasks, tasks), f(SectionKind::inputs, inputs);
    f(SectionKind::outputs, outputs), f(SectionKind::metrics, metrics), f(SectionKind::expects, expects), f(SectionKind::slots, slots);
    f(SectionKind::parameters, parameters), f(SectionKind::sources, sources), f(SectionKind::fields, fields);
    f(SectionKind::rungs, rungs), f(SectionKind::certifications, certifications), f(SectionKind::stages, stages);
    f(SectionKind::versions, versions), f(SectionKind::parameter_uses, parameter_uses), f(SectionKind::runners_up, runners_up);
  }
  template <typename Visitor>
  void visit(Visitor&& visitor) {
    for (auto& row : workflow) visit_fields(row, visitor);
    for_each_list([&](SectionKind, auto& rows) {
      for (auto& row : rows) visit_fields(row, visitor);
    });
  }
};

/// Which expressions rows refer to, and their new numbers.
class KeptNodes {
 public:
  explicit KeptNodes(const PlanData& data) : data_(data), numbers_(data.nodes.size(), no_row) {}
  void operator()(Symbol&) {}
  void operator()(Type&) {}
  void operator()(ExprId& id) {
    if (!id.exists()) return;
    OSAC_CHECK(id.index < numbers_.size(), "a row of a plan names an expression that is not there");
    numbers_[id.index] = 0;
  }
  /// Follows children (they come before their parents) and numbers what is reached in order.
  void close() {
    for (std::size_t i = numbers_.size(); i-- > 0;) {
      if (numbers_[i] == no_row) continue;
      const Node& node = data_.nodes[i];
      for (std::uint32_t c = 0; c < node.child_count; ++c) {
        const std::uint32_t child = data_.children[node.first_child + c];
        OSAC_CHECK(child < i, "a child of an expression comes after its parent");
        numbers_[child] = 0;
      }
    }
    std::uint32_t next = 0;
    for (auto& number : numbers_)
      if (number != no_row) number = next++;
  }
  [[nodiscard]] std::uint32_t number(std::size_t node) const { return numbers_[node]; }

 private:
  const PlanData& data_;
  std::vector<std::uint32_t> numbers_;
};

/// Gives texts new numbers in order of first use, and rewrites ids in rows.
class Renumber {
 public:
  Renumber(const PlanData& data, const KeptNodes& kept) : data_(data), kept_(kept), numbers_(data.strings.size(), no_row) {
    number(0);  // the empty text is symbol 0 everywhere
  }
  void operator()(Symbol& symbol) {
    if (symbol.exists()) symbol = Symbol{number(symbol.index)};
  }
  void operator()(Type& type) {
    if (detail_is_symbol(type)) type.detail = number(type.detail);
  }
  void operator()(ExprId& id) {
    if (id.exists()) id = ExprId{kept_.number(id.index)};
  }
  std::uint32_t number(std::uint64_t old) {
    OSAC_CHECK(old < numbers_.size(), "a plan names a text that is not there");
    if (numbers_[old] == no_row) {
      numbers_[old] = static_cast<std::uint32_t>(order_.size());
      order_.push_back(Symbol{static_cast<std::uint32_t>(old)});
    }
    return numbers_[old];
  }
  [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(order_.size()); }
  [[nodiscard]] const std::vector<Symbol>& order() const { return order_; }

 private:
  const PlanData& data_;
  const KeptNodes& kept_;
  std::vector<std::uint32_t> numbers_;
  std::vector<Symbol> order_;
};

struct Expressions {
  std::vector<Node> nodes;
  std::vector<std::uint32_t> children;
};

Expressions renumber_expressions(const PlanData& data, const KeptNodes& kept, Renumber& renumber) {
  Expressions out;
  for (std::size_t i = 0; i < data.nodes.size(); ++i) {
    if (kept.number(i) == no_row) continue;
    const Node& old = data.nodes[i];
    OSAC_CHECK(old.op != expression::Op::parameter, "a plan holds no parameters, only their values");
    Node node = old;
    renumber(node.type);
    node.span = {};
    if (bits_are_symbol(old)) node.bits = renumber.number(static_cast<std::uint64_t>(old.bits));
    node.first_child = static_cast<std::uint32_t>(out.children.size());
    for (std::uint32_t c = 0; c < old.child_count; ++c) out.children.push_back(kept.number(data.children[old.first_child + c]));
    out.nodes.push_back(node);
  }
  return out;
}

/// Calls f(place in `scalars`) for keys and attributes that are texts: they name them by symbol. Columns may share entries.
template <typename F>
void for_each_text(const PlanData& data, F&& f) {
  const auto visit = [&](Type type, Array values) {
    if (!type.is_textual()) return;
    for (std::uint64_t i = values.first; i < values.first + values.count; ++i)
      if (data.scalars[i] != expression::absent_scalar) f(i);
  };
  for (const ColumnRow& column : data.columns) visit(column.type, column.values);
  for (const FieldRow& field : data.fields) visit(field.type, field.values);
}

template <typename F>
void for_each_command(const PlanData& data, F&& f) {
  for (const TaskRow& task : data.tasks) f(task.command), f(task.verify);
  for (const RungRow& rung : data.rungs) f(rung.command);
}

/// Calls f(place in `indices`) for the words of commands, which are expression ids.
template <typename F>
void for_each_word(const PlanData& data, F&& f) {
  for_each_command(data, [&](const CommandRow& command) {
    for (std::uint64_t i = command.words.first; i < command.words.first + command.words.count; ++i) f(i);
  });
}

class Writer {
 public:
  Writer() : bytes_(format::aligned(sizeof(format::Header) + format::section_kinds * sizeof(format::Section)), '\0') {}

  template <typename Row>
  void add(SectionKind kind, const std::vector<Row>& rows) {
    begin(kind, sizeof(Row), rows.size());
    if (!rows.empty()) bytes_.append(reinterpret_cast<const char*>(rows.data()), rows.size() * sizeof(Row));  // NOLINT: rows are bytes
    end();
  }
  /// A list of millions, some entries of which are written otherwise: `rewrite(put)` calls put(place, value).
  template <typename Row, typename F>
  void add_rewritten(SectionKind kind, const std::vector<Row>& rows, F&& rewrite) {
    begin(kind, sizeof(Row), rows.size());
    const std::size_t start = bytes_.size();
    if (!rows.empty()) bytes_.append(reinterpret_cast<const char*>(rows.data()), rows.size() * sizeof(Row));  // NOLINT: rows are bytes
    rewrite([&](std::uint64_t place, Row value) { std::memcpy(bytes_.data() + start + place * sizeof(Row), &value, sizeof(Row)); });
    end();
  }
  void add_nodes(const std::vector<Node>& nodes) {
    begin(SectionKind::nodes, sizeof(Node), nodes.size());
    for (const Node& node : nodes) {
      std::array<char, sizeof(Node)> row{};
      std::memcpy(row.data(), &node, offsetof(Node, type) + sizeof(Type));
      std::memcpy(row.data() + offsetof(Node, bits), &node.bits, sizeof node.bits);
      bytes_.append(row.data(), row.size());
    }
    end();
  }
  void add_strings(const Strings& strings, const std::vector<Symbol>& order) {
    std::vector<std::uint64_t> offsets = {0};
    offsets.reserve(order.size() + 1);
    for (const Symbol symbol : order) offsets.push_back(offsets.back() + strings.text(symbol).size());
    add(SectionKind::string_offsets, offsets);
    begin(SectionKind::string_bytes, 1, offsets.back());
    for (const Symbol symbol : order) bytes_ += strings.text(symbol);
    end();
  }
  void reserve(std::uint64_t bytes) { bytes_.reserve(bytes); }

  std::string finish() {
    format::Header header;
    header.magic = format::magic;
    header.major = format::major_version;
    header.minor = format::minor_version;
    header.total_size = bytes_.size();
    header.section_count = static_cast<std::uint32_t>(sections_.size());
    const std::size_t table_size = sections_.size() * sizeof(format::Section);
    std::memcpy(bytes_.data() + sizeof header, sections_.data(), table_size);
    header.id = sha256(std::string_view(bytes_).substr(sizeof header));
    std::memcpy(bytes_.data(), &header, sizeof header);
    header.checksum = checksum(std::string_view(bytes_).substr(0, sizeof header + table_size));
    std::memcpy(bytes_.data(), &header, sizeof header);
    return std::move(bytes_);
  }

 private:
  void begin(SectionKind kind, std::size_t row_size, std::uint64_t count) {
    sections_.push_back({static_cast<std::uint32_t>(kind), static_cast<std::uint32_t>(row_size), bytes_.size(), count, 0});
  }
  void end() {
    format::Section& section = sections_.back();
    section.checksum = checksum(std::string_view(bytes_).substr(section.offset));
    bytes_.resize(format::aligned(bytes_.size()), '\0');
  }
  std::string bytes_;
  std::vector<format::Section> sections_;
};

Rows rows_of(const PlanData& data) {
  std::uint32_t elements = 0;
  for (const TaskRow& task : data.tasks) elements += task.family.count;
  return {{{data.workflow, data.doc, 0, elements}},
          data.columns,
          data.implied,
          data.dimensions,
          data.datasets,
          data.tasks,
          data.inputs,
          data.outputs,
          data.metrics,
          data.expects,
          data.slots,
          data.parameters,
          data.sources,
          data.fields,
          data.rungs,
          data.certifications,
          data.stages,
          data.versions,
          data.parameter_uses,
          data.runners_up};
}

}  // namespace

std::string serialize(const PlanData& data) {
  Rows rows = rows_of(data);
  KeptNodes kept(data);
  rows.visit(kept);
  for_each_word(data, [&](std::uint64_t place) {
    ExprId word{data.indices[place]};
    kept(word);
  });
  kept.close();

  Renumber renumber(data, kept);
  rows.visit(renumber);
  const Expressions expressions = renumber_expressions(data, kept, renumber);
  rows.workflow.front().declared_strings = renumber.count();
  for_each_text(data, [&](std::uint64_t place) { renumber.number(static_cast<std::uint64_t>(data.scalars[place])); });

  // Nothing of the size of the plan is held twice: that would be most of the memory that planning takes.
  Writer writer;
  std::uint64_t text_size = 0;
  for (const Symbol symbol : renumber.order()) text_size += sizeof(std::uint64_t) + data.strings.text(symbol).size();
  writer.reserve(data.indices.size() * sizeof(std::uint32_t) + data.scalars.size() * sizeof(Scalar) + text_size + (std::uint64_t{1} << 16));
  writer.add(SectionKind::workflow, rows.workflow);
  writer.add_strings(data.strings, renumber.order());
  writer.add_nodes(expressions.nodes);
  writer.add(SectionKind::children, expressions.children);
  writer.add_rewritten(SectionKind::scalars, data.scalars, [&](auto&& put) {
    for_each_text(data, [&](std::uint64_t place) { put(place, renumber.number(static_cast<std::uint64_t>(data.scalars[place]))); });
  });
  writer.add_rewritten(SectionKind::indices, data.indices, [&](auto&& put) {
    for_each_word(data, [&](std::uint64_t place) { put(place, kept.number(data.indices[place])); });
  });
  rows.for_each_list([&](SectionKind kind, auto& list) { writer.add(kind, list); });
  return writer.finish();
}

}  // namespace osac::plan
