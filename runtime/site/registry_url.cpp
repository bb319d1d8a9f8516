#include "runtime/site/registry_url.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace osac::site {

namespace {

constexpr std::array<std::pair<std::string_view, RegistryKind>, 4> schemes = {{{"postgresql://", RegistryKind::postgresql},
                                                                               {"postgres://", RegistryKind::postgresql},
                                                                               {"mariadb://", RegistryKind::mariadb},
                                                                               {"mysql://", RegistryKind::mariadb}}};
constexpr std::string_view no_password =
    "URL without a password; put it where the client looks for it: ~/.pgpass or PGPASSFILE of PostgreSQL, ~/.my.cnf of MariaDB";
constexpr std::string_view ends_of_option = " \t\r\n\"'&,}";

/// Percent-encoded text in plain; nothing if it is malformed.
std::optional<std::string> plain(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned int byte = 0;
    if (i + 2 >= text.size() || std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ptr != text.data() + i + 3 || byte == 0)
      return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

/// What stands before a character, which is taken off the front with it; all if it is not there.
std::string_view take_until(std::string_view& text, char end) {
  const auto at = text.find(end);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

std::string read_server(std::string_view authority, RegistryUrl& url) {
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view who = authority.substr(0, at);
    if (who.find(':') != std::string_view::npos) return std::string(no_password);
    const auto user = plain(who);
    if (!user) return "URL: a `%` in it begins no byte";
    url.user = *user;
    authority.remove_prefix(at + 1);
  }
  // [::1]:5432
  const auto bracket = authority.find(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  std::string_view name = authority.substr(0, colon);
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  const auto host = plain(name);
  if (!host) return "URL: a `%` in it begins no byte";
  url.host = *host;
  if (colon == std::string_view::npos) return "";
  const std::string_view port = authority.substr(colon + 1);
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), url.port);
  if (parsed.ec != std::errc{} || parsed.ptr != port.data() + port.size() || url.port < 1 || url.port > 65535)
    return "URL: its port is no number from 1 to 65535";
  return "";
}

std::string read_option(std::string_view option, RegistryUrl& url) {
  const auto name = plain(take_until(option, '='));
  const auto value = plain(option);
  if (!name || !value) return "URL: a `%` in it begins no byte";
  if (*name == "password" || *name == "sslpassword") return std::string(no_password);
  if (url.kind == RegistryKind::postgresql) return "";  // its client knows them
  if (*name != "socket") return "URL: the only option of MariaDB is `socket`; all others are read from ~/.my.cnf";
  url.socket = *value;
  return "";
}

void hide(std::string& text, std::size_t begin, std::size_t end) {
  std::fill(text.begin() + static_cast<std::ptrdiff_t>(begin), text.begin() + static_cast<std::ptrdiff_t>(end), '*');
}

/// `user:password@host:port/...`; what is in doubt is hidden.
void hide_in_authority(std::string& text, std::size_t begin, std::size_t end) {
  const std::size_t colon = text.find(':', begin);
  const std::size_t first_at = text.find('@', begin);
  if (colon >= end || first_at >= end || colon > first_at) return;
  const std::size_t slash = std::min(text.find('/', begin), end);
  // a port, and an `@` that belongs to something after it
  if (slash < first_at && text.find_first_not_of("0123456789", colon + 1) >= slash) return;
  hide(text, colon + 1, text.rfind('@', end - 1));
}

void hide_in_options(std::string& text, std::size_t begin, std::size_t end) {
  for (std::size_t option = text.find('?', begin); option < end; option = text.find('&', option + 1)) {
    const std::size_t equals = text.find('=', option);
    if (equals >= end) return;
    // its name may be percent-encoded
    const auto name = plain(std::string_view(text).substr(option + 1, equals - option - 1));
    if (!name || name->ends_with("password")) hide(text, equals + 1, std::min(text.find_first_of(ends_of_option, equals), end));
  }
}

}  // namespace

std::string parse_registry_url(std::string_view text, RegistryUrl& url) {
  url = {};
  if (text.empty() || text == "sqlite") return "";
  const auto scheme = std::find_if(schemes.begin(), schemes.end(), [&](const auto& one) { return text.starts_with(one.first); });
  if (scheme == schemes.end()) return "place of a registry: `sqlite`, `postgresql://USER@HOST:PORT/DATABASE` or `mariadb://...`";
  url.kind = scheme->second;
  url.text = text;
  std::string_view rest = text.substr(scheme->first.size());
  std::string_view place = take_until(rest, '?');
  if (std::string wrong = read_server(take_until(place, '/'), url); !wrong.empty()) return wrong;
  const auto database = plain(place);
  if (!database || database->empty()) return "URL with the name of a database at its end: `postgresql://USER@HOST:PORT/DATABASE`";
  url.database = *database;
  while (!rest.empty())
    if (std::string wrong = read_option(take_until(rest, '&'), url); !wrong.empty()) return wrong;
  return "";
}

void hide_passwords(std::string& text) {
  for (const auto& [scheme, kind] : schemes)
    for (std::size_t at = text.find(scheme); at != std::string::npos; at = text.find(scheme, at + 1)) {
      const std::size_t begin = at + scheme.size();
      const std::size_t end = std::min(text.find_first_of("\r\n", begin), text.size());
      hide_in_authority(text, begin, end);
      hide_in_options(text, begin, end);
    }
}

}  // namespace osac::site
