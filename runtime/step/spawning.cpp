#include "runtime/step/spawning.h"

#include <sys/stat.h>
#include <unistd.h>
#include <csignal>

#include "compiler/base/text.h"

namespace osac::step {

SpawnAttributes::SpawnAttributes() {
  ::posix_spawnattr_init(&value_);
  sigset_t all;
  sigset_t none;
  ::sigfillset(&all);
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigdefault(&value_, &all);
  ::posix_spawnattr_setsigmask(&value_, &none);
  ::posix_spawnattr_setflags(&value_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  list.reserve(texts.size() + 1);
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));  // execve does not write to them
  list.push_back(nullptr);
  return list;
}

std::string find_program(std::string_view path, std::string_view name) {
  for (const std::string_view folder : split(path, ':')) {
    std::string candidate(folder.empty() ? "." : folder);
    candidate += '/';
    candidate += name;
    struct stat info {};
    if (::stat(candidate.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

}  // namespace osac::step
