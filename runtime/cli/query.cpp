// osac query: sets of a plan's elements and files, by an expression.

#include "compiler/plan/query.h"

#include <fmt/format.h>
#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/plan/resolve.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/session.h"

namespace osac::cli {

namespace {

using plan::ElementSet;
using plan::Plan;

/// A task or a dataset of the plan, for listing.
struct Family {
  bool is_task = false;
  std::uint32_t number = 0;
};

/// The plan's order: what nobody makes, then each task with the datasets that it is the last to make something of.
std::vector<Family> families_in_order(const Plan& plan) {
  std::vector<std::uint32_t> last_maker(plan.datasets().size(), plan::no_row);
  for (std::uint32_t task = 0; task < plan.tasks().size(); ++task)
    for (const plan::OutputRow& output : plan.outputs(plan.tasks()[task])) last_maker[output.dataset] = task;
  std::vector<Family> order;
  const auto add_datasets_of = [&](std::uint32_t task) {
    for (std::uint32_t dataset = 0; dataset < last_maker.size(); ++dataset)
      if (last_maker[dataset] == task) order.push_back({false, dataset});
  };
  add_datasets_of(plan::no_row);
  for (std::uint32_t task = 0; task < plan.tasks().size(); ++task) {
    order.push_back({true, task});
    add_datasets_of(task);
  }
  return order;
}

/// What is shown of a set, family by family.
class Listing {
 public:
  Listing(const Arguments& arguments, const Plan& plan, const ElementSet& set, const std::string& folder)
      : arguments_(arguments), plan_(plan), set_(set), prefix_(folder == "." ? "" : folder + "/") {
    for (const Family& family : families_in_order(plan))
      if (!(family.is_task ? arguments.query.files : arguments.query.tasks)) families_.push_back(family);
  }

  [[nodiscard]] std::string text() const { return arguments_.query.summary ? summary() : elements(); }
  [[nodiscard]] std::string json() const {
    const std::string list = arguments_.query.summary ? json_summary() : json_elements();
    return fmt::format("{{\n  \"workflow\": {},\n  \"plan\": \"{}\",\n  \"{}\": [{}{}]\n}}\n", json_quoted(plan_.workflow()),
                       hexadecimal(plan_.id()), arguments_.query.summary ? "families" : "elements", list, list.empty() ? "" : "\n  ");
  }

 private:
  [[nodiscard]] const plan::FamilyRow& row(const Family& family) const {
    return family.is_task ? plan_.tasks()[family.number].family : plan_.datasets()[family.number].family;
  }
  [[nodiscard]] std::string_view name(const Family& family) const { return plan_.text(row(family).name); }
  [[nodiscard]] std::span<const std::uint8_t> flags(const Family& family) const {
    if (!family.is_task) return set_.datasets[family.number];
    return std::span(set_.tasks).subspan(plan_.tasks()[family.number].first_element, row(family).count);
  }
  [[nodiscard]] std::size_t count(const Family& family) const {
    const auto all = flags(family);
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), std::uint8_t{1}));
  }
  template <typename F>
  void for_each_element(F&& f) const {
    for (const Family& family : families_) {
      const auto all = flags(family);
      for (std::uint32_t element = 0; element < all.size(); ++element)
        if (all[element] != 0) f(family, element);
    }
  }
  [[nodiscard]] std::string element_name(const Family& family, std::uint32_t element) const {
    return family.is_task ? plan::element_name(plan_, {family.number, element}) : plan::dataset_element_name(plan_, family.number, element);
  }
  [[nodiscard]] std::string path(const Family& family, std::uint32_t element) const {
    const std::string path = plan::dataset_path(plan_, family.number, element);
    return path.starts_with('/') ? path : prefix_ + path;
  }

  [[nodiscard]] std::string elements() const {
    std::string out;
    for_each_element([&](const Family& family, std::uint32_t element) {
      if (!arguments_.query.files) out += element_name(family, element);
      if (!family.is_task && !arguments_.query.files) out += "  ";
      if (!family.is_task) out += visible(path(family, element));
      out += '\n';
    });
    return out;
  }
  [[nodiscard]] std::string summary() const {
    std::size_t width = 0;
    for (const Family& family : families_) width = std::max(width, name(family).size());
    std::string out;
    for (const Family& family : families_)
      if (const std::size_t elements = count(family); elements > 0)
        out += fmt::format("{:<7}  {:<{}}  {:>9} of {}\n", family.is_task ? "task" : "dataset", name(family), width, grouped(elements),
                           grouped(row(family).count));
    return out;
  }
  [[nodiscard]] std::string json_elements() const {
    std::string out;
    for_each_element([&](const Family& family, std::uint32_t element) {
      out += fmt::format("{}\n    {{\"{}\": {}, \"element\": {}", out.empty() ? "" : ",", family.is_task ? "task" : "dataset",
                         json_quoted(name(family)), json_quoted(element_name(family, element)));
      if (!family.is_task) out += fmt::format(", \"file\": {}", json_quoted(path(family, element)));
      out += '}';
    });
    return out;
  }
  [[nodiscard]] std::string json_summary() const {
    std::string out;
    for (const Family& family : families_)
      if (const std::size_t elements = count(family); elements > 0)
        out += fmt::format("{}\n    {{\"{}\": {}, \"elements\": {}, \"of\": {}}}", out.empty() ? "" : ",",
                           family.is_task ? "task" : "dataset", json_quoted(name(family)), elements, row(family).count);
    return out;
  }

  const Arguments& arguments_;
  const Plan& plan_;
  const ElementSet& set_;
  std::string prefix_;
  std::vector<Family> families_;
};

/// The expression with the place underlined; of a long one what is around it.
std::string framed(const std::string& expression, const plan::QueryProblem& problem) {
  constexpr std::size_t around = 60;
  const std::size_t first = problem.begin > around ? problem.begin - around : 0;
  const std::size_t begin = std::min(problem.begin, expression.size());
  const std::size_t end = std::clamp(problem.end, begin, std::min(expression.size(), begin + around));
  const std::size_t last = std::min(expression.size(), end + around);
  const std::string_view whole = expression;
  const std::string before = (first > 0 ? "..." : "") + visible(whole.substr(first, begin - first));
  const std::string here = visible(whole.substr(begin, end - begin));
  const std::string after = visible(whole.substr(end, last - end)) + (last < expression.size() ? "..." : "");
  return fmt::format("  {}{}{}\n  {}{}\n", before, here, after, std::string(count_code_points(before), ' '),
                     std::string(std::max<std::size_t>(1, count_code_points(here)), '^'));
}

int report_problem(const std::string& expression, const plan::QueryProblem& problem) {
  tell(fmt::format("osac: {}\n{}", problem.what, framed(expression, problem)));
  if (!problem.help.empty()) tell(fmt::format("help: {}\n", problem.help));
  return exit_usage;
}

}  // namespace

int run_query(const Arguments& arguments) {
  std::string expression;
  for (const std::string& word : arguments.query.words) expression += (expression.empty() ? "" : " ") + word;
  if (expression.empty() && !arguments.workflow.wants_help)
    return report_usage("what is asked for? Give an expression", "osac query FILE 'downstream flat[filter=r]'");
  int exit_code = exit_done;
  SessionOptions options;
  options.needs_files = false;
  const auto session = open_session(arguments, driver::Stage::plan, exit_code, options);
  if (!session) return exit_code;
  const Plan& plan = session->plan();
  const auto set = plan::query(plan, expression, session->folder == "." ? "" : session->folder);
  if (!set) return report_problem(expression, set.error());
  if (set->is_empty()) tell("no element of the plan is in this set\n");
  const Listing listing(arguments, plan, *set, session->folder);
  return print_result(arguments.workflow.json ? listing.json() : listing.text());
}

}  // namespace osac::cli
