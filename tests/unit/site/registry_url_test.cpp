// URLs of registries.

#include "runtime/site/registry_url.h"

#include <catch2/catch.hpp>

using namespace osac::site;

namespace {

std::string wrong_with(std::string_view text) {
  RegistryUrl url;
  return parse_registry_url(text, url);
}

std::string hidden(std::string text) {
  hide_passwords(text);
  return text;
}

}  // namespace

TEST_CASE("a registry is a file, or a database on a server") {
  RegistryUrl url;
  CHECK(parse_registry_url("", url).empty());
  CHECK(url.kind == RegistryKind::sqlite);
  REQUIRE(parse_registry_url("postgresql://osac@db.site:5433/night%20runs?sslmode=require", url).empty());
  CHECK(url.kind == RegistryKind::postgresql);
  CHECK(url.user == "osac");
  CHECK(url.host == "db.site");
  CHECK(url.port == 5433);
  CHECK(url.database == "night runs");
  REQUIRE(parse_registry_url("mysql://[::1]:3307/osac?socket=%2Frun%2Fmy.sock", url).empty());
  CHECK(url.kind == RegistryKind::mariadb);
  CHECK(url.host == "::1");
  CHECK(url.port == 3307);
  CHECK(url.socket == "/run/my.sock");
  CHECK(parse_registry_url("postgresql:///osac", url).empty());
  CHECK(url.host.empty());
}

TEST_CASE("mistakes in a registry's URL are told without the URL") {
  CHECK(wrong_with("oracle://x/y").starts_with("place of a registry: "));
  CHECK(wrong_with("postgresql://host").starts_with("URL with the name of a database at its end"));
  CHECK(wrong_with("postgresql://host:0/x") == "URL: its port is no number from 1 to 65535");
  CHECK(wrong_with("postgresql://host:54x/x") == "URL: its port is no number from 1 to 65535");
  CHECK(wrong_with("postgresql://ho%zzst/x") == "URL: a `%` in it begins no byte");
  CHECK(wrong_with("mariadb://host/x?ssl=1").starts_with("URL: the only option of MariaDB is `socket`"));
  for (const char* const text :
       {"postgresql://u:p@host/x", "postgresql://host/x?password=p", "postgresql://host/x?a=b&pass%77ord=p", "mysql://u:@host/x"})
    CHECK(wrong_with(text).starts_with("URL without a password; "));
}

TEST_CASE("passwords are hidden wherever a URL stands, and nothing else") {
  CHECK(hidden("registry: postgresql://u:se:c@ret@host:5432/x # p") == "registry: postgresql://u:********@host:5432/x # p");
  CHECK(hidden("r: \"mysql://u:secret@host/x\"\nb: c") == "r: \"mysql://u:******@host/x\"\nb: c");
  CHECK(hidden("postgresql://u@h/x?password=abc&b=c") == "postgresql://u@h/x?password=***&b=c");
  CHECK(hidden("postgresql://u@h/x?b=c&pass%77ord=abc") == "postgresql://u@h/x?b=c&pass%77ord=***");
  CHECK(hidden("postgres://u:a/b@h/x") == "postgres://u:***@h/x");
  for (const char* const text : {"postgresql://u@h:5432/x # ask me@home", "mysql://h:3306/x # me@home", "https://u:p@h/x", "cpus: 3"})
    CHECK(hidden(text) == text);
}
