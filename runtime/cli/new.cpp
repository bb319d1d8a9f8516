// osac new: a small working workflow in a new folder.

#include <fmt/format.h>
#include <sys/stat.h>
#include <cerrno>

#include "compiler/base/files.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/session.h"
#include "stdlib/embedded.h"

namespace osac::cli {

int run_new(const Arguments& arguments) {
  const std::string& folder = arguments.word;
  if (::mkdir(folder.c_str(), 0777) != 0) {
    if (errno == EEXIST) return report_usage("`" + folder + "` is there already", "name a folder that is not there yet");
    return report(system_failure(errno, "make the folder", folder).value());
  }
  for (const auto& [name, text] : embedded::starter()) {
    const std::string path = folder + "/" + std::string(name);
    for (std::size_t slash = path.find('/', folder.size() + 1); slash != std::string::npos; slash = path.find('/', slash + 1))
      if (::mkdir(path.substr(0, slash).c_str(), 0777) != 0 && errno != EEXIST)
        return report(system_failure(errno, "make the folder", path.substr(0, slash)).value());
    if (auto status = write_file(path, text); !status) return report(status.error());
  }
  tell(
      fmt::format("wrote {0}/words.osa and the texts it counts. Next:\n  osac plan {0}/words.osa\n  osac run {0}/words.osa\n  osac graph "
                  "{0}/words.osa\n",
                  folder));
  return exit_done;
}

}  // namespace osac::cli
