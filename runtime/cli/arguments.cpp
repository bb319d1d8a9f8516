#include "runtime/cli/arguments.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "compiler/base/text.h"
#include "runtime/cli/output.h"

namespace osac::cli {

namespace {

constexpr std::uint64_t most_elements = 4'000'000'000;  ///< what a plan can number
constexpr const char* version_text = "osac " OSAC_VERSION;

struct CommandLine {
  Arguments arguments;
  CLI::App app{"osac: workflows over dimensions, checked like programs", "osac"};

  CommandLine() {
    app.set_version_flag("--version", version_text);
    app.require_subcommand(0, 1);
    app.footer(
        "Start with `osac new my_workflow`, then `osac run my_workflow/words.osa`.\n"
        "Exit codes: 0 done, 1 an element failed (diff: there are differences, lint: findings), 2 usage, 3 mistakes in a workflow or "
        "table, 4 environment, "
        "5 busy, 6 damaged state, 75 "
        "temporary.");
    add_compiling();
    add_submitting();
    add_starting();
    add_past();
    add_jobs();
    add_tools();
  }

  void add_common(CLI::App* command) {
    command->add_option("--diagnostics", arguments.common.diagnostics, "how mistakes are printed")
        ->check(CLI::IsMember({"text", "line", "json", "sarif"}))
        ->capture_default_str();
    command->add_option("--color", arguments.common.colour, "colours")
        ->check(CLI::IsMember({"auto", "always", "never"}))
        ->capture_default_str();
  }

  /// A command on a workflow's file, with its parameters as further options.
  CLI::App* workflow_command(const std::string& name, const std::string& about, bool with_goals) {
    CLI::App* command = app.add_subcommand(name, about);
    command->set_help_flag();
    command->add_option("FILE", arguments.workflow.file, "the workflow, a .osa file");
    if (with_goals) add_goals(command);
    add_workflow(command);
    return command;
  }
  void add_goals(CLI::App* command) {
    command->add_option("GOAL", arguments.workflow.goals, "datasets or tasks to make instead of the workflow's goals");
    command->add_option("--where", arguments.workflow.where, "only goals for which this holds, and all they need: 'run in 2006..2009'");
  }
  void add_path(CLI::App* command) {
    command->add_option("--path", arguments.workflow.module_paths, "a folder in which imports are looked for (repeatable)")
        ->take_all()
        ->allow_extra_args(false);
  }
  void add_site(CLI::App* command) {
    command->add_option("--site", arguments.workflow.site_file, "the site file; default: site.yaml beside the workflow, if there is one");
  }
  void add_workflow(CLI::App* command) {
    WorkflowArguments& workflow = arguments.workflow;
    command->add_flag("-h,--help", workflow.wants_help, "this help; with a FILE also the workflow's own parameters");
    add_path(command);
    command->add_option("--params", workflow.params_file, "a YAML file of parameters");
    add_site(command);
    command
        ->add_option("--element-limit", workflow.element_limit,
                     "how many elements a dimension, task or dataset may have; default: 20,000,000")
        ->check(CLI::Range(std::uint64_t{1}, most_elements));
    add_common(command);
  }

  void add_no_scan(CLI::App* command) {
    command->add_flag("--no-scan", arguments.workflow.no_scan, "take external files to be there, do not look");
  }

  /// How a plan is laid out as job arrays. `with` begins the help.
  std::vector<CLI::Option*> add_arranging(CLI::App* command, const std::string& with) {
    return {command->add_option("--fuse", arguments.compile.fuse, with + "whether elementwise chains share an array task")
                ->check(CLI::IsMember({"on", "off"}))
                ->capture_default_str(),
            command->add_option("--bundle", arguments.compile.bundle,
                                with + "short elements share an array task of about this long (`10 min`)"),
            command->add_flag("--allow-waits", arguments.compile.allow_waits, with + "elements may wait for some that they do not need")};
  }
  void add_slurm(CLI::App* command) {
    CLI::Option* target =
        command->add_option("--target", arguments.compile.target, "what to make instead of a plan file: a folder of job arrays");
    target->check(CLI::IsMember({"slurm"}));
    command->add_flag("--report", arguments.compile.report, "with --target: only say what would be submitted, and what it costs")
        ->needs(target);
    for (CLI::Option* option : add_arranging(command, "with --target: ")) option->needs(target);
  }

  /// What an execution does once all is there.
  void add_closing(CLI::App* command) {
    CLI::Option* close = command->add_flag("--close", arguments.close.when_done, "close the night at the end if all of it is there");
    add_by(command)->needs(close);
  }
  CLI::Option* add_by(CLI::App* command) {
    return command->add_option("--by", arguments.close.dimension, "when closing, also the provenance of each key of this dimension");
  }

  void add_submitting() {
    SubmitArguments& submit = arguments.submit;
    CLI::App* command = workflow_command("submit", "make what is not up to date by Slurm jobs; nothing of osac stays behind", true);
    add_arranging(command, "");
    command->add_flag("--simulate", submit.simulate, "show what would be submitted, and the calls; submit and write nothing");
    command->add_option("--begin", submit.begin,
                        "when the first jobs may start, as sbatch understands it: 22:00, now+1hour, 2026-11-21T22:00");
    add_cluster(command, "");
    add_start(command);
    command->add_option("--continue", submit.continued, "for jobs: submit what the execution of this submission's folder can submit now");
    add_closing(command);
    command->add_option("--again", submit.again, "for jobs: the command that this file has on record, whose start conditions did not hold");
    command->add_option("--late", submit.late, "for jobs: tell who is told of `late`, unless the execution of this submission has ended");
    command->add_flag("--json", arguments.workflow.json, "what was submitted, as JSON");
    add_no_scan(command);
  }
  /// What jobs ask for, instead of what the site file says.
  std::vector<CLI::Option*> add_cluster(CLI::App* command, const std::string& with) {
    SubmitArguments& submit = arguments.submit;
    return {command->add_option("--partition", submit.partition, with + "the partition of all jobs, instead of the site file's"),
            command->add_option("--account", submit.account, with + "the account of all jobs, instead of the site file's"),
            command->add_option("--max-running", submit.max_running, with + "how many of one array run at once, instead of the site file's")
                ->check(CLI::PositiveNumber)};
  }
  void add_start(CLI::App* command) {
    command->add_flag("--now", arguments.start.now, "start whatever the site file's start conditions say");
    command->add_option("--due", arguments.start.due,
                        "by when it is to have ended, UTC: 12:00 or 2026-11-21T12:00; if not, those are told who are told of `late`");
  }

  /// Of automation.
  void add_starting() {
    CLI::App* simulate =
        workflow_command("simulate", "what would be submitted and run, as the table of osac status; changes nothing, needs no Slurm", true);
    simulate->add_option("--target", arguments.compile.target, "also as job arrays; default: if the site file says something of Slurm")
        ->check(CLI::IsMember({"slurm"}));
    simulate->add_option("--by", arguments.status.dimension, "the dimension whose keys are the rows; default: the first one");
    add_arranging(simulate, "");
    add_cluster(simulate, "");
    simulate->add_flag("--json", arguments.workflow.json, "as JSON");
    add_no_scan(simulate);

    CronArguments& cron = arguments.cron;
    CLI::App* command = workflow_command("cron", "the few lines that start a workflow each day, for crontab, scrontab or systemd", true);
    command->add_option("--at", cron.at, "when, a time of day, UTC: 08:00")->required();
    command->add_option(
        "--each", cron.each,
        "the parameter that is another one each day: date=yesterday, night=today:%Y%m%d; default: the only date without value");
    command->add_option("--format", cron.format, "for whom the lines are")
        ->check(CLI::IsMember({"crontab", "scrontab", "systemd"}))
        ->capture_default_str();
    command->add_option("--runs-on", cron.runs_on, "slurm: osac submit; here: osac run")
        ->check(CLI::IsMember({"slurm", "here"}))
        ->capture_default_str();
    command->add_option("--log", cron.log, "the file that takes what is said; default: the workflow's name with -cron.log, beside it");
    command->add_option("-j,--jobs", arguments.run.jobs, "passed on to osac run: cpus to use")->check(CLI::PositiveNumber);
    add_arranging(command, "passed on to osac submit: ");
    add_cluster(command, "passed on to osac submit: ");
    command->add_option("--due", arguments.start.due, "passed on: by when it is to have ended");
    add_closing(command);
  }

  void add_compiling() {
    CLI::App* check = workflow_command("check", "find all mistakes in a workflow", false);
    CLI::Option* json = check->add_flag("--json", arguments.workflow.json, "what is found, one JSON object a line, to standard output");
    check->add_flag("--sarif", arguments.workflow.sarif, "what is found as SARIF 2.1.0, to standard output")->excludes(json);

    CLI::App* compile = workflow_command("compile", "make a plan file, or show a stage of the compilation", true);
    compile->add_option("-o,--output", arguments.compile.output, "the plan file; default: the workflow's name with .plan");
    compile->add_option("--emit", arguments.compile.emit, "print a stage instead")
        ->check(CLI::IsMember({"tree", "program", "plan", "dot"}));
    compile->add_flag("--elements", arguments.compile.elements, "with --emit plan: every element");
    compile->add_flag("--json", arguments.workflow.json, "with --emit plan: as JSON");
    add_slurm(compile);
    add_no_scan(compile);

    CLI::App* plan = workflow_command("plan", "show what would run, and why; starts nothing", true);
    plan->add_flag("--json", arguments.workflow.json, "as JSON");
    plan->add_flag("--elements", arguments.compile.elements, "list every element, not only the first of each group");
    add_no_scan(plan);
    plan->add_option("--force", arguments.run.force, "a task or element that is to run even if it is up to date (repeatable)")
        ->take_all()
        ->allow_extra_args(false);

    CLI::App* run = workflow_command("run", "make what is not up to date", true);
    run->add_option("-j,--jobs", arguments.run.jobs, "cpus to use; default: all of them")->check(CLI::PositiveNumber);
    run->add_flag("--stop-at-first-failure", arguments.run.stop_at_first_failure, "start nothing more once something has failed");
    run->add_option("--force", arguments.run.force, "a task or element to run again even if it is up to date (repeatable)")
        ->take_all()
        ->allow_extra_args(false);
    run->add_flag("-n,--dry-run", arguments.run.dry_run, "same as `osac plan`");
    run->add_flag("--explain", arguments.run.explain, "say why each element runs");
    run->add_flag("--wait", arguments.run.wait, "wait while another osac uses this workflow, and until its start conditions hold");
    add_start(run);
    run->add_flag("-q,--quiet", arguments.run.quiet, "only the summary");
    add_closing(run);
    run->add_flag("--json", arguments.workflow.json, "the summary as JSON");

    CLI::App* why = workflow_command("why", "how a task's elements came about: the count after each condition", true);
    why->add_flag("--json", arguments.workflow.json, "as JSON");
    add_no_scan(why);

    add_asking();

    CLI::App* graph = workflow_command("graph", "draw the workflow, or one element's lineage", false);
    graph->add_option("ELEMENT", arguments.past.target, "whose lineage is drawn: 'reduce[exposure=16]', a dataset's element, a path");
    graph->add_option("--element", arguments.draw.element, "the same, as an option");
    graph->add_option("-o,--output", arguments.draw.output, "the picture; default: the workflow's name with .pdf");
    graph->add_option("--format", arguments.draw.format, "pdf, svg, png or dot; default: by the output's ending")
        ->check(CLI::IsMember({"pdf", "svg", "png", "dot"}));
    add_no_scan(graph);
    graph->add_flag("--downstream", arguments.draw.downstream, "also what is made from the element");
    graph->add_flag("--elements", arguments.draw.elements, "of a lineage: a box for each element and file, not one for alike ones");
  }

  void add_asking() {
    CLI::App* query = workflow_command("query", "what is made from what, by the plan alone: 'downstream flat[filter=r]'", false);
    query->add_option("EXPRESSION", arguments.query.words,
                      "a set of elements: names, `downstream`, `upstream`, `path A B`, `and`, `or`, `minus`");
    CLI::Option* files = query->add_flag("--files", arguments.query.files, "only the files, one path a line");
    CLI::Option* tasks = query->add_flag("--tasks", arguments.query.tasks, "only the elements of tasks");
    files->excludes(tasks);
    query->add_flag("--summary", arguments.query.summary, "counts by task and dataset");
    query->add_flag("--json", arguments.workflow.json, "as JSON");

    CLI::App* diff = app.add_subcommand("diff", "what two versions of a workflow make differently, and what would run again");
    diff->set_help_flag();
    diff->add_option("OLD", arguments.diff.old, "a .osa file or plan, REVISION:FILE, or a git revision of NEW");
    diff->add_option("NEW", arguments.workflow.file, "a .osa file or plan, or REVISION:FILE");
    add_goals(diff);
    add_workflow(diff);
    diff->add_flag("--tables-from-revision", arguments.diff.tables_from_revision,
                   "tables, too, as the revision has them; default: as they are now");
    add_no_scan(diff);
    diff->add_flag("--elements", arguments.diff.elements, "list every element, not only the first of each group");
    diff->add_flag("--json", arguments.workflow.json, "as JSON");
  }

  CLI::App* past_command(const std::string& name, const std::string& about, const std::string& target, const std::string& target_about) {
    CLI::App* command = app.add_subcommand(name, about);
    if (!target.empty()) command->add_option(target, arguments.past.target, target_about);
    command->add_option("-w,--workflow", arguments.past.workflow, "its name or file; default: the one executed last in this folder");
    add_common(command);
    return command;
  }

  void add_past() {
    CLI::App* status = past_command("status", "a table of what is done, failed, running and queued", "", "");
    add_name(status);
    status->add_flag("--watch", arguments.past.watch, "again every few seconds, until nothing is running or queued");
    status->add_flag("-l,--long", arguments.status.is_long, "also what the keys are, and states, exits, tries, jobs and times");
    status->add_option("--by", arguments.status.dimension, "the dimension whose keys are the rows; default: the first one");
    CLI::Option* page = status->add_option("--html", arguments.status.page, "a page of its own instead; - for standard output");
    status->add_flag("--json", arguments.past.json, "as JSON")->excludes(page);

    CLI::App* log = past_command("log", "what an element printed, and its command", "ELEMENT", "e.g. 'reduce[exposure=16]'");
    log->add_flag("--failed", arguments.past.failed, "the logs of all failed elements");

    CLI::App* prov = past_command(
        "prov", "the provenance of what was executed: questions to it, drawn, or as PROV-JSON", "QUESTION",
        "made, used, verify, list, show, diff, sql, graph, export, reproduce; or an element or a file: only its lineage is drawn");
    prov->add_option(
        "WHAT", arguments.past.what,
        "of `made` (from what), `used` (what came of it), `verify` (still as recorded) and `reproduce` a file; of `graph` and `export` an "
        "element or a file; of `show` and `diff` an execution; of `sql` a query");
    prov->add_option("OTHER", arguments.past.other, "of `diff` the other execution");
    prov->add_option("--element", arguments.draw.element, "of `graph`: whose lineage is drawn: an element, a dataset's element, a path");
    prov->add_option("--where", arguments.past.where, "of `export`: only elements for which this holds: 'run in 2006..2009'");
    prov->add_option("--by", arguments.past.by,
                     "of `export`: a dimension; a file for each key, in a folder, a task's elements as one activity");
    prov->add_flag("--with-files", arguments.past.with_files, "of `export --format ro-crate`: data files, too, not only their names");
    prov->add_flag("--failures", arguments.past.failed, "of `export`: elements, too, that have failed and not succeeded since");
    prov->add_flag("--json", arguments.past.json, "answers as JSON");
    prov->add_option("-o,--output", arguments.draw.output,
                     "the picture; default: the workflow's name with -provenance.pdf; of `export` the file or folder; of `reproduce` a "
                     "folder for its script");
    prov->add_option("--format", arguments.draw.format,
                     "pdf, svg, png, dot or json (PROV-JSON); of `export` prov-json, prov-n, ivoa-json, ro-crate or wfformat")
        ->check(CLI::IsMember({"pdf", "svg", "png", "dot", "json", "prov-json", "prov-n", "ivoa-json", "ro-crate", "wfformat"}));
    prov->add_flag("--elements", arguments.draw.elements, "every element, not only families or alike ones");

    CLI::App* metrics = past_command("metrics", "what a task's elements have measured, as a table", "TASK",
                                     "default: all that have metrics; one of them for other formats than text");
    metrics->add_option("--against", arguments.metrics.against, "a dimension or attribute: a column more, by which rows are sorted");
    metrics->add_flag("--all", arguments.metrics.all, "every attempt that succeeded, not only the newest of each element");
    metrics->add_option("--plot", arguments.metrics.plotted, "of a picture: a metric that is drawn (repeatable); default: all")
        ->take_all()
        ->allow_extra_args(false);
    metrics->add_option("-o,--output", arguments.metrics.output, "a file; default: standard output");
    metrics
        ->add_option("--format", arguments.metrics.format,
                     "text, csv, ecsv, json, openmetrics, or as a picture svg or pdf; default: by the output's ending, else text")
        ->check(CLI::IsMember({"text", "csv", "ecsv", "json", "openmetrics", "svg", "pdf"}));

    CLI::App* usage = past_command("report", "what each task took of time, cpus and memory, beside what it was given", "EXECUTION",
                                   "its id, the beginning of one, last or last~1; default: last");
    usage->add_flag("--all", arguments.metrics.all, "all executions");
    usage->add_option("-o,--output", arguments.metrics.output, "a file; default: standard output");
    usage->add_option("--format", arguments.metrics.format, "text, csv, json, svg or pdf; default: by the output's ending, else text")
        ->check(CLI::IsMember({"text", "csv", "json", "svg", "pdf"}));

    CLI::App* certificates =
        past_command("certificates", "from when to when products hold, as executions have certified it", "DATASET", "only this dataset's");
    certificates->add_flag("--json", arguments.past.json, "as JSON");

    CLI::App* registry = past_command("registry", "the index of what was executed: make it anew from the journals, or check both", "", "");
    registry->add_option("ACTION", arguments.word, "rebuild, check")->required()->check(CLI::IsMember({"rebuild", "check"}));
    add_name(registry);
    registry->add_flag("--salvage", arguments.registry.salvage,
                       "with rebuild: go on with what is intact of damaged journals; these are kept, and what is lost is said");

    CLI::App* clean = past_command("clean", "delete what can be made again; shows first, deletes with --yes", "", "");
    clean->add_flag("--temp", arguments.clean.temp, "temporary files that are still there");
    clean->add_flag("--scratch", arguments.clean.scratch, "folders of failed attempts");
    clean->add_flag("--outputs", arguments.clean.outputs, "all products (protected ones excepted)");
    clean->add_flag("-y,--yes", arguments.clean.yes, "do it");
  }

  void add_name(CLI::App* command) {
    command->add_option("NAME", arguments.past.workflow, "the workflow's name or file, like -w")
        ->excludes(command->get_option("--workflow"));
  }

  /// What is done about submitted jobs.
  void add_jobs() {
    const auto command_on_jobs = [this](const std::string& name, const std::string& about) {
      CLI::App* command = past_command(name, about, "", "");
      add_name(command);
      command->add_flag("--json", arguments.past.json, "as JSON");
      return command;
    };
    const std::string where = "only elements for which this holds: 'run in 2006..2009'";
    CLI::App* cancel = command_on_jobs("cancel", "cancel submitted jobs, and leave none behind");
    cancel->add_option("--where", arguments.past.where, where);

    CLI::App* resubmit = command_on_jobs("resubmit", "submit again what failed, was cancelled or lost, and what waits for it");
    resubmit->add_option("--where", arguments.past.where, where);

    add_close();
  }

  /// A command on a workflow's file with its parameters, or on what was executed.
  void add_close() {
    CLI::App* close = workflow_command(
        "close", "check that all is there, publish it, and mark the night closed; first go on with what jobs can do", true);
    close->add_option("-w,--workflow", arguments.past.workflow, "its name: the execution of it that was last, as it was asked for")
        ->excludes(close->get_option("FILE"));
    const auto many = [&](const char* name, std::vector<std::string>& into, const char* about) {
      return close->add_option(name, into, about)->take_all()->allow_extra_args(false);
    };
    many("--accept", arguments.close.accepted, "close without these elements, and what is missing only because of them (repeatable)");
    many("--reason", arguments.close.reasons, "why: one for each --accept; or why it is opened again");
    close->add_flag("--reopen", arguments.close.reopens, "open a closed night again")->excludes(close->get_option("--accept"));
    add_by(close);
    close->add_flag("--json", arguments.workflow.json, "as JSON");
    CLI::Option* submission = close->add_option("--submission", arguments.close.submission, "for jobs: only the submission of this folder");
    close->add_flag("--automatic", arguments.close.automatic, "for jobs: try again only what its task's `retry` says")->needs(submission);
    add_no_scan(close);
  }

  void add_lint() {
    LintArguments& lint = arguments.lint;
    CLI::App* command = app.add_subcommand("lint", "what is right in .osa files, but not wise; exit code 1 if there is any of it");
    command->add_option("FILE", lint.files, "workflows and modules")->required();
    command->add_flag("--strict", lint.strict, "also advice: documentation, limits, by-products");
    command->add_flag("--fix", lint.fix, "make the changes that need no thought, in the files; what is left is printed");
    command->add_flag("--own-rules", lint.own_rules, "ask neither shellcheck about commands nor python3 about scripts");
    CLI::Option* json = command->add_flag("--json", lint.json, "one JSON object a line");
    command->add_flag("--sarif", lint.sarif, "as SARIF 2.1.0")->excludes(json);
    add_path(command);
    add_site(command);
    add_common(command);
  }

  void add_doc() {
    CLI::App* command = app.add_subcommand("doc", "a reference page of a module or workflow, from its `##` comments");
    command->add_option("MODULE", arguments.doc.module, "a module, such as std.gnuastro, or a .osa file")->required();
    command->add_option("-o,--output", arguments.doc.output, "the page; default: standard output");
    command->add_option("--format", arguments.doc.format, "markdown or html; default: by the output's ending, else markdown")
        ->check(CLI::IsMember({"markdown", "html"}));
    add_path(command);
    add_common(command);
  }

  void add_tools() {
    CLI::App* explain = app.add_subcommand("explain", "explain a kind of diagnostic: osac explain unknown-dataset");
    explain->add_option("KIND", arguments.word, "its name, as in brackets; without one, all are listed");

    CLI::App* format = app.add_subcommand("fmt", "format .osa files in place");
    format->add_option("FILE", arguments.format.files, "files; - for standard input to standard output")->required();
    format->add_flag("--check", arguments.format.check, "change nothing; exit with 1 if a file is not formatted");
    add_common(format);

    add_lint();
    add_doc();

    CLI::App* site = app.add_subcommand("site", "compare the site file with the Slurm that is here; exit code 1 if they differ");
    site->add_option("ACTION", arguments.word, "check")->required()->check(CLI::IsMember({"check"}));
    add_site(site);
    site->add_flag("--json", arguments.workflow.json, "as JSON");
    add_common(site);

    CLI::App* create = app.add_subcommand("new", "write a small working workflow to start from");
    create->add_option("FOLDER", arguments.word, "the folder to make")->required();

    CLI::App* completion = app.add_subcommand("completion", "a completion script for a shell: eval \"$(osac completion bash)\"");
    completion->add_option("SHELL", arguments.word, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));

    CLI::App* reference_command = app.add_subcommand("reference", "print the command-line reference as Markdown");
    reference_command->group("");  // for the documentation's build
  }
};

std::vector<std::string> option_words(const CLI::App& command) {
  std::vector<std::string> words;
  for (const CLI::Option* option : command.get_options([](const CLI::Option*) { return true; })) {
    for (const std::string& name : option->get_snames()) words.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
  }
  return words;
}

/// Takes the workflow's own parameters (`--date 2026-11-20`, `--date=2026-11-20`) out of the command line: whatever begins with two dashes
/// and is no option of the command. Gives the words that are left, the last one first, as CLI11 wants them.
std::vector<std::string> take_parameters(const CLI::App& app, int argc, const char* const* argv, std::vector<std::string>& parameters) {
  std::vector<std::string> words(argv + 1, argv + argc);
  const auto commands =
      app.get_subcommands([&](const CLI::App* candidate) { return !words.empty() && candidate->get_name() == words.front(); });
  const CLI::App* command = commands.empty() ? nullptr : commands.front();
  std::vector<std::string> kept;
  if (command == nullptr || command->get_option_no_throw("--params") == nullptr) {
    kept = words;
  } else {
    const std::vector<std::string> known = option_words(*command);
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::string name = words[i].substr(0, words[i].find('='));
      if (!name.starts_with("--") || name.size() == 2 || std::find(known.begin(), known.end(), name) != known.end()) {
        kept.push_back(words[i]);
        continue;
      }
      parameters.push_back(words[i]);
      if (name.size() == words[i].size() && i + 1 < words.size()) parameters.push_back(words[++i]);
    }
  }
  return {kept.rbegin(), kept.rend()};
}

}  // namespace

Arguments read_arguments(int argc, const char* const* argv) {
  auto line = std::make_unique<CommandLine>();
  try {
    line->app.parse(take_parameters(line->app, argc, argv, line->arguments.workflow.rest));
  } catch (const CLI::ParseError& error) {
    const int code = line->app.exit(error);
    line->arguments.exit_code = code == 0 ? exit_done : exit_usage;
    return line->arguments;
  }
  const auto chosen = line->app.get_subcommands();
  if (chosen.empty()) {
    print_result(line->app.help());
    return line->arguments;
  }
  const CLI::App* command = chosen.front();
  line->arguments.command = command->get_name();
  line->arguments.words.assign(argv + 2, argv + argc);
  // With a FILE, `--help` also shows the workflow's parameters: the command prints those after this.
  if (line->arguments.workflow.wants_help) {
    print_result(command->help());
    if (line->arguments.workflow.file.empty()) line->arguments.command.clear();
  } else if (line->arguments.command == "diff" && line->arguments.workflow.file.empty()) {
    tell("osac diff: which two versions? Give OLD and NEW, or a git revision and a file\nhelp: osac diff --help\n");
    line->arguments.command.clear();
    line->arguments.exit_code = exit_usage;
  } else if (command->get_option_no_throw("--params") != nullptr && line->arguments.workflow.file.empty() &&
             line->arguments.submit.continued.empty() && line->arguments.submit.again.empty() && line->arguments.submit.late.empty() &&
             line->arguments.command != "close") {
    tell(fmt::format("osac {}: which workflow? Give its .osa file\nhelp: osac {} --help\n", line->arguments.command,
                     line->arguments.command));
    line->arguments.command.clear();
    line->arguments.exit_code = exit_usage;
  }
  return line->arguments;
}

std::string version() { return OSAC_VERSION; }

Arguments read_recorded(const char* command, const std::vector<std::string>& words) {
  std::vector<const char*> line{"osac", command};
  for (const std::string& word : words) line.push_back(word.c_str());
  return read_arguments(static_cast<int>(line.size()), line.data());
}

std::vector<CommandPage> command_pages() {
  const auto line = std::make_unique<CommandLine>();
  std::vector<CommandPage> pages;
  for (const CLI::App* command : line->app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_group().empty()) continue;
    CommandPage page{command->get_name(), command->get_description(), {}};
    for (const CLI::Option* option : command->get_options([](const CLI::Option*) { return true; }))
      page.options.push_back(
          {option->get_snames(), option->get_lnames(), option->get_name(option->get_positional(), true), option->get_description()});
    pages.push_back(std::move(page));
  }
  return pages;
}

}  // namespace osac::cli
