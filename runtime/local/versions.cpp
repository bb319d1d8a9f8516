#include "runtime/local/versions.h"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>

namespace osac::local {

Versions::Answer Versions::of(const plan::Plan& plan, std::uint32_t task, const site::Entry& env) {
  const auto rows = plan.versions();
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const plan::VersionRow& one) { return one.task == task; });
  if (row == rows.end()) return {};
  std::string command(plan.text(row->command));
  const auto [at, is_new] = asked_.try_emplace({command, env.identity});
  if (is_new) {
    at->second.task = plan.text(plan.tasks()[task].family.name);
    at->second.answer = std::async(std::launch::async, [command, env] { return step::ask_version(command, env); }).share();
  }
  return at->second.answer;
}

std::vector<std::string> Versions::take_notes() {
  std::vector<std::string> notes;
  for (auto& [key, asked] : asked_) {
    if (asked.is_told || asked.answer.wait_for(std::chrono::seconds(0)) != std::future_status::ready) continue;
    asked.is_told = true;
    if (const std::string& problem = asked.answer.get().problem; !problem.empty())
      notes.push_back(fmt::format("the version of what task `{}` runs is not known: {}", asked.task, problem));
  }
  return notes;
}

}  // namespace osac::local
