// The identity of an element's commands, as one text.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "compiler/plan/make_command.h"

namespace osac::plan {

namespace {

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
  const auto is_named_in = [&](const CommandRow& row) {
    if (names_resource(plan.pool(), row.text)) return true;
    const auto words = plan.indices(row.words);
    return std::any_of(words.begin(), words.end(), [&](std::uint32_t word) { return names_resource(plan.pool(), ExprId{word}); });
  };
  const auto rungs = plan.rungs(task);
  return is_named_in(task.command) || is_named_in(task.verify) ||
         std::any_of(rungs.begin(), rungs.end(), [&](const RungRow& rung) { return is_named_in(rung.command); });
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
  std::string values;
  const auto on_value = [&](std::string_view value) { append_field(value, values); };
  std::string text;
  Status made;
  const auto add = [&](const CommandRow& row, std::string_view what) {
    const auto command = made ? make_command(plan, ref, row, context, what, on_value) : Command{};
    if (!command) made = tl::unexpected<Error>(command.error());
    if (made) append_command(*command, text);
  };
  add(task.command, "the command");
  add(task.verify, "the `verify` command");
  for (const RungRow& rung : plan.rungs(task)) add(rung.command, "the command of a retry");
  if (!made) return tl::unexpected<Error>(std::move(made).error());
  return text + lists + values;
}

}  // namespace osac::plan
