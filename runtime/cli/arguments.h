#pragma once
// What the user asked for, as plain data. arguments.cpp is the only file that knows CLI11: it declares every command and option once; help,
// completion and the reference (pages.h) are made from that.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace osac::cli {

/// Exit codes (docs/reference/exit-codes.md).
enum ExitCode : int {
  exit_done = 0,
  exit_failed = 1,  ///< some element failed or is blocked; of `diff`: there are differences
  exit_usage = 2,
  exit_diagnostics = 3,  ///< mistakes in .osa files or their tables
  exit_environment = 4,
  exit_busy = 5,
  exit_damaged = 6,
  exit_temporary = 75,
};

/// Options that every command has.
struct Common {
  std::string diagnostics = "text";  ///< text, line, json, sarif
  std::string colour = "auto";       ///< auto, always, never
};

/// A workflow and how to compile it.
struct WorkflowArguments {
  std::string file;  ///< .osa or a plan
  std::vector<std::string> goals;
  std::string where;
  std::vector<std::string> module_paths;
  std::string params_file;
  std::string site_file;
  std::uint64_t element_limit = 0;  ///< of one family; 0: planning's own
  bool no_scan = false;             ///< external files are taken to be there
  std::vector<std::string> rest;    ///< `--NAME VALUE`: the workflow's own parameters
  bool wants_help = false;
  bool json = false;
  bool sarif = false;
};

struct CompileArguments {
  std::string output;  ///< -o
  std::string emit;    ///< tree, program, plan, dot
  bool elements = false;
  std::string target;  ///< slurm; empty: a plan file
  std::string bundle;  ///< a duration
  std::string fuse = "on";
  bool allow_waits = false;
  bool report = false;
};
struct RunArguments {
  std::int64_t jobs = 0;
  bool stop_at_first_failure = false;
  bool dry_run = false;
  bool explain = false;
  bool wait = false;
  bool quiet = false;
  std::vector<std::string> force;  ///< task names or elements
};
/// Of `osac submit`, beside those of compiling for Slurm (CompileArguments: fuse, bundle, allow_waits).
struct SubmitArguments {
  bool simulate = false;
  std::string begin;               ///< as sbatch understands it
  std::string partition, account;  ///< instead of the site's
  std::string continued;           ///< --continue: the folder of a submission whose execution goes on; no workflow is named then
  std::int64_t max_running = 0;    ///< of one array at once; 0: as the site says
  // for jobs; no workflow is named then
  std::string again;  ///< the record of a command whose start conditions did not hold: it is given again
  std::string late;   ///< the folder of a submission: whether its execution has ended in time is to be told
};
/// Of `osac submit` and `osac run`: when an execution starts, and is to have ended.
struct StartArguments {
  bool now = false;  ///< whatever the start conditions say
  std::string due;   ///< a time of day or a date with time, UTC
};
struct CronArguments {
  std::string at;    ///< time of day, UTC
  std::string each;  ///< NAME=yesterday: the parameter that is another one each day
  std::string format = "crontab";
  std::string runs_on = "slurm";
  std::string log;
};
/// Of `osac close`, and of `osac run` and `osac submit` what they do at the end.
struct CloseArguments {
  bool when_done = false;             ///< --close: of an execution; closes when all is there
  std::string dimension;              ///< --by: provenance for each of its keys
  std::vector<std::string> accepted;  ///< queries; each with one of `reasons`
  std::vector<std::string> reasons;
  bool reopens = false;
  std::string submission;  ///< folder of the submission whose last job this is; empty: all of the workflow's
  bool automatic = false;  ///< a job of the execution, not a person
};
/// For commands that look at what was executed: no parameters needed, the last plan is kept beside the journals.
struct PastArguments {
  std::string workflow;  ///< NAME, -w NAME or a .osa file; empty: the last executed one in this folder
  std::string target;    ///< an element or a file; of `prov` perhaps a question
  std::string what;      ///< of `prov`: what the question is about
  std::string other;     ///< of `prov diff`: the other execution
  std::string by;        ///< of `prov export`: a dimension, for a file a key
  std::string where;     ///< only elements for which this holds
  bool failed = false;
  bool json = false;
  bool watch = false;
  bool all = false;
  bool with_files = false;  ///< of a crate: data files are copied into it
};
struct StatusArguments {
  bool is_long = false;
  std::string dimension;  ///< of the rows; empty: the first one
  std::string page;       ///< a file for the table as HTML; "-": standard output
};
struct MetricsArguments {
  std::string output;                ///< -o
  std::string format;                ///< text, csv, ecsv, json, openmetrics, svg, pdf; empty: by the output's ending
  std::vector<std::string> plotted;  ///< of a picture: the metrics in it; empty: all
  std::string against;               ///< a dimension or attribute
  bool all = false;                  ///< every attempt
};
struct DrawArguments {
  std::string output;   ///< -o
  std::string format;   ///< pdf svg png dot json; from the output's ending if empty
  std::string element;  ///< whose lineage; empty: all
  bool downstream = false;
  bool elements = false;
};
struct FormatArguments {
  std::vector<std::string> files;
  bool check = false;
};
struct LintArguments {
  std::vector<std::string> files;
  bool strict = false;
  bool fix = false;
  bool own_rules = false;  ///< ask no other program
  bool json = false;
  bool sarif = false;
};
struct DocArguments {
  std::string module;  ///< a module's name or a file
  std::string output;  ///< -o
  std::string format;  ///< markdown or html; empty: by the output's ending
};
struct CleanArguments {
  bool temp = false;     ///< temporary files
  bool scratch = false;  ///< folders of failed attempts
  bool outputs = false;  ///< everything that was made and can be made again
  bool yes = false;
};

struct RegistryArguments {
  bool salvage = false;  ///< damaged journals are replaced by what is intact of them
};

struct QueryArguments {
  std::vector<std::string> words;  ///< the expression
  bool files = false;              ///< only paths
  bool tasks = false;              ///< only tasks' elements
  bool summary = false;            ///< counts
};
struct DiffArguments {
  std::string old;  ///< a file, REVISION:FILE, or a revision; the newer version is WorkflowArguments::file
  bool tables_from_revision = false;
  bool elements = false;
};

struct Arguments {
  std::string command;        ///< "check", "run", ...; empty if the command line has been answered already
  int exit_code = exit_done;  ///< in that case
  Common common;
  WorkflowArguments workflow;
  CompileArguments compile;
  RunArguments run;
  SubmitArguments submit;
  StartArguments start;
  CronArguments cron;
  CloseArguments close;
  PastArguments past;
  StatusArguments status;
  MetricsArguments metrics;
  DrawArguments draw;
  FormatArguments format;
  LintArguments lint;
  DocArguments doc;
  CleanArguments clean;
  QueryArguments query;
  RegistryArguments registry;
  DiffArguments diff;
  std::string word;                ///< the one word of `explain KIND`, `completion SHELL`, `new FOLDER`, `site check`, `registry ACTION`
  std::vector<std::string> words;  ///< the command line after the command, as it was given
};

/// Reads the command line. Help, version and mistakes are answered here (`command` is empty then).
Arguments read_arguments(int argc, const char* const* argv);
/// The same of a command line on record: `words` are those after `osac COMMAND`.
Arguments read_recorded(const char* command, const std::vector<std::string>& words);
/// osac's version: "0.1.0".
std::string version();
/// A command as help, completion and reference tell of it; hidden ones are left out.
struct CommandPage {
  std::string name, about;
  struct Option {
    std::vector<std::string> short_names, long_names;  ///< without dashes; both empty: it is an argument
    std::string all_names;                             ///< "-o,--output", "FILE"
    std::string about;
  };
  std::vector<Option> options;
};
std::vector<CommandPage> command_pages();

}  // namespace osac::cli
