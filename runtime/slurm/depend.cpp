// What the arrays and their array tasks wait for, as ranges of array tasks.

#include <fmt/format.h>
#include <algorithm>
#include <map>

#include "compiler/base/text.h"
#include "runtime/slurm/dependency_text.h"
#include "runtime/slurm/work.h"

namespace osac::slurm {

namespace {

class Depender {
 public:
  Depender(const Question& question, const UnitGraph& graph, const Cut& cut, Arrangement& out)
      : question_(question), graph_(graph), cut_(cut), out_(out) {}

  Status run() {
    for (std::uint32_t number = 0; number < out_.arrays.size(); ++number) {
      Array& array = out_.arrays[number];
      if (array.is_held) {
        if (auto done = add_lines(number); !done) return done;
        continue;
      }
      const auto units = units_of(array);
      const bool is_same = std::all_of(units.begin(), units.end(), [&](std::uint32_t unit) { return is_like(unit, units.front()); });
      auto clauses = is_same ? clauses_of(graph_.parents.of(units.front())) : aligned_clauses(units);
      auto kept = keep(std::move(clauses), array);
      if (!kept) return tl::unexpected(kept.error());
      array.clauses = *kept;
    }
    return {};
  }

 private:
  [[nodiscard]] std::span<const std::uint32_t> units_of(const Array& array) const {
    return std::span(cut_.units).subspan(array.first_unit, array.unit_count);
  }
  [[nodiscard]] bool is_like(std::uint32_t a, std::uint32_t b) const {
    return std::ranges::equal(graph_.parents.of(a), graph_.parents.of(b));
  }

  Status add_lines(std::uint32_t number) {
    const Array& array = out_.arrays[number];
    const auto units = units_of(array);
    for (std::uint32_t begin = 0; begin < units.size();) {
      std::uint32_t end = begin + 1;
      while (end < units.size() && is_like(units[begin], units[end])) ++end;
      if (!graph_.parents.of(units[begin]).empty()) {
        auto kept = keep(clauses_of(graph_.parents.of(units[begin])), array);
        if (!kept) return tl::unexpected(kept.error());
        out_.lines.push_back({number, begin, end - 1, *kept});
      }
      begin = end;
    }
    return {};
  }

  [[nodiscard]] Clause clause(std::uint32_t unit, bool is_strict) const {
    const std::uint32_t index = cut_.index_of[unit];
    return {is_strict ? Wait::succeeded : Wait::ended, cut_.array_of[unit], index, index};
  }

  std::vector<Clause> clauses_of(std::span<const std::uint32_t> parents) {
    std::vector<Clause> clauses;
    for (const std::uint32_t value : parents) {
      if (value / 2 < graph_.unit_count) {
        clauses.push_back(clause(value / 2, value % 2 == 1));
      } else {
        const std::vector<Clause>& hub = clauses_of_hub(value);
        clauses.insert(clauses.end(), hub.begin(), hub.end());
      }
    }
    return merged(std::move(clauses));
  }

  /// Worked out once: many may wait for it.
  const std::vector<Clause>& clauses_of_hub(std::uint32_t value) {
    const auto [known, is_new] = hubs_.try_emplace(value);
    if (!is_new) return known->second;
    std::vector<Clause> clauses;
    for (const std::uint32_t member : graph_.parents.of(value / 2))
      clauses.push_back(clause(member / 2, member % 2 == 1 && value % 2 == 1));
    return known->second = merged(std::move(clauses));
  }

  std::vector<Clause> aligned_clauses(std::span<const std::uint32_t> units) {
    const std::vector<std::uint32_t> own = own_parents(graph_, units, 0);
    std::vector<std::uint32_t> common;
    std::ranges::set_difference(graph_.parents.of(units.front()), own, std::back_inserter(common));
    std::vector<Clause> clauses = clauses_of(common);
    for (const std::uint32_t value : own) {
      const std::uint32_t array = cut_.array_of[value / 2];
      clauses.push_back({Wait::same_index, array, 0, out_.arrays[array].unit_count - 1});
    }
    return clauses;
  }

  static std::vector<Clause> merged(std::vector<Clause> clauses) {
    const auto key = [](const Clause& clause) { return std::tuple(clause.wait, clause.array, clause.first, clause.last); };
    std::sort(clauses.begin(), clauses.end(), [&](const Clause& a, const Clause& b) { return key(a) < key(b); });
    std::vector<Clause> result;
    for (const Clause& clause : clauses) {
      const bool joins = !result.empty() && result.back().wait == clause.wait && result.back().array == clause.array &&
                         clause.first <= result.back().last + 1;
      if (joins)
        result.back().last = std::max(result.back().last, clause.last);
      else
        result.push_back(clause);
    }
    return result;
  }

  Result<Clauses> keep(std::vector<Clause> clauses, const Array& array) {
    if (longest_dependency_text(clauses, out_.arrays) > most_dependency_bytes) {
      if (!question_.options.allows_waits)
        return failure(Trouble::usage,
                       fmt::format("an array task of `{}` waits for more scattered array tasks than Slurm takes: {} ranges", array.name,
                                   grouped(clauses.size())),
                       "--allow-waits lets it wait for whole arrays instead; --bundle makes fewer array tasks");
      for (Clause& clause : clauses) clause = {clause.wait, clause.array, 0, out_.arrays[clause.array].unit_count - 1};
      clauses = merged(std::move(clauses));
    }
    const Clauses kept{out_.clauses.size(), clauses.size()};
    out_.clauses.insert(out_.clauses.end(), clauses.begin(), clauses.end());
    return kept;
  }

  const Question& question_;  // NOLINT: lives for one call
  const UnitGraph& graph_;    // NOLINT
  const Cut& cut_;            // NOLINT
  Arrangement& out_;          // NOLINT
  std::map<std::uint32_t, std::vector<Clause>> hubs_;
};

}  // namespace

Status depend(const Question& question, const UnitGraph& graph, const Cut& cut, Arrangement& arrangement) {
  return Depender(question, graph, cut, arrangement).run();
}

}  // namespace osac::slurm
