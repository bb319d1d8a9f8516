// Certificates: who gets one, when, and that it is not given twice.

#include "runtime/registry/certificates.h"
#include "tests/unit/local/support.h"

using namespace osac;
using namespace osac::local;
using namespace osac::local::test;
using osac::test::PlanMaker;

namespace {

plan::Plan biases(expression::Scalar until = expression::absent_scalar) {
  PlanMaker m("biases");
  const auto detector = m.dimension("detector", std::vector<std::int64_t>{1, 2, 3});
  const auto raw = m.external("raw", {detector}, "raw/{detector}");
  const auto bias = m.dataset("bias", {detector}, "bias/{detector}");
  const auto report = m.dataset("report", {detector}, "report/{detector}");
  m.task("make", {detector}).in("raw", raw).out("bias", bias).run("cp {raw} {bias}");
  m.task("verify", {detector}).in("bias", bias).out("report", report).shell("grep -q good {bias}; touch {report}");
  m.certify(bias, "verify", 86'400'000'000'000, until);
  m.goal(report);
  return m.plan();
}

registry::CertificateTable certificates() {
  auto table = registry::read_certificates(".osa/test/certificates/bias.ecsv");
  REQUIRE(table);
  return std::move(*table);
}

}  // namespace

TEST_CASE("what was verified gets a certificate, what was not gets none") {
  Bench bench;
  for (const char* const key : {"1", "2", "3"}) write(std::string("raw/") + key, key == std::string("2") ? "bad\n" : "good\n");
  const plan::Plan plan = biases();
  CHECK(counts(bench.execute_plan(plan)) == Counts{5, 0, 1, 0, 0});
  auto table = certificates();
  REQUIRE(table.rows.size() == 2);
  CHECK(table.keys.front().name == "detector");
  CHECK((table.rows[0].keys == Words{"1"} && table.rows[1].keys == Words{"3"}));
  CHECK((table.rows[0].begin == "1970-01-02T00:00:00" && table.rows[0].until.empty()));
  CHECK(table.rows[0].path == "bias/1");
  CHECK(table.rows[0].element == "verify[detector=1]");
  CHECK(table.rows[0].content == hexadecimal(sha256("good\n")));
  const std::string before = read(".osa/test/certificates/bias.ecsv");
  // nothing to do: nothing changes; once they are gone, they come back though nothing runs
  bench.execute_plan(plan);
  CHECK(read(".osa/test/certificates/bias.ecsv") == before);
  fs::remove_all(".osa/test/certificates");
  write("raw/2", "good\n");
  bench.execute_plan(plan);
  CHECK(certificates().rows.size() == 3);
  fs::remove_all(".osa/test/certificates");
  CHECK(counts(bench.execute_plan(plan)) == Counts{0, 6, 0, 0, 0});
  CHECK(certificates().rows.size() == 3);
}

TEST_CASE("another product with the same begin replaces the certificate") {
  Bench bench;
  for (const char* const key : {"1", "2", "3"}) write(std::string("raw/") + key, "good\n");
  bench.execute_plan(biases());
  write("raw/2", "good, too\n");
  bench.execute_plan(biases());
  auto table = certificates();
  REQUIRE(table.rows.size() == 3);
  CHECK(table.rows[1].content == hexadecimal(sha256("good, too\n")));
  CHECK(table.rows[1].number == 2);
  bench.execute_plan(biases(2 * 86'400'000'000'000));
  CHECK(certificates().rows[0].until == "1970-01-03T00:00:00");
}

TEST_CASE("certificates that cannot be read are told, and nothing else is lost") {
  Bench bench;
  for (const char* const key : {"1", "2", "3"}) write(std::string("raw/") + key, "good\n");
  write(".osa/test/certificates/bias.ecsv", "nonsense\n");
  const Summary summary = bench.execute_plan(biases());
  CHECK(counts(summary) == Counts{6, 0, 0, 0, 0});
  REQUIRE(summary.certificates_trouble);
  CHECK(summary.certificates_trouble->trouble == Trouble::damaged);
  CHECK_FALSE(summary.is_complete());
  CHECK(read(".osa/test/certificates/bias.ecsv") == "nonsense\n");
}
