#include "compiler/emit/keys_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/base/text.h"

namespace osac::emit {

namespace {

constexpr std::size_t most_parts = 6;

/// `16, 18..20`: two that follow one another are no range yet.
std::vector<std::string> ranges(std::vector<std::int64_t> numbers) {
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < numbers.size();) {
    std::size_t end = begin + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    if (end - begin > 2) {
      parts.push_back(fmt::format("{}..{}", numbers[begin], numbers[end - 1]));
    } else {
      for (std::size_t i = begin; i < end; ++i) parts.push_back(std::to_string(numbers[i]));
    }
    begin = end;
  }
  return parts;
}

}  // namespace

std::string keys_text(const plan::Plan& plan, const plan::FamilyRow& family, std::uint32_t dimension,
                      std::span<const std::uint32_t> elements) {
  const plan::DimensionRow& row = plan.dimensions()[dimension];
  const plan::ColumnRow& keys = plan.columns()[row.key_column];
  std::vector<std::uint32_t> records;
  for (const std::uint32_t element : elements)
    if (const std::uint32_t record = plan.record(family, element, dimension); record != plan::no_element) records.push_back(record);
  std::sort(records.begin(), records.end());
  records.erase(std::unique(records.begin(), records.end()), records.end());
  std::vector<std::string> parts;
  std::size_t count = records.size();
  if (keys.type.kind == expression::Kind::integer) {
    std::vector<std::int64_t> numbers;
    for (const std::uint32_t record : records) numbers.push_back(plan.value(keys, record).integer());
    parts = ranges(std::move(numbers));
  } else {
    for (const std::uint32_t record : records) {
      std::string text = expression::to_text(plan.value(keys, record), keys.type);
      if (std::find(parts.begin(), parts.end(), text) == parts.end()) parts.push_back(std::move(text));
      if (parts.size() > most_parts) break;
    }
  }
  const std::string_view name = plan.text(row.name);
  if (parts.size() <= most_parts) return fmt::format("{} {}", name, fmt::join(parts, ", "));
  if (keys.type.kind == expression::Kind::integer)
    return fmt::format("{} {}, … {} ({} keys)", name, fmt::join(parts.begin(), parts.begin() + most_parts - 1, ", "), parts.back(),
                       grouped(count));
  return fmt::format("{} {}, … ({} keys)", name, fmt::join(parts.begin(), parts.begin() + most_parts - 1, ", "), grouped(count));
}

std::vector<std::string> keys_lines(const plan::Plan& plan, const plan::FamilyRow& family, std::span<const std::uint32_t> elements) {
  std::vector<std::string> lines;
  for (const std::uint32_t dimension : plan.indices(family.dimensions)) lines.push_back(keys_text(plan, family, dimension, elements));
  return lines;
}

}  // namespace osac::emit
