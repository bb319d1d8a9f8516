// Resources and commands of elements, and what is expected of them: the task's expressions, evaluated.

#include <fmt/format.h>

#include <array>
#include <optional>

#include "compiler/base/text.h"
#include "compiler/expression/quote.h"
#include "compiler/plan/make_command.h"
#include "compiler/plan/scope.h"
#include "compiler/plan/state.h"
#include "compiler/plan/symbolic_text.h"

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

}  // namespace

Result<Command> make_command(const Plan& plan, ElementRef ref, const CommandRow& row, const CommandContext& context, std::string_view what,
                             const std::function<void(std::string_view)>& on_value) {
  const TaskScope scope(plan, ref, context);
  const bool is_symbolic = plan.state().names_fields && !context.record_field;
  auto made = guarded([&] {
    const SymbolicText symbolic(plan, plan.tasks()[ref.task], scope, is_symbolic ? on_value : nullptr);
    Command command;
    command.kind = row.kind;
    if (row.kind == CommandKind::words) {
      const std::vector<ExprId> words = words_of(plan, row);
      command.words = is_symbolic ? symbolic.words(words) : expression::evaluate_words(plan.pool(), words, scope);
    } else if (row.kind != CommandKind::none) {
      command.text = is_symbolic ? symbolic.text(row.text) : expression::evaluate(plan.pool(), row.text, scope).text();
      if (row.interpreter.exists()) command.interpreter = plan.text(row.interpreter);
    }
    return command;
  });
  if (!made) return tl::unexpected<Error>(named(plan, ref, what, std::move(made).error()));
  return made;
}

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

std::uint32_t rung_of(const Plan& plan, const TaskRow& task, std::uint32_t attempt) {
  const auto rungs = plan.rungs(task);
  std::uint64_t last = std::uint64_t{1} + task.retry.count;  // attempt made with the command before
  std::uint32_t rung = 0;
  for (; rung < rungs.size() && attempt > last; ++rung) last += rungs[rung].count;
  return rung;
}

std::uint32_t retry_count(const Plan& plan, const TaskRow& task) {
  std::uint64_t count = task.retry.count;
  for (const RungRow& rung : plan.rungs(task)) count += rung.count;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(count, 0xffffffffU));
}

Result<Command> command(const Plan& plan, ElementRef ref, const CommandContext& context) {
  const TaskRow& task = plan.tasks()[ref.task];
  const std::uint32_t rung = rung_of(plan, task, context.attempt);
  return make_command(plan, ref, rung == 0 ? task.command : plan.rungs(task)[rung - 1].command, context, "the command");
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

Result<std::vector<ExpectOutcome>> check_expects(const Plan& plan, ElementRef ref, const std::vector<MetricValue>& metrics,
                                                 const CommandContext& context) {
  const MetricScope scope(plan, ref, metrics, context);
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
