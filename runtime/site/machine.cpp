#include "runtime/site/machine.h"

#include <dirent.h>
#include <sched.h>
#include <unistd.h>
#include <algorithm>
#include <charconv>
#include <fstream>
#include <memory>
#include <string_view>
#include <vector>

#include "compiler/base/text.h"

namespace osac::site {

namespace {

/// The text of a small file of the kernel's; "" if it is not there.
std::string kernel_text(const std::string& path) {
  std::ifstream file(path);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return std::string(trim(text));
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The folders of our control group and of those above it, innermost first. `controller` is "" for version 2.
std::vector<std::string> group_folders(const std::string& root, std::string_view controller) {
  const std::string listing = kernel_text(root + "/proc/self/cgroup");
  for (const std::string_view line : split(listing, '\n')) {
    const auto fields = split(line, ':');  // number:controllers:path
    if (fields.size() < 3) continue;
    const auto controllers = split(fields[1], ',');
    if (std::find(controllers.begin(), controllers.end(), controller) == controllers.end()) continue;
    const std::string mount = root + "/sys/fs/cgroup" + (controller.empty() ? "" : "/" + std::string(controller));
    std::string path(fields[2]);
    std::vector<std::string> folders;
    while (path.size() > 1) {
      folders.push_back(mount + path);
      path.resize(path.rfind('/'));
    }
    folders.push_back(mount);  // in a container the path is often another one than outside, and all there is, is the root
    return folders;
  }
  return {};
}

void keep_least(std::optional<std::int64_t>& least, std::optional<std::int64_t> value) {
  if (value && (!least || *value < *least)) least = value;
}

/// Whole processors, at least one.
std::optional<std::int64_t> quotient(std::optional<std::int64_t> quota, std::optional<std::int64_t> period) {
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  return std::max<std::int64_t>(1, *quota / *period + (*quota % *period != 0 ? 1 : 0));
}

}  // namespace

std::int64_t affinity_cpus() {
  // The kernel refuses a set smaller than its own: try larger ones, for very large machines.
  for (int size = 1024; size <= (1 << 20); size *= 2) {
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(size));
    std::vector<std::uint64_t> words((bytes + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t));
    auto* const set = reinterpret_cast<cpu_set_t*>(words.data());
    if (::sched_getaffinity(0, bytes, set) == 0) return std::max(1, CPU_COUNT_S(bytes, set));
  }
  return std::max<std::int64_t>(1, ::sysconf(_SC_NPROCESSORS_ONLN));
}

std::int64_t physical_memory() {
  const std::int64_t pages = ::sysconf(_SC_PHYS_PAGES);
  const std::int64_t page = ::sysconf(_SC_PAGE_SIZE);
  return pages > 0 && page > 0 ? pages * page : 0;
}

std::optional<std::int64_t> cgroup_cpus(const std::string& root) {
  std::optional<std::int64_t> least;
  for (const std::string& folder : group_folders(root, "")) {
    const std::string text = kernel_text(folder + "/cpu.max");  // "200000 100000" or "max 100000"
    const auto words = split(text, ' ');
    if (words.size() == 2) keep_least(least, quotient(number(words[0]), number(words[1])));
  }
  for (const std::string& folder : group_folders(root, "cpu"))
    keep_least(least, quotient(number(kernel_text(folder + "/cpu.cfs_quota_us")), number(kernel_text(folder + "/cpu.cfs_period_us"))));
  return least;
}

std::optional<std::int64_t> cgroup_memory(const std::string& root) {
  std::optional<std::int64_t> least;
  for (const std::string& folder : group_folders(root, "")) keep_least(least, number(kernel_text(folder + "/memory.max")));
  for (const std::string& folder : group_folders(root, "memory")) keep_least(least, number(kernel_text(folder + "/memory.limit_in_bytes")));
  return least;
}

std::int64_t count_gpus(const std::string& root) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir((root + "/dev").c_str()), ::closedir);
  if (!folder) return 0;
  std::int64_t count = 0;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    if (name.starts_with("nvidia") && number(name.substr(6))) ++count;
  }
  return count;
}

}  // namespace osac::site
