#include "runtime/registry/dialect.h"

#include "compiler/base/text.h"

namespace osac::registry {

namespace {

using site::RegistryKind;

std::string word_in(std::string_view word, RegistryKind kind) {
  const auto choose = [&](const char* sqlite, const char* postgresql, const char* mariadb) -> std::string {
    return kind == RegistryKind::sqlite ? sqlite : kind == RegistryKind::postgresql ? postgresql : mariadb;
  };
  if (word == "number") return choose("INTEGER", "BIGINT", "BIGINT");
  if (word == "text") return choose("TEXT", "TEXT COLLATE \"C\"", "LONGTEXT");
  if (word == "name") return choose("TEXT", "TEXT COLLATE \"C\"", "VARCHAR(600)");  // part of a key, which has 3072 bytes
  if (word == "word") return choose("TEXT", "TEXT COLLATE \"C\"", "VARCHAR(300)");
  if (word == "id") return choose("TEXT", "TEXT COLLATE \"C\"", "VARCHAR(100)");
  if (word == "no bytes") return choose("x''", "''", "''");
  if (word == "bytes") return choose("BLOB", "BYTEA", "VARBINARY(255)");
  if (word == "table with rowid" && kind == RegistryKind::sqlite) return "STRICT";
  if (word == "origin") return choose("", "origin BIGINT NOT NULL,", "origin BIGINT NOT NULL,");
  if (word == "of origin") return choose("", "origin, ", "origin, ");
  // MariaDB's other collations take `a` and `a ` to be the same
  if (word == "table" || word == "table with rowid")
    return choose("STRICT, WITHOUT ROWID", "", "ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin");
  // paths may be longer than what fits into a B-tree's page
  constexpr std::string_view index = "index of ";
  if (word.starts_with(index)) {
    const std::string column(word.substr(index.size()));
    return kind == RegistryKind::postgresql ? "USING hash (" + column + ")"
                                            : "(" + column + (kind == RegistryKind::mariadb ? "(255))" : ")");
  }
  return "{" + std::string(word) + "}";
}

constexpr std::string_view first_private = "\xef\x9c\x80";  // U+F700; bytes up to 0xff need three more second bytes
constexpr unsigned int private_base = 0xf700;

void append_private(std::string& out, unsigned char byte) {
  const unsigned int code = private_base + byte;
  out += first_private[0];
  out += static_cast<char>(0x80U | ((code >> 6U) & 0x3fU));
  out += static_cast<char>(0x80U | (code & 0x3fU));
}

/// The byte that a private code point at the start of a text stands for, or -1.
int private_byte(std::string_view text) {
  if (text.size() < 3 || text[0] != first_private[0]) return -1;
  const unsigned int second = static_cast<unsigned char>(text[1]);
  const unsigned int third = static_cast<unsigned char>(text[2]);
  if ((second & 0xc0U) != 0x80U || (third & 0xc0U) != 0x80U) return -1;
  const unsigned int code = 0xf000U | ((second & 0x3fU) << 6U) | (third & 0x3fU);
  return code >= private_base && code <= private_base + 0xffU ? static_cast<int>(code - private_base) : -1;
}

bool is_ordinary(std::string_view bytes) {
  return bytes.find('\0') == std::string_view::npos && bytes.find(first_private[0]) == std::string_view::npos &&
         !find_malformed_utf8(bytes);
}

}  // namespace

std::string in_dialect(std::string_view sql, RegistryKind kind) {
  std::string out;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    const auto end = sql[i] == '{' ? sql.find('}', i) : std::string_view::npos;
    if (end == std::string_view::npos) {
      out += sql[i];
      continue;
    }
    out += word_in(sql.substr(i + 1, end - i - 1), kind);
    i = end;
  }
  return out;
}

std::string ends_with_value(const std::string& column, RegistryKind kind) {
  if (kind == RegistryKind::sqlite) return "substr(" + column + ", -length(?)) = ?";
  return "right(" + column + ", char_length(?)) = ?";
}

std::string server_text(std::string_view bytes) {
  if (is_ordinary(bytes)) return std::string(bytes);
  std::string out;
  while (!bytes.empty()) {
    // up to the next byte that cannot stay as it is
    std::size_t good = find_malformed_utf8(bytes).value_or(bytes.size());
    for (std::size_t i = 0; i < good; ++i)
      if (bytes[i] == '\0' || private_byte(bytes.substr(i)) >= 0) good = i;
    out += bytes.substr(0, good);
    bytes.remove_prefix(good);
    if (bytes.empty()) break;
    const std::size_t bad = private_byte(bytes) >= 0 ? 3 : 1;
    for (std::size_t i = 0; i < bad; ++i) append_private(out, static_cast<unsigned char>(bytes[i]));
    bytes.remove_prefix(bad);
  }
  return out;
}

std::string bytes_of_server_text(std::string_view text) {
  if (text.find(first_private[0]) == std::string_view::npos) return std::string(text);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int byte = private_byte(text.substr(i));
    out += byte < 0 ? text[i] : static_cast<char>(byte);
    if (byte >= 0) i += 2;
  }
  return out;
}

}  // namespace osac::registry
