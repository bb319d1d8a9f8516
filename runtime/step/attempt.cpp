// The attempt's state machine: begin -> running -> (verifying ->) over. Each way out goes through `finish`, which records the end and
// clears the scratch.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <unordered_set>

#include "compiler/base/check.h"
#include "compiler/base/text.h"
#include "runtime/step/execution_record.h"
#include "runtime/step/input_records.h"
#include "runtime/step/judge.h"
#include "runtime/step/launch.h"
#include "runtime/step/metrics.h"
#include "runtime/step/publish.h"
#include "runtime/step/scratch.h"
#include "runtime/step/step.h"
#include "runtime/step/system.h"

namespace osac::step {

namespace {

// of a command in records: enough to read, not enough to fill the disk when a gather names 100,000 files
constexpr std::size_t longest_recorded_command = 16'384;

std::string recorded(std::string command) {
  if (command.size() <= longest_recorded_command) return command;
  const std::size_t size = command.size();
  command.resize(longest_recorded_command);
  while (find_malformed_utf8(command)) command.pop_back();  // a character was cut in two
  return command + fmt::format(" ... ({} bytes)", grouped(size));
}

std::uint64_t key_of(const plan::FileUse& use) { return (std::uint64_t{use.port + use.branch} << 32) | use.element; }

}  // namespace

struct Attempt::State {
  const plan::Plan& plan;
  const Config config;
  const Request request;
  JournalWriter& journal;
  const runtime::Clock& clock;

  enum class Phase { fresh, running, verifying, over };
  Phase phase = Phase::fresh;
  const plan::TaskRow& task;
  std::string file_name;  // of the element
  std::vector<Target> targets;
  std::size_t next_target = 0;  // commands name outputs in order: where to look first
  std::unordered_set<std::uint64_t> kept_inputs;
  bool filters_inputs = false;
  InputRecords input_records;
  std::optional<Scratch> scratch;
  std::string trouble;  // of a list file: its callback can give no error
  EndRecord record;
  std::string program;  // of the process that runs, for messages

  State(const plan::Plan& the_plan, const Config& the_config, Request the_request, JournalWriter& the_journal,
        const runtime::Clock& the_clock)
      : plan(the_plan),
        config(the_config),
        request(std::move(the_request)),
        journal(the_journal),
        clock(the_clock),
        task(the_plan.tasks()[request.element.task]),
        input_records(the_plan) {
    record.execution = config.execution;
    record.element = plan::element_name(plan, request.element);
    record.attempt = request.attempt;
    record.fingerprint = request.fingerprint;
    record.tool = task.tool.exists() ? plan.text(task.tool) : "";
    record.env = request.env.name;
    record.host = config.host;
    record.cpus = request.resources.cpus;
    record.memory = request.resources.memory;
    record.inputs = request.inputs;
    record.plan = hexadecimal(plan.id());
    record.rung = plan::rung_of(plan, task, request.attempt);
    record.lookups = lookups_of(plan, request.element, request.input_uses);
    file_name = plan::element_file_name(plan, request.element);
    record.log = fmt::format("{}/logs/{}/{}.log", config.layout.state, plan.text(task.family.name), file_name);
  }

  // ---- before the process

  /// Whether all inputs are still there; what a task made and is gone may be made again, so it is another class.
  std::optional<Next> missing_input() {
    for (std::size_t i = 0; i < request.inputs.size(); ++i) {
      const InputRecord& input = request.inputs[i];
      struct stat info {};
      if (::stat(input.path.c_str(), &info) == 0) continue;
      if (errno != ENOENT && errno != ENOTDIR)
        return fail(FailureClass::environment, system_failure(errno, "examine", input.path).value().what);
      const bool is_external = i < request.input_uses.size() && plan.datasets()[request.input_uses[i].dataset].is_external != 0;
      return fail(is_external ? FailureClass::environment : FailureClass::lost,
                  fmt::format("input `{}` is missing: {}", input.port, input.path));
    }
    return std::nullopt;
  }

  std::string obstacle() const {
    for (const Target& target : targets)
      if (std::string found = obstacle_at(target); !found.empty()) return found;
    return {};
  }

  std::string output_path(const plan::FileUse& use) {
    for (std::size_t tries = 0; tries < targets.size(); ++tries) {
      const Target& target = targets[next_target];
      if (key_of(target.use) == key_of(use)) return target.path;
      next_target = next_target + 1 == targets.size() ? 0 : next_target + 1;
    }
    return use.path;
  }

  void prepare_input_filter() {
    for (const plan::InputRow& input : plan.inputs(task)) filters_inputs = filters_inputs || input.is_survivors != 0;
    if (!filters_inputs) return;
    for (const plan::FileUse& use : request.input_uses) kept_inputs.insert(key_of(use));
  }

  /// What a command names beside the places that it writes to.
  plan::CommandContext shared_context() {
    plan::CommandContext context;
    context.resources = request.resources;
    context.attempt = request.attempt;
    if (filters_inputs) context.input_filter = [this](const plan::FileUse& use) { return kept_inputs.contains(key_of(use)); };
    context.record_field = [this](const plan::FileUse& use, std::uint32_t field) { return input_records.field(use, field); };
    return context;
  }

  plan::CommandContext context_for(const std::string& list_stem) {
    plan::CommandContext context = shared_context();
    context.scratch = scratch->temporary();
    context.output_path = [this](const plan::FileUse& use) { return output_path(use); };
    context.list_file = [this, list_stem](std::uint32_t hole, const std::vector<std::string>& names) {
      return write_list(list_stem, hole, names);
    };
    return context;
  }

  std::string write_list(const std::string& stem, std::uint32_t hole, const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
      if (name.find('\n') != std::string::npos)
        trouble = fmt::format("a list of files cannot hold the name `{}`: it has a line end in it", visible(name));
      text += name;
      text += '\n';
    }
    std::string path = fmt::format("{}/{}-{}.txt", scratch->folder, stem, hole);
    if (auto written = write_new_file(path, text); !written) trouble = written.error().what;
    return path;
  }

  /// The command as people should see it: final names, no scratch.
  std::string command_for_people() {
    plan::CommandContext context = shared_context();
    context.scratch = "OSA_SCRATCH";
    context.list_file = [](std::uint32_t hole, const std::vector<std::string>&) { return fmt::format("LIST-{}", hole); };
    const auto shown = plan::command(plan, request.element, context);
    return shown ? recorded(plan::command_line(*shown)) : "";
  }

  Status open_log() {
    const std::string folder = folder_of(record.log);
    const bool is_first = request.attempt == 1;
    if (is_first && ::unlink(record.log.c_str()) != 0 && errno != ENOENT) return system_failure(errno, "replace", record.log);
    const auto open_it = [&] { return ::open(record.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0666); };
    Descriptor file(open_it());
    if (!file.exists() && errno == ENOENT) {
      if (auto made = make_folders(folder); !made) return made;
      file = Descriptor(open_it());
    }
    if (!file.exists()) return system_failure(errno, "open", record.log);
    const std::string header = fmt::format("# {} attempt {} on {} at {}\n# {}\n", record.element, request.attempt, record.host,
                                           runtime::utc_text(record.started), visible(record.command));
    if (!write_all(file.number(), header) || !file.close()) return system_failure(errno, "write", record.log);
    return {};
  }

  Result<Process> process_of(const Result<plan::Command>& command, const std::string& stem) {
    if (!command) return tl::unexpected(command.error());
    if (!trouble.empty()) return failure(Trouble::environment, trouble);
    auto process = make_process(*command, config, request, *scratch, {record.element, stem, record.log});
    if (process) program = command->kind == plan::CommandKind::words && !command->words.empty() ? command->words[0] : "";
    return process;
  }

  Next begin() {
    record.started = clock.wall();
    prepare_input_filter();
    record.command = command_for_people();
    if (auto missing = missing_input()) return std::move(*missing);
    targets = targets_of(plan, request.element);
    if (std::string found = obstacle(); !found.empty()) return fail(FailureClass::environment, std::move(found));
    auto made = make_scratch(config, file_name, request.attempt, targets);
    if (!made) return fail(FailureClass::environment, made.error().what);
    scratch = std::move(*made);
    fail_point("after_scratch");
    auto process = process_of(plan::command(plan, request.element, context_for("list")), "command");
    if (!process) return fail(FailureClass::environment, process.error().what);
    if (auto opened = open_log(); !opened) return fail(FailureClass::environment, opened.error().what);
    phase = Phase::running;
    if (process->argv.empty()) return ended({});  // a task without a command: its outputs have to be there by themselves, and are not
    return {std::move(*process), std::nullopt};
  }

  // ---- after the process

  ExitContext exit_context() const {
    ExitContext context;
    for (const plan::Scalar code : plan.scalars(task.empty_codes)) context.empty_codes.push_back(static_cast<std::int32_t>(code));
    context.program = program;
    context.log = record.log;
    context.time_limit = request.resources.time;
    context.memory = request.resources.memory;
    return context;
  }

  Next ended(const Exit& exit) {
    record.cpu_time += exit.cpu_time;
    record.peak_memory = std::max(record.peak_memory, exit.peak_memory);
    OSAC_CHECK(phase == Phase::running || phase == Phase::verifying, "an attempt ended that was not running");
    return phase == Phase::running ? command_ended(exit) : verify_ended(exit);
  }

  Next command_ended(const Exit& exit) {
    record.exit_code = exit.code;
    record.signal = exit.signal;
    if (request.tool_version) record.tool_version = request.tool_version();
    Verdict verdict = judge_exit(exit, exit_context());
    if (verdict.outcome != Outcome::succeeded) return finish(verdict.outcome, verdict.failure, std::move(verdict.reason));
    if (verdict.is_empty) {
      record.is_empty = true;
      return succeed();
    }
    if (std::string problem = judge_outputs(targets); !problem.empty()) return fail(FailureClass::output, std::move(problem));
    if (auto failed = check_metrics()) return std::move(*failed);
    return verify_or_publish();
  }

  std::optional<Next> check_metrics() {
    Metrics metrics = read_metrics(plan, task, scratch->metrics());
    if (!metrics.problem.empty()) return fail(FailureClass::output, std::move(metrics.problem));
    record.metrics = std::move(metrics.records);
    if (task.expect_count == 0) return std::nullopt;
    const auto outcomes = plan::check_expects(plan, request.element, metrics.values, shared_context());
    if (!outcomes) return fail(FailureClass::expect, outcomes.error().what);
    for (const plan::ExpectOutcome& outcome : *outcomes) {
      if (outcome.holds) continue;
      if (outcome.fails) return fail(FailureClass::expect, outcome.message);
      record.warnings.push_back(outcome.message);
    }
    return std::nullopt;
  }

  Next verify_or_publish() {
    if (task.verify.kind == plan::CommandKind::none) return publish_outputs();
    auto process = process_of(plan::verify_command(plan, request.element, context_for("verify-list")), "verify");
    if (!process) return fail(FailureClass::environment, process.error().what);
    phase = Phase::verifying;
    return {std::move(*process), std::nullopt};
  }

  Next verify_ended(const Exit& exit) {
    ExitContext context = exit_context();
    context.empty_codes.clear();
    Verdict verdict = judge_verify(exit, context);
    if (verdict.outcome != Outcome::succeeded) {
      record.exit_code = exit.code;
      record.signal = exit.signal;
      return finish(verdict.outcome, verdict.failure, std::move(verdict.reason));
    }
    if (std::string problem = judge_outputs(targets); !problem.empty()) return fail(FailureClass::output, "after verify: " + problem);
    return publish_outputs();
  }

  /// Compares the inputs with what they were when the run looked at them.
  Status check_taint() {
    std::vector<std::string> changed;
    for (const InputRecord& input : request.inputs) {
      auto now = file_state(input.path, false);
      if (!now) return tl::unexpected(now.error());
      if (same_stat(*now, input.state)) continue;
      if (input.state.content != Digest{} && now->size == input.state.size) {
        now = file_state(input.path, true);
        if (!now) return tl::unexpected(now.error());
        if (now->content == input.state.content && now->is_directory == input.state.is_directory) continue;
      }
      if (changed.size() < 5) changed.push_back(fmt::format("`{}` ({})", input.port, input.path));
    }
    if (changed.empty()) return {};
    record.is_tainted = true;
    record.reason = fmt::format("input {} changed while it ran", join_words(changed));
    return {};
  }

  Next publish_outputs() {
    if (auto checked = check_taint(); !checked) return fail(FailureClass::environment, checked.error().what);
    if (std::string found = obstacle(); !found.empty()) return fail(FailureClass::environment, std::move(found));
    std::vector<Publication> publications;
    PublishIntent intent{record.execution, record.element, record.attempt, {}, {}};
    for (const Target& target : targets) {
      Publication publication{target.path, target.final_path, target.is_directory, target.is_protected};
      if (target.is_directory) publication.from.pop_back();
      auto state = file_state(publication.from, true);
      if (!state) return fail(FailureClass::environment, state.error().what);
      intent.moves.push_back({publication.from, publication.to, *state});
      record.outputs.push_back({target.port, target.use.path, *state});
      publications.push_back(std::move(publication));
    }
    if (std::string why = request.fence ? request.fence() : ""; !why.empty()) {
      record.outputs.clear();
      return finish(Outcome::lost, FailureClass::lost, std::move(why));
    }
    if (publications.empty()) return succeed();
    record.outcome = Outcome::succeeded;
    record.ended = clock.wall();
    intent.end = record;
    const PublishResult result = publish(publications, intent, journal, config.durability);
    if (result.published == Published::failed) {
      record.outputs.clear();
      return fail(FailureClass::environment, result.problem);
    }
    phase = Phase::over;
    if (result.published == Published::unrecorded) {
      record.outcome = Outcome::failed;
      record.failure = FailureClass::environment;
      record.reason = result.problem + "; the next `osac run` will finish it";
      return {std::nullopt, record};
    }
    record = std::move(intent.end);
    clear_scratch(ScratchEnd::remove);
    return {std::nullopt, record};
  }

  // ---- the ends

  Next succeed() {
    if (!record.is_tainted && record.is_empty)
      if (auto checked = check_taint(); !checked) return fail(FailureClass::environment, checked.error().what);
    return finish(Outcome::succeeded, FailureClass::none, std::move(record.reason));
  }

  Next fail(FailureClass failure, std::string reason) { return finish(Outcome::failed, failure, std::move(reason)); }

  Next finish(Outcome outcome, FailureClass failure, std::string reason) {
    phase = Phase::over;
    record.outcome = outcome;
    record.failure = failure;
    record.reason = std::move(reason);
    record.ended = clock.wall();
    if (auto written = journal.append(record); !written) {
      record.outcome = Outcome::failed;
      record.failure = FailureClass::environment;
      record.reason = record.reason.empty() ? written.error().what : record.reason + "; and " + written.error().what;
    }
    const bool keeps = config.keep_failed && record.outcome != Outcome::succeeded && record.outcome != Outcome::cancelled;
    clear_scratch(keeps ? ScratchEnd::keep : ScratchEnd::remove);
    return {std::nullopt, record};
  }

  /// What cannot be removed now, the next start of osac removes: it is no reason to fail.
  void clear_scratch(ScratchEnd end) {
    if (scratch) (void)end_scratch(config, file_name, *scratch, end);
    scratch.reset();
  }
};

Attempt::Attempt(const plan::Plan& plan, const Config& config, Request request, JournalWriter& journal, const runtime::Clock& clock)
    : state_(std::make_unique<State>(plan, config, std::move(request), journal, clock)) {}
Attempt::~Attempt() = default;

Attempt::Next Attempt::begin() {
  OSAC_CHECK(state_->phase == State::Phase::fresh, "an attempt was begun twice");
  return state_->begin();
}

Attempt::Next Attempt::ended(const Exit& exit) { return state_->ended(exit); }

Status Attempt::started(std::int64_t pid) {
  const State& state = *state_;
  AttemptStart record;
  record.execution = state.config.execution;
  record.element = state.record.element;
  record.attempt = state.request.attempt;
  record.time = state.clock.wall();
  record.pid = pid;
  record.pid_start = process_start(pid).value_or(0);
  record.scratch = state.scratch ? state.scratch->folder : "";
  return state.journal.append(record);
}

}  // namespace osac::step
