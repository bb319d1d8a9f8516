// Gathers by a relation: the members that a tuple connects with a reader. Linear in tuples, elements and edges.

#include <algorithm>
#include <numeric>

#include "compiler/base/text.h"
#include "compiler/planning/agree.h"
#include "compiler/planning/links.h"

namespace osac::planning {

namespace {

std::vector<std::uint32_t> merged(std::vector<std::uint32_t> a, const std::vector<std::uint32_t>& b) {
  for (const std::uint32_t d : b)
    if (std::find(a.begin(), a.end(), d) == a.end()) a.push_back(d);
  return a;
}

/// Numbers sorted into buckets.
struct Buckets {
  std::vector<std::uint64_t> begin;
  std::vector<std::uint32_t> items;
  Buckets(const std::vector<std::uint32_t>& groups, std::uint32_t group_count, const std::vector<std::uint8_t>* flags) {
    const auto counts = [&](std::size_t i) { return groups[i] != none && (flags == nullptr || (*flags)[i] != 0); };
    begin.assign(std::size_t{group_count} + 1, 0);
    for (std::size_t i = 0; i < groups.size(); ++i)
      if (counts(i)) ++begin[groups[i] + 1];
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    items.resize(begin.back());
    std::vector<std::uint64_t> fill(begin.begin(), begin.end() - 1);
    for (std::uint32_t i = 0; i < groups.size(); ++i)
      if (counts(i)) items[fill[groups[i]]++] = i;
  }
};

class RelationLinker {
 public:
  RelationLinker(const InputSides& sides, const Family& tuples)
      : sides_(sides),
        frame_(sides.frame),
        direct_(joined_dimensions(sides)),
        by_reader_(common_dimensions(frame_, sides.task.basis, tuples.basis)),
        by_member_(common_dimensions(frame_, sides.members.basis, tuples.basis)),
        tuples_(project(frame_, tuples, reduced_basis(frame_.context.program, merged(by_reader_, by_member_)))) {}

  Links run() {
    MemberFilter filter(sides_, MemberFilter::Fixes::all);
    classify();
    pair();
    Links links = collect(filter.flags());
    sort_members(sides_, links);
    if (filter.depends_on_pair()) filter_pairs(sides_, filter, links);
    return links;
  }

 private:
  /// Readers fall into classes: those of one class agree on all that their lists depend on.
  void classify() {
    const auto dimensions = merged(by_reader_, direct_);
    const Columns columns = columns_on(frame_, sides_.task, dimensions);
    const Columns empty(columns.size());
    Groups groups = make_groups({&columns, &empty}, {sides_.task.count, 0}, axis_sizes(frame_, dimensions));
    class_of_ = std::move(groups.of[0]);
    first_of_.assign(groups.count, none);
    for (std::uint32_t t = 0; t < class_of_.size(); ++t)
      if (class_of_[t] != none && first_of_[class_of_[t]] == none) first_of_[class_of_[t]] = t;
  }

  /// Each class with each tuple that agrees with it.
  void pair() {
    const Columns readers = columns_on(frame_, sides_.task, by_reader_);
    const Columns rows = columns_on(frame_, tuples_, by_reader_);
    const Groups groups = make_groups({&readers, &rows}, {sides_.task.count, tuples_.count}, axis_sizes(frame_, by_reader_));
    const Buckets buckets(groups.of[1], groups.count, nullptr);
    std::uint64_t total = 0;
    for (const std::uint32_t reader : first_of_) {
      const std::uint32_t group = reader == none ? none : groups.of[0][reader];
      if (group != none) total += buckets.begin[group + 1] - buckets.begin[group];
    }
    class_begin_.push_back(0);
    if (total >= none) return report_too_many(total);
    for (const std::uint32_t reader : first_of_) {
      const std::uint32_t group = reader == none ? none : groups.of[0][reader];
      for (std::uint64_t i = group == none ? 0 : buckets.begin[group]; group != none && i < buckets.begin[group + 1]; ++i) {
        pair_reader_.push_back(reader);
        pair_tuple_.push_back(buckets.items[i]);
      }
      class_begin_.push_back(pair_tuple_.size());
    }
  }

  void report_too_many(std::uint64_t total) {
    const Context& context = frame_.context;
    class_begin_.assign(first_of_.size() + 1, 0);
    frame_.context.diagnostics.report(DiagnosticKind::too_many_links, sides_.input.span, context.text(sides_.input.name), task_name(sides_),
                                      grouped(total));
  }

  /// The members that agree with a pair: with its tuple on what those two determine, with its reader on what they determine directly.
  Links collect(const std::vector<std::uint8_t>& flags) {
    const auto dimensions = merged(by_member_, direct_);
    const Columns members = columns_on(frame_, sides_.members, dimensions);
    Columns pairs;
    for (const std::uint32_t d : dimensions) {
      const bool by_tuple = std::find(by_member_.begin(), by_member_.end(), d) != by_member_.end();
      const auto column = record_column(frame_, by_tuple ? tuples_ : sides_.task, d);
      auto& of_pairs = pairs.emplace_back(pair_tuple_.size());
      for (std::size_t i = 0; i < of_pairs.size(); ++i) of_pairs[i] = column[by_tuple ? pair_tuple_[i] : pair_reader_[i]];
    }
    const Groups groups = make_groups({&pairs, &members}, {static_cast<std::uint32_t>(pair_tuple_.size()), sides_.members.count},
                                      axis_sizes(frame_, dimensions));
    const Buckets buckets(groups.of[1], groups.count, &flags);
    Links links;
    links.is_list = true;
    links.group = std::move(class_of_);
    links.begin.push_back(0);
    for (std::size_t c = 0; c + 1 < class_begin_.size(); ++c) {
      for (std::uint64_t i = class_begin_[c]; i < class_begin_[c + 1]; ++i) {
        const std::uint32_t group = groups.of[0][i];
        if (group == none) continue;
        links.members.insert(links.members.end(), buckets.items.begin() + static_cast<std::ptrdiff_t>(buckets.begin[group]),
                             buckets.items.begin() + static_cast<std::ptrdiff_t>(buckets.begin[group + 1]));
      }
      links.begin.push_back(links.members.size());
    }
    return links;
  }

  const InputSides& sides_;
  const Frame& frame_;
  std::vector<std::uint32_t> direct_;
  std::vector<std::uint32_t> by_reader_;
  std::vector<std::uint32_t> by_member_;
  Family tuples_;
  std::vector<std::uint32_t> class_of_;
  std::vector<std::uint32_t> first_of_;  ///< of each class a reader
  std::vector<std::uint64_t> class_begin_;
  std::vector<std::uint32_t> pair_reader_;
  std::vector<std::uint32_t> pair_tuple_;
};

}  // namespace

Links link_relation(const InputSides& sides, const Family& tuples) { return RelationLinker(sides, tuples).run(); }

}  // namespace osac::planning
