// What is noticed of a change to a file or folder, and what is not taken for one.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch.hpp>
#include <fstream>

#include "runtime/step/step.h"
#include "runtime/step/system.h"
#include "tests/unit/step/support.h"

using namespace osac;
using namespace osac::step;
using namespace osac::step::test;

namespace {

FileState state_of(const std::string& path, bool with_content = true) {
  const auto state = file_state(path, with_content);
  REQUIRE(state);
  return *state;
}

void write(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::trunc) << text; }

}  // namespace

TEST_CASE("What is not there has size -1") {
  const Folder folder;
  CHECK(state_of(folder.path + "/x") == FileState{});
  write(folder.path + "/file", "x");
  CHECK(state_of(folder.path + "/file/x") == FileState{});
}

TEST_CASE("A file has its size, times, place and SHA-256") {
  const Folder folder;
  const std::string path = folder.path + "/x";
  write(path, "hello\n");
  const FileState state = state_of(path);
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK(state == FileState{6, info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec,
                           info.st_ctim.tv_sec * 1'000'000'000 + info.st_ctim.tv_nsec, info.st_ino, info.st_dev, sha256("hello\n"), false});
  CHECK(hexadecimal(state.content) == "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
  CHECK(state_of(path, false).content == Digest{});
  CHECK(same_stat(state, state_of(path, false)));
}

TEST_CASE("A file of many blocks is hashed as a whole") {
  const Folder folder;
  const std::string text(1'000'003, 'y');
  write(folder.path + "/x", text);
  CHECK(state_of(folder.path + "/x").content == sha256(text));
}

TEST_CASE("Replacing a file by one of the same size and mtime is seen (T42)") {
  const Folder folder;
  const std::string path = folder.path + "/x";
  write(path, "one");
  const FileState before = state_of(path);
  const auto keep_times = [&](const std::string& of) {
    const timespec time{before.mtime / 1'000'000'000, before.mtime % 1'000'000'000};
    const timespec times[2] = {time, time};
    REQUIRE(::utimensat(AT_FDCWD, of.c_str(), times, 0) == 0);
  };
  SECTION("in place") {
    write(path, "two");
    keep_times(path);
  }
  SECTION("by a rename") {
    write(path + ".new", "two");
    keep_times(path + ".new");
    REQUIRE(::rename((path + ".new").c_str(), path.c_str()) == 0);
  }
  const FileState after = state_of(path);
  CHECK(after.size == before.size);
  CHECK(after.mtime == before.mtime);
  CHECK(!same_stat(before, after));
  CHECK(after.content == sha256("two"));
}

TEST_CASE("A link to a file has the state of the file") {
  const Folder folder;
  write(folder.path + "/x", "text");
  REQUIRE(::symlink("x", (folder.path + "/link").c_str()) == 0);
  CHECK(state_of(folder.path + "/link") == state_of(folder.path + "/x"));
}

TEST_CASE("A folder is the sum of what is in it, whatever the order of its listing") {
  const Folder folder;
  const auto make = [&](const std::string& name, bool backwards) {
    const std::string path = folder.path + "/" + name;
    REQUIRE(make_folders(path + "/sub/deep"));
    for (int i = 0; i < 50; ++i) write(path + "/" + std::to_string(backwards ? 49 - i : i), std::to_string(backwards ? 49 - i : i));
    write(path + "/sub/deep/x", "deep");
    REQUIRE(::symlink("deep/x", (path + "/sub/link").c_str()) == 0);
    return path;
  };
  const std::string path = make("a", false);
  const FileState state = state_of(path);
  CHECK(state.is_directory);
  CHECK(state.size == 10 + 2 * 40 + 4);
  CHECK(state.content != Digest{});
  CHECK(state_of(make("b", true)).content == state.content);
  CHECK(state_of(path + "/").content == state.content);

  SECTION("a byte of a file deep inside") { write(path + "/sub/deep/x", "deeq"); }
  SECTION("a name") { REQUIRE(::rename((path + "/7").c_str(), (path + "/seven").c_str()) == 0); }
  SECTION("where a link points") {
    REQUIRE(::unlink((path + "/sub/link").c_str()) == 0);
    REQUIRE(::symlink("deep/y", (path + "/sub/link").c_str()) == 0);
  }
  SECTION("a folder without anything in it") { REQUIRE(make_folders(path + "/empty")); }
  const FileState changed = state_of(path);
  CHECK(changed.content != state.content);
  CHECK(!same_stat(changed, state));
}

TEST_CASE("A fifo is no file and is not opened") {
  const Folder folder;
  const std::string path = folder.path + "/fifo";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const auto state = file_state(path, true);
  REQUIRE(!state);
  CHECK(state.error().what == "`" + path + "` is neither a file nor a folder");
}

TEST_CASE("Removing a tree follows no links and does not mind read-only folders") {
  const Folder folder;
  REQUIRE(make_folders(folder.path + "/tree/sub"));
  REQUIRE(make_folders(folder.path + "/outside"));
  write(folder.path + "/outside/keep", "x");
  write(folder.path + "/tree/sub/file", "x");
  REQUIRE(::symlink((folder.path + "/outside").c_str(), (folder.path + "/tree/link").c_str()) == 0);
  REQUIRE(::chmod((folder.path + "/tree/sub").c_str(), 0500) == 0);
  REQUIRE(remove_tree(folder.path + "/tree"));
  CHECK(::access((folder.path + "/tree").c_str(), F_OK) != 0);
  CHECK(::access((folder.path + "/outside/keep").c_str(), F_OK) == 0);
  CHECK(remove_tree(folder.path + "/tree"));
}

TEST_CASE("Folder and name of a path") {
  CHECK(folder_of("a/b/c") == "a/b");
  CHECK(folder_of("a/b/c/") == "a/b");
  CHECK(folder_of("c") == ".");
  CHECK(folder_of("/c") == "/");
  CHECK(name_of("a/b/c/") == "c");
  CHECK(name_of("c") == "c");
}
