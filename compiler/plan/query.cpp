#include "compiler/plan/query.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/plan/query_text.h"
#include "compiler/plan/reach.h"
#include "compiler/plan/resolve.h"

namespace osac::plan {

ElementSet::ElementSet(const Plan& plan) : tasks(plan.element_count(), 0) {
  for (const DatasetRow& dataset : plan.datasets()) datasets.emplace_back(dataset.family.count, std::uint8_t{0});
}

bool ElementSet::is_empty() const {
  const auto has_none = [](const std::vector<std::uint8_t>& flags) {
    return std::find(flags.begin(), flags.end(), std::uint8_t{1}) == flags.end();
  };
  return has_none(tasks) && std::all_of(datasets.begin(), datasets.end(), has_none);
}

namespace {

/// Calls f(flag of left, flag of right) for each element; f changes the left one.
template <typename F>
void combine(ElementSet& left, const ElementSet& right, F&& f) {
  for (std::size_t i = 0; i < left.tasks.size(); ++i) f(left.tasks[i], right.tasks[i]);
  for (std::size_t d = 0; d < left.datasets.size(); ++d)
    for (std::size_t i = 0; i < left.datasets[d].size(); ++i) f(left.datasets[d][i], right.datasets[d][i]);
}

class Evaluation {
 public:
  Evaluation(const Plan& plan, std::string_view folder) : plan_(plan), folder_(folder) {}

  ElementSet run(const std::vector<QueryStep>& steps) {
    for (const QueryStep& step : steps) take(step);
    return std::move(results_.back());
  }

 private:
  using What = QueryStep::What;
  using Flag = std::uint8_t;

  void take(const QueryStep& step) {
    switch (step.what) {
      case What::all: {
        ElementSet set(plan_);
        combine(set, set, [](Flag& one, Flag) { one = 1; });
        results_.push_back(std::move(set));
        return;
      }
      case What::name:
      case What::task:
      case What::dataset:
        results_.push_back(named(step));
        return;
      case What::file:
        results_.push_back(file(step));
        return;
      case What::downstream:
        results_.back() = downstream(plan_, results_.back(), step.depth);
        return;
      case What::upstream:
        results_.back() = upstream(plan_, results_.back(), step.depth);
        return;
      default:
        take_two(step.what);
    }
  }
  void take_two(What what) {
    const ElementSet right = std::move(results_.back());
    results_.pop_back();
    ElementSet& left = results_.back();
    if (what == What::path)
      left = shortest_path(plan_, left, right);
    else if (what == What::intersection)
      combine(left, right, [](Flag& one, Flag other) { one &= other; });
    else if (what == What::sum)
      combine(left, right, [](Flag& one, Flag other) { one |= other; });
    else
      combine(left, right, [](Flag& one, Flag other) { one = static_cast<Flag>(one & (other ^ 1U)); });
  }

  /// A task and a dataset may have one name: then both are meant.
  ElementSet named(const QueryStep& step) const {
    ElementSet set(plan_);
    bool is_known = false;
    if (const auto task = plan_.find_task(step.name); task && step.what != What::dataset) {
      const auto flags = matched(plan_.tasks()[*task].family, step);
      std::copy(flags.begin(), flags.end(), set.tasks.begin() + plan_.tasks()[*task].first_element);
      is_known = true;
    }
    if (const auto dataset = plan_.find_dataset(step.name); dataset && step.what != What::task) {
      set.datasets[*dataset] = matched(plan_.datasets()[*dataset].family, step);
      is_known = true;
    }
    if (!is_known) unknown_name(step);
    return set;
  }
  std::vector<Flag> matched(const FamilyRow& family, const QueryStep& step) const {
    auto flags = match(plan_, family, step.condition);
    if (!flags) throw QueryProblem(std::move(flags.error()));
    return std::move(*flags);
  }
  [[noreturn]] void unknown_name(const QueryStep& step) const {
    std::vector<std::string_view> names;
    if (step.what != What::dataset)
      for (const TaskRow& task : plan_.tasks()) names.push_back(plan_.text(task.family.name));
    if (step.what != What::task)
      for (const DatasetRow& dataset : plan_.datasets()) names.push_back(plan_.text(dataset.family.name));
    const auto nearest = nearest_name(step.name, names);
    const std::string_view kind = step.what == What::task ? "task" : step.what == What::dataset ? "dataset" : "task or dataset";
    throw QueryProblem{fmt::format("this plan has no {} named `{}`", kind, visible(step.name)),
                       nearest ? fmt::format("did you mean `{}`?", *nearest) : "", step.place.begin, step.place.end};
  }

  /// The element whose file this is, or the directory that it would be in.
  ElementSet file(const QueryStep& step) const {
    ElementSet set(plan_);
    const std::string_view wanted = trim_slash(step.name);
    const std::string_view inside = in_folder(wanted);
    const std::string_view base = wanted.substr(wanted.rfind('/') + 1);
    std::string path;
    std::string alike;
    for (std::uint32_t d = 0; d < plan_.datasets().size(); ++d) {
      const DatasetRow& dataset = plan_.datasets()[d];
      const PathWriter writer(plan_, d);
      for (std::uint32_t i = 0; i < dataset.family.count; ++i) {
        path.clear();
        writer.append(i, path);
        const std::string_view own = trim_slash(path);
        if (is_named(wanted, own, dataset) || is_named(inside, own, dataset)) {
          set.datasets[d][i] = 1;
          return set;
        }
        if (alike.empty() && own.ends_with(base) && (own.size() == base.size() || own[own.size() - base.size() - 1] == '/')) alike = path;
      }
    }
    throw QueryProblem{
        fmt::format("no element of this plan has the file `{}`", visible(step.name)),
        alike.empty() ? "paths are as `osac query FILE all --files` prints them" : fmt::format("did you mean `{}`?", visible(alike)),
        step.place.begin, step.place.end};
  }
  static bool is_named(std::string_view wanted, std::string_view own, const DatasetRow& dataset) {
    if (wanted == own) return true;
    return dataset.is_directory != 0 && wanted.size() > own.size() && wanted.starts_with(own) && wanted[own.size()] == '/';
  }
  /// The path without the workflow's folder, if it begins with that.
  [[nodiscard]] std::string_view in_folder(std::string_view path) const {
    const bool is_in = !folder_.empty() && path.size() > folder_.size() && path.starts_with(folder_) && path[folder_.size()] == '/';
    return is_in ? path.substr(folder_.size() + 1) : path;
  }
  static std::string_view trim_slash(std::string_view path) {
    while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    return path.starts_with("./") ? path.substr(2) : path;
  }

  const Plan& plan_;
  std::string_view folder_;
  std::vector<ElementSet> results_;
};

}  // namespace

tl::expected<ElementSet, QueryProblem> query(const Plan& plan, std::string_view expression, std::string_view folder) {
  auto steps = read_query(expression);
  if (!steps) return tl::unexpected<QueryProblem>(std::move(steps.error()));
  try {
    return Evaluation(plan, folder).run(*steps);
  } catch (QueryProblem& problem) {
    return tl::unexpected<QueryProblem>(std::move(problem));
  }
}

}  // namespace osac::plan
