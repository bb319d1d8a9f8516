// A plan as JSON: the same facts as its text. Objects are in declaration order, two blanks deep.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "compiler/base/text.h"
#include "compiler/expression/spelling.h"
#include "compiler/plan/describe.h"
#include "compiler/plan/facts.h"

namespace osac::plan {

namespace {

/// Writes JSON with its commas and indentation.
class JsonWriter {
 public:
  void open(std::string_view key, char bracket) {
    begin(key);
    out_ += bracket;
    closers_ += bracket == '{' ? '}' : ']';
    is_first_ = true;
  }
  void close() {
    const char closer = closers_.back();
    closers_.pop_back();
    if (!is_first_) new_line();
    out_ += closer;
    is_first_ = false;
  }
  void text(std::string_view key, std::string_view value) { begin(key), out_ += json_quoted(value); }
  void number(std::string_view key, std::uint64_t value) { begin(key), out_ += fmt::format("{}", value); }
  void real(std::string_view key, double value) { begin(key), out_ += fmt::format("{}", value); }
  void truth(std::string_view key, bool value) { begin(key), out_ += value ? "true" : "false"; }
  /// Only if it is not empty.
  void some_text(std::string_view key, std::string_view value) {
    if (!value.empty()) text(key, value);
  }
  void texts(std::string_view key, const std::vector<std::string>& values) {
    begin(key);
    out_ += '[';
    for (std::size_t i = 0; i < values.size(); ++i) out_ += (i > 0 ? ", " : "") + json_quoted(values[i]);
    out_ += ']';
  }
  void numbers(std::string_view key, std::span<const Scalar> values) { begin(key), out_ += fmt::format("[{}]", fmt::join(values, ", ")); }
  std::string finish() { return std::move(out_) + '\n'; }

 private:
  void new_line() {
    out_ += '\n';
    out_.append(closers_.size() * 2, ' ');
  }
  void begin(std::string_view key) {
    if (!closers_.empty()) {
      if (!is_first_) out_ += ',';
      new_line();
    }
    is_first_ = false;
    if (!key.empty()) out_ += json_quoted(key) + ": ";
  }
  std::string out_;
  std::string closers_;
  bool is_first_ = true;
};

class Printer {
 public:
  explicit Printer(const Plan& plan) : plan_(plan) {}

  std::string print() {
    json_.open("", '{');
    json_.text("format", format_name);
    json_.text("id", hexadecimal(plan_.id()));
    json_.text("workflow", plan_.workflow());
    json_.some_text("doc", plan_.doc());
    json_.number("elements", plan_.element_count());
    list("parameters", plan_.parameters(), [&](const ParameterRow& row) {
      json_.text("name", name(row.name)), json_.text("type", type(row.type)), json_.text("value", name(row.value));
    });
    list("sources", plan_.sources(),
         [&](const SourceRow& row) { json_.text("name", name(row.name)), json_.text("sha256", hexadecimal(row.digest)); });
    list("dimensions", plan_.dimensions(), [&](const DimensionRow& row) { dimension(row); });
    list("datasets", plan_.datasets(), [&](const DatasetRow& row) { dataset(row); });
    list("tasks", plan_.tasks(), [&](const TaskRow& row) { task(row); });
    if (!plan_.certifications().empty())
      list("certifications", plan_.certifications(), [&](const CertifyRow& row) {
        json_.text("dataset", name(plan_.datasets()[row.dataset].family.name));
        json_.text("when", name(plan_.tasks()[row.task].family.name));
        json_.text("from", expression_text(plan_, row.begin, nullptr));
        if (row.until.exists()) json_.text("until", expression_text(plan_, row.until, nullptr));
      });
    if (!plan_.stages().empty())
      list("stages", plan_.stages(), [&](const StageRow& row) {
        std::vector<std::string> tasks;
        for (const std::uint32_t task : plan_.indices(row.tasks)) tasks.emplace_back(name(plan_.tasks()[task].family.name));
        json_.text("what", name(row.what)), json_.text("waits_for", name(plan_.datasets()[row.dataset].family.name));
        json_.number("files", row.elements.count), json_.texts("tasks", tasks);
      });
    json_.close();
    return json_.finish();
  }

 private:
  [[nodiscard]] std::string_view name(Symbol symbol) const { return plan_.text(symbol); }
  [[nodiscard]] std::string type(Type type) const { return expression::type_name(type, plan_.strings()); }
  template <typename Rows, typename F>
  void list(std::string_view key, const Rows& rows, F&& f) {
    json_.open(key, '[');
    for (const auto& row : rows) {
      json_.open("", '{');
      f(row);
      json_.close();
    }
    json_.close();
  }

  void dimension(const DimensionRow& row) {
    json_.text("name", name(row.name));
    json_.text("type", type(plan_.columns()[row.key_column].type));
    if (row.parent != no_row) json_.text("in", name(plan_.dimensions()[row.parent].name));
    json_.number("records", row.record_count);
    json_.some_text("keys", key_range(plan_, row));
    std::vector<std::string> implied;
    for (std::uint32_t i = 0; i < row.implied_count; ++i)
      implied.emplace_back(name(plan_.dimensions()[plan_.implied()[row.first_implied + i].dimension].name));
    json_.texts("implies", implied);
    const auto attributes =
        row.attribute_count == 0 ? plan_.columns().first(0) : plan_.columns().subspan(row.first_attribute, row.attribute_count);
    list("attributes", attributes,
         [&](const ColumnRow& column) { json_.text("name", name(column.name)), json_.text("type", type(column.type)); });
    if (row.order_attribute != no_row) json_.text("order_by", name(attributes[row.order_attribute].name));
  }

  void dataset(const DatasetRow& row) {
    json_.text("name", name(row.family.name));
    json_.some_text("doc", name(row.doc));
    json_.number("line", row.line);
    json_.texts("dimensions", dimension_names(plan_, row.family));
    json_.number("files", row.family.count);
    json_.text("path", template_text(plan_, row.path, nullptr));
    json_.text("persistence", persistence_name(row.persistence));
    json_.truth("external", row.is_external != 0), json_.truth("optional", row.is_optional != 0);
    json_.truth("directory", row.is_directory != 0), json_.truth("goal", row.is_goal != 0);
    if (row.is_certified != 0) json_.truth("certified", true);
    if (row.keep_for > 0) json_.text("keep_for", expression::to_text(row.keep_for, expression::Type::of(expression::Kind::duration)));
    if (row.publication != Publication::none) {
      json_.text("publication", publication_name(row.publication));
      json_.text("published_path", template_text(plan_, row.published_path, nullptr));
    }
    json_.texts("made_by", producing_tasks(plan_, row));
    if (row.field_count == 0) return;
    list("fields", plan_.fields(row), [&](const FieldRow& field) {
      json_.text("name", name(field.name)), json_.text("type", type(field.type)), json_.text("source", name(field.source));
    });
  }

  void task(const TaskRow& row) {
    json_.text("name", name(row.family.name));
    json_.some_text("doc", name(row.doc));
    json_.number("line", row.line);
    json_.texts("dimensions", dimension_names(plan_, row.family));
    json_.number("elements", row.family.count);
    if (row.pending_count > 0) json_.number("pending", row.pending_count);
    json_.number("level", row.level);
    list("inputs", plan_.inputs(row), [&](const InputRow& input) {
      port(row, input);
      json_.truth("gather", input.is_gather != 0), json_.truth("look_up", input.is_lookup != 0);
      json_.truth("survivors", input.is_survivors != 0), json_.truth("optional", input.type.is_optional);
      json_.number("min", input.minimum);
      if (input.branch > 0) json_.number("else", input.branch);
      if (input.is_implicit != 0) json_.truth("implicit", true);
      if (input.is_recurrent != 0) json_.truth("recurrent", true);
    });
    list("outputs", plan_.outputs(row), [&](const OutputRow& output) { port(row, output); });
    json_.some_text("tool", name(row.tool));
    for (const VersionRow& version : plan_.versions())
      if (&plan_.tasks()[version.task] == &row) json_.text("version", name(version.command));
    std::vector<std::string> parameters;
    for (const ParameterUseRow& use : plan_.parameter_uses())
      if (&plan_.tasks()[use.task] == &row) parameters.emplace_back(name(plan_.parameters()[use.parameter].name));
    std::sort(parameters.begin(), parameters.end());
    if (!parameters.empty()) json_.texts("parameters", parameters);
    json_.some_text("env", name(row.env));
    command("command", row.command, row);
    command("verify", row.verify, row);
    const auto& resources = expression::resource_names;
    for (std::size_t i = 0; i < resources.size(); ++i)
      if (row.resources[i].exists()) json_.text(resources[i], expression_text(plan_, row.resources[i], &row));
    list("slots", plan_.slots(row), [&](const SlotsRow& slots) {
      json_.text("name", name(slots.name)), json_.text("count", expression_text(plan_, slots.count, &row));
    });
    if (row.retry.count > 0 || row.rung_count > 0) retry(row.retry, resources);
    if (row.rung_count > 0)
      list("rungs", plan_.rungs(row), [&](const RungRow& rung) {
        json_.number("count", rung.count);
        command("command", rung.command, row);
      });
    if (row.empty_codes.count > 0) json_.numbers("empty_on_exit", plan_.scalars(row.empty_codes));
    list("metrics", plan_.metrics(row), [&](const MetricRow& metric) {
      json_.text("name", name(metric.name)), json_.text("type", type(metric.type)), json_.some_text("doc", name(metric.doc));
    });
    list("expects", plan_.expects(row), [&](const ExpectRow& expect) {
      json_.text("condition", expression_text(plan_, expect.condition, &row)), json_.text("else", expect.fails != 0 ? "fail" : "warn");
    });
  }

  template <typename Port>
  void port(const TaskRow& task, const Port& port) {
    const DatasetRow& dataset = plan_.datasets()[port.dataset];
    json_.text("name", name(port.name));
    json_.text("dataset", name(dataset.family.name));
    json_.text("relation", relation_name(port.relation.kind));
    json_.number("files", count_files(plan_, port.relation, task.family.count, dataset.family.count));
  }

  void command(std::string_view key, const CommandRow& row, const TaskRow& task) {
    if (row.kind == CommandKind::none) return;
    static constexpr std::array<std::string_view, 4> kinds = {"none", "words", "shell", "script"};
    json_.open(key, '{');
    json_.text("kind", kinds[static_cast<std::size_t>(row.kind)]);
    json_.some_text("interpreter", name(row.interpreter));
    json_.text("text", command_text(plan_, row, &task));
    json_.close();
  }

  void retry(const RetryRow& row, std::span<const std::string_view> resources) {
    static constexpr std::array<std::string_view, 4> causes = {"memory", "timeout", "lost", "exit"};
    std::vector<std::string> on;
    for (std::size_t i = 0; i < causes.size(); ++i)
      if ((row.causes & (1U << i)) != 0) on.emplace_back(causes[i]);
    json_.open("retry", '{');
    json_.number("count", row.count);
    json_.texts("on", on);
    if (row.exit_codes.count > 0) json_.numbers("exit_codes", plan_.scalars(row.exit_codes));
    json_.open("growth", '{');
    for (std::size_t i = 0; i < resources.size(); ++i)
      if (row.growth[i] != 1) json_.real(resources[i], row.growth[i]);
    json_.close();
    json_.close();
  }

  const Plan& plan_;
  JsonWriter json_;
};

}  // namespace

std::string print_json(const Plan& plan) { return Printer(plan).print(); }

}  // namespace osac::plan
