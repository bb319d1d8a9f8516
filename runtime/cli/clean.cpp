// osac clean: deletes what can be made again. Without --yes it only shows.

#include <fmt/format.h>
#include <sys/stat.h>
#include <cerrno>
#include <filesystem>

#include "compiler/base/text.h"
#include "compiler/plan/resolve.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/session.h"

namespace osac::cli {

namespace {

namespace fs = std::filesystem;

/// Files of produced datasets that are there now. Only paths that a record says osac made are ever touched.
std::vector<std::string> made_files(const Past& past, const registry::History& history, bool temporary_only) {
  std::vector<std::string> paths;
  for (std::uint32_t id = 0; id < past.plan->datasets().size(); ++id) {
    const plan::DatasetRow& dataset = past.plan->datasets()[id];
    if (dataset.is_external != 0 || dataset.persistence == plan::Persistence::protect) continue;
    if (temporary_only && dataset.persistence != plan::Persistence::temp) continue;
    for (std::uint32_t i = 0; i < dataset.family.count; ++i) {
      const auto maker = past.plan->producer(id, i);
      if (!maker) continue;
      const registry::PastElement* const known = history.find(plan::element_name(*past.plan, *maker));
      if (known == nullptr || history.success(*known) == nullptr) continue;
      const std::string path = plan::dataset_path(*past.plan, id, i);
      std::error_code ignored;
      if (fs::exists(fs::symlink_status(path, ignored))) paths.push_back(path);
    }
  }
  return paths;
}

std::vector<std::string> scratch_folders(const Past& past) {
  std::vector<std::string> paths;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(past.state + "/scratch", ignored)) paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

int remove_all(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    std::error_code error;
    fs::remove_all(path, error);
    if (error) return report(system_failure(error.value(), "delete", path).value());
  }
  return exit_done;
}

}  // namespace

int run_clean(const Arguments& arguments) {
  const CleanArguments& wanted = arguments.clean;
  if (!wanted.temp && !wanted.scratch && !wanted.outputs)
    return report_usage("what shall be cleaned?",
                        "--temp (temporary files), --scratch (folders of failed attempts), --outputs (all products)");
  auto past = open_past(arguments.past);
  if (!past) return report(past.error());
  auto lock = registry::StateLock::take(past->state, "clean", false);
  if (!lock) return report(lock.error());
  auto history = registry::read_history(past->state);
  if (!history) return report(history.error());

  std::vector<std::string> paths;
  if (wanted.outputs || wanted.temp) paths = made_files(*past, *history, !wanted.outputs);
  if (wanted.scratch)
    for (std::string& path : scratch_folders(*past)) paths.push_back(std::move(path));
  std::string list;
  for (const std::string& path : paths) list += visible(path) + "\n";
  if (const int code = print_result(list); code != exit_done) return code;
  if (paths.empty()) {
    tell(fmt::format("nothing to delete\n"));
    return exit_done;
  }
  if (!wanted.yes) {
    tell(fmt::format("{} would be deleted; do it with --yes\n", count_of(paths.size(), "path")));
    return exit_done;
  }
  if (const int code = remove_all(paths); code != exit_done) return code;
  tell(fmt::format("deleted {}\n", count_of(paths.size(), "path")));
  return exit_done;
}

}  // namespace osac::cli
