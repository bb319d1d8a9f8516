#include "runtime/slurm/dependency_text.h"

#include <fmt/format.h>
#include <array>

namespace osac::slurm {

namespace {

constexpr std::array<std::string_view, 3> wait_names = {"afterok", "afterany", "aftercorr"};

}  // namespace

std::string indices_text(std::span<const std::pair<std::uint32_t, std::uint32_t>> ranges, std::uint32_t count) {
  if (ranges.size() == 1 && ranges[0].first == 0 && ranges[0].second + 1 == count) return {};
  if (ranges.size() == 1 && ranges[0].first == ranges[0].second) return fmt::format("_{}", ranges[0].first);
  std::string text = "_[";
  for (const auto& [first, last] : ranges) {
    if (text.size() > 2) text += ',';
    text += first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
  }
  return text + "]";
}

std::string dependency_text(std::span<const Clause> clauses, std::span<const Array> arrays,
                            const std::function<std::string(std::uint32_t array)>& job) {
  std::string text;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges;
  for (std::size_t i = 0; i < clauses.size();) {
    const Clause& clause = clauses[i];
    if (i == 0 || clauses[i - 1].wait != clause.wait)
      text += fmt::format("{}{}", i == 0 ? "" : ",", wait_names[static_cast<std::size_t>(clause.wait)]);
    ranges.clear();
    for (; i < clauses.size() && clauses[i].wait == clause.wait && clauses[i].array == clause.array; ++i)
      ranges.emplace_back(clauses[i].first, clauses[i].last);
    text += fmt::format(":{}{}", job(clause.array), indices_text(ranges, arrays[clause.array].unit_count));
  }
  return text;
}

std::size_t longest_dependency_text(std::span<const Clause> clauses, std::span<const Array> arrays) {
  return dependency_text(clauses, arrays, [](std::uint32_t) { return std::string(longest_job); }).size();
}

}  // namespace osac::slurm
