#pragma once
// A Slurm without daemons (tests/support/fake_slurm.py), first on PATH for as long as it lives.

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "compiler/base/files.h"
#include "compiler/records/json.h"
#include "tests/support/temporary_folder.h"

namespace osac::slurm::test {

class FakeSlurm {
 public:
  FakeSlurm() {
    std::filesystem::create_directory(path_ + "/bin");
    for (const char* const program : {"sbatch", "squeue", "scontrol", "scancel"})
      std::filesystem::create_symlink(OSAC_SOURCE_DIR "/tests/support/fake_slurm.py", path_ + "/bin/" + program);
    path_before_ = std::getenv("PATH");
    ::setenv("PATH", (path_ + "/bin:" + path_before_).c_str(), 1);
    ::setenv("FAKE_SLURM", path_.c_str(), 1);
  }
  FakeSlurm(const FakeSlurm&) = delete;
  FakeSlurm& operator=(const FakeSlurm&) = delete;
  ~FakeSlurm() {
    ::setenv("PATH", path_before_.c_str(), 1);
    ::unsetenv("FAKE_SLURM");
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  void write(const std::string& name, const std::string& text) const { REQUIRE(write_file(path_ + "/" + name, text)); }
  /// A program of our own in place of one of Slurm's.
  void program(const std::string& name, const std::string& script) const {
    std::filesystem::remove(path_ + "/bin/" + name);
    write("bin/" + name, "#!/bin/sh\n" + script);
    std::filesystem::permissions(path_ + "/bin/" + name, std::filesystem::perms::all);
  }
  void faults(const std::string& text) const { write("faults", text); }

  struct Job {
    std::int64_t id = 0;
    std::string name, state, reason, dependency;
  };
  [[nodiscard]] std::vector<Job> jobs() const {
    std::vector<Job> jobs;
    const auto text = read_file(path_ + "/state");
    if (!text) return jobs;
    const records::JsonDocument document(*text);
    REQUIRE(document.root());
    document.root()->members([&](const std::string& name, const records::Json& list) {
      if (name != "jobs") return;
      list.each([&](const records::Json& item) {
        Job& job = jobs.emplace_back();
        item.members([&](const std::string& key, const records::Json& value) {
          if (key == "id") job.id = value.integer();
          if (key == "name") job.name = value.text();
          if (key == "state") job.state = value.text();
          if (key == "reason") job.reason = value.text();
          if (key == "dependency") job.dependency = value.text();
        });
      });
    });
    return jobs;
  }
  /// Those that are not over, by name: one a name.
  [[nodiscard]] std::map<std::string, Job> live() const {
    std::map<std::string, Job> live;
    for (const Job& job : jobs())
      if (job.state == "PENDING") {
        INFO(job.name);
        CHECK(live.emplace(job.name, job).second);
      }
    return live;
  }
  [[nodiscard]] std::string calls() const { return read_file(path_ + "/calls").value_or(""); }

 private:
  osac::test::TemporaryFolder folder_;
  std::string path_ = folder_.path, path_before_;
};

}  // namespace osac::slurm::test
