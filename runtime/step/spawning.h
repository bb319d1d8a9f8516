#pragma once
// What all that starts processes shares: the attributes of posix_spawn, argument lists, and where programs are. It starts nothing itself.

#include <spawn.h>
#include <string>
#include <string_view>
#include <vector>

namespace osac::step {

/// Default dispositions and an empty mask, whatever osac itself was started with; its own session, so that all of it can be ended.
class SpawnAttributes {
 public:
  SpawnAttributes();
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  ~SpawnAttributes() { ::posix_spawnattr_destroy(&value_); }
  [[nodiscard]] const posix_spawnattr_t* get() const { return &value_; }

 private:
  posix_spawnattr_t value_{};
};

/// As exec wants them: pointers into `texts`, and a null at the end.
std::vector<char*> pointers_to(const std::vector<std::string>& texts);

/// The first regular file of a name that can be executed, in the folders of a PATH ("" among them is the current one); "" if there is none.
std::string find_program(std::string_view path, std::string_view name);

}  // namespace osac::step
