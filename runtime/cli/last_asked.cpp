#include "runtime/cli/last_asked.h"

#include <algorithm>

#include "compiler/base/text.h"
#include "runtime/cli/submit_folder.h"
#include "runtime/slurm/submission.h"
#include "runtime/step/journal_file.h"
#include "runtime/step/record_parse.h"

namespace osac::cli {

namespace {

/// The start of the execution that wrote a journal: its first record after the header.
std::optional<step::ExecutionStart> start_in(const std::string& path) {
  auto file = step::JournalFile::open(path);
  if (!file) return std::nullopt;  // whoever reads it whole says what is wrong
  const auto record = file->next();
  if (!record || !*record || (*record)->kind != step::kind_execution_start) return std::nullopt;
  step::ExecutionStart start;
  if (!step::parse_record((*record)->json, start).empty()) return std::nullopt;
  return start;
}

/// The newest `osac run`.
Result<std::optional<step::ExecutionStart>> last_run(const std::string& state) {
  const auto files = step::journal_files(state + "/journal");
  if (!files) return tl::unexpected(files.error());
  std::optional<step::ExecutionStart> last;
  for (const std::string& path : *files) {
    auto start = start_in(path);
    if (!start || start->arguments.size() < 3 || start->arguments[0] != "osac" || start->arguments[1] != "run") continue;
    if (!last || last->time < start->time) last = std::move(start);
  }
  return last;
}

}  // namespace

Result<std::optional<Asked>> last_asked(const std::string& state) {
  const auto run = last_run(state);
  if (!run) return tl::unexpected(run.error());
  const auto submissions = slurm::read_submissions(state);
  if (!submissions) return tl::unexpected(submissions.error());
  std::optional<Asked> asked;
  if (!submissions->empty() && (!*run || (*run)->time < submissions->back().start.time)) {
    const slurm::SubmissionStart& start = submissions->back().start;
    asked = Asked{read_recorded("submit", start.arguments), start.called_in, start.time, true};
  } else if (*run) {
    asked = Asked{read_recorded("run", {(*run)->arguments.begin() + 2, (*run)->arguments.end()}), (*run)->called_in, (*run)->time, false};
  }
  if (asked && asked->called_in.empty()) asked->called_in = absolute(".");  // by an osac that did not record it
  return asked;
}

std::string command_text(const Arguments& arguments, const char* command) {
  std::string text = std::string("osac ") + command + " " + shell_quoted(arguments.workflow.file);
  for (const std::string& goal : arguments.workflow.goals) text += " " + shell_quoted(goal);
  if (!arguments.workflow.where.empty()) text += " --where " + shell_quoted(arguments.workflow.where);
  if (!arguments.workflow.params_file.empty()) text += " --params " + shell_quoted(arguments.workflow.params_file);
  for (const std::string& word : arguments.workflow.rest) text += " " + shell_quoted(word);
  return text;
}

}  // namespace osac::cli
