#pragma once
// Folders of a test's own, gone when it is over.

#include <stdlib.h>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

namespace osac::test {

struct TemporaryFolder {
  std::string path;

  TemporaryFolder() : path((std::filesystem::temp_directory_path() / "osac-test-XXXXXX").string()) {
    if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("no folder can be made like " + path);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

/// One that is the current folder for as long as it lives.
class TemporaryCurrentFolder {
 public:
  TemporaryCurrentFolder() { std::filesystem::current_path(folder_.path); }
  TemporaryCurrentFolder(const TemporaryCurrentFolder&) = delete;
  TemporaryCurrentFolder& operator=(const TemporaryCurrentFolder&) = delete;
  ~TemporaryCurrentFolder() { std::filesystem::current_path(before_); }

 private:
  std::filesystem::path before_ = std::filesystem::current_path();
  TemporaryFolder folder_;
};

}  // namespace osac::test
