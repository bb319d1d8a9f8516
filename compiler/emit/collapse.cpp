#include "compiler/emit/collapse.h"

#include <algorithm>
#include <tuple>
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
    for (std::size_t i = 0; i < count; ++i) {
      leads.clear();
      for (std::uint32_t k = neighbours.begins[i]; k < neighbours.begins[i + 1]; ++k) {
        const auto [item, port] = neighbours.items[k];
        const std::uint64_t lead = (std::uint64_t{boxes[item]} << 32U) | port;
        if (leads.empty() || leads.back() != lead) leads.push_back(lead);
      }
      std::sort(leads.begin(), leads.end());
      leads.erase(std::unique(leads.begin(), leads.end()), leads.end());
      const std::string_view bytes(reinterpret_cast<const char*>(leads.data()), leads.size() * sizeof(std::uint64_t));  // NOLINT
      finer[i] = numbers.of({boxes[i], checksum(bytes)});
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

std::vector<Join> join_boxes(std::vector<Arrow> arrows, const std::vector<std::uint32_t>& boxes) {
  std::vector<Join> joins;
  const auto ends = [&](const Arrow& arrow) { return std::pair(boxes[arrow.from], boxes[arrow.to]); };
  const auto same = [](const Arrow& a, const Arrow& b) { return a.from == b.from && a.to == b.to; };
  std::sort(arrows.begin(), arrows.end(), [&](const Arrow& a, const Arrow& b) {
    return std::tuple(ends(a), a.to, a.from, a.port) < std::tuple(ends(b), b.to, b.from, b.port);
  });
  arrows.erase(std::unique(arrows.begin(), arrows.end(), same), arrows.end());
  for (std::size_t begin = 0; begin < arrows.size();) {
    std::size_t end = begin;
    while (end < arrows.size() && ends(arrows[end]) == ends(arrows[begin])) ++end;
    Join join{ends(arrows[begin]).first, ends(arrows[begin]).second, arrows[begin].port, {}};
    for (std::size_t i = begin, first = begin; i < end; ++i)
      if (i + 1 == end || arrows[i + 1].to != arrows[i].to) {
        join.cardinality.add_in(static_cast<std::uint32_t>(i + 1 - first));
        first = i + 1;
      }
    const auto at = [&](std::size_t place) { return arrows.begin() + static_cast<std::ptrdiff_t>(place); };
    std::sort(at(begin), at(end), [](const Arrow& a, const Arrow& b) { return std::pair(a.from, a.to) < std::pair(b.from, b.to); });
    for (std::size_t i = begin, first = begin; i < end; ++i)
      if (i + 1 == end || arrows[i + 1].from != arrows[i].from) {
        join.cardinality.add_out(static_cast<std::uint32_t>(i + 1 - first));
        first = i + 1;
      }
    joins.push_back(join);
    begin = end;
  }
  return joins;
}

}  // namespace osac::emit
