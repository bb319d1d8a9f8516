#pragma once
// A temporary folder with files, gone at the end of a test.

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include "tests/support/temporary_folder.h"

namespace osac::site::test {

struct Folder : osac::test::TemporaryFolder {
  std::string write(const std::string& name, const std::string& text, bool is_program = false) const {
    const std::filesystem::path file = std::filesystem::path(path) / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
    if (is_program) std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    return file.string();
  }
};

/// A variable of the environment, as it was before at the end.
struct Variable {
  std::string name;
  std::string before;
  bool was_set;

  Variable(std::string the_name, const std::string& value) : name(std::move(the_name)) {
    const char* const old = std::getenv(name.c_str());
    was_set = old != nullptr;
    if (was_set) before = old;
    ::setenv(name.c_str(), value.c_str(), 1);
  }
  ~Variable() {
    if (was_set)
      ::setenv(name.c_str(), before.c_str(), 1);
    else
      ::unsetenv(name.c_str());
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
};

}  // namespace osac::site::test
