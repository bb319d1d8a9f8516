#include "compiler/emit/collapse.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>

#include "compiler/base/hash.h"
#include "compiler/base/text.h"

namespace osac::emit {

namespace {

constexpr std::size_t most_work = 30'000'000;  // arrows looked at, over all steps
constexpr std::size_t least_steps = 12;
constexpr std::size_t most_steps = 400;

/// For each item the items that say what it is like, with the ports by which it leads to them.
struct Neighbours {
  std::vector<std::uint32_t> begins;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> items;  // item, port
};

Neighbours neighbours_of(const Items& items) {
  Neighbours out;
  out.begins.assign(items.kinds.size() + 1, 0);
  const auto for_each = [&](auto&& f) {
    for (const Arrow& arrow : items.arrows) {
      if (items.looks_back[arrow.from] == 0) f(arrow.from, arrow.to, arrow.port);
      if (items.looks_back[arrow.to] != 0) f(arrow.to, arrow.from, arrow.port);
    }
  };
  for_each([&](std::uint32_t own, std::uint32_t, std::uint32_t) { ++out.begins[own + 1]; });
  for (std::size_t i = 1; i < out.begins.size(); ++i) out.begins[i] += out.begins[i - 1];
  out.items.resize(out.begins.back());
  std::vector<std::uint32_t> next(out.begins.begin(), out.begins.end() - 1);
  for_each([&](std::uint32_t own, std::uint32_t other, std::uint32_t port) { out.items[next[own]++] = {other, port}; });
  return out;
}

/// Gives numbers to keys in order of their first sight.
template <typename Key, typename Hash>
class Numbers {
 public:
  std::uint32_t of(const Key& key) { return numbers_.try_emplace(key, static_cast<std::uint32_t>(numbers_.size())).first->second; }
  [[nodiscard]] std::size_t size() const { return numbers_.size(); }

 private:
  std::unordered_map<Key, std::uint32_t, Hash> numbers_;
};

struct BoxAndLeads {
  std::uint32_t box;
  std::uint64_t leads;  ///< a hash of the boxes and ports that the item leads to
  friend bool operator==(const BoxAndLeads&, const BoxAndLeads&) = default;
};
struct HashOfBox {
  std::size_t operator()(const BoxAndLeads& key) const { return key.leads ^ (key.box * 0x9e3779b97f4a7c15ULL); }
};

std::string range_text(std::uint32_t least, std::uint32_t most) {
  return least == most ? grouped(most) : fmt::format("{}..{}", grouped(least), grouped(most));
}

/// The same file by two ports of one element is one pair.
void count_pairs(const std::vector<Arrow>& arrows, const std::vector<std::uint32_t>& join_of, std::size_t items, std::vector<Join>& joins) {
  std::vector<std::uint32_t> begins(joins.size() + 1, 0);
  for (const std::uint32_t join : join_of) ++begins[join + 1];
  for (std::size_t i = 1; i < begins.size(); ++i) begins[i] += begins[i - 1];
  std::vector<std::uint32_t> order(arrows.size());
  std::vector<std::uint32_t> next(begins.begin(), begins.end() - 1);
  for (std::uint32_t i = 0; i < arrows.size(); ++i) order[next[join_of[i]]++] = i;
  std::vector<std::uint32_t> outs(items, 0);
  std::vector<std::uint32_t> sources, all_sources;
  for (std::size_t join = 0; join < joins.size(); ++join) {
    all_sources.clear();
    for (std::uint32_t i = begins[join]; i < begins[join + 1];) {
      const std::uint32_t to = arrows[order[i]].to;
      sources.clear();
      for (; i < begins[join + 1] && arrows[order[i]].to == to; ++i) sources.push_back(arrows[order[i]].from);
      if (sources.size() > 1) {
        std::sort(sources.begin(), sources.end());
        sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
      }
      joins[join].cardinality.add_in(static_cast<std::uint32_t>(sources.size()));
      for (const std::uint32_t from : sources)
        if (outs[from]++ == 0) all_sources.push_back(from);
    }
    for (const std::uint32_t from : all_sources) {
      joins[join].cardinality.add_out(outs[from]);
      outs[from] = 0;
    }
  }
}

}  // namespace

std::vector<std::uint32_t> alike(const Items& items, std::size_t most) {
  const Neighbours neighbours = neighbours_of(items);
  const std::size_t count = items.kinds.size();
  std::vector<std::uint32_t> boxes(count);
  Numbers<std::uint32_t, std::hash<std::uint32_t>> kinds;
  for (std::size_t i = 0; i < count; ++i) boxes[i] = kinds.of(items.kinds[i]);
  std::size_t box_count = kinds.size();
  const std::size_t steps = std::clamp(most_work / std::max<std::size_t>(items.arrows.size(), 1), least_steps, most_steps);
  std::vector<std::uint32_t> finer(count);
  std::vector<std::uint64_t> leads;
  for (std::size_t step = 0; step < steps; ++step) {
    Numbers<BoxAndLeads, HashOfBox> numbers;
    std::optional<BoxAndLeads> last;  // that of the item before: mostly the same
    for (std::size_t i = 0; i < count; ++i) {
      leads.clear();
      for (std::uint32_t k = neighbours.begins[i]; k < neighbours.begins[i + 1]; ++k) {
        const auto [item, port] = neighbours.items[k];
        const std::uint64_t lead = (std::uint64_t{boxes[item]} << 32U) | port;
        if (leads.empty() || leads.back() != lead) leads.push_back(lead);
      }
      if (leads.size() > 1) {
        std::sort(leads.begin(), leads.end());
        leads.erase(std::unique(leads.begin(), leads.end()), leads.end());
      }
      const std::string_view bytes(reinterpret_cast<const char*>(leads.data()), leads.size() * sizeof(std::uint64_t));  // NOLINT
      const BoxAndLeads key{boxes[i], checksum(bytes)};
      finer[i] = last == key ? finer[i - 1] : numbers.of(key);
      last = key;
    }
    if (numbers.size() == box_count || numbers.size() > most) break;
    box_count = numbers.size();
    boxes.swap(finer);
  }
  return boxes;
}

void Cardinality::add_in(std::uint32_t count) {
  least_in = most_in == 0 ? count : std::min(least_in, count);
  most_in = std::max(most_in, count);
}

void Cardinality::add_out(std::uint32_t count) {
  least_out = most_out == 0 ? count : std::min(least_out, count);
  most_out = std::max(most_out, count);
}

std::string cardinality_text(const Cardinality& cardinality) {
  return fmt::format("{} → {}", range_text(cardinality.least_in, cardinality.most_in),
                     range_text(cardinality.least_out, cardinality.most_out));
}

std::vector<Join> join_boxes(const std::vector<Arrow>& arrows, const std::vector<std::uint32_t>& boxes) {
  // which join each arrow is part of; neighbours mostly are part of the same one
  std::unordered_map<std::uint64_t, std::uint32_t> numbers;
  std::vector<Join> joins;
  std::vector<std::uint32_t> join_of(arrows.size());
  std::uint64_t last = ~std::uint64_t{0};
  for (std::size_t i = 0; i < arrows.size(); ++i) {
    const std::uint32_t from = boxes[arrows[i].from], to = boxes[arrows[i].to];
    const std::uint64_t ends = (std::uint64_t{from} << 32U) | to;
    if (ends == last) {
      join_of[i] = join_of[i - 1];
      continue;
    }
    last = ends;
    const auto [at, is_new] = numbers.try_emplace(ends, static_cast<std::uint32_t>(joins.size()));
    if (is_new) joins.push_back({from, to, arrows[i].port, {}});
    join_of[i] = at->second;
  }
  count_pairs(arrows, join_of, boxes.size(), joins);
  std::sort(joins.begin(), joins.end(), [](const Join& a, const Join& b) { return std::pair(a.from, a.to) < std::pair(b.from, b.to); });
  return joins;
}

}  // namespace osac::emit
