#include "runtime/cli/submit_folder.h"

#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "runtime/cli/target_slurm.h"

namespace osac::cli {

namespace fs = std::filesystem;

Result<slurm::Calls> read_calls(const std::string& folder) {
  const auto text = read_file(folder + "/calls");
  if (!text) return tl::unexpected(text.error());
  return slurm::parse_calls(*text);
}

site::Site site_for(const Session& session, const SubmitArguments& arguments) {
  site::Site site = session.site;
  if (!arguments.account.empty()) site.slurm.account = arguments.account;
  if (arguments.max_running > 0) site.slurm.max_running = arguments.max_running;
  if (arguments.partition.empty()) return site;
  const auto known = std::find_if(site.slurm.partitions.begin(), site.slurm.partitions.end(),
                                  [&](const site::Partition& partition) { return partition.name == arguments.partition; });
  site::Partition only;
  only.name = arguments.partition;
  if (known != site.slurm.partitions.end()) only = *known;
  site.slurm.partitions = {only};
  return site;
}

std::string absolute(const std::string& path) {
  std::error_code error;
  const fs::path whole = fs::absolute(path, error);
  if (error) return path;
  std::string text = whole.lexically_normal().string();
  if (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

std::string program_of(const site::Site& site) {
  if (!site.slurm.osac.empty()) return site.slurm.osac;
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).string();
}

Status check_shared(const site::Site& site) {
  const std::vector<std::string>& shared = site.slurm.shared;
  std::error_code error;
  const std::string here = fs::canonical(".", error).string();
  const auto holds = [&](const std::string& folder) {
    std::error_code trouble;
    const std::string path = fs::canonical(folder, trouble).string();
    return !trouble && (path == "/" || here == path || here.starts_with(path + "/"));
  };
  if (error || shared.empty() || std::any_of(shared.begin(), shared.end(), holds)) return {};
  return failure(Trouble::usage,
                 fmt::format("nodes do not see `{}`: {} names `{}` as shared", visible(here), visible(site.origin),
                             visible(fmt::format("{}", fmt::join(shared, "`, `")))),
                 "keep the workflow in one of these folders, or add the folder that it is in to `shared` under `slurm`");
}

Status link_step(const std::string& parent, const std::string& folder) {
  const auto step = find_step();
  if (!step) return tl::unexpected(step.error());
  const auto bytes = read_file(*step);
  if (!bytes) return tl::unexpected(bytes.error());
  const std::string kept = fmt::format("{}/osa-step-{}", parent, hexadecimal(sha256(*bytes)).substr(0, 16));
  std::error_code error;
  if (!fs::exists(kept, error)) {
    const std::string draft = fmt::format("{}.{}", kept, ::getpid());
    fs::copy_file(*step, draft, fs::copy_options::overwrite_existing, error);
    if (error) return system_failure(error.value(), "copy osa-step to", draft);
    if (::rename(draft.c_str(), kept.c_str()) != 0) return system_failure(errno, "rename", draft);
  }
  const std::string here = folder + "/osa-step";
  if (::link(kept.c_str(), here.c_str()) == 0) return {};
  fs::copy_file(kept, here, fs::copy_options::overwrite_existing, error);
  return error ? system_failure(error.value(), "copy osa-step to", folder) : Status{};
}

}  // namespace osac::cli
