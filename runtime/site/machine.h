#pragma once
// What the kernel says this machine has and lets us use. `root` stands before every path, so that tests can show it another machine.

#include <cstdint>
#include <optional>
#include <string>

namespace osac::site {

/// Processors that this process may run on.
std::int64_t affinity_cpus();
/// Physical memory in bytes.
std::int64_t physical_memory();
/// The processor quota of our control group and those above it, rounded up; nothing without one. Versions 1 and 2.
std::optional<std::int64_t> cgroup_cpus(const std::string& root);
/// The memory limit of our control group and those above it.
std::optional<std::int64_t> cgroup_memory(const std::string& root);
/// Devices /dev/nvidia0, /dev/nvidia1, ...
std::int64_t count_gpus(const std::string& root);

}  // namespace osac::site
