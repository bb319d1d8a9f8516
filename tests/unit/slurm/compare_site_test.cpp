// The site file against what Slurm says of itself.

#include "runtime/slurm/compare_site.h"

#include <catch2/catch.hpp>

namespace osac::slurm {

std::ostream& operator<<(std::ostream& out, const Difference& one) {
  return out << one.key << ": " << one.said << " / " << one.is << (one.is_too_much ? " !" : "");
}

namespace test {

namespace {

constexpr std::int64_t hour = 3'600'000'000'000;

ClusterFacts some_facts() {
  ClusterFacts facts;
  facts.config.values = {{"MaxArraySize", "1001"}, {"SchedulerParameters", "a=1,correspond_after_task_cnt=50"}};
  facts.config.partitions = {
      {{"PartitionName", "short"}, {"MaxTime", "04:00:00"}, {"State", "UP"}, {"Default", "YES"}, {"AllowAccounts", "ALL"}},
      {{"PartitionName", "long"}, {"MaxTime", "UNLIMITED"}, {"State", "DRAIN"}, {"AllowAccounts", "cta,veritas"}}};
  facts.nodes = {{{"NodeName", "n1"}, {"CPUTot", "32"}, {"RealMemory", "65536"}, {"Gres", "(null)"}, {"Partitions", "short,long"}},
                 {{"NodeName", "n2"}, {"CPUTot", "8"}, {"RealMemory", "131072"}, {"Gres", "gpu:a100:2(S:0-1)"}, {"Partitions", "long"}}};
  facts.associations = {{"cta", "", {"normal"}, 4000}};
  return facts;
}

site::Site fitting() {
  site::Site site;
  site.slurm.partitions = {{"short", 4 * hour, std::int64_t{60} << 30, 32, 0}};
  site.slurm.window = 50;
  site.slurm.max_submit = 4000;
  site.slurm.account = "cta";
  return site;
}

TEST_CASE("a site file that says what holds") { CHECK(compare(fitting(), some_facts()).empty()); }

TEST_CASE("what a site file promises beyond the cluster") {
  site::Site site = fitting();
  site.slurm.partitions = {{"short", 5 * hour, std::int64_t{100} << 30, 40, 1}, {"gone", 0, 0, 0, 0}};
  site.slurm.window = 1000;
  site.slurm.max_array = 5000;
  site.slurm.max_submit = 0;
  site.slurm.account = "lst";
  site.slurm.qos = "high";
  const auto found = compare(site, some_facts());
  CHECK(found == std::vector<Difference>{{"slurm.partitions.short.time", "5 h", "4 h", true},
                                         {"slurm.partitions.short.memory", "100 GiB", "64 GiB", true},
                                         {"slurm.partitions.short.cpus", "40", "32", true},
                                         {"slurm.partitions.short.gpus", "1", "0", true},
                                         {"slurm.partitions.gone", "a partition", "there is none of this name", true},
                                         {"slurm.account", "lst", "yours: cta", true},
                                         {"slurm.qos", "high", "none of yours", true},
                                         {"slurm.max_array", "5,000", "1,001", true},
                                         {"slurm.window", "1,000", "50", true}});
}

TEST_CASE("what a site file leaves unused is a note") {
  site::Site site = fitting();
  site.slurm.partitions[0].time = 2 * hour;
  site.slurm.max_submit = 100;
  site.slurm.window = 10;
  const auto found = compare(site, some_facts());
  CHECK(found == std::vector<Difference>{{"slurm.partitions.short.time", "2 h", "4 h", false},
                                         {"slurm.max_submit", "100", "4,000", false},
                                         {"slurm.window", "10", "50", false}});
}

TEST_CASE("partitions that are closed, or closed to the account") {
  site::Site site = fitting();
  site.slurm.account.clear();
  site.slurm.partitions = {{"long", 0, 0, 0, 2}};
  CHECK(compare(site, some_facts()) == std::vector<Difference>{{"slurm.partitions.long", "a partition", "its state is DRAIN", true}});
  site.slurm.account = "lst";
  ClusterFacts facts = some_facts();
  facts.associations.reset();  // no accounts are kept
  CHECK(compare(site, facts)[1] == Difference{"slurm.partitions.long", "account lst", "only accounts cta,veritas", true});
  facts.config.partitions.clear();
  site.slurm.partitions.clear();
  CHECK(compare(site, facts)[0] == Difference{"slurm.partitions", "none: the cluster's default", "there is no default partition", true});
}

TEST_CASE("limits of submitting are the least of all") {
  site::Site site = fitting();
  ClusterFacts facts = some_facts();
  facts.qos_limits = {{"normal", 300}, {"other", 5}};
  CHECK(compare(site, facts) == std::vector<Difference>{{"slurm.max_submit", "4,000", "300", true}});
  site.slurm.max_submit = 0;
  CHECK(compare(site, facts) == std::vector<Difference>{{"slurm.max_submit", "no limit", "300", true}});
}

TEST_CASE("time limits and gpus as Slurm writes them") {
  CHECK(parse_time_limit("1-00:00:00") == 24 * hour);
  CHECK(parse_time_limit("2-12") == 60 * hour);
  CHECK(parse_time_limit("04:30:00") == 4 * hour + hour / 2);
  CHECK(parse_time_limit("30:00") == hour / 2);
  CHECK(parse_time_limit("90") == hour + hour / 2);
  for (const char* const text : {"UNLIMITED", "INFINITE", "", "1:2:3:4", "x-1"}) CHECK_FALSE(parse_time_limit(text));
  CHECK(count_gpus("gpu:a100:4(S:0-1),license:2,gpu:1") == 5);
  CHECK(count_gpus("(null)") == 0);
  CHECK(count_gpus("gpu") == 1);
}

}  // namespace

}  // namespace test

}  // namespace osac::slurm
