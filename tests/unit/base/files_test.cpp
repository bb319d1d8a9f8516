#include "compiler/base/files.h"

#include <sys/stat.h>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "compiler/base/hash.h"
#include "tests/support/temporary_folder.h"

using namespace osac;

namespace {

using Folder = osac::test::TemporaryFolder;

}  // namespace

TEST_CASE("a file comes back as it was written") {
  const Folder folder;
  const std::string path = folder.path + "/a";
  REQUIRE(write_file(path, "one").has_value());
  REQUIRE(write_file(path, std::string(100'000, 'x')).has_value());
  CHECK(read_file(path).value() == std::string(100'000, 'x'));
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);  // no temporary is left
}

TEST_CASE("what is no regular file of a fair size is refused by name") {
  const Folder folder;
  REQUIRE(write_file(folder.path + "/big", "12345").has_value());
  CHECK(read_file(folder.path + "/big", 4).error().what == "`" + folder.path + "/big` has 5 bytes, more than the limit of 4");
  CHECK(read_file(folder.path).error().what == "cannot read `" + folder.path + "`: it is a directory");
  CHECK(read_file(folder.path + "/none").error().what == "cannot open `" + folder.path + "/none`: no such file or directory");
  REQUIRE(::mkfifo((folder.path + "/fifo").c_str(), 0600) == 0);
  CHECK(read_file(folder.path + "/fifo").error().what == "cannot read `" + folder.path + "/fifo`: it is not a regular file");
  CHECK_FALSE(write_file(folder.path + "/no/such/folder", "x").has_value());
}

TEST_CASE("devices, fifos and symbolic links stay what they are when they are written") {
  const Folder folder;
  const std::string fifo = folder.path + "/fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  std::string arrived;
  std::thread reader([&] {
    std::ifstream file(fifo);
    arrived.assign(std::istreambuf_iterator<char>(file), {});
  });
  CHECK(write_file(fifo, "through").has_value());
  reader.join();
  CHECK(arrived == "through");
  CHECK(std::filesystem::is_fifo(fifo));

  REQUIRE(write_file(folder.path + "/target", "old").has_value());
  std::filesystem::create_symlink("target", folder.path + "/link");
  REQUIRE(write_file(folder.path + "/link", "new").has_value());
  CHECK(std::filesystem::is_symlink(folder.path + "/link"));
  CHECK(read_file(folder.path + "/target").value() == "new");
  std::filesystem::create_symlink("/dev/null", folder.path + "/null");
  REQUIRE(write_file(folder.path + "/null", "gone").has_value());
  CHECK(std::filesystem::is_character_file("/dev/null"));
  std::filesystem::create_symlink("nothing", folder.path + "/broken");
  CHECK(write_file(folder.path + "/broken", "x").error().what ==
        "cannot follow the link `" + folder.path + "/broken`: no such file or directory");
}

TEST_CASE("a file that changes while it is read is temporary trouble, never a piece of it") {
  const Folder folder;
  const std::string path = folder.path + "/growing";
  const std::string line = "1,2,3,4,5,6,7,8\n";
  REQUIRE(write_file(path, "").has_value());
  CHECK(read_settled_file(path).value().empty());
  std::atomic<bool> ends{false};
  std::thread writer([&] {
    for (int round = 0; !ends; ++round) {
      std::ofstream file(path, round % 50 == 0 ? std::ios::trunc : std::ios::app);
      for (int i = 0; i < 5000; ++i) file << line;
    }
  });
  int changed = 0;
  for (int i = 0; i < 2000 && changed < 3; ++i) {
    const auto text = read_settled_file(path);
    if (text.has_value()) continue;
    ++changed;
    CHECK(text.error().trouble == Trouble::temporary);
    CHECK(text.error().what.find("changed while it was read") != std::string::npos);
  }
  ends = true;
  writer.join();
  CHECK(changed > 0);
  CHECK(read_settled_file(path).has_value());
}

TEST_CASE("SHA-256 is that of the standard, and digests round-trip through text") {
  CHECK(hexadecimal(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hexadecimal(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(parse_digest(hexadecimal(sha256("abc"))) == sha256("abc"));
  CHECK(parse_digest("zz") == Digest{});
  Sha256 hash;
  hash.add("a");
  hash.add("bc");
  CHECK(hash.finish() == sha256("abc"));
  hash.add_field("ab");
  hash.add_field("c");
  const Digest one = hash.finish();
  hash.add_field("a");
  hash.add_field("bc");
  CHECK(one != hash.finish());
}
