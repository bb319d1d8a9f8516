#pragma once
// Journals into the tables of the index. Of each journal it is remembered how far it has been read; only what is new goes in. It knows
// records and tables, not where the tables are. Private to this room.

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/registry/database.h"
#include "runtime/registry/registry.h"

namespace osac::registry {

/// The attempts of one state folder, among those of many: their numbers, and its own.
struct Origin {
  static constexpr int bits = 40;
  std::int64_t number = 0;  ///< 0: the index is this folder's alone
  [[nodiscard]] std::int64_t first() const { return number << bits; }
  [[nodiscard]] std::int64_t last() const { return ((number + 1) << bits) - 1; }
};

enum class Ingested : std::uint8_t {
  all,
  stale,  ///< the tables have journals that are gone, or are others now: nothing was put in
};

/// In a transaction of the caller's. `journals` are all there are; `report` is added to. A journal that cannot be read is damaged trouble,
/// and `index_is_sound` is set.
Result<Ingested> ingest(Database& database, Origin origin, const std::vector<std::string>& journals, RegistryReport& report,
                        bool& index_is_sound);

/// Takes out everything of an origin.
Status clear(Database& database, Origin origin);

/// Bytes of journals, and how many of those the tables have; for deciding whether to begin anew.
struct Amount {
  std::uint64_t all = 0, known = 0;
};
Result<Amount> amount(Database& database, Origin origin, const std::vector<std::string>& journals);

}  // namespace osac::registry
