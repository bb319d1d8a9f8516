// Short chains share an array task. Without false waits that can only be done with twins: chains that wait for the same elements, and for
// which the same elements wait.

#include <algorithm>
#include <map>
#include <unordered_map>

#include "compiler/base/hash.h"
#include "runtime/slurm/work.h"

namespace osac::slurm {

namespace {

class Bundler {
 public:
  Bundler(const Question& question, const Needs& needs, const Chains& chains)
      : question_(question), needs_(needs), chains_(chains), count_(static_cast<std::uint32_t>(chains.requests.size())) {}

  Units run() {
    add_live();
    const std::vector<std::uint32_t> shapes = shapes_of();
    const std::vector<std::uint32_t> kin = question_.options.bundle > 0 ? kin_of(shapes) : std::vector<std::uint32_t>();
    struct Open {
      std::uint32_t unit = 0;
      std::int64_t duration = 0;
    };
    std::unordered_map<std::uint32_t, Open> open;     // by kin
    std::vector<std::vector<std::uint32_t>> members;  // of units with more than one chain
    std::vector<std::uint32_t> unit_of(count_);
    for (std::uint32_t chain = 0; chain < count_; ++chain) {
      const std::int64_t duration = kin.empty() ? 0 : duration_of(chain);
      if (duration > 0 && duration < question_.options.bundle) {
        const auto found = open.find(kin[chain]);
        if (found != open.end() && found->second.duration + duration <= question_.options.bundle && grow(found->second.unit, chain)) {
          found->second.duration += duration;
          unit_of[chain] = found->second.unit;
          continue;
        }
        open[kin[chain]] = {units_.count(), duration};
      }
      unit_of[chain] = units_.count();
      units_.shape.push_back(shapes[chain]);
      units_.chain_count.push_back(1);
      units_.requests.push_back(chains_.requests[chain]);
    }
    fill(unit_of);
    return std::move(units_);
  }

 private:
  void add_live() {
    for (const LiveArray& array : question_.live_arrays) units_.live_count += array.unit_count;
    units_.shape.assign(units_.live_count, nothing);
    units_.chain_count.assign(units_.live_count, 1);
    units_.requests.resize(units_.live_count);
  }

  [[nodiscard]] std::span<const std::uint32_t> chain(std::uint32_t number) const {
    return std::span(chains_.members).subspan(chains_.first[number], chains_.first[number + 1] - chains_.first[number]);
  }

  std::vector<std::uint32_t> shapes_of() {
    std::map<std::vector<std::uint32_t>, std::uint32_t> known;
    std::vector<std::uint32_t> shapes(count_);
    std::vector<std::uint32_t> tasks;
    for (std::uint32_t i = 0; i < count_; ++i) {
      tasks.clear();
      for (const std::uint32_t element : chain(i)) tasks.push_back(question_.plan.element(element).task);
      const auto [at, is_new] = known.emplace(tasks, static_cast<std::uint32_t>(units_.shapes.size()));
      if (is_new) units_.shapes.push_back(tasks);
      shapes[i] = at->second;
    }
    return shapes;
  }

  [[nodiscard]] std::int64_t duration_of(std::uint32_t number) const {
    std::int64_t sum = 0;
    for (const std::uint32_t element : chain(number)) {
      const std::int64_t one = question_.duration ? question_.duration(element) : 0;
      if (one <= 0) return chains_.requests[number].time;  // unknown: as long as it may take
      sum += one;
    }
    return sum;
  }

  /// Chains of one number may share a unit.
  [[nodiscard]] std::vector<std::uint32_t> kin_of(const std::vector<std::uint32_t>& shapes) const {
    std::vector<std::uint32_t> kin(count_);
    if (question_.options.allows_waits && !is_recurrent()) return shapes;
    std::unordered_multimap<std::uint64_t, std::uint32_t> first_of;  // by hash: the first of its kin
    for (std::uint32_t i = 0; i < count_; ++i) {
      const std::vector<std::uint32_t> surroundings = surroundings_of(i, shapes[i]);
      const std::uint64_t hash =
          checksum({reinterpret_cast<const char*>(surroundings.data()), surroundings.size() * sizeof(std::uint32_t)});
      kin[i] = i;
      const auto [begin, end] = first_of.equal_range(hash);
      for (auto at = begin; at != end; ++at)
        if (surroundings_of(at->second, shapes[at->second]) == surroundings) kin[i] = at->second;
      if (kin[i] == i) first_of.emplace(hash, i);
    }
    return kin;
  }

  /// Whether elements of one task may need each other: then bundles of any of them could wait in a circle.
  [[nodiscard]] bool is_recurrent() const {
    const auto tasks = question_.plan.tasks();
    return std::any_of(tasks.begin(), tasks.end(), [&](const plan::TaskRow& task) {
      const auto inputs = question_.plan.inputs(task);
      return std::any_of(inputs.begin(), inputs.end(), [](const plan::InputRow& input) { return input.is_recurrent != 0; });
    });
  }

  /// Shape, number of parents, parents, children; from outside the chain, each sorted.
  [[nodiscard]] std::vector<std::uint32_t> surroundings_of(std::uint32_t number, std::uint32_t shape) const {
    const auto own = chain(number);
    const auto is_own = [&](std::uint32_t node) { return std::find(own.begin(), own.end(), node) != own.end(); };
    std::vector<std::uint32_t> all = {shape, 0};
    const auto tidy = [&](std::size_t from) {
      std::sort(all.begin() + static_cast<std::ptrdiff_t>(from), all.end());
      all.erase(std::unique(all.begin() + static_cast<std::ptrdiff_t>(from), all.end()), all.end());
    };
    for (const std::uint32_t element : own)
      for (const std::uint32_t value : needs_.parents.of(element))
        if (!is_own(value / 2)) all.push_back(value);
    tidy(2);
    all[1] = static_cast<std::uint32_t>(all.size() - 2);
    const std::size_t middle = all.size();
    for (const std::uint32_t element : own)
      for (const std::uint32_t child : needs_.edges.of(element))
        if (needs_.runs(child) && !is_own(child)) all.push_back(child);
    tidy(middle);
    return all;
  }

  /// Takes a chain into a unit, if the partition has the time.
  bool grow(std::uint32_t unit, std::uint32_t number) {
    if (units_.requests[unit].memory != chains_.requests[number].memory) return false;
    const auto both = joined(units_.requests[unit], chains_.requests[number], question_.site.slurm);
    if (!both) return false;
    units_.requests[unit] = *both;
    ++units_.chain_count[unit];
    return true;
  }

  void fill(const std::vector<std::uint32_t>& unit_of) {
    std::vector<std::uint32_t>& first = units_.first;
    first.assign(units_.count() + std::size_t{1}, 0);
    std::vector<std::uint32_t> first_unit{0};  // one a live array
    for (const LiveArray& array : question_.live_arrays) first_unit.push_back(first_unit.back() + array.unit_count);
    for (const LiveElement& live : question_.live) ++first[first_unit[live.live_array] + live.index + std::size_t{1}];
    for (std::uint32_t i = 0; i < count_; ++i) first[unit_of[i] + std::size_t{1}] += static_cast<std::uint32_t>(chain(i).size());
    for (std::size_t i = 1; i < first.size(); ++i) first[i] += first[i - 1];
    units_.members.resize(first.back());
    std::vector<std::uint32_t> next(first.begin(), first.end() - 1);
    for (const LiveElement& live : question_.live) units_.members[next[first_unit[live.live_array] + live.index]++] = live.element;
    for (std::uint32_t i = 0; i < count_; ++i)
      for (const std::uint32_t element : chain(i)) units_.members[next[unit_of[i]]++] = element;
  }

  const Question& question_;  // NOLINT: lives for one call
  const Needs& needs_;        // NOLINT
  const Chains& chains_;      // NOLINT
  std::uint32_t count_;
  Units units_;
};

}  // namespace

Units bundle(const Question& question, const Needs& needs, const Chains& chains) { return Bundler(question, needs, chains).run(); }

}  // namespace osac::slurm
