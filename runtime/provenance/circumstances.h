#pragma once
// Who and what stood behind the activities of a selection, each once and numbered: users, versions of osac, site files, sources of plans.
// Numbers follow the order of first mention.

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/provenance/export.h"

namespace osac::provenance {

struct Circumstances {
  struct Engine {
    std::uint32_t user = 0;
    std::string version;
  };
  struct ConfigFile {
    std::string path;
    Digest content{};
  };
  std::vector<std::string> users;  ///< "anna@night1"
  std::vector<Engine> engines;
  std::vector<ConfigFile> sites, sources;
  std::vector<std::uint32_t> engine_of;                ///< one an execution
  std::vector<std::uint32_t> site_of;                  ///< one an execution; none: no site file
  std::vector<std::vector<std::uint32_t>> sources_of;  ///< one a plan
};

Circumstances circumstances_of(const Exported& selection);

/// The activities whose products an activity read, ascending, without itself. `makers` is used again and again.
void informants_of(const Exported& selection, std::uint32_t activity, std::vector<std::uint32_t>& makers);

/// Of an activity with more pairs of input and output than this, exports do not say which came of which: any of any, as its uses and
/// generations tell.
inline constexpr std::uint64_t most_derivations = 10'000;
inline bool tells_derivations(const Activity& activity) {
  return std::uint64_t{activity.used.count} * activity.made.count <= most_derivations;
}

/// A text that every reader takes: bytes that are no UTF-8 as \xNN.
std::string safe_text(std::string_view text);
/// `osac:WHAT1` for the first.
std::string numbered(std::string_view what, std::uint32_t place);

}  // namespace osac::provenance
