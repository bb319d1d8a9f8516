// What the arrays and their array tasks wait for, as ranges of array tasks. Slurm takes lists of a limited length; what does not fit is cut
// into parts, each waited for by a *join*: a job that does nothing and succeeds if all of its part is as it should be. That is as exact as
// the list would have been.

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <unordered_map>

#include "compiler/base/hash.h"
#include "runtime/slurm/dependency_text.h"
#include "runtime/slurm/work.h"

namespace osac::slurm {

namespace {

class Depender {
 public:
  Depender(const Question& question, const UnitGraph& graph, const Cut& cut, Arrangement& out)
      : longest_(question.options.longest_list), graph_(graph), cut_(cut), out_(out) {}

  void run() {
    const auto count = static_cast<std::uint32_t>(out_.arrays.size());  // joins come behind them
    for (auto number = static_cast<std::uint32_t>(out_.live_arrays.size()); number < count; ++number) {
      if (out_.arrays[number].is_held) {
        add_lines(number);
        continue;
      }
      const auto units = units_of(out_.arrays[number]);
      const bool is_same = std::all_of(units.begin(), units.end(), [&](std::uint32_t unit) { return is_like(unit, units.front()); });
      auto clauses = is_same ? clauses_of(graph_.parents.of(units.front())) : aligned_clauses(units);
      if (is_too_long(clauses)) {  // then a line says it, when the joins are there
        out_.arrays[number].is_held = true;
        out_.lines.push_back({number, 0, out_.arrays[number].unit_count - 1, keep(joined(clauses))});
      } else {
        out_.arrays[number].clauses = keep(clauses);
      }
    }
  }

 private:
  [[nodiscard]] std::span<const std::uint32_t> units_of(const Array& array) const {
    return std::span(cut_.units).subspan(array.first_unit, array.unit_count);
  }
  [[nodiscard]] bool is_like(std::uint32_t a, std::uint32_t b) const {
    return std::ranges::equal(graph_.parents.of(a), graph_.parents.of(b));
  }

  void add_lines(std::uint32_t number) {
    const auto units = units_of(out_.arrays[number]);
    for (std::uint32_t begin = 0; begin < units.size();) {
      std::uint32_t end = begin + 1;
      while (end < units.size() && is_like(units[begin], units[end])) ++end;
      if (!graph_.parents.of(units[begin]).empty()) {
        std::vector<Clause> clauses = clauses_of(graph_.parents.of(units[begin]));
        if (is_too_long(clauses)) clauses = joined(clauses);
        out_.lines.push_back({number, begin, end - 1, keep(clauses)});
      }
      begin = end;
    }
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

  Clauses keep(const std::vector<Clause>& clauses) {
    const Clauses kept{out_.clauses.size(), clauses.size()};
    out_.clauses.insert(out_.clauses.end(), clauses.begin(), clauses.end());
    return kept;
  }

  // ---- joins

  [[nodiscard]] bool is_too_long(const std::vector<Clause>& clauses) const {
    if (clauses.size() * most_clause_bytes <= longest_) return false;
    return longest_dependency_text(clauses, out_.arrays) > longest_;
  }

  /// The same in few clauses: what one list holds goes to one join. Units with the same list share its joins.
  std::vector<Clause> joined(const std::vector<Clause>& clauses) {
    std::vector<std::uint32_t> numbers;  // a clause has bytes that mean nothing
    for (const Clause& clause : clauses)
      for (const std::uint32_t number : {static_cast<std::uint32_t>(clause.wait), clause.array, clause.first, clause.last})
        numbers.push_back(number);
    const std::uint64_t hash = checksum({reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(std::uint32_t)});
    const auto [begin, end] = joins_.equal_range(hash);
    for (auto known = begin; known != end; ++known)
      if (known->second.first == clauses) return known->second.second;
    std::vector<Clause> result;
    for (std::size_t from = 0; from < clauses.size();) {
      std::size_t to = from;
      for (std::size_t size = 0; to < clauses.size() && size + most_clause_bytes <= longest_; ++to)
        size += bytes_of(clauses[to], to == from ? nullptr : &clauses[to - 1]);
      result.push_back(add_join({clauses.begin() + static_cast<std::ptrdiff_t>(from), clauses.begin() + static_cast<std::ptrdiff_t>(to)}));
      from = to;
    }
    if (is_too_long(result)) result = joined(result);
    joins_.emplace(hash, std::pair(clauses, result));
    return result;
  }

  static constexpr std::size_t most_clause_bytes = 64;
  /// No less than it takes in dependency_text.
  static std::size_t bytes_of(const Clause& clause, const Clause* before) {
    const auto digits = [](std::uint32_t number) {
      std::size_t count = 1;
      for (; number > 9; number /= 10) ++count;
      return count;
    };
    std::size_t size = digits(clause.first) + digits(clause.last) + 2;
    const bool is_new_wait = before == nullptr || before->wait != clause.wait;
    if (is_new_wait || before->array != clause.array) size += longest_job.size() + 4;  // `:4294967294_[]`
    return is_new_wait ? size + 10 : size;                                             // `,afterany`
  }

  Clause add_join(const std::vector<Clause>& part) {
    const auto number = static_cast<std::uint32_t>(out_.arrays.size());
    Array join;
    join.name = fmt::format("{:02}-join", number - out_.live_arrays.size() + 1);
    join.first_unit = out_.unit_count();
    join.unit_count = 1;
    join.is_join = true;
    join.clauses = keep(part);
    out_.first_member.push_back(static_cast<std::uint32_t>(out_.members.size()));
    out_.arrays.push_back(std::move(join));
    return {Wait::succeeded, number, 0, 0};
  }

  std::size_t longest_;
  const UnitGraph& graph_;  // NOLINT: lives for one call
  const Cut& cut_;          // NOLINT
  Arrangement& out_;        // NOLINT
  std::map<std::uint32_t, std::vector<Clause>> hubs_;
  std::unordered_multimap<std::uint64_t, std::pair<std::vector<Clause>, std::vector<Clause>>> joins_;  // by hash
};

}  // namespace

void depend(const Question& question, const UnitGraph& graph, const Cut& cut, Arrangement& arrangement) {
  Depender(question, graph, cut, arrangement).run();
}

}  // namespace osac::slurm
