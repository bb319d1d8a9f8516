#pragma once
// Attempts carried out for real, in a folder of their own: inputs are looked at as a run would, processes are started and waited for one at
// a time. The real supervisor is runtime/local.

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <functional>
#include <sstream>

#include "compiler/plan/resolve.h"
#include "runtime/step/step.h"
#include "runtime/step/system.h"
#include "tests/support/plan_maker.h"
#include "tests/unit/step/support.h"

namespace osac::step::test {

inline Exit run_process(const Process& process) {
  std::vector<char*> argv;
  std::vector<char*> environment;
  for (const std::string& word : process.argv) argv.push_back(const_cast<char*>(word.c_str()));
  for (const std::string& variable : process.environment) environment.push_back(const_cast<char*>(variable.c_str()));
  argv.push_back(nullptr);
  environment.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, process.log.c_str(), O_WRONLY | O_APPEND, 0);
  ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  Exit exit;
  if (error != 0) {
    exit.code = error == ENOENT ? 127 : 126;
    exit.start_error = "cannot start `" + process.argv[0] + "`: " + std::strerror(error);
    return exit;
  }
  int status = 0;
  rusage usage{};
  REQUIRE(::wait4(pid, &status, 0, &usage) == pid);
  if (WIFEXITED(status)) exit.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) exit.signal = WTERMSIG(status);
  exit.peak_memory = usage.ru_maxrss * 1024;
  return exit;
}

inline std::string read_text(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return file ? text.str() : "(none)";
}
inline void write_text(const std::string& path, const std::string& text) {
  REQUIRE(make_folders(folder_of(path)));
  std::ofstream(path, std::ios::trunc) << text;
}
inline bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

/// A workflow's folder, which is the current one while this lives.
class Workbench {
 public:
  Workbench() : before_(::getcwd(nullptr, 0)) {
    REQUIRE(::chdir(folder_.path.c_str()) == 0);
    config.execution = "20261121T044800-7f3a91c2";
    config.host = "node1";
    config.durability = site::Durability::none;
  }
  Workbench(const Workbench&) = delete;
  Workbench& operator=(const Workbench&) = delete;
  ~Workbench() {
    (void)!::chdir(before_);
    std::free(before_);
  }

  JournalWriter& journal() {
    if (!journal_) {
      auto created = JournalWriter::create(config.layout.state + "/journal", config.durability, clock);
      REQUIRE(created);
      journal_ = std::move(*created);
    }
    return *journal_;
  }
  Request request(const plan::Plan& plan, const std::string& element, std::uint32_t attempt = 1) const {
    Request request;
    const auto ref = plan::find_element(plan, element);
    REQUIRE(ref);
    request.element = *ref;
    request.attempt = attempt;
    const auto resources = plan::resources(plan, *ref);
    REQUIRE(resources);
    request.resources = *resources;
    request.input_uses = plan::input_files(plan, *ref);
    for (const plan::FileUse& use : request.input_uses) {
      const auto state = file_state(use.path, true);
      REQUIRE(state);
      request.inputs.push_back({std::string(plan.text(plan.inputs(plan.tasks()[ref->task])[use.port].name)), use.path, *state});
    }
    return request;
  }
  /// Carries an attempt out; `change` sees each process before it is started and the exit before the attempt is told.
  EndRecord run(const plan::Plan& plan, Request request, const std::function<void(const Process&)>& before = {},
                const std::function<void(Exit&)>& change = {}) {
    Attempt attempt(plan, config, std::move(request), journal(), clock);
    Attempt::Next next = attempt.begin();
    while (next.process) {
      REQUIRE(!next.end);
      processes.push_back(*next.process);
      REQUIRE(attempt.started(::getpid()));
      if (before) before(*next.process);
      Exit exit = run_process(*next.process);
      if (change) change(exit);
      next = attempt.ended(exit);
    }
    REQUIRE(next.end);
    return *next.end;
  }
  EndRecord run(const plan::Plan& plan, const std::string& element) { return run(plan, request(plan, element)); }

  /// All end records so far.
  std::vector<EndRecord> ends() const {
    std::vector<EndRecord> all;
    JournalVisitor visitor;
    visitor.end = [&](EndRecord&& end) { all.push_back(std::move(end)); };
    REQUIRE(read_journals(config.layout.state + "/journal", visitor));
    return all;
  }
  /// What is in the scratch folder, in order; empty folders kept for the next attempt are none of the tests' business.
  std::vector<std::string> scratch() const {
    std::vector<std::string> names;
    std::error_code missing;
    for (const auto& entry : std::filesystem::directory_iterator(config.layout.state + "/scratch", missing))
      if (!entry.path().filename().string().starts_with("spare-")) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  Config config;
  StepClock clock;
  std::vector<Process> processes;

 private:
  Folder folder_;
  char* before_;
  std::unique_ptr<JournalWriter> journal_;
};

}  // namespace osac::step::test
