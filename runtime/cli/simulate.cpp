// osac simulate: what would be submitted and run, before anything is: the table of osac status, what osac submit --simulate says, and the
// start conditions. It changes nothing on disk, and needs no Slurm.

#include <fmt/format.h>

#include "compiler/base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/start.h"
#include "runtime/cli/status_look.h"
#include "runtime/cli/submit_next.h"
#include "runtime/local/settle.h"

namespace osac::cli {

namespace {

/// Everything that is said.
struct Simulation {
  const plan::Plan& plan;
  StatusLook look;
  StartConditions start;
  bool is_for_slurm = false;
  NextOutcome submission{};
  [[nodiscard]] std::uint32_t on_their_way() const {
    const StatusCell& total = look.table.all.total;
    return total.running + total.queued + total.unknown;
  }
  [[nodiscard]] std::uint32_t to_be_made() const { return look.table.all.total.all - look.table.all.total.done - on_their_way(); }
};

std::string as_text(const Simulation& simulation) {
  const StatusCell& total = simulation.look.table.all.total;
  std::string out = status_text(simulation.look.table, true);
  out += fmt::format("{}: {} up to date, {} to be made", count_of(total.all, "element"), grouped(total.done),
                     grouped(simulation.to_be_made()));
  if (simulation.on_their_way() > 0) out += fmt::format(", {} on their way", grouped(simulation.on_their_way()));
  out += "\n";
  for (const std::string& line : stage_lines(simulation.plan)) out += visible(line) + "\n";
  if (simulation.is_for_slurm) out += simulation.submission.report.empty() ? "there is nothing to submit\n" : simulation.submission.report;
  return out + conditions_text(simulation.start);
}

std::string as_json(const Simulation& simulation) {
  const StatusTable& table = simulation.look.table;
  const NextOutcome& submission = simulation.submission;
  std::string stages;
  for (const plan::StageRow& stage : simulation.plan.stages())
    stages += fmt::format("{}{{\"what\": {}, \"waits_for\": {}, \"files\": {}}}", stages.empty() ? "" : ", ",
                          json_quoted(simulation.plan.text(stage.what)),
                          json_quoted(simulation.plan.text(simulation.plan.datasets()[stage.dataset].family.name)), stage.elements.count);
  const std::string slurm =
      !simulation.is_for_slurm
          ? "null"
          : fmt::format(
                "{{\"elements\": {}, \"array_tasks\": {}, \"arrays\": {}, \"later\": {}, \"sbatch_calls\": {}, \"lines\": {}, "
                "\"false_waits\": {}, \"critical_path_seconds\": {}, \"queue_unknown\": {}}}",
                submission.elements, submission.array_tasks, submission.arrays, submission.later, submission.sbatch_calls, submission.lines,
                submission.false_waits, submission.critical_path / 1'000'000'000,
                submission.silent.empty() ? "null" : json_quoted(submission.silent));
  return fmt::format(
      "{{\n  \"workflow\": {},\n  \"plan\": {},\n  \"elements\": {},\n  \"up_to_date\": {},\n  \"to_be_made\": {},\n  \"on_their_way\": "
      "{},\n  \"dimension\": {},\n  \"rows\": [{}\n  ],\n  \"stages\": [{}],\n  \"slurm\": {},\n  \"start\": [{}]\n}}\n",
      json_quoted(simulation.plan.workflow()), json_quoted(table.plan), table.all.total.all, table.all.total.done, simulation.to_be_made(),
      simulation.on_their_way(), json_quoted(table.dimension), status_rows_json(table), stages, slurm, conditions_json(simulation.start));
}

}  // namespace

int run_simulate(const Arguments& arguments) {
  int exit_code = exit_done;
  SessionOptions options;
  options.settles = true;
  const auto session = open_session(arguments, driver::Stage::plan, exit_code, options);
  if (!session) return exit_code;
  if (auto entered = enter_folder(session->folder); !entered) return report(entered.error());
  const std::string state = state_folder(session->plan().workflow());
  auto history = registry::read_history(state);
  if (!history) return report(history.error());
  const auto settled = local::settle(session->plan(), session->site, session->growth_options({}), std::move(*history));
  if (!settled) return report(settled.error());
  for (const local::WrongFile& wrong : settled->wrong) tell(wrong.report);
  auto look = look_at_status(*settled->plan, state, session->site, arguments.status.dimension);
  if (!look) return report(look.error());
  look->table.is_ahead = true;
  const bool is_for_slurm = arguments.compile.target == "slurm" || session->site.slurm != site::Slurm{};
  auto start = conditions_of(*session, arguments.workflow, is_for_slurm);
  if (!start) return report(start.error());
  Simulation simulation{*settled->plan, std::move(*look), std::move(*start), is_for_slurm};
  if (is_for_slurm) {
    if (const int code = simulate_submission(arguments, *session, simulation.submission); code != exit_done) return code;
    if (!simulation.submission.silent.empty()) tell("note: what is in the queue is not known: " + simulation.submission.silent + "\n");
  }
  return print_result(arguments.workflow.json ? as_json(simulation) : as_text(simulation));
}

}  // namespace osac::cli
