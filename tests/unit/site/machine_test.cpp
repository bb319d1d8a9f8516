#include "runtime/site/machine.h"

#include "runtime/site/site.h"
#include "tests/unit/site/folder.h"

using namespace osac::site;
using namespace osac::site::test;

TEST_CASE("a machine has at least one processor and some memory") {
  CHECK(affinity_cpus() >= 1);
  CHECK(physical_memory() > 0);
  const Site site = detect();
  CHECK(site.cpus >= 1);
  CHECK(site.cpus <= affinity_cpus());
  CHECK(site.memory > 0);
  CHECK(site.memory <= physical_memory());
  CHECK(site.origin == "this machine");
}

TEST_CASE("limits of control groups version 2 are the least on the way up") {
  const Folder root;
  root.write("proc/self/cgroup", "0::/jobs/one\n");
  root.write("sys/fs/cgroup/jobs/one/cpu.max", "max 100000\n");
  root.write("sys/fs/cgroup/jobs/cpu.max", "250000 100000\n");
  root.write("sys/fs/cgroup/jobs/one/memory.max", "2147483648\n");
  root.write("sys/fs/cgroup/jobs/memory.max", "max\n");
  CHECK(cgroup_cpus(root.path) == 3);
  CHECK(cgroup_memory(root.path) == 2147483648);
}

TEST_CASE("limits of control groups version 1 are read, also when only the root is mounted") {
  const Folder root;
  root.write("proc/self/cgroup", "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n0::/\n");
  root.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n");
  root.write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  root.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n");
  CHECK(cgroup_cpus(root.path) == 1);
  CHECK(cgroup_memory(root.path) == 1073741824);
}

TEST_CASE("without limits there are none") {
  const Folder root;
  CHECK(cgroup_cpus(root.path) == std::nullopt);
  CHECK(cgroup_memory(root.path) == std::nullopt);
  root.write("proc/self/cgroup", "broken\n3:cpu:/\n0::/\n");
  root.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  root.write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  CHECK(cgroup_cpus(root.path) == std::nullopt);
}

TEST_CASE("only numbered devices are gpus") {
  const Folder root;
  CHECK(count_gpus(root.path) == 0);
  for (const char* name : {"dev/nvidia0", "dev/nvidia12", "dev/nvidiactl", "dev/nvidia-uvm", "dev/null"}) root.write(name, "");
  CHECK(count_gpus(root.path) == 2);
}
