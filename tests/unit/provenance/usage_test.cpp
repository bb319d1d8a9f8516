// What tasks took, from what the index tells of their attempts.

#include <catch2/catch.hpp>

#include "runtime/provenance/usage.h"

using namespace osac;
using namespace osac::provenance;

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t mebibyte = std::int64_t{1} << 20;

registry::ArchivedAttempt attempt(const std::string& element, const std::string& cause, std::int64_t seconds, std::int64_t megabytes) {
  registry::ArchivedAttempt one;
  one.element = element;
  one.cause = cause;
  one.started = 100 * second;
  one.ended = one.started + seconds * second;
  one.cpu_time = seconds * second;
  one.cpus = 2;
  one.peak_memory = megabytes * mebibyte;
  one.memory = 64 * mebibyte;
  return one;
}

}  // namespace

TEST_CASE("medians, 95 of a hundred and the largest are values that occurred") {
  std::vector<registry::ArchivedAttempt> attempts;
  for (std::int64_t i = 1; i <= 40; ++i) attempts.push_back(attempt("reduce[run=" + std::to_string(i) + "]", "none", 41 - i, i));
  const auto tasks = usage_by_task(attempts);
  REQUIRE(tasks.size() == 1);
  CHECK(tasks[0].task == "reduce");
  CHECK(tasks[0].attempts == 40);
  CHECK(tasks[0].succeeded == 40);
  CHECK(tasks[0].time.median == 20 * second);
  CHECK(tasks[0].time.most == 38 * second);
  CHECK(tasks[0].time.largest == 40 * second);
  CHECK(tasks[0].memory.largest == 40 * mebibyte);
  CHECK(tasks[0].total_time == 820 * second);
  CHECK(tasks[0].given_time == 1640 * second);
}

TEST_CASE("what was lost or cancelled is counted, and tells nothing of the task") {
  const auto tasks =
      usage_by_task({attempt("merge", "none", 10, 8), attempt("merge", "lost", 1000, 60), attempt("merge", "cancelled", 500, 60),
                     attempt("merge", "memory", 4, 64), attempt("a[x=1]", "exit", 1, 1)});
  REQUIRE(tasks.size() == 2);
  CHECK(tasks[0].task == "a");
  const TaskUsage& merge = tasks[1];
  CHECK(merge.attempts == 4);
  CHECK(merge.succeeded == 1);
  REQUIRE(merge.causes.size() == 3);
  CHECK(merge.causes[2].name == "memory");
  CHECK(merge.time.median == 4 * second);
  CHECK(merge.time.largest == 10 * second);
  CHECK(merge.memory.largest == 64 * mebibyte);
  CHECK(usage_text(tasks) ==
        "task   attempts  not well                       time: median     95%    most  in all  of cpus given  memory: median     95%    "
        "most  of that given\n"
        "a             1  1 exit                                1.0 s   1.0 s   1.0 s   1.0 s            50%           1 MiB   1 MiB   1 "
        "MiB             2%\n"
        "merge         4  1 cancelled, 1 lost, 1 memory         4.0 s  10.0 s  10.0 s  14.0 s            50%           8 MiB  64 MiB  64 "
        "MiB           100%\n");
  CHECK(usage_csv(tasks).find("\nmerge,4,1,1,0,1,1,4.000,10.000,10.000,14.000,14.000,28.000,8388608,67108864,67108864,67108864\n") !=
        std::string::npos);
}

TEST_CASE("no attempts are an empty table") {
  CHECK(usage_by_task({}).empty());
  CHECK(usage_json({}) == "[]\n");
}
