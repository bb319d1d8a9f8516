#include "runtime/slurm/compare_site.h"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>

#include "compiler/base/text.h"
#include "runtime/base/clock.h"

namespace osac::slurm {

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t default_look_ahead = 10;  // correspond_after_task_cnt

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string value_of(const std::map<std::string, std::string>& values, const std::string& key) {
  const auto found = values.find(key);
  return found == values.end() ? "" : found->second;
}

/// "ALL" or a list of names.
bool allows(const std::string& list, const std::string& name) {
  if (list.empty() || list == "ALL" || list == "(null)") return true;
  const auto names = split(list, ',');
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string count_text(std::int64_t count) { return grouped(static_cast<std::uint64_t>(std::max<std::int64_t>(0, count))); }

class Comparison {
 public:
  Comparison(const site::Site& site, const ClusterFacts& facts) : slurm_(site.slurm), facts_(facts) {}

  std::vector<Difference> run() {
    check_partitions();
    check_account();
    check_array();
    check_submit();
    check_window();
    return std::move(found_);
  }

 private:
  void add(const std::string& key, std::string said, std::string is, bool is_too_much) {
    found_.push_back({"slurm." + key, std::move(said), std::move(is), is_too_much});
  }
  /// `most`: what the cluster gives; nothing: no limit.
  template <typename Text>
  void compare(const std::string& key, std::int64_t said, std::optional<std::int64_t> most, bool zero_is_all, Text&& text) {
    const bool is_all = zero_is_all && said == 0;
    if (!most) {
      if (!is_all) add(key, text(said), "no limit", false);
    } else if (is_all || said != *most) {
      add(key, is_all ? "no limit" : text(said), text(*most), is_all || said > *most);
    }
  }

  void check_partitions() {
    const auto& partitions = facts_.config.partitions;
    if (slurm_.partitions.empty()) {
      const bool has_default =
          std::any_of(partitions.begin(), partitions.end(), [](const auto& one) { return value_of(one, "Default") == "YES"; });
      if (!has_default) add("partitions", "none: the cluster's default", "there is no default partition", true);
    }
    for (const site::Partition& partition : slurm_.partitions) {
      const auto found = std::find_if(partitions.begin(), partitions.end(),
                                      [&](const auto& one) { return value_of(one, "PartitionName") == partition.name; });
      if (found == partitions.end())
        add("partitions." + partition.name, "a partition", "there is none of this name", true);
      else
        check_partition(partition, *found);
    }
  }

  void check_partition(const site::Partition& said, const std::map<std::string, std::string>& is) {
    const std::string key = "partitions." + said.name;
    if (const std::string state = value_of(is, "State"); !state.empty() && state != "UP")
      add(key, "a partition", "its state is " + state, true);
    if (!slurm_.account.empty() && !allows(value_of(is, "AllowAccounts"), slurm_.account))
      add(key, "account " + slurm_.account, "only accounts " + value_of(is, "AllowAccounts"), true);
    if (!slurm_.qos.empty() && !allows(value_of(is, "AllowQos"), slurm_.qos))
      add(key, "qos " + slurm_.qos, "only qos " + value_of(is, "AllowQos"), true);
    std::int64_t cpus = 0;
    std::int64_t memory = 0;
    std::int64_t gpus = 0;
    for (const auto& node : facts_.nodes) {
      const std::string partitions = value_of(node, "Partitions");
      const auto names = split(partitions, ',');
      if (std::find(names.begin(), names.end(), said.name) == names.end()) continue;
      cpus = std::max(cpus, number(value_of(node, "CPUTot")).value_or(0));
      memory = std::max(memory, number(value_of(node, "RealMemory")).value_or(0) << 20);
      gpus = std::max(gpus, count_gpus(value_of(node, "Gres")));
    }
    if (const auto most = number(value_of(is, "MaxCPUsPerNode"))) cpus = std::min(cpus, *most);
    if (const auto most = number(value_of(is, "MaxMemPerNode"))) memory = std::min(memory, *most << 20);
    const std::string time = value_of(is, "MaxTime");
    compare(key + ".time", said.time, parse_time_limit(time), true, [](std::int64_t value) { return runtime::duration_text(value); });
    if (cpus == 0) return add(key, "a partition", "it has no nodes", true);
    if (said.memory > memory) add(key + ".memory", runtime::memory_text(said.memory), runtime::memory_text(memory), true);
    if (said.cpus > cpus) add(key + ".cpus", count_text(said.cpus), count_text(cpus), true);
    if (said.gpus > gpus) add(key + ".gpus", count_text(said.gpus), count_text(gpus), true);
  }

  void check_account() {
    if (!facts_.associations) return;
    const auto& mine = *facts_.associations;
    std::vector<std::string> accounts;
    bool has_qos = slurm_.qos.empty();
    for (const Association& one : mine) {
      if (std::find(accounts.begin(), accounts.end(), one.account) == accounts.end()) accounts.push_back(one.account);
      has_qos = has_qos || std::find(one.qos.begin(), one.qos.end(), slurm_.qos) != one.qos.end();
    }
    if (!slurm_.account.empty() && std::find(accounts.begin(), accounts.end(), slurm_.account) == accounts.end())
      add("account", slurm_.account, accounts.empty() ? "you have none" : "yours: " + join_words(accounts), true);
    if (!has_qos) add("qos", slurm_.qos, "none of yours", true);
  }

  void check_array() {
    const auto most = number(value_of(facts_.config.values, "MaxArraySize"));
    if (most) compare("max_array", slurm_.max_array, most, false, count_text);
  }

  void check_submit() {
    if (!facts_.associations) return;
    std::optional<std::int64_t> most;
    const auto lower = [&](std::int64_t limit) { most = most ? std::min(*most, limit) : limit; };
    for (const Association& one : *facts_.associations) {
      if (!slurm_.account.empty() && one.account != slurm_.account) continue;
      if (one.max_submit >= 0) lower(one.max_submit);
      for (const auto& [qos, limit] : facts_.qos_limits)
        if (slurm_.qos.empty() ? std::find(one.qos.begin(), one.qos.end(), qos) != one.qos.end() : qos == slurm_.qos) lower(limit);
    }
    compare("max_submit", slurm_.max_submit, most, true, count_text);
  }

  void check_window() {
    std::int64_t look_ahead = default_look_ahead;
    constexpr std::string_view name = "correspond_after_task_cnt=";
    const std::string parameters = value_of(facts_.config.values, "SchedulerParameters");
    for (const std::string_view one : split(parameters, ','))
      if (one.starts_with(name)) look_ahead = number(one.substr(name.size())).value_or(look_ahead);
    compare("window", slurm_.window, look_ahead, false, count_text);
  }

  const site::Slurm& slurm_;   // NOLINT: lives for one call
  const ClusterFacts& facts_;  // NOLINT
  std::vector<Difference> found_;
};

}  // namespace

std::vector<Difference> compare(const site::Site& site, const ClusterFacts& facts) { return Comparison(site, facts).run(); }

std::optional<std::int64_t> parse_time_limit(std::string_view text) {
  std::int64_t days = 0;
  const auto dash = text.find('-');
  if (dash != std::string_view::npos) {
    const auto count = number(text.substr(0, dash));
    if (!count) return std::nullopt;
    days = *count;
    text.remove_prefix(dash + 1);
  }
  std::vector<std::int64_t> parts;
  for (const std::string_view part : split(text, ':')) {
    const auto value = number(part);
    if (!value || *value < 0) return std::nullopt;
    parts.push_back(*value);
  }
  if (parts.size() > 3) return std::nullopt;
  // after days: hours first; else minutes, then seconds, or hours before both
  std::int64_t seconds = 0;
  if (dash != std::string_view::npos || parts.size() == 3) {
    parts.resize(3, 0);
    seconds = 3600 * parts[0] + 60 * parts[1] + parts[2];
  } else {
    parts.resize(2, 0);
    seconds = 60 * parts[0] + parts[1];
  }
  return (86400 * days + seconds) * second;
}

std::int64_t count_gpus(std::string_view gres) {
  std::int64_t count = 0;
  std::string plain;  // without what stands in parentheses
  int depth = 0;
  for (const char c : gres) {
    depth += c == '(' ? 1 : 0;
    if (depth == 0) plain += c;
    depth -= c == ')' ? 1 : 0;
  }
  for (const std::string_view one : split(plain, ',')) {
    const auto parts = split(one, ':');
    if (parts.front() != "gpu") continue;
    count += parts.size() == 1 ? 1 : number(parts.back()).value_or(1);
  }
  return count;
}

}  // namespace osac::slurm
