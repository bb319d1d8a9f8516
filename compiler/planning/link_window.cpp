// Windows: the last elements before a time, or all within a duration, as lists in the order of time. Lists are ranges of the sorted
// candidates, counted before one is made.

#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/planning/lookup_candidates.h"

namespace osac::planning {

namespace {

class WindowMaker {
 public:
  explicit WindowMaker(const InputSides& sides) : sides_(sides), lookup_(sides.input.lookup), candidates_(sides), at_(sides, lookup_.at) {
    if (lookup_.within.exists()) within_.emplace(sides, lookup_.within);
  }

  Links run(std::vector<Failure>& failures) {
    Links links;
    links.is_list = true;
    links.begin.push_back(0);
    links.group.assign(sides_.task.count, none);
    if (candidates_.depends_on_pair()) {
      for (std::uint32_t t = 0; t < sides_.task.count; ++t) add_filtered(t, links, failures);
    } else {
      add_ranges(links, failures);
    }
    return links;
  }

 private:
  struct Range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    friend bool operator==(Range, Range) = default;
  };

  /// All candidates before the time, and within the duration; `last` still has to cut it.
  Range reach(std::uint32_t t) {
    const std::uint32_t group = candidates_.group(t);
    const auto time = at_.at(t);
    if (group == none || !time) return {};
    const std::int64_t at = order_of(*time, candidates_.type());
    Range range{candidates_.low(group), candidates_.split(group, at, lookup_.is_inclusive)};
    const auto limit = within_ ? within_->at(t) : std::nullopt;
    if (!limit) return range;
    const Distance within = number_of(*limit, within_->type());
    std::uint64_t low = range.begin;
    for (std::uint64_t high = range.end; low < high;) {
      const std::uint64_t middle = low + (high - low) / 2;
      if (candidates_.distance(middle, at) > within)
        low = middle + 1;
      else
        high = middle;
    }
    range.begin = low;
    return range;
  }

  void fail(std::uint32_t t, std::uint64_t kept, std::uint64_t cut, std::vector<Failure>& failures) const {
    Failure failure;
    failure.what = Failure::What::tie;
    failure.element = t;
    failure.first = std::min(candidates_[kept].element, candidates_[cut].element);
    failure.second = std::max(candidates_[kept].element, candidates_[cut].element);
    failures.push_back(failure);
  }
  /// The first that is kept and the last that is cut off are equally good.
  bool is_tie(std::uint64_t kept, std::uint64_t cut) const { return candidates_[kept].order == candidates_[cut].order; }

  void add_ranges(Links& links, std::vector<Failure>& failures) {
    std::vector<Range> ranges(sides_.task.count);
    std::uint64_t total = 0;
    for (std::uint32_t t = 0; t < sides_.task.count; ++t) {
      Range range = reach(t);
      if (lookup_.last > 0 && range.end - range.begin > lookup_.last) {
        const std::uint64_t first = range.end - lookup_.last;
        if (is_tie(first, first - 1)) {
          fail(t, first, first - 1, failures);
          continue;
        }
        range.begin = first;
      }
      if (t == 0 || !(range == ranges[t - 1])) total += range.end - range.begin;
      ranges[t] = range;
    }
    if (total >= none) {
      report_too_many(total);
      return;
    }
    links.members.reserve(total);
    for (std::uint32_t t = 0; t < sides_.task.count; ++t) {
      const Range range = ranges[t];
      if (range.begin == range.end) continue;
      if (t > 0 && range == ranges[t - 1]) {
        links.group[t] = links.group[t - 1];
        continue;
      }
      for (std::uint64_t i = range.begin; i < range.end; ++i) links.members.push_back(candidates_[i].element);
      close(t, links);
    }
  }

  void report_too_many(std::uint64_t total) const {
    const Context& context = sides_.frame.context;
    sides_.frame.context.diagnostics
        .report(DiagnosticKind::too_many_links, sides_.input.span, context.text(sides_.input.name), task_name(sides_), grouped(total))
        .help("bound the window by `last N` or `within DURATION`");
  }

  static void close(std::uint32_t t, Links& links) {
    links.group[t] = static_cast<std::uint32_t>(links.begin.size() - 1);
    links.begin.push_back(links.members.size());
  }

  /// One candidate after another, backwards, where a condition depends on reader and candidate.
  void add_filtered(std::uint32_t t, Links& links, std::vector<Failure>& failures) {
    const Range range = reach(t);
    const std::size_t first = links.members.size();
    std::uint64_t kept = range.end;
    for (std::uint64_t i = range.end; i > range.begin; --i) {
      if (!candidates_.fits(t, i - 1)) continue;
      if (lookup_.last > 0 && links.members.size() - first == lookup_.last) {
        if (!is_tie(kept, i - 1)) break;
        fail(t, kept, i - 1, failures);
        links.members.resize(first);
        return;
      }
      kept = i - 1;
      links.members.push_back(candidates_[kept].element);
    }
    if (links.members.size() == first) return;
    std::reverse(links.members.begin() + static_cast<std::ptrdiff_t>(first), links.members.end());
    close(t, links);
  }

  const InputSides& sides_;
  const program::Lookup& lookup_;
  LookupCandidates candidates_;
  ValueAt at_;
  std::optional<ValueAt> within_;
};

}  // namespace

Links link_window(const InputSides& sides, std::vector<Failure>& failures) { return WindowMaker(sides).run(failures); }

}  // namespace osac::planning
