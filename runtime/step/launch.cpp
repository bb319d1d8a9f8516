#include "runtime/step/launch.h"

#include <unistd.h>
#include <cstdlib>

#include "runtime/step/spawning.h"
#include "runtime/step/system.h"

namespace osac::step {

namespace {

using Words = std::vector<std::string>;

// Linux refuses a single argument of 128 KiB and more (MAX_ARG_STRLEN)
constexpr std::size_t longest_argument = 120'000;

const std::string& bash() {
  static const std::string path = ::access("/bin/bash", X_OK) == 0 ? "/bin/bash" : "";
  return path;
}

Words strict_shell() {
  if (bash().empty()) return {"/bin/sh", "-eu"};
  return {bash(), "--noprofile", "--norc", "-euo", "pipefail"};
}

void append(Words& words, const Words& more) { words.insert(words.end(), more.begin(), more.end()); }

struct Language {
  Words words;  ///< the program that reads the script, with its options
  std::string extension;
};
Language language_of(const std::string& interpreter) {
  if (interpreter == "python" || interpreter == "python3") return {{"python3"}, ".py"};
  if (interpreter == "bash") return {bash().empty() ? Words{"bash", "-eu"} : strict_shell(), ".sh"};
  if (interpreter == "sh") return {{"sh", "-eu"}, ".sh"};
  if (interpreter == "R" || interpreter == "Rscript") return {{"Rscript"}, ".R"};
  if (interpreter == "perl") return {{"perl"}, ".pl"};
  return {{interpreter}, ""};
}

Result<Words> words_of(const plan::Command& command, const Scratch& scratch, const std::string& stem) {
  if (command.kind == plan::CommandKind::words) return command.words;
  Words words;
  std::string extension = ".sh";
  if (command.kind == plan::CommandKind::script) {
    Language language = language_of(command.interpreter);
    words = std::move(language.words);
    extension = language.extension;
  } else {
    words = strict_shell();
    if (command.text.size() < longest_argument) {
      append(words, {"-c", command.text});
      return words;
    }
  }
  const std::string file = scratch.folder + "/" + stem + extension;
  if (auto written = write_new_file(file, command.text); !written) return tl::unexpected(written.error());
  words.push_back(file);
  return words;
}

std::string current_folder() {
  char* const folder = ::getcwd(nullptr, 0);
  std::string text = folder == nullptr ? "." : folder;
  std::free(folder);
  return text;
}

std::map<std::string, std::string> variables_of(const Config& config, const Request& request, const Scratch& scratch,
                                                const Launch& launch) {
  std::map<std::string, std::string> variables;
  // a process may change its folder: these paths have to hold there, too
  const std::string here = scratch.folder.starts_with('/') ? "" : current_folder() + "/";
  variables["TMPDIR"] = here + scratch.temporary();
  variables["OMP_NUM_THREADS"] = std::to_string(std::max<std::int64_t>(1, request.resources.cpus));
  for (const auto& [name, value] : shared_variables(request.env)) variables[name] = value;
  variables["OSA_ELEMENT"] = launch.element;
  variables["OSA_ATTEMPT"] = std::to_string(request.attempt);
  variables["OSA_EXECUTION"] = config.execution;
  variables["OSA_METRICS"] = here + scratch.metrics();
  variables["OSA_SCRATCH"] = here + scratch.temporary();
  return variables;
}

/// A program that is found in the env's PATH, not in osac's own, by its full path: who starts the process looks in osac's.
std::string found_in(const std::string& path, const std::string& program) {
  if (program.empty() || program.find('/') != std::string::npos) return program;
  const char* const own = std::getenv("PATH");
  if (own != nullptr && path == own) return program;
  const std::string found = find_program(path, program);
  return found.empty() ? program : found;
}

}  // namespace

const std::vector<std::string>& inherited_variables() {
  static const std::vector<std::string> names = {"PATH",       "HOME",     "USER",        "LOGNAME",     "SHELL",      "LANG",    "LC_ALL",
                                                 "LC_COLLATE", "LC_CTYPE", "LC_MESSAGES", "LC_MONETARY", "LC_NUMERIC", "LC_TIME", "TZ"};
  return names;
}

std::map<std::string, std::string> shared_variables(const site::Entry& env) {
  std::map<std::string, std::string> variables;
  for (const std::string& name : inherited_variables())
    if (const char* const value = std::getenv(name.c_str())) variables[name] = value;
  variables.try_emplace("PATH", "/usr/local/bin:/usr/bin:/bin");
  for (const auto& [name, value] : env.variables) variables[name] = value;
  return variables;
}

std::vector<std::string> entered(const site::Entry& env, const std::vector<std::string>& words) {
  Words all;
  if (!env.shell_prelude.empty()) {
    // the prelude ends in `&&`; the command itself stays out of the shell's sight, as its arguments
    all = bash().empty() ? Words{"/bin/sh"} : Words{bash(), "--noprofile", "--norc"};
    append(all, {"-c", env.shell_prelude + " exec \"$@\"", "osac"});
  }
  append(all, env.prefix_words);
  append(all, words);
  return all;
}

Result<Process> make_process(const plan::Command& command, const Config& config, const Request& request, const Scratch& scratch,
                             const Launch& launch) {
  auto inner = words_of(command, scratch, launch.file_stem);
  if (!inner) return tl::unexpected(inner.error());
  Process process;
  process.argv = entered(request.env, *inner);
  auto variables = variables_of(config, request, scratch, launch);
  if (!process.argv.empty()) process.argv[0] = found_in(variables["PATH"], process.argv[0]);
  for (const auto& [name, value] : variables) process.environment.push_back(name + "=" + value);
  process.log = launch.log;
  process.time_limit = request.resources.time;
  return process;
}

}  // namespace osac::step
