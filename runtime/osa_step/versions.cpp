#include "runtime/osa_step/versions.h"

#include <algorithm>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "runtime/step/system.h"
#include "runtime/step/tool_version.h"

namespace osac::osa_step {

std::function<std::string()> Versions::of(std::uint32_t task, const site::Entry& env) {
  const auto rows = plan_.versions();
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const plan::VersionRow& one) { return one.task == task; });
  if (row == rows.end()) return {};
  const auto [at, is_new] = asked_.try_emplace(task);
  if (is_new)
    at->second =
        std::async(std::launch::async, [this, command = std::string(plan_.text(row->command)), env] { return find(command, env); }).share();
  return [answer = at->second] { return answer.get(); };
}

std::string Versions::find(const std::string& command, const site::Entry& env) const {
  const std::string path =
      folder_ + "/" + hexadecimal(sha256(step::host_name() + "\n" + env.identity + "\n" + command)).substr(0, 32);
  if (const auto known = read_file(path)) return std::string(trim(*known));
  const step::ToolVersion asked = step::ask_version(command, env);
  if (!asked.problem.empty()) tell_("the version of what is run is not known: " + asked.problem);
  // if it cannot be kept, the next one asks again
  if (step::make_folders(folder_)) (void)write_file(path, asked.text + "\n");
  return asked.text;
}

}  // namespace osac::osa_step
