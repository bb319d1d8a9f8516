// Resources, commands and identities of elements: the task's expressions, evaluated.

#include <fmt/format.h>

#include <array>
#include <optional>

#include "compiler/base/text.h"
#include "compiler/expression/quote.h"
#include "compiler/plan/scope.h"

namespace osac::plan {

namespace {

Error named(const Plan& plan, ElementRef ref, std::string_view what, Error error) {
  error.what = fmt::format("{} of `{}`: {}", what, element_name(plan, ref), error.what);
  return error;
}

std::vector<ExprId> words_of(const Plan& plan, const CommandRow& row) {
  std::vector<ExprId> words;
  words.reserve(row.words.count);
  for (const std::uint32_t word : plan.indices(row.words)) words.push_back(ExprId{word});
  return words;
}

Result<Command> make_command(const Plan& plan, ElementRef ref, const CommandRow& row, const CommandContext& context,
                             std::string_view what) {
  const TaskScope scope(plan, ref, context);
  auto made = guarded([&] {
    Command command;
    command.kind = row.kind;
    if (row.kind == CommandKind::words) {
      command.words = expression::evaluate_words(plan.pool(), words_of(plan, row), scope);
    } else if (row.kind != CommandKind::none) {
      command.text = expression::evaluate(plan.pool(), row.text, scope).text();
      if (row.interpreter.exists()) command.interpreter = plan.text(row.interpreter);
    }
    return command;
  });
  if (!made) return tl::unexpected<Error>(named(plan, ref, what, std::move(made).error()));
  return made;
}

/// Whether an expression names a resource (`{cpus}`).
bool names_resource(expression::Pool pool, ExprId id) {
  if (!id.exists()) return false;
  const expression::Node& node = pool[id];
  if (node.op == expression::Op::resource) return true;
  for (std::uint32_t i = 0; i < node.child_count; ++i)
    if (names_resource(pool, ExprId{pool.child(node, i)})) return true;
  return false;
}

bool names_resources(const Plan& plan, const TaskRow& task) {
  for (const CommandRow* row : {&task.command, &task.verify}) {
    if (names_resource(plan.pool(), row->text)) return true;
    for (const std::uint32_t word : plan.indices(row->words))
      if (names_resource(plan.pool(), ExprId{word})) return true;
  }
  return false;
}

void append_field(std::string_view field, std::string& out) { fmt::format_to(std::back_inserter(out), "{}:{}\n", field.size(), field); }

void append_command(const Command& command, std::string& out) {
  static constexpr std::array<std::string_view, 4> kinds = {"none", "words", "shell", "script"};
  out += kinds[static_cast<std::size_t>(command.kind)];
  out += ' ';
  fmt::format_to(std::back_inserter(out), "{}\n", command.words.size());
  for (const std::string& word : command.words) append_field(word, out);
  append_field(command.interpreter, out);
  append_field(command.text, out);
}

}  // namespace

Result<Resources> resources(const Plan& plan, ElementRef ref) {
  const TaskRow& task = plan.tasks()[ref.task];
  const CommandContext nothing;  // resources may use the number of inputs, but no resources
  const TaskScope scope(plan, ref, nothing);
  const auto number = [&](ExprId id) { return id.exists() ? expression::evaluate(plan.pool(), id, scope).integer() : std::int64_t{0}; };
  auto made = guarded([&] {
    Resources out;
    out.cpus = number(task.resources[static_cast<std::size_t>(expression::Resource::cpus)]);
    out.memory = number(task.resources[static_cast<std::size_t>(expression::Resource::memory)]);
    out.time = number(task.resources[static_cast<std::size_t>(expression::Resource::time)]);
    out.disk = number(task.resources[static_cast<std::size_t>(expression::Resource::disk)]);
    out.gpus = number(task.resources[static_cast<std::size_t>(expression::Resource::gpus)]);
    for (const SlotsRow& slots : plan.slots(task)) out.slots.emplace_back(plan.text(slots.name), number(slots.count));
    return out;
  });
  if (!made) return tl::unexpected<Error>(named(plan, ref, "the resources", std::move(made).error()));
  return made;
}

Result<Command> command(const Plan& plan, ElementRef ref, const CommandContext& context) {
  return make_command(plan, ref, plan.tasks()[ref.task].command, context, "the command");
}

Result<Command> verify_command(const Plan& plan, ElementRef ref, const CommandContext& context) {
  return make_command(plan, ref, plan.tasks()[ref.task].verify, context, "the `verify` command");
}

std::string command_line(const Command& command) {
  std::string line;
  switch (command.kind) {
    case CommandKind::none:
      return line;
    case CommandKind::shell:
      return std::string(trim(command.text));
    case CommandKind::words:
      for (const std::string& word : command.words) line += (line.empty() ? "" : " ") + shell_quoted(word);
      return line;
    case CommandKind::script: {
      using expression::Language;
      const Language language = expression::find_language(command.interpreter);
      const bool takes_e = language == Language::perl || language == Language::ruby || language == Language::r ||
                           language == Language::julia || language == Language::javascript;
      return fmt::format("{} {} {}", shell_quoted(command.interpreter), takes_e ? "-e" : "-c", shell_quoted(command.text));
    }
  }
  return line;
}

Result<std::string> identity_text(const Plan& plan, ElementRef ref) {
  const TaskRow& task = plan.tasks()[ref.task];
  CommandContext context;
  context.scratch = "{scratch}";
  std::string lists;
  context.list_file = [&](std::uint32_t, const std::vector<std::string>& names) {
    fmt::format_to(std::back_inserter(lists), "list {}\n", names.size());
    for (const std::string& name : names) append_field(name, lists);
    return std::string("{list}");
  };
  if (names_resources(plan, task)) {
    auto planned = resources(plan, ref);
    if (!planned) return tl::unexpected<Error>(std::move(planned).error());
    context.resources = std::move(*planned);
  }
  std::string text;
  for (const CommandRow* row : {&task.command, &task.verify}) {
    const auto made = make_command(plan, ref, *row, context, row == &task.command ? "the command" : "the `verify` command");
    if (!made) return tl::unexpected<Error>(made.error());
    append_command(*made, text);
  }
  return text + lists;
}

Result<std::vector<ExpectOutcome>> check_expects(const Plan& plan, ElementRef ref, const std::vector<MetricValue>& metrics) {
  const MetricScope scope(plan, ref, metrics);
  auto made = guarded([&] {
    std::vector<ExpectOutcome> outcomes;
    for (const ExpectRow& expect : plan.expects(plan.tasks()[ref.task])) {
      ExpectOutcome outcome;
      const expression::Value holds = expression::evaluate(plan.pool(), expect.condition, scope);
      outcome.holds = !holds.is_absent() && holds.boolean();
      outcome.fails = expect.fails != 0;
      if (!outcome.holds) {
        const std::string message = expect.message.exists() ? expression::evaluate(plan.pool(), expect.message, scope).text() : "";
        outcome.message = !message.empty() ? message : fmt::format("expected `{}`", plan.text(expect.text));
      }
      outcomes.push_back(std::move(outcome));
    }
    return outcomes;
  });
  if (!made) return tl::unexpected<Error>(named(plan, ref, "what is expected", std::move(made).error()));
  return made;
}

}  // namespace osac::plan
