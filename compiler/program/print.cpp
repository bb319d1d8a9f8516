// The program as text: one block a declaration, every field that says something. Made for reading and for golden files.

#include <fmt/format.h>

#include "compiler/base/text.h"
#include "compiler/expression/spelling.h"
#include "compiler/program/print_expression.h"
#include "compiler/program/program.h"

namespace osac::program {

namespace {

using expression::type_name;

std::string_view name_of(TableFormat format) {
  constexpr std::string_view names[] = {"ecsv", "csv", "tsv", "yaml", "json", "sqlite"};
  return names[static_cast<std::size_t>(format)];
}
std::string_view name_of(TimeEncoding encoding) {
  constexpr std::string_view names[] = {"iso", "unix_s", "unix_ms", "unix_ns", "mjd", "jd"};
  return names[static_cast<std::size_t>(encoding)];
}
std::string_view name_of(Cardinality cardinality) {
  constexpr std::string_view names[] = {"chain", "broadcast", "gather", "relation"};
  return names[static_cast<std::size_t>(cardinality)];
}
std::string_view name_of(LookupDirection direction) {
  constexpr std::string_view names[] = {"none", "latest", "next", "nearest", "valid", "window", "previous", "following"};
  return names[static_cast<std::size_t>(direction)];
}

class Printer {
 public:
  Printer(const Program& program, const Strings& strings) : program_(program), strings_(strings) {}

  std::string run() {
    line("workflow {}", name(program_.name));
    doc(program_.doc);
    for (const Parameter& parameter : program_.parameters) print(parameter);
    for (const Enum& one : program_.enums) {
      std::vector<std::string> members;
      for (const Symbol member : one.members) members.emplace_back(name(member));
      line("enum {} {{ {} }}", name(one.name), fmt::join(members, ", "));
    }
    for (const Table& table : program_.tables) print(table);
    for (const Dimension& dimension : program_.dimensions) print(dimension);
    for (const Relation& relation : program_.relations) {
      line("relation {} {} basis {} from {}", name(relation.name), list(relation.dimensions), list(relation.basis),
           name(program_.tables[relation.table.index].name));
    }
    for (const Dataset& dataset : program_.datasets) print(dataset);
    for (const Task& task : program_.tasks) print(task);
    for (const Certify& certify : program_.certifications) {
      line("certify {} when {} from {}", dataset(certify.dataset), name(program_.tasks[certify.task.index].name), expression(certify.from));
    }
    std::vector<std::string> goals;
    for (const DatasetId goal : program_.goals) goals.emplace_back(dataset(goal));
    line("goal {}", goals.empty() ? "-" : fmt::format("{}", fmt::join(goals, ", ")));
    return std::move(out_);
  }

 private:
  template <typename... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    out_.append(indent_, ' ');
    fmt::format_to(std::back_inserter(out_), format, std::forward<Arguments>(arguments)...);
    out_ += '\n';
  }
  std::string_view name(Symbol symbol) const { return symbol.exists() ? strings_.text(symbol) : "-"; }
  std::string_view dimension(DimensionId id) const { return name(program_.dimensions[id.index].name); }
  std::string_view dataset(DatasetId id) const { return name(program_.datasets[id.index].name); }
  std::string_view attribute(DimensionId id, std::uint32_t index) const {
    return name(program_.dimensions[id.index].attributes[index].name);
  }
  std::string expression(ExprId id) const { return print_expression(program_, task_, id, strings_); }
  std::string type(Type given) const { return type_name(given, strings_); }
  std::string list(const std::vector<DimensionId>& ids) const {
    std::vector<std::string_view> names;
    for (const DimensionId id : ids) names.push_back(dimension(id));
    return names.empty() ? "()" : fmt::format("({})", fmt::join(names, ", "));
  }
  void doc(const std::string& text) {
    if (!text.empty()) line("doc {}", json_quoted(text));
  }
  void optional(std::string_view word, ExprId id) {
    if (id.exists()) line("{} {}", word, expression(id));
  }

  void print(const Parameter& parameter) {
    line("param {} : {}{}", name(parameter.name), type(parameter.type),
         parameter.default_value.exists() ? " = " + expression(parameter.default_value) : "");
  }

  void print(const Table& table) {
    const std::string from = table.produced.exists()          ? fmt::format("made {}", dataset(table.produced))
                             : table.certificates_of.exists() ? fmt::format("certificates of {}", dataset(table.certificates_of))
                                                              : expression(table.path);
    line("table {}{} = {} {}", name(table.name), table.dimensions.empty() ? "" : " over " + list(table.dimensions), name_of(table.format),
         from);
    indent_ += 2;
    optional("query", table.query);
    for (const Column& column : table.columns) print("", column);
    indent_ -= 2;
  }
  void print(std::string_view role, const Column& column) {
    line("{}{} : {}{}{}{}", role, name(column.name), type(column.type),
         column.encoding == TimeEncoding::iso ? "" : fmt::format(" as {}", name_of(column.encoding)), column.is_unique ? " unique" : "",
         column.source_name == column.name ? "" : fmt::format(" = {}", json_quoted(name(column.source_name))));
  }

  std::string source(const Dimension& one) const {
    if (const auto* column = std::get_if<ColumnSource>(&one.source)) {
      const Table& table = program_.tables[column->table.index];
      return fmt::format("column {}.{}", name(table.name), name(table.columns[column->column].name));
    }
    if (const auto* range = std::get_if<RangeSource>(&one.source)) return "range " + expression(range->range);
    if (const auto* items = std::get_if<ListSource>(&one.source)) return "list " + expression(items->list);
    if (const auto* scan = std::get_if<ScanSource>(&one.source)) return "scan " + expression(scan->pattern);
    return fmt::format("enum {}", name(program_.enums[std::get<EnumSource>(one.source).enumeration.index].name));
  }

  void print(const Dimension& one) {
    line("dimension {} : {}", name(one.name), type(one.type));
    indent_ += 2;
    line("from {}", source(one));
    if (one.parent.exists()) line("in {}", dimension(one.parent));
    if (one.without.exists()) line("without {}", name(program_.tables[one.without.index].name));
    for (const auto& implied : one.implies) {
      line("implies {} by {}", dimension(implied.dimension), name(program_.tables[one.table.index].columns[implied.column].name));
    }
    for (const Attribute& each : one.attributes) line("attribute {} : {}", name(each.name), type(each.type));
    if (one.order_by) line("order by {}", name(one.attributes[*one.order_by].name));
    indent_ -= 2;
  }

  void print(const Dataset& one) {
    constexpr std::string_view persistences[] = {"", " temp", " protected"};
    line("dataset {} over {} basis {}{}{}{}{}{}", name(one.name), list(one.dimensions), list(one.basis), one.is_external ? " external" : "",
         one.is_optional ? " optional" : "", one.is_directory ? " directory" : "", one.is_cross ? " cross" : "",
         persistences[static_cast<std::size_t>(one.persistence)]);
    indent_ += 2;
    line("path {}", expression(one.path));
    if (one.keep_for > 0) line("keep {}", expression::to_text(expression::Value{one.keep_for}, Type::of(expression::Kind::duration)));
    if (one.validity) {
      line("valid {} until {}", expression(one.validity->begin),
           one.validity->until.exists() ? expression(one.validity->until) : std::string("next"));
    }
    if (one.publication != Publication::none)
      line("publish {}{}", one.publication == Publication::link ? "link " : "", expression(one.published_path));
    for (const Column& field : one.fields) print("field ", field);
    indent_ -= 2;
  }

  void print(const Input& input) {
    line("{} {} = {} : {} {}{}{}{}", input.branch > 0 ? "else" : "in", name(input.name), dataset(input.dataset), type(input.type),
         name_of(input.cardinality), input.is_optional ? " optional" : "", input.is_survivors ? " survivors" : "",
         input.is_implicit ? " implicit" : "");
    indent_ += 2;
    doc(input.doc);
    if (input.via.exists()) line("via {}", name(program_.relations[input.via.index].name));
    for (const KeyFix& fix : input.fixes) line("fix {} = {}", dimension(fix.dimension), expression(fix.value));
    optional("where", input.where);
    if (input.order_by) line("order by {}", attribute(program_.datasets[input.dataset.index].basis.back(), *input.order_by));
    if (input.lookup.direction != LookupDirection::none) print(input.lookup);
    if (input.minimum > 0) line("min {}", input.minimum);
    if (input.expected > 0) line("expect {}", input.expected);
    optional("if", input.condition);
    indent_ -= 2;
  }
  void print(const Lookup& lookup) {
    if (lookup.direction == LookupDirection::previous || lookup.direction == LookupDirection::following) {
      line("{} {} of {}", name_of(lookup.direction), lookup.distance, dimension(lookup.dimension));
    } else {
      line("{} by {}.{}{} {} {}", name_of(lookup.direction), dimension(lookup.dimension),
           attribute(lookup.dimension, lookup.time_attribute),
           lookup.direction == LookupDirection::valid
               ? fmt::format(" until {}.{}", dimension(lookup.dimension), attribute(lookup.dimension, lookup.until_attribute))
               : "",
           lookup.is_inclusive ? "inclusive" : "exclusive", expression(lookup.at));
    }
    optional("within", lookup.within);
    if (lookup.last > 0) line("last {}", lookup.last);
    if (!lookup.same.empty()) line("same {}", list(lookup.same));
  }
  void print(const Output& output) {
    line("out {} = {} : {}{}", name(output.name), dataset(output.dataset), type(output.type), output.is_finer ? " finer" : "");
    indent_ += 2;
    doc(output.doc);
    optional("where", output.where);
    indent_ -= 2;
  }

  void print(std::string_view word, const Command& command) {
    constexpr std::string_view kinds[] = {"words", "shell", "script"};
    line("{} {}{}", word, kinds[static_cast<std::size_t>(command.kind)],
         command.kind == CommandKind::script ? fmt::format(" {}", name(command.interpreter)) : "");
    indent_ += 2;
    for (const ExprId each : command.words) line("{}", expression(each));
    if (command.text.exists()) line("{}", expression(command.text));
    indent_ -= 2;
  }

  void print(const Retry& retry) {
    if (retry.count == 0) return;
    constexpr std::string_view causes[] = {" memory", " timeout", " lost", " exit"};
    std::string text = fmt::format("retry {} on", retry.count);
    for (unsigned i = 0; i < 4; ++i) {
      if ((retry.causes >> i & 1U) != 0) text += causes[i];
    }
    if (retry.causes == 0) text += " any";
    for (const std::int32_t code : retry.exit_codes) text += fmt::format(" {}", code);
    for (std::uint32_t i = 0; i < expression::resource_count; ++i) {
      if (retry.growth[i] != 1) text += fmt::format(" {} * {}", expression::resource_names[i], retry.growth[i]);
    }
    line("{}", text);
  }

  void print(const Task& task) {
    task_ = &task;
    line("task {} over {} basis {}{}{}", name(task.name), list(task.dimensions), list(task.basis), task.is_cross ? " cross" : "",
         task.via.exists() ? fmt::format(" via {}", name(program_.relations[task.via.index].name)) : "");
    indent_ += 2;
    doc(task.doc);
    if (task.tool.exists()) line("tool {}", name(task.tool));
    if (task.version.exists()) line("version {}", name(task.version));
    optional("where", task.where);
    for (const Input& input : task.inputs) print(input);
    for (const Output& output : task.outputs) print(output);
    for (std::uint32_t i = 0; i < expression::resource_count; ++i) optional(expression::resource_names[i], task.resources[i]);
    for (const Slots& slots : task.slots) line("slots {} {}", name(slots.name), expression(slots.count));
    if (task.env.exists()) line("env {}", name(task.env));
    print(task.retry);
    if (!task.empty_codes.empty()) line("empty on exit {}", fmt::join(task.empty_codes, ", "));
    for (const Metric& metric : task.metrics) line("metric {} : {}", name(metric.name), type(metric.type));
    for (const Expect& expect : task.expects) {
      line("expect {} else {}{}", expression(expect.condition), expect.fails ? "fail" : "warn",
           expect.message.exists() ? " " + expression(expect.message) : "");
    }
    print("command", task.command);
    for (const Rung& rung : task.rungs) print(fmt::format("then {}", rung.count), rung.command);
    if (task.verify) print("verify", *task.verify);
    indent_ -= 2;
    task_ = nullptr;
  }

  const Program& program_;
  const Strings& strings_;
  const Task* task_ = nullptr;
  std::size_t indent_ = 0;
  std::string out_;
};

}  // namespace

std::string print(const Program& program, const Strings& strings) { return Printer(program, strings).run(); }

}  // namespace osac::program
