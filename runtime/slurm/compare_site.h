#pragma once
// The site file against the Slurm that is here: where they differ. Pure; what Slurm says comes from client.h.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/site/site.h"
#include "runtime/slurm/client.h"

namespace osac::slurm {

struct Difference {
  std::string key;           ///< "slurm.partitions.short.time"
  std::string said, is;      ///< what the site file says, and the cluster
  bool is_too_much = false;  ///< the site file promises more than the cluster gives: jobs would be refused, or wait for ever
  friend bool operator==(const Difference&, const Difference&) = default;
};

struct ClusterFacts {
  ClusterConfig config;
  std::vector<std::map<std::string, std::string>> nodes;  ///< "NodeName" -> ...
  std::optional<std::vector<Association>> associations;   ///< of this user; nothing: the cluster keeps no accounts
  std::map<std::string, std::int64_t> qos_limits;
};

/// Sorted as the keys stand in docs/reference/site.md.
std::vector<Difference> compare(const site::Site& site, const ClusterFacts& facts);

/// "1-00:00:00", "04:00:00", "30:00", "90" (minutes), in nanoseconds; nothing for UNLIMITED and what is no duration.
std::optional<std::int64_t> parse_time_limit(std::string_view text);
/// How many gpus "gpu:a100:4(S:0-1),license:2" has.
std::int64_t count_gpus(std::string_view gres);

}  // namespace osac::slurm
