// From producers' elements to a dataset's: the union of what its tasks make, each element made once.

#include <algorithm>
#include <numeric>

#include "compiler/base/text.h"
#include "compiler/planning/domains.h"
#include "compiler/planning/elements.h"

namespace osac::planning {

namespace {

/// Rows of the dataset-to-be: tuples with who makes them.
struct Made {
  Columns tuples;
  std::vector<std::uint32_t> task;     ///< program's task
  std::vector<std::uint32_t> element;  ///< of the task
};

class OutputMaker {
 public:
  OutputMaker(const Stages& stages, Folder& fold, std::uint32_t dataset)
      : stages_(stages),
        frame_(stages.frame),
        fold_(fold),
        draft_(stages.draft),
        declared_(frame_.context.program.datasets[dataset]),
        dataset_(dataset),
        state_(draft_.datasets[dataset]) {}

  void run() {
    state_.is_made = true;
    state_.family.basis = numbers(declared_.basis);
    made_.tuples.resize(declared_.basis.size());
    for (const std::uint32_t task : state_.producers)
      for (const auto& output : frame_.context.program.tasks[task].outputs)
        if (output.dataset.index == dataset_) output.is_finer ? add_finer(task, output) : add_plain(task);
    drop_open_keys();
    sort();
    drop_doubtful();
    report_overlap();
    place();
    link();
    hold_products(draft_, dataset_);
    find_pending();
    if (!stages_.fields.used[dataset_].empty()) read_fields(frame_, fold_, stages_.fields, dataset_, state_.family);
  }

 private:
  void add_plain(std::uint32_t task) {
    const Family& family = draft_.tasks[task].family;
    for (std::size_t c = 0; c < declared_.basis.size(); ++c) {
      const auto column = record_column(frame_, family, declared_.basis[c].index);
      made_.tuples[c].insert(made_.tuples[c].end(), column.begin(), column.end());
    }
    for (std::uint32_t e = 0; e < family.count; ++e) {
      made_.task.push_back(task);
      made_.element.push_back(e);
    }
  }

  /// All keys of the dataset whose task element exists, by the output's `where`.
  void add_finer(std::uint32_t task, const program::Output& output) {
    const Family& makers = draft_.tasks[task].family;
    const auto family = make_family(frame_, numbers(declared_.basis), declared_.is_cross, output.span, frame_.context.text(declared_.name));
    if (!family) return;
    Columns keys;
    for (const std::uint32_t dimension : makers.basis) keys.push_back(record_column(frame_, *family, dimension));
    const auto owners = find_elements(makers, frame_.axes, keys, family->count);
    std::vector<std::uint8_t> flags(family->count, 1);
    for (std::uint32_t i = 0; i < family->count; ++i) flags[i] = owners[i] == none ? 0 : 1;
    if (output.where.exists()) restrict_elements(frame_, *family, fold_(output.where), flags);
    for (std::uint32_t i = 0; i < family->count; ++i) {
      if (flags[i] == 0) continue;
      for (std::size_t c = 0; c < family->basis.size(); ++c) made_.tuples[c].push_back(family->record(c, i));
      made_.task.push_back(task);
      made_.element.push_back(owners[i]);
    }
  }

  /// Rows whose key an absent implied record leaves open are dropped: they have no file of their own.
  void drop_open_keys() {
    keep_rows([&](std::size_t i) {
      return std::none_of(made_.tuples.begin(), made_.tuples.end(), [&](const auto& column) { return column[i] == none; });
    });
  }

  template <typename Keep>
  void keep_rows(Keep keep) {
    const std::size_t count = made_.element.size();
    std::size_t to = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!keep(i)) continue;
      for (auto& column : made_.tuples) column[to] = column[i];
      made_.task[to] = made_.task[i];
      made_.element[to++] = made_.element[i];
    }
    for (auto& column : made_.tuples) column.resize(to);
    made_.task.resize(to);
    made_.element.resize(to);
  }

  void sort() {
    std::vector<std::uint32_t> sizes;
    for (const auto dimension : declared_.basis) sizes.push_back(frame_.axes[dimension.index].count);
    const auto count = static_cast<std::uint32_t>(made_.element.size());
    const auto order = sorted_order(made_.tuples, count, sizes);
    if (order.empty()) return;
    const auto reorder = [&](std::vector<std::uint32_t>& list) {
      std::vector<std::uint32_t> sorted(count);
      for (std::uint32_t i = 0; i < count; ++i) sorted[i] = list[order[i]];
      list.swap(sorted);
    };
    for (auto& column : made_.tuples) reorder(column);
    reorder(made_.task);
    reorder(made_.element);
  }

  [[nodiscard]] bool repeats(std::size_t i) const {
    return i > 0 && std::all_of(made_.tuples.begin(), made_.tuples.end(), [&](const auto& column) { return column[i] == column[i - 1]; });
  }

  [[nodiscard]] bool waits(std::size_t i) const { return is_held(draft_.tasks[made_.task[i]].held, made_.element[i]); }

  /// Of two makers of one element one may yet turn out not to be: then the other one makes it. Which of two that wait is the same.
  void drop_doubtful() {
    const std::size_t count = made_.element.size();
    std::vector<std::uint8_t> flags(count, 1);
    for (std::size_t begin = 0; begin < count;) {
      std::size_t end = begin + 1;
      while (end < count && repeats(end)) ++end;
      std::size_t certain = 0;
      for (std::size_t i = begin; i < end; ++i) certain += waits(i) ? 0 : 1;
      bool has_one = certain > 0;
      for (std::size_t i = begin; i < end; ++i) {
        if (!waits(i)) continue;
        flags[i] = has_one ? 0 : 1;
        has_one = true;
      }
      begin = end;
    }
    keep_rows([&](std::size_t i) { return flags[i] != 0; });
  }

  /// Keys below which makers may have more elements later; of lists also those that the dataset's own dimensions may have.
  void find_pending() {
    for (const std::uint32_t task : state_.producers) {
      bool is_finer = false;
      for (const auto& output : frame_.context.program.tasks[task].outputs)
        is_finer = is_finer || (output.dataset.index == dataset_ && output.is_finer);
      PendingSets sets = draft_.tasks[task].pending;
      if (is_finer)
        for (Pending& more : pending_keys(stages_, state_.family.basis)) add_pending(frame_, sets, std::move(more));
      for (Pending& entry : sets) {
        entry.keys = project(frame_, entry.keys, common_dimensions(frame_, state_.family.basis, entry.keys.basis));
        add_pending(frame_, state_.pending, std::move(entry));
      }
    }
  }

  void report_overlap() {
    std::uint64_t overlaps = 0;
    std::size_t first = 0;
    for (std::size_t i = 1; i < made_.element.size(); ++i)
      if (repeats(i) && overlaps++ == 0) first = i;
    if (overlaps == 0) return;
    Family family;
    family.basis = state_.family.basis;
    family.count = static_cast<std::uint32_t>(made_.element.size());
    family.records = made_.tuples;
    const program::Program& program = frame_.context.program;
    const program::Task& one = program.tasks[made_.task[first - 1]];
    const program::Task& other = program.tasks[made_.task[first]];
    const std::string key = element_key(frame_, family, static_cast<std::uint32_t>(first));
    auto builder = frame_.context.diagnostics.report(DiagnosticKind::overlapping_producers, other.span, frame_.context.text(declared_.name),
                                                     key, frame_.context.text(one.name), frame_.context.text(other.name));
    builder.label(one.span, "the other one").label(declared_.span, "declared here");
    if (overlaps > 1) builder.note(fmt::format("{} likewise", count_of(overlaps - 1, "more element")));
    builder.help("give the tasks `where` conditions that exclude each other, or a dataset each");
  }

  /// Repetitions, which have been reported, are dropped, so that families are sound for what follows.
  void place() {
    const std::size_t count = made_.element.size();
    std::vector<std::uint8_t> flags(count, 1);
    for (std::size_t i = 1; i < count; ++i) flags[i] = repeats(i) ? 0 : 1;
    state_.family.records = std::move(made_.tuples);
    state_.family.count = static_cast<std::uint32_t>(count);
    planning::keep_only(state_.family, flags);
    std::size_t to = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (flags[i] == 0) continue;
      made_.task[to] = made_.task[i];
      made_.element[to++] = made_.element[i];
    }
    made_.task.resize(to);
    made_.element.resize(to);
    const auto& records = state_.family.records;
    if (records.size() == 1 && state_.family.count == frame_.axes[state_.family.basis[0]].count) {
      state_.family.records.clear();
      state_.family.is_whole = true;
    }
    state_.producer_element = made_.element;
    if (state_.producers.size() > 1) state_.producer_task = made_.task;
  }

  void link() {
    const program::Program& program = frame_.context.program;
    for (const std::uint32_t task : state_.producers) {
      TaskDraft& maker = draft_.tasks[task];
      for (std::size_t o = 0; o < program.tasks[task].outputs.size(); ++o) {
        const program::Output& output = program.tasks[task].outputs[o];
        if (output.dataset.index != dataset_) continue;
        maker.outputs[o] = output.is_finer ? link_lists(task) : link_files(task);
      }
    }
  }

  Links link_files(std::uint32_t task) const {
    Links links;
    links.target.assign(draft_.tasks[task].family.count, none);
    for (std::uint32_t i = 0; i < made_.element.size(); ++i)
      if (made_.task[i] == task) links.target[made_.element[i]] = i;
    return links;
  }

  Links link_lists(std::uint32_t task) const {
    const std::uint32_t count = draft_.tasks[task].family.count;
    Links links;
    links.is_list = true;
    links.group.resize(count);
    std::iota(links.group.begin(), links.group.end(), 0U);
    links.begin.assign(std::size_t{count} + 1, 0);
    for (std::size_t i = 0; i < made_.element.size(); ++i)
      if (made_.task[i] == task) ++links.begin[made_.element[i] + 1];
    std::partial_sum(links.begin.begin(), links.begin.end(), links.begin.begin());
    links.members.resize(links.begin.back());
    std::vector<std::uint64_t> fill(links.begin.begin(), links.begin.end() - 1);
    for (std::uint32_t i = 0; i < made_.element.size(); ++i)
      if (made_.task[i] == task) links.members[fill[made_.element[i]]++] = i;
    return links;
  }

  const Stages& stages_;
  const Frame& frame_;
  Folder& fold_;
  Draft& draft_;
  const program::Dataset& declared_;
  std::uint32_t dataset_;
  DatasetDraft& state_;
  Made made_;
};

}  // namespace

void make_outputs(const Stages& stages, Folder& fold, std::uint32_t dataset) { OutputMaker(stages, fold, dataset).run(); }

}  // namespace osac::planning
