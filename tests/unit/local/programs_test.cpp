// Programs are found once; one that moves meanwhile is found again.

#include <sys/stat.h>
#include <sys/wait.h>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "compiler/base/files.h"
#include "runtime/local/spawn.h"
#include "tests/support/temporary_folder.h"

using namespace osac;
using namespace osac::local;

namespace {

/// PATH for as long as it lives: two folders of its own, then what it was.
struct Path {
  Path() {
    for (const char* const part : {"/a", "/b"}) std::filesystem::create_directory(folder + part);
    set(folder + "/a:" + folder + "/b:" + before);
  }
  ~Path() { set(before); }
  static void set(const std::string& path) { ::setenv("PATH", path.c_str(), 1); }
  void put(const std::string& name, int code, int mode = 0755) const {
    REQUIRE(write_file(folder + "/" + name, "#!/bin/sh\nexit " + std::to_string(code) + "\n").has_value());
    REQUIRE(::chmod((folder + "/" + name).c_str(), static_cast<mode_t>(mode)) == 0);
  }
  std::string before = std::getenv("PATH");
  osac::test::TemporaryFolder own;
  std::string folder = own.path;
};

int run(const std::string& program, Programs& programs) {
  step::Process process;
  process.argv = {program};
  process.log = "/dev/null";
  const Spawned spawned = spawn(process, programs);
  if (spawned.pid == 0) return spawned.exit_code;
  int status = 0;
  REQUIRE(::waitpid(static_cast<pid_t>(spawned.pid), &status, 0) == spawned.pid);
  return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("programs are where PATH says, the first that can be executed") {
  const Path path;
  Programs programs;
  path.put("a/tool", 1, 0644);
  path.put("b/tool", 2);
  CHECK(programs.find("tool") == path.folder + "/b/tool");
  CHECK(programs.find("./tool") == "./tool");
  CHECK(programs.find("no-such-tool") == "no-such-tool");
  CHECK(run("tool", programs) == 2);
  CHECK(run("no-such-tool", programs) == 127);
  std::filesystem::create_directory(path.folder + "/a/other");
  CHECK(programs.find("other") == "other");  // a folder is no program
}

TEST_CASE("a program that was replaced or moved since is found again") {
  const Path path;
  Programs programs;
  path.put("a/tool", 3);
  CHECK(run("tool", programs) == 3);
  std::filesystem::remove(path.folder + "/a/tool");
  CHECK(run("tool", programs) == 127);
  path.put("b/tool", 4);
  CHECK(run("tool", programs) == 4);
  path.put("b/tool", 5);
  CHECK(run("tool", programs) == 5);
}
