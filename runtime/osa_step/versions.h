#pragma once
// The versions of tasks' programs on this host. An answer is kept beside the scripts, for all other array tasks on the same host: of
// thousands only those ask that begin at the same time. It knows no attempts; who wants an answer waits for it.

#include <functional>
#include <future>
#include <map>
#include <string>

#include "compiler/plan/plan.h"
#include "runtime/site/site.h"

namespace osac::osa_step {

class Versions {
 public:
  /// `tell`: called from another thread when a program gives no version.
  Versions(const plan::Plan& plan, std::string folder, std::function<void(const std::string&)> tell)
      : plan_(plan), folder_(std::move(folder)), tell_(std::move(tell)) {}
  /// Begins to find out; the function waits for the answer. Empty if the task does not say how.
  std::function<std::string()> of(std::uint32_t task, const site::Entry& env);

 private:
  [[nodiscard]] std::string find(const std::string& command, const site::Entry& env) const;
  const plan::Plan& plan_;  // NOLINT: outlives this
  const std::string folder_;
  const std::function<void(const std::string&)> tell_;
  std::map<std::uint32_t, std::shared_future<std::string>> asked_;  // by task; last: whoever answers looks at all of this
};

}  // namespace osac::osa_step
