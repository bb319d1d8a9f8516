// A plan as text, for people and golden files.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "compiler/base/text.h"
#include "compiler/expression/spelling.h"
#include "compiler/plan/describe.h"
#include "compiler/plan/facts.h"
#include "compiler/plan/resolve.h"

namespace osac::plan {

namespace {

class Printer {
 public:
  Printer(const Plan& plan, bool with_elements) : plan_(plan), with_elements_(with_elements) {}

  std::string print() {
    line("plan {} of workflow {}: {}", format_name, plan_.workflow(), count_of(plan_.element_count(), "element"));
    for (const ParameterRow& row : plan_.parameters())
      line("parameter {} : {} = {}", name(row.name), expression::type_name(row.type, plan_.strings()), visible(name(row.value)));
    for (const SourceRow& row : plan_.sources()) line("source {} {}", visible(name(row.name)), hexadecimal(row.digest).substr(0, 12));
    for (const DimensionRow& row : plan_.dimensions()) dimension(row);
    for (std::uint32_t i = 0; i < plan_.datasets().size(); ++i) dataset(i);
    for (std::uint32_t i = 0; i < plan_.tasks().size(); ++i) task(i);
    for (const CertifyRow& row : plan_.certifications()) certification(row);
    for (const StageRow& row : plan_.stages()) stage(row);
    return std::move(out_);
  }

 private:
  template <typename... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Arguments>(arguments)...);
    out_ += '\n';
  }
  [[nodiscard]] std::string_view name(Symbol symbol) const { return plan_.text(symbol); }
  [[nodiscard]] std::string over(const FamilyRow& family) const {
    const auto names = dimension_names(plan_, family);
    return names.empty() ? "" : fmt::format(" for {}", fmt::join(names, ", "));
  }

  void dimension(const DimensionRow& row) {
    const ColumnRow& keys = plan_.columns()[row.key_column];
    const std::string parent = row.parent == no_row ? "" : fmt::format(" in {}", name(plan_.dimensions()[row.parent].name));
    std::string range = key_range(plan_, row);
    if (!range.empty()) range = ", " + visible(range);
    out_ += '\n';
    line("dimension {} : {}{}: {}{}", name(row.name), expression::type_name(keys.type, plan_.strings()), parent,
         count_of(row.record_count, "record"), range);
    for (std::uint32_t i = 0; i < row.implied_count; ++i)
      line("  implies {}", name(plan_.dimensions()[plan_.implied()[row.first_implied + i].dimension].name));
    for (std::uint32_t i = 0; i < row.attribute_count; ++i) {
      const ColumnRow& column = plan_.columns()[row.first_attribute + i];
      line("  attribute {} : {}{}", name(column.name), expression::type_name(column.type, plan_.strings()),
           i == row.order_attribute ? ", orders it" : "");
    }
  }

  void dataset(std::uint32_t id) {
    const DatasetRow& row = plan_.datasets()[id];
    std::vector<std::string> words = {count_of(row.family.count, "file")};
    if (row.is_external != 0) words.emplace_back("external");
    if (row.persistence != Persistence::keep) words.emplace_back(persistence_name(row.persistence));
    if (row.is_optional != 0) words.emplace_back("optional");
    if (row.is_goal != 0) words.emplace_back("goal");
    if (row.is_certified != 0) words.emplace_back("certified");
    if (row.keep_for > 0) words.push_back(fmt::format("kept for {}", expression::to_text(row.keep_for, duration_type())));
    const auto makers = producing_tasks(plan_, row);
    if (!makers.empty()) words.push_back(fmt::format("made by {}", join_words(makers)));
    out_ += '\n';
    line("dataset {}{}: {}", name(row.family.name), over(row.family), fmt::join(words, ", "));
    line("  path {}", json_quoted(template_text(plan_, row.path, nullptr)));
    if (row.publication != Publication::none)
      line("  {} {}", publication_name(row.publication), json_quoted(template_text(plan_, row.published_path, nullptr)));
    for (const FieldRow& field : plan_.fields(row))
      line("  field {} : {} = {}{}", name(field.name), expression::type_name(field.type, plan_.strings()), json_quoted(name(field.source)),
           field.values.count > 0 ? ", used in planning" : "");
    for (std::uint32_t i = 0; with_elements_ && i < row.family.count; ++i)
      line("    {} {}", dataset_element_name(plan_, id, i), visible(dataset_path(plan_, id, i)));
  }

  void task(std::uint32_t id) {
    const TaskRow& row = plan_.tasks()[id];
    out_ += '\n';
    const std::string pending = row.pending_count == 0 ? "" : fmt::format(", {} pending", grouped(row.pending_count));
    line("task {}{}: {}{}, level {}", name(row.family.name), over(row.family), count_of(row.family.count, "element"), pending, row.level);
    for (const InputRow& input : plan_.inputs(row)) this->input(row, input);
    for (const OutputRow& output : plan_.outputs(row)) {
      const auto& target = plan_.datasets()[output.dataset].family;
      line("  out {} = {}: {}, {}", name(output.name), name(target.name), relation_name(output.relation.kind),
           count_of(count_files(plan_, output.relation, row.family.count, target.count), "file"));
    }
    if (row.tool.exists() && !name(row.tool).empty()) line("  tool {}", name(row.tool));
    if (row.env.exists() && !name(row.env).empty()) line("  env {}", name(row.env));
    for (const VersionRow& version : plan_.versions())
      if (version.task == id) line("  version {}", name(version.command));
    std::vector<std::string_view> parameters;
    for (const ParameterUseRow& use : plan_.parameter_uses())
      if (use.task == id) parameters.push_back(name(plan_.parameters()[use.parameter].name));
    std::sort(parameters.begin(), parameters.end());
    if (!parameters.empty()) line("  parameters {}", fmt::join(parameters, ", "));
    clauses(row);
    command("run", row.command, row);
    for (const RungRow& rung : plan_.rungs(row)) command(fmt::format("then {}", rung.count), rung.command, row);
    command("verify", row.verify, row);
    for (std::uint32_t i = 0; with_elements_ && i < row.family.count; ++i) element(id, i);
  }

  void input(const TaskRow& task, const InputRow& input) {
    const auto& target = plan_.datasets()[input.dataset].family;
    std::vector<std::string> words = {std::string(relation_name(input.relation.kind)),
                                      count_of(count_files(plan_, input.relation, task.family.count, target.count), "file")};
    if (input.is_lookup != 0) words.emplace_back("look-up");
    if (input.is_gather != 0) words.emplace_back("gather");
    if (input.is_survivors != 0) words.emplace_back("survivors");
    if (input.is_recurrent != 0) words.emplace_back("recurrent");
    if (input.is_implicit != 0) words.emplace_back("implicit");
    if (input.minimum > 0) words.push_back(fmt::format("min {}", input.minimum));
    if (input.type.is_optional) words.emplace_back("optional");
    line("  in {} {} {}: {}", name(input.name), input.branch == 0 ? "=" : "else", name(target.name), fmt::join(words, ", "));
  }

  void certification(const CertifyRow& row) {
    const TaskRow& task = plan_.tasks()[row.task];
    const auto& target = plan_.datasets()[row.dataset].family;
    out_ += '\n';
    line("certify {} when {}: {}", name(target.name), name(task.family.name),
         count_of(count_files(plan_, row.relation, task.family.count, target.count), "file"));
    line("  from {} until {}", expression_text(plan_, row.begin, nullptr),
         row.until.exists() ? expression_text(plan_, row.until, nullptr) : "next");
  }

  void stage(const StageRow& row) {
    std::vector<std::string> tasks;
    for (const std::uint32_t task : plan_.indices(row.tasks)) tasks.emplace_back(name(plan_.tasks()[task].family.name));
    out_ += '\n';
    line("stage: {} waits for {} of {}", name(row.what), count_of(row.elements.count, "file"),
         name(plan_.datasets()[row.dataset].family.name));
    if (!tasks.empty()) line("  more elements of {}", join_words(tasks));
    for (const std::uint32_t element : plan_.indices(row.elements))
      if (with_elements_ && element < plan_.datasets()[row.dataset].family.count)
        line("    {}", dataset_element_name(plan_, row.dataset, element));
  }

  void clauses(const TaskRow& row) {
    const auto& resources = expression::resource_names;
    for (std::size_t i = 0; i < resources.size(); ++i)
      if (row.resources[i].exists()) line("  {} {}", resources[i], expression_text(plan_, row.resources[i], &row));
    for (const SlotsRow& slots : plan_.slots(row)) line("  slots {} {}", name(slots.name), expression_text(plan_, slots.count, &row));
    if (row.retry.count > 0 || row.rung_count > 0) retry(row.retry);
    if (row.empty_codes.count > 0) line("  empty on exit {}", fmt::join(plan_.scalars(row.empty_codes), ", "));
    for (const MetricRow& metric : plan_.metrics(row))
      line("  metric {} : {}", name(metric.name), expression::type_name(metric.type, plan_.strings()));
    for (const ExpectRow& expect : plan_.expects(row))
      line("  expect {} else {}", expression_text(plan_, expect.condition, &row), expect.fails != 0 ? "fail" : "warn");
  }

  void retry(const RetryRow& row) {
    static constexpr std::array<std::string_view, 4> causes = {"memory", "timeout", "lost", "exit"};
    const auto& resources = expression::resource_names;
    std::vector<std::string> on;
    for (std::size_t i = 0; i < causes.size(); ++i)
      if ((row.causes & (1U << i)) != 0) on.emplace_back(causes[i]);
    if (row.exit_codes.count > 0 && !on.empty()) on.back() += fmt::format(" {}", fmt::join(plan_.scalars(row.exit_codes), " "));
    std::vector<std::string> with;
    for (std::size_t i = 0; i < resources.size(); ++i)
      if (row.growth[i] != 1) with.push_back(fmt::format("{} * {}", resources[i], row.growth[i]));
    line("  retry {}{}{}{}{}", row.count, on.empty() ? "" : " on ", fmt::join(on, ", "), with.empty() ? "" : " with ",
         fmt::join(with, ", "));
  }

  void command(std::string_view word, const CommandRow& row, const TaskRow& task) {
    if (row.kind == CommandKind::none) return;
    const std::string how = row.kind == CommandKind::words   ? ""
                            : row.kind == CommandKind::shell ? " in a shell"
                                                             : fmt::format(" by {}", name(row.interpreter));
    line("  {}{} {}", word, how, json_quoted(command_text(plan_, row, &task)));
  }

  void element(std::uint32_t task, std::uint32_t i) {
    const ElementRef ref{task, i};
    line("    {}", element_name(plan_, ref));
    for (const FileUse& use : input_files(plan_, ref))
      line("      in {} {}", name(plan_.inputs(plan_.tasks()[task])[use.port].name), visible(use.path));
    for (const FileUse& use : output_files(plan_, ref))
      line("      out {} {}", name(plan_.outputs(plan_.tasks()[task])[use.port].name), visible(use.path));
  }

  static Type duration_type() { return Type::of(expression::Kind::duration); }

  const Plan& plan_;
  bool with_elements_;
  std::string out_;
};

}  // namespace

std::string print(const Plan& plan, bool with_elements) { return Printer(plan, with_elements).print(); }

}  // namespace osac::plan
