#include "compiler/syntax/words.h"

#include <algorithm>
#include <array>

namespace osac::syntax {

namespace {

using namespace std::string_view_literals;

constexpr std::array units = {"ns"sv,     "us"sv,   "ms"sv,    "s"sv,   "min"sv, "h"sv,      "d"sv,      "day"sv, "days"sv,   "night"sv,
                              "nights"sv, "week"sv, "weeks"sv, "B"sv,   "kB"sv,  "KB"sv,     "MB"sv,     "GB"sv,  "TB"sv,     "PB"sv,
                              "KiB"sv,    "MiB"sv,  "GiB"sv,   "TiB"sv, "PiB"sv, "arcsec"sv, "arcmin"sv, "deg"sv, "rad"sv,    "mag"sv,
                              "adu"sv,    "e"sv,    "pix"sv,   "px"sv,  "K"sv,   "C"sv,      "m"sv,      "mm"sv,  "um"sv,     "nm"sv,
                              "cm"sv,     "km"sv,   "Hz"sv,    "kHz"sv, "MHz"sv, "GHz"sv,    "eV"sv,     "keV"sv, "MeV"sv,    "GeV"sv,
                              "TeV"sv,    "V"sv,    "mV"sv,    "A"sv,   "W"sv,   "Jy"sv,     "mJy"sv,    "ct"sv,  "counts"sv, "percent"sv};
constexpr std::array reserved = {"if"sv, "then"sv, "else"sv, "and"sv, "or"sv, "not"sv, "in"sv, "true"sv, "false"sv, "all"sv};
constexpr std::array clauses = {"in"sv,   "out"sv,    "param"sv,  "where"sv,  "cpus"sv,  "memory"sv, "time"sv,
                                "disk"sv, "gpus"sv,   "slots"sv,  "env"sv,    "retry"sv, "run"sv,    "script"sv,
                                "use"sv,  "metric"sv, "expect"sv, "verify"sv, "version"sv, "empty"sv};
constexpr std::array declarations = {"workflow"sv, "import"sv,  "param"sv, "enum"sv, "let"sv,  "table"sv,  "dimension"sv,
                                     "relation"sv, "dataset"sv, "tool"sv,  "task"sv, "goal"sv, "certify"sv};

template <typename List>
bool holds(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

bool is_unit_word(std::string_view word) { return holds(units, word); }
bool is_reserved_word(std::string_view word) { return word.size() <= 5 && holds(reserved, word); }
bool is_clause_word(std::string_view word) { return holds(clauses, word); }
bool is_declaration_word(std::string_view word) { return holds(declarations, word); }
std::span<const std::string_view> unit_words() { return units; }
std::span<const std::string_view> clause_words() { return clauses; }
std::span<const std::string_view> declaration_words() { return declarations; }

std::string_view word_at(std::string_view text, std::size_t at) {
  if (at >= text.size() || !is_name_start(text[at])) return {};
  std::size_t end = at + 1;
  while (end < text.size() && is_name_part(text[end])) ++end;
  return text.substr(at, end - at);
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

std::size_t skip_trivia(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    if (is_space(text[at])) {
      ++at;
    } else if (text[at] == '#') {
      at = std::min(text.find('\n', at), text.size());
    } else {
      break;
    }
  }
  return at;
}

std::size_t skip_text(std::string_view text, std::size_t at) {
  constexpr std::string_view block_quotes = "\"\"\"";
  if (text.substr(at, 3) == block_quotes) {
    const std::size_t end = text.find(block_quotes, at + 3);
    return end == std::string_view::npos ? text.size() : end + 3;
  }
  for (++at; at < text.size() && text[at] != '\n'; ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\') ++at;
  }
  return std::min(at, text.size());
}

}  // namespace osac::syntax
