// Elements' names: written, read back, and as file names.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "compiler/base/hash.h"
#include "compiler/base/text.h"
#include "compiler/plan/element_text.h"
#include "compiler/plan/resolve.h"

namespace osac::plan {

namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}
bool is_plain_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return is_plain(c) || c == '+'; });
}

void append_key(const Plan& plan, std::uint32_t dimension, std::uint32_t record, std::string& name) {
  name += plan.text(plan.dimensions()[dimension].name);
  name += '=';
  const ColumnRow& keys = plan.columns()[plan.dimensions()[dimension].key_column];
  const std::string key = key_text(plan, dimension, record);
  name += !keys.type.is_textual() || is_plain_word(key) ? key : json_quoted(key);
}

std::string name_of(const Plan& plan, const FamilyRow& family, std::uint32_t element) {
  std::string name(plan.text(family.name));
  char separator = '[';
  for (const std::uint32_t dimension : naming_dimensions(plan, family)) {
    name += separator;
    append_key(plan, dimension, plan.record(family, element, dimension), name);
    separator = ',';
  }
  if (separator == ',') name += ']';
  return name;
}

}  // namespace

std::vector<std::uint32_t> naming_dimensions(const Plan& plan, const FamilyRow& family) {
  const auto declared = plan.indices(family.dimensions);
  std::vector<std::uint32_t> out;
  for (const std::uint32_t dimension : declared) {
    const auto place = static_cast<std::ptrdiff_t>(out.size());
    out.push_back(dimension);
    for (std::uint32_t at = plan.dimensions()[dimension].parent; at != no_row; at = plan.dimensions()[at].parent)
      if (std::find(declared.begin(), declared.end(), at) == declared.end() && std::find(out.begin(), out.end(), at) == out.end())
        out.insert(out.begin() + place, at);
  }
  return out;
}

std::string key_text(const Plan& plan, std::uint32_t dimension, std::uint32_t record) {
  const ColumnRow& keys = plan.columns()[plan.dimensions()[dimension].key_column];
  return expression::to_text(plan.value(keys, record), keys.type);
}

std::string element_name(const Plan& plan, ElementRef ref) { return name_of(plan, plan.tasks()[ref.task].family, ref.element); }

std::string dataset_element_name(const Plan& plan, std::uint32_t dataset, std::uint32_t element) {
  return name_of(plan, plan.datasets()[dataset].family, element);
}

std::string record_name(const Plan& plan, std::uint32_t dimension, std::uint32_t record) {
  const DimensionRow& row = plan.dimensions()[dimension];
  if (record >= row.record_count) return {};
  std::string name = row.parent == no_row ? "" : record_name(plan, row.parent, plan.indices(row.parent_records)[record]) + ",";
  append_key(plan, dimension, record, name);
  return name;
}

std::vector<std::pair<std::string, std::string>> element_keys(const Plan& plan, ElementRef ref) {
  const FamilyRow& family = plan.tasks()[ref.task].family;
  std::vector<std::pair<std::string, std::string>> keys;
  for (const std::uint32_t dimension : naming_dimensions(plan, family))
    keys.emplace_back(plan.text(plan.dimensions()[dimension].name), key_text(plan, dimension, plan.record(family, ref.element, dimension)));
  return keys;
}

std::vector<KeyText> dataset_keys(const Plan& plan, std::uint32_t dataset, std::uint32_t element) {
  const FamilyRow& family = plan.datasets()[dataset].family;
  std::vector<KeyText> keys;
  for (const std::uint32_t dimension : naming_dimensions(plan, family)) {
    const DimensionRow& row = plan.dimensions()[dimension];
    keys.push_back({std::string(plan.text(row.name)), key_text(plan, dimension, plan.record(family, element, dimension)),
                    plan.columns()[row.key_column].type});
  }
  return keys;
}

std::string element_file_name(const Plan& plan, ElementRef ref) {
  constexpr std::size_t longest = 120;
  constexpr std::size_t hash_digits = 32;
  static constexpr std::string_view digits = "0123456789ABCDEF";
  const FamilyRow& family = plan.tasks()[ref.task].family;
  std::string name(plan.text(family.name));
  char separator = '@';
  for (const std::uint32_t dimension : naming_dimensions(plan, family)) {
    name += separator;
    for (const char c : key_text(plan, dimension, plan.record(family, ref.element, dimension))) {
      if (is_plain(c)) {
        name += c;
      } else {
        const auto byte = static_cast<unsigned char>(c);
        name += {'%', digits[byte >> 4U], digits[byte & 15U]};
      }
    }
    separator = ',';
  }
  if (name.size() <= longest) return name;
  const std::string hash = hexadecimal(sha256(name)).substr(0, hash_digits);
  name.resize(longest - hash_digits - 1);
  return name + '~' + hash;
}

}  // namespace osac::plan
