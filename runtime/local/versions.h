#pragma once
// The versions of tasks' programs: each is asked once, in a thread of its own while the first attempt runs, and remembered for all others
// of the execution. Nothing waits but who wants the answer.

#include <future>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/step/tool_version.h"

namespace osac::local {

class Versions {
 public:
  using Answer = std::shared_future<step::ToolVersion>;
  /// Begins to ask, if nobody has. Invalid if the task does not say how.
  Answer of(const plan::Plan& plan, std::uint32_t task, const site::Entry& env);
  /// What is there to tell people since the last call: programs that gave no version, each once.
  std::vector<std::string> take_notes();

 private:
  struct Asked {
    Answer answer;
    std::string task;  ///< that wanted it first
    bool is_told = false;
  };
  std::map<std::pair<std::string, std::string>, Asked> asked_;  ///< by command, and the env's identity
};

}  // namespace osac::local
