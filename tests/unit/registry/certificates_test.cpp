#include "runtime/registry/certificates.h"

#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include "tests/support/temporary_folder.h"

using namespace osac;
using namespace osac::registry;
namespace fs = std::filesystem;

namespace {

struct State : osac::test::TemporaryFolder {
  [[nodiscard]] std::string file() const { return certificates_path(path, "bias"); }
  [[nodiscard]] std::string text() const {
    std::ifstream in(file());
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& text) const {
    fs::create_directories(path + "/certificates");
    std::ofstream(file()) << text;
  }
};

Certificate row(std::vector<std::string> keys, std::string begin, std::string content) {
  return {0,      std::move(keys),       std::move(begin), "", "bias/x, y.fits", std::move(content), "verify[detector=\"a b\"]",
          "run1", "2026-07-01T00:00:00Z"};
}
CertificateTable table(std::vector<Certificate> rows) { return {{{"detector", "string"}, {"band", "string"}}, std::move(rows)}; }

}  // namespace

TEST_CASE("certificates are written once, kept, and replaced by key and begin") {
  const State state;
  CHECK(add_certificates(state.path, "bias", table({row({"a b", "g"}, "2026-01-01", "aa"), row({"c", "#1"}, "2026-01-01", "bb")})) == 2U);
  const std::string first = state.text();
  CHECK(first.find("# %ECSV 1.0\n# ---\n# delimiter: ','\n") == 0);
  CHECK(first.find("\n1,\"a b\",g,2026-01-01,,\"bias/x, y.fits\",aa,\"verify[detector=\"\"a b\"\"]\",run1,2026-07-01T00:00:00Z\n") !=
        std::string::npos);
  // the same again, though of a later execution: nothing
  Certificate later = row({"a b", "g"}, "2026-01-01", "aa");
  later.execution = "run2";
  CHECK(add_certificates(state.path, "bias", table({later})) == 0U);
  CHECK(state.text() == first);
  // other content: replaced under its number; another begin: a row of its own
  CHECK(add_certificates(state.path, "bias", table({row({"a b", "g"}, "2026-01-01", "cc"), row({"a b", "g"}, "2026-02-01", "dd")})) == 2U);
  const auto read = read_certificates(state.file());
  REQUIRE(read);
  REQUIRE(read->rows.size() == 3);
  CHECK((read->rows[0].number == 1 && read->rows[0].content == "cc"));
  CHECK((read->rows[1].number == 2 && read->rows[1].keys == std::vector<std::string>{"c", "#1"}));
  CHECK((read->rows[2].number == 3 && read->rows[2].begin == "2026-02-01"));
  CHECK(certified_datasets(state.path) == std::vector<std::string>{"bias"});
}

TEST_CASE("certificates that a person has edited are read, with blanks as delimiters and fewer columns, too") {
  const State state;
  state.write(
      "# %ECSV 1.0\n# ---\n# datatype: []\n\nbegin until path content certificate detector band\n2026-01-01 \"\" b.fits \"\" 7 a g\n");
  CHECK(add_certificates(state.path, "bias", table({row({"c", "g"}, "2026-01-01", "bb")})) == 1U);
  const auto read = read_certificates(state.file());
  REQUIRE(read);
  REQUIRE(read->rows.size() == 2);
  CHECK((read->rows[0].number == 7 && read->rows[0].path == "b.fits"));
  CHECK(read->rows[1].number == 8);
}

TEST_CASE("certificates that cannot be understood are left as they are") {
  const State state;
  const auto problem = [&](const std::string& text) {
    state.write(text);
    const auto added = add_certificates(state.path, "bias", table({row({"c", "g"}, "2026-01-01", "bb")}));
    CHECK(state.text() == text);
    if (added) return std::string();
    CHECK(added.error().trouble == Trouble::damaged);
    return added.error().what.substr(added.error().what.find("used: ") + 6);
  };
  CHECK(problem("# nothing\n") == "it has no header");
  CHECK(problem("certificate,begin,until,path\n") == "it has no column `content`");
  CHECK(problem("certificate,detector,band,begin,until,path,content\n1,a,g,x\n") == "row 1 has 4 cells, not 7");
  CHECK(problem("certificate,detector,band,begin,until,path,content\nx,a,g,t,,p,c\n") == "`x` in row 1 is no number of a certificate");
  CHECK(problem("certificate,detector,begin,until,path,content\n1,a,t,,p,c\n") == "its keys are not those that `bias` has now");
}

TEST_CASE("a kill leaves the old certificates or the new ones") {
  const State state;
  REQUIRE(add_certificates(state.path, "bias", table({row({"a", "g"}, "2026-01-01", "aa")})));
  const std::string old = state.text();
  for (const std::string point : {"certificates_half", "certificates_written", "certificates_renamed"}) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::setenv("OSAC_FAILPOINT", point.c_str(), 1);
      (void)add_certificates(state.path, "bias", table({row({"b", "g"}, "2026-01-01", "bb")}));
      ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK((WIFSIGNALED(status) || WEXITSTATUS(status) != 0));  // it was killed there
    const auto read = read_certificates(state.file());
    REQUIRE(read);
    CHECK(read->rows.size() == (point == "certificates_renamed" ? 2 : 1));
    if (point != "certificates_renamed") CHECK(state.text() == old);
  }
  CHECK(add_certificates(state.path, "bias", table({row({"b", "g"}, "2026-01-01", "bb")})) == 0U);
  CHECK(add_certificates(state.path, "bias", table({row({"c", "g"}, "2026-01-01", "bb")})) == 1U);
}
