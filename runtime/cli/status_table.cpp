#include "runtime/cli/status_table.h"

#include <algorithm>
#include <set>

#include "compiler/base/text.h"
#include "compiler/plan/resolve.h"

namespace osac::cli {

namespace {

/// Counts, and what is known once all elements have been seen.
struct Gathered {
  StatusRow row;
  std::set<std::string> exits;
  std::set<std::uint64_t> jobs;
};

class Maker {
 public:
  explicit Maker(const StatusQuestion& question) : question_(question), plan_(question.plan) {}

  Result<StatusTable> make() {
    if (auto found = find_dimension(); !found) return tl::unexpected(found.error());
    table_.workflow = plan_.workflow();
    table_.plan = hexadecimal(plan_.id());
    for (const plan::TaskRow& task : plan_.tasks()) table_.tasks.emplace_back(plan_.text(task.family.name));
    make_rows();
    for (std::uint32_t task = 0; task < plan_.tasks().size(); ++task)
      for (std::uint32_t i = 0; i < plan_.tasks()[task].family.count; ++i) add({task, i});
    find_awaited();
    for (Gathered& gathered : rows_)
      if (gathered.row.total.all > 0) table_.rows.push_back(finished(gathered));
    table_.all = finished(all_);
    leave_out_empty_tasks();
    return std::move(table_);
  }

 private:
  Status find_dimension() {
    const auto stands_on = [&](std::uint32_t dimension) {
      return std::any_of(plan_.tasks().begin(), plan_.tasks().end(), [&](const plan::TaskRow& task) {
        return task.family.count > 0 && plan_.record(task.family, 0, dimension) != plan::no_element;
      });
    };
    std::vector<std::string> names;
    for (std::uint32_t dimension = 0; dimension < plan_.dimensions().size(); ++dimension) {
      if (!stands_on(dimension)) continue;
      names.emplace_back(plan_.text(plan_.dimensions()[dimension].name));
      if (!question_.dimension.empty() && names.back() != question_.dimension) continue;
      dimension_ = dimension;
      return {};
    }
    if (question_.dimension.empty()) return {};
    return failure(Trouble::usage, "no task stands on a dimension `" + visible(question_.dimension) + "`",
                   names.empty() ? "" : "there are: " + join_words(names));
  }

  void make_rows() {
    if (dimension_ != plan::no_row) {
      const plan::DimensionRow& dimension = plan_.dimensions()[dimension_];
      table_.dimension = plan_.text(dimension.name);
      const plan::ColumnRow& keys = plan_.columns()[dimension.key_column];
      rows_.resize(dimension.record_count);
      for (std::uint32_t record = 0; record < dimension.record_count; ++record)
        rows_[record].row.key = expression::to_text(plan_.value(keys, record), keys.type);
      for (std::uint32_t i = 0; i < dimension.attribute_count; ++i) add_attribute(plan_.columns()[dimension.first_attribute + i]);
      for (std::uint32_t other = 0; other < plan_.dimensions().size(); ++other)
        if (plan_.dimensions()[other].parent == dimension_) add_counts(plan_.dimensions()[other]);
    }
    rows_.emplace_back().row.key = "all";
    rows_.back().row.attributes.resize(table_.attributes.size());
    all_.row.key = "all";
    for (Gathered& gathered : rows_) gathered.row.cells.resize(table_.tasks.size());
    all_.row.cells.resize(table_.tasks.size());
  }

  /// Words and flags tell a person what a key is; numbers and times would only make the table wide.
  void add_attribute(const plan::ColumnRow& column) {
    using expression::Kind;
    const bool is_telling = column.type.kind == Kind::text || column.type.kind == Kind::enumeration || column.type.kind == Kind::boolean;
    if (!is_telling || column.type.is_list) return;
    table_.attributes.emplace_back(plan_.text(column.name));
    for (std::uint32_t record = 0; record + std::size_t{1} <= rows_.size(); ++record)
      rows_[record].row.attributes.push_back(expression::to_text(plan_.value(column, record), column.type));
  }

  void add_counts(const plan::DimensionRow& child) {
    std::vector<std::uint32_t> counts(rows_.size(), 0);
    for (const std::uint32_t record : plan_.indices(child.parent_records)) ++counts[record];
    table_.attributes.push_back(std::string(plan_.text(child.name)) + "s");
    for (std::size_t record = 0; record < rows_.size(); ++record) rows_[record].row.attributes.push_back(std::to_string(counts[record]));
  }

  /// A task of which nothing is known yet is awaited in the rows of the dimension that it stands on, else in the last one.
  void find_awaited() {
    for (Gathered& gathered : rows_) gathered.row.is_awaited.resize(table_.tasks.size());
    all_.row.is_awaited.resize(table_.tasks.size());
    for (const plan::StageRow& stage : plan_.stages())
      for (const std::uint32_t task : plan_.indices(stage.tasks)) {
        const bool has_keys = stands_on_rows(plan_.tasks()[task].family);
        for (std::size_t row = 0; row < rows_.size(); ++row)
          if (has_keys != (row + 1 == rows_.size()) && rows_[row].row.cells[task].all == 0) rows_[row].row.is_awaited[task] = true;
      }
  }
  bool stands_on_rows(const plan::FamilyRow& family) const {
    const auto basis = plan_.indices(family.basis);
    return dimension_ != plan::no_row && std::any_of(basis.begin(), basis.end(), [this](std::uint32_t one) { return leads_to_rows(one); });
  }
  /// A key of it has one of the rows' dimension: it is that, lies in it, or implies it.
  bool leads_to_rows(std::uint32_t dimension) const {
    if (dimension == plan::no_row || dimension == dimension_) return dimension == dimension_;
    const plan::DimensionRow& row = plan_.dimensions()[dimension];
    const auto implied = plan_.implied().subspan(row.first_implied, row.implied_count);
    return leads_to_rows(row.parent) ||
           std::any_of(implied.begin(), implied.end(), [this](const plan::ImpliedRow& one) { return leads_to_rows(one.dimension); });
  }

  void add(plan::ElementRef ref) {
    const plan::TaskRow& task = plan_.tasks()[ref.task];
    const std::uint32_t record = dimension_ == plan::no_row ? plan::no_element : plan_.record(task.family, ref.element, dimension_);
    Gathered& gathered = record == plan::no_element ? rows_.back() : rows_[record];
    const std::uint32_t element = task.first_element + ref.element;
    const std::string name = plan::element_name(plan_, ref);
    const auto known = question_.tries.find(name);
    const Tries* const tries = known == question_.tries.end() ? nullptr : &known->second;
    std::uint32_t StatusCell::*const how = stand_of(element, tries);
    for (StatusRow* const row : {&gathered.row, &all_.row})
      for (StatusCell* const cell : {&row->cells[ref.task], &row->total}) {
        ++cell->all;
        if (how != nullptr) ++(cell->*how);
      }
    const bool has_failed = how == &StatusCell::failed;
    if (has_failed) table_.failures.push_back({name, tries->reason, tries->log});
    for (Gathered* const one : {&gathered, &all_}) {
      for (const auto& jobs : question_.jobs)
        if (jobs[element] != 0) one->jobs.insert(jobs[element]);
      if (tries == nullptr) continue;
      one->row.tries = std::max(one->row.tries, tries->count + (tries->pid > 0 ? 1 : 0));
      if (tries->started > 0 && (one->row.started == 0 || tries->started < one->row.started)) one->row.started = tries->started;
      one->row.ended = std::max(one->row.ended, tries->ended);
      if (has_failed) one->exits.insert(tries->exit);
    }
  }

  /// Which count of a cell an element is in; null if nothing has become of it yet.
  std::uint32_t StatusCell::*stand_of(std::uint32_t element, const Tries* tries) const {
    const slurm::Fate fate = question_.fates[element];
    if ((tries != nullptr && tries->pid > 0) || fate == slurm::Fate::running) return &StatusCell::running;
    if (fate == slurm::Fate::waiting) return &StatusCell::queued;
    if (fate == slurm::Fate::unknown) return &StatusCell::unknown;
    if (question_.decisions[element].verdict == registry::Verdict::up_to_date) return &StatusCell::done;
    const bool has_failed =
        tries != nullptr && tries->count > 0 && tries->outcome != step::Outcome::succeeded && tries->outcome != step::Outcome::cancelled;
    return has_failed ? &StatusCell::failed : nullptr;
  }

  /// Tasks that have nothing to do in this plan, and will not have: what conditions leave out.
  void leave_out_empty_tasks() {
    std::vector<bool> has_some(table_.tasks.size(), false);
    for (std::size_t task = 0; task < has_some.size(); ++task) has_some[task] = table_.all.cells[task].all > 0;
    for (const plan::StageRow& stage : plan_.stages())
      for (const std::uint32_t task : plan_.indices(stage.tasks)) has_some[task] = true;
    std::size_t kept = 0;
    for (std::size_t task = 0; task < has_some.size(); ++task) {
      if (!has_some[task]) continue;
      if (kept != task) {
        table_.tasks[kept] = std::move(table_.tasks[task]);
        for_each_row([&](StatusRow& row) { row.cells[kept] = row.cells[task], row.is_awaited[kept] = row.is_awaited[task]; });
      }
      ++kept;
    }
    table_.tasks.resize(kept);
    for_each_row([&](StatusRow& row) { row.cells.resize(kept), row.is_awaited.resize(kept); });
  }
  template <class Do>
  void for_each_row(const Do& change) {
    for (StatusRow& row : table_.rows) change(row);
    change(table_.all);
  }

  static StatusRow finished(Gathered& gathered) {
    gathered.row.exits.assign(gathered.exits.begin(), gathered.exits.end());
    gathered.row.jobs.assign(gathered.jobs.begin(), gathered.jobs.end());
    return std::move(gathered.row);
  }

  const StatusQuestion& question_;  // NOLINT: lives for one call
  const plan::Plan& plan_;          // NOLINT
  std::uint32_t dimension_ = plan::no_row;
  StatusTable table_;
  std::vector<Gathered> rows_;  // one a key, and the last one for what no key has
  Gathered all_;
};

}  // namespace

std::string_view StatusRow::state() const {
  if (total.running > 0) return "running";
  if (total.queued > 0) return "queued";
  if (total.unknown > 0) return "unknown";
  if (total.failed > 0) return "failed";
  if (total.done == total.all) return "done";
  return total.done > 0 ? "begun" : "to do";
}

std::string_view state_of(const StatusTable& table, const StatusRow& row) {
  if (!table.is_ahead || row.total.running + row.total.queued + row.total.unknown > 0) return row.state();
  if (row.total.done < row.total.all) return "to be made";
  const bool waits = std::find(row.is_awaited.begin(), row.is_awaited.end(), true) != row.is_awaited.end();
  return waits ? "not planned yet" : "up to date";
}

Result<StatusTable> make_status_table(const StatusQuestion& question) { return Maker(question).make(); }

}  // namespace osac::cli
