#pragma once
// One attempt of one element: the only way anything is ever run. The protocol is reliability.md's: private scratch outputs, an own process
// group, no stdin, one log; judged only when the whole tree is gone; verified; published all or none; recorded. `Attempt` is a state
// machine without threads: its owner (local supervisor, or a Slurm job) starts the processes it asks for and tells it how they ended.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/plan/resolve.h"
#include "runtime/step/journal.h"

namespace osac::step {

/// Where things are. All paths absolute or relative to the current folder, which is the workflow's.
struct Layout {
  std::string state = ".osa";  ///< journals in state/journal, logs in state/logs, attempts in state/scratch
};

struct Config {
  Layout layout;
  site::Durability durability = site::Durability::full;
  std::int64_t grace = 10'000'000'000;  ///< TERM to KILL
  std::int64_t linger = 2'000'000'000;  ///< wait for processes left behind before they are ended
  bool keep_failed = true;              ///< keep the scratch folder of a failed attempt (replaced by the next one)
  std::string execution;
  std::string host;
};

struct Request {
  plan::ElementRef element;
  std::uint32_t attempt = 1;
  plan::Resources resources;  ///< as admitted, growth applied
  Digest fingerprint{};
  site::Entry env;
  /// Inputs with their state as the planner of the run saw it (state.h), survivors already chosen; same order as plan::input_files.
  std::vector<InputRecord> inputs;
  std::vector<plan::FileUse> input_uses;
  /// Asked once the command has ended, by a thread that may wait: the version of its program, for the record. May be empty.
  std::function<std::string()> tool_version;
  /// Asked right before publishing: why it must not be any more (another attempt has taken over), or "". May be empty.
  std::function<std::string()> fence;
};

/// A process to start: no shell unless argv says so.
struct Process {
  std::vector<std::string> argv;
  std::vector<std::string> environment;  ///< complete: NAME=value
  std::string log;                       ///< stdout and stderr, appended
  std::int64_t time_limit = 0;           ///< nanoseconds; 0: none
};

struct Exit {
  std::int32_t code = 0;
  std::int32_t signal = 0;
  bool timed_out = false;
  bool cancelled = false;
  bool out_of_memory = false;            ///< the kernel said so
  std::vector<std::string> left_behind;  ///< "pid 123 `sleep 100`": processes that outlived the leader past `linger`
  std::string start_error;               ///< could not be started: why (code 127 or 126)
  std::int64_t cpu_time = 0, peak_memory = 0;
};

class Attempt {
 public:
  Attempt(const plan::Plan& plan, const Config& config, Request request, JournalWriter& journal, const runtime::Clock& clock);
  ~Attempt();
  Attempt(const Attempt&) = delete;

  /// Checks inputs, makes the scratch folder, writes script and list files; gives the process to start, or the end record when it cannot
  /// be.
  struct Next {
    std::optional<Process> process;
    std::optional<EndRecord> end;
  };
  Next begin();
  /// After each process has ended (with its tree): the next one (verify) or the end. Publishing happens in here; it blocks on file I/O
  /// only.
  Next ended(const Exit& exit);
  /// Called once the process runs, so that a later osac can find it.
  Status started(std::int64_t pid);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Finishes what a killed osac left: completes publish intents whose files are all there, removes scratch folders, ends processes of dead
/// executions that still live (found by their recorded pid and start time and by the environment mark OSAC_EXECUTION). Returns notes for
/// the user.
Result<std::vector<std::string>> recover(const Layout& layout, JournalWriter& journal, const runtime::Clock& clock);

/// The state of a file or directory as it is; size -1 if it is not there. `with_content` hashes it.
Result<FileState> file_state(const std::string& path, bool with_content);
/// Whether stat fields agree (size, mtime, ctime, inode, device), so that the content need not be read.
bool same_stat(const FileState& a, const FileState& b);

}  // namespace osac::step
