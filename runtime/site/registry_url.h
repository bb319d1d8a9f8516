#pragma once
// Where a registry is that is no file of its own: `postgresql://user@host:port/database`, `mariadb://...`. A password is never part of it:
// clients have files of their own for these. It knows the words, not the servers.

#include <cstdint>
#include <string>
#include <string_view>

namespace osac::site {

enum class RegistryKind : std::uint8_t { sqlite, postgresql, mariadb };

struct RegistryUrl {
  RegistryKind kind = RegistryKind::sqlite;
  std::string text;  ///< as it was written; "" for SQLite
  std::string user, host, database;
  std::int64_t port = 0;  ///< 0: the usual one
  std::string socket;     ///< of MariaDB: a path, instead of host and port
};

/// Reads "" or "sqlite" (the file in the state folder) and the URLs of servers. Gives "" or what is wrong, without the text itself.
std::string parse_registry_url(std::string_view text, RegistryUrl& url);

/// Puts asterisks over passwords in URLs of databases, each character its own: whoever shows the text shows none.
void hide_passwords(std::string& text);

}  // namespace osac::site
