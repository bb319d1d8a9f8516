#include "compiler/planning/made_fields.h"

#include <algorithm>

#include "compiler/planning/agree.h"
#include "compiler/planning/path_writer.h"
#include "compiler/planning/unusable.h"
#include "compiler/records/read_record.h"

namespace osac::planning {

MadeFields find_used_fields(const program::Program& program) {
  MadeFields fields;
  fields.tables.resize(program.datasets.size());
  fields.used.resize(program.datasets.size());
  const auto pool = program.expressions.pool();
  for (const Node& node : pool.nodes)
    if (node.op == Op::dataset_field) fields.used[node.index].insert(node.extra);
  return fields;
}

std::vector<std::uint32_t> records_in(const expression::Expressions& expressions, ExprId id) {
  std::vector<std::uint32_t> found;
  std::vector<ExprId> open;
  if (id.exists()) open.push_back(id);
  while (!open.empty()) {
    const ExprId next = open.back();
    open.pop_back();
    const Node& node = expressions[next];
    if (node.op == Op::dataset_field) found.push_back(node.index);
    for (std::uint32_t i = 0; i < node.child_count; ++i) open.push_back(expressions.child(next, i));
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

namespace {

class FieldReader {
 public:
  FieldReader(const Frame& frame, Folder& fold, const std::set<std::uint32_t>& used, std::uint32_t dataset, FieldTable& table)
      : frame_(frame),
        context_(frame.context),
        path_(fold(frame.context.program.datasets[dataset].path)),
        used_(used),
        dataset_(dataset),
        declared_(frame.context.program.datasets[dataset]),
        table_(table) {
    members_.resize(declared_.fields.size());
    for (const std::uint32_t field : used) {
      const program::Column& column = declared_.fields[field];
      for (const program::Enum& candidate : context_.program.enums)
        if (column.type.kind == Kind::enumeration && candidate.name.index == column.type.detail)
          for (const Symbol member : candidate.members) members_[field].push_back(context_.text(member));
      wanted_.push_back({context_.text(column.source_name), column.type, members_[field]});
    }
  }

  void run() {
    const std::uint32_t count = table_.elements.count;
    table_.states.assign(count, FieldState::unknown);
    table_.values.resize(declared_.fields.size());
    for (const std::uint32_t field : used_) table_.values[field].assign(count, expression::absent_scalar);
    const auto unknown = find_unknown(frame_, table_.elements, path_);
    PathWriter writer(frame_, path_, table_.elements);
    for (std::uint32_t e = 0; e < count; ++e) {
      if (!unknown.empty() && unknown[e] != 0) continue;
      try {
        read(e, writer.path(e));
      } catch (const expression::EvaluationError& error) {
        report_evaluation(context_, declared_.span, error.span, error.what, element_key(frame_, table_.elements, e));
        return;
      }
    }
  }

 private:
  void read(std::uint32_t e, const std::string& path) {
    const auto text = context_.world.read_made(path);
    if (!text) return;
    const auto values = records::read_record(*text, wanted_);
    if (!values) return report_unusable(frame_, dataset_, table_.elements, e, path, values.error().what);
    table_.states[e] = FieldState::known;
    std::size_t next = 0;
    for (const std::uint32_t field : used_) {
      const Value& value = (*values)[next++];
      if (!value.is_absent()) table_.values[field][e] = expression::to_scalar(value, declared_.fields[field].type, context_.strings);
    }
  }

  const Frame& frame_;
  Context& context_;
  ExprId path_;
  const std::set<std::uint32_t>& used_;
  std::uint32_t dataset_;
  const program::Dataset& declared_;
  FieldTable& table_;
  std::vector<std::vector<std::string_view>> members_;
  std::vector<records::Field> wanted_;
};

}  // namespace

void read_fields(const Frame& frame, Folder& fold, MadeFields& fields, std::uint32_t dataset, Family elements) {
  fields.tables[dataset] = std::make_unique<FieldTable>(std::move(elements), frame.axes);
  FieldReader(frame, fold, fields.used[dataset], dataset, *fields.tables[dataset]).run();
}

std::vector<std::uint8_t> find_unknown(const Frame& frame, const Family& family, ExprId expression) {
  std::vector<std::uint8_t> flags;
  for (const std::uint32_t dataset : records_in(frame.expressions, expression)) {
    const FieldTable* table = frame.fields == nullptr ? nullptr : frame.fields->tables[dataset].get();
    if (table == nullptr) continue;
    const auto elements = find_elements(table->elements, frame.axes, columns_on(frame, family, table->elements.basis), family.count);
    flags.resize(family.count, 0);
    for (std::uint32_t i = 0; i < family.count; ++i)
      if (elements[i] != none && table->states[elements[i]] == FieldState::unknown) flags[i] = 1;
  }
  return flags;
}

}  // namespace osac::planning
