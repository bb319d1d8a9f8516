// osac diff: two versions of a workflow, side by side. Exit codes are those of diff: 0 no difference, 1 differences.

#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/plan/resolve.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/git.h"
#include "runtime/cli/session.h"
#include "runtime/compare/compare.h"

namespace osac::cli {

namespace {

using compare::Change;
using compare::Comparison;
using compare::Group;

bool is_file(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

/// A version as it was named.
struct Named {
  std::string revision;  ///< empty: the working tree
  std::string file;
};

/// `REVISION:FILE`, a file, or (of the older version) a revision of the newer one's file.
Named read_name(const std::string& name, const std::string& other_file) {
  if (is_file(name)) return {"", name};
  if (const auto colon = name.find(':'); colon != std::string::npos && colon > 0) return {name.substr(0, colon), name.substr(colon + 1)};
  if (other_file.empty() || name.ends_with(".osa") || name.ends_with(".plan")) return {"", name};
  return {name, other_file};
}

/// One version, compiled.
struct Version {
  std::unique_ptr<driver::SourceFiles> files;  ///< of a revision
  std::optional<Session> session;
  std::string shown;  ///< how people call it
  [[nodiscard]] const plan::Plan& plan() const { return session->plan(); }
};

bool is_plan(const Named& name) { return name.revision.empty() && is_plan_file(name.file); }

int open_version(const Arguments& original, const Named& name, const site::Site& site, bool is_newer, bool other_is_plan,
                 Version& version) {
  Arguments arguments = original;
  arguments.workflow.file = name.file;
  version.shown = name.revision.empty() ? name.file : name.revision + ":" + name.file;
  if (is_plan(name) && !other_is_plan) {  // it has its parameters and goals; those given are for the other version
    arguments.workflow.rest.clear();
    arguments.workflow.goals.clear();
    arguments.workflow.where.clear();
  }
  if (!name.revision.empty()) {
    auto files = open_revision(name.revision, name.file);
    if (!files) return report(files.error());
    version.files = std::move(*files);
  }
  SessionOptions options;
  options.needs_files = other_is_plan && name.revision.empty();  // a plan has only those optional files that were there
  options.shows_warnings = is_newer;
  options.shares_parameters = true;
  options.files = version.files.get();
  options.tables_from_files = version.files != nullptr && original.diff.tables_from_revision;
  options.site = site;
  int exit_code = exit_done;
  version.session = open_session(arguments, driver::Stage::plan, exit_code, options);
  return exit_code;
}

/// A value for a parameter that neither version has is a mistake, though each alone may do without.
int check_parameters(const Arguments& arguments, const Version& old, const Version& now) {
  std::vector<std::string_view> names;
  for (const Version* version : {&old, &now})
    for (const plan::ParameterRow& row : version->plan().parameters()) names.push_back(version->plan().text(row.name));
  for (const std::string& word : arguments.workflow.rest) {
    if (!word.starts_with("--")) continue;
    const std::string name = word.substr(2, word.find('=') == std::string::npos ? std::string::npos : word.find('=') - 2);
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const auto nearest = nearest_name(name, names);
    return report_usage(fmt::format("neither version has a parameter `{}`", visible(name)),
                        nearest ? fmt::format("did you mean `--{}`?", *nearest) : "");
  }
  return exit_done;
}

/// The answer in words and as JSON.
class Report {
 public:
  Report(const Arguments& arguments, const Version& old, const Version& now, const Comparison& comparison)
      : arguments_(arguments), old_(old), now_(now), comparison_(comparison), remade_(find_remade()) {}

  [[nodiscard]] std::string text() const {
    std::string out;
    for (const compare::ParameterChange& change : comparison_.parameters)
      out += fmt::format("parameter {}: {} -> {}\n", change.name, change.before.empty() ? "none" : visible(change.before),
                         change.after.empty() ? "none" : visible(change.after));
    if (!out.empty()) out += '\n';
    std::size_t width = 0;
    for (const Group& group : comparison_.groups) width = std::max(width, task_name(group).size());
    for (const Group& group : comparison_.groups) out += text_of(group, width);
    if (!comparison_.groups.empty()) out += '\n';
    return out + remade_text() + totals();
  }

  [[nodiscard]] std::string json() const {
    std::string groups;
    for (const Group& group : comparison_.groups) groups += (groups.empty() ? "" : ",") + json_of(group);
    std::string remade;
    for (const std::string& path : remade_) remade += (remade.empty() ? "" : ", ") + json_quoted(path);
    std::string parameters;
    for (const compare::ParameterChange& change : comparison_.parameters)
      parameters += fmt::format("{}\n    {{\"name\": {}, \"old\": {}, \"new\": {}}}", parameters.empty() ? "" : ",",
                                json_quoted(change.name), json_quoted(change.before), json_quoted(change.after));
    return fmt::format(
        "{{\n  \"old\": {},\n  \"new\": {},\n  \"added\": {},\n  \"removed\": {},\n  \"would_rerun\": {},\n  \"may_rerun\": {},\n"
        "  \"same\": {},\n  \"remade\": [{}],\n  \"parameters\": [{}{}],\n  \"groups\": [{}{}]\n}}\n",
        json_quoted(old_.shown), json_quoted(now_.shown), comparison_.added, comparison_.removed, comparison_.runs, comparison_.may_run,
        comparison_.same, remade, parameters, parameters.empty() ? "" : "\n  ", groups, groups.empty() ? "" : "\n  ");
  }

 private:
  /// Files that the newer plan is made from, and whose makers would run again: then the plan may be another one.
  [[nodiscard]] std::vector<std::string> find_remade() const {
    std::vector<std::string> paths;
    for (const registry::MadeFile& file : now_.session->made.list()) {
      const auto maker = plan::find_element(now_.plan(), file.element);
      const bool runs = maker && std::any_of(comparison_.groups.begin(), comparison_.groups.end(), [&](const Group& group) {
                          return group.change != Change::removed &&
                                 std::binary_search(group.elements.begin(), group.elements.end(), now_.plan().global(*maker));
                        });
      if (runs) paths.push_back(file.path);
    }
    return paths;
  }
  [[nodiscard]] std::string remade_text() const {
    if (remade_.empty()) return "";
    const std::string more = remade_.size() > 1 ? fmt::format(" and {} more", grouped(remade_.size() - 1)) : "";
    return fmt::format("elements may be added or removed: the plan is made from {}{}, which would be made again\n\n",
                       visible(remade_.front()), more);
  }

  [[nodiscard]] const Version& side(const Group& group) const { return group.change == Change::removed ? old_ : now_; }
  [[nodiscard]] const plan::TaskRow& task(const Group& group) const { return side(group).plan().tasks()[group.task]; }
  [[nodiscard]] std::string_view task_name(const Group& group) const { return side(group).plan().text(task(group).family.name); }
  [[nodiscard]] std::string element_name(const Group& group, std::uint32_t element) const {
    return plan::element_name(side(group).plan(), side(group).plan().element(element));
  }
  /// Where the task is declared.
  [[nodiscard]] std::string place(const Version& version, std::uint32_t task) const {
    const plan::Plan& plan = version.plan();
    return plan.tasks()[task].line == 0 ? version.shown : fmt::format("{}:{}", version.shown, plan.tasks()[task].line);
  }
  [[nodiscard]] std::string origin(const Group& group) const {
    return group.origin_element == plan::no_element ? "" : plan::element_name(now_.plan(), now_.plan().element(group.origin_element));
  }
  /// How it came to the change that reaches this group: "`reduce[exposure=3]` is added".
  [[nodiscard]] std::string origin_cause(const Group& group) const {
    for (const Group& other : comparison_.groups)
      if (other.change != Change::removed && std::binary_search(other.elements.begin(), other.elements.end(), group.origin_element))
        return std::string(other.change == Change::added ? compare::change_name(other.change) : compare::cause_name(other.cause));
    return "";
  }

  [[nodiscard]] std::string text_of(const Group& group, std::size_t width) const {
    std::string cause(compare::cause_name(group.cause));
    if (!cause.empty()) cause = "  " + cause;
    std::string out = fmt::format("{:<12}  {:>9}  {:<{}}{}  ({})\n", compare::change_name(group.change), grouped(group.elements.size()),
                                  task_name(group), width, cause, place(side(group), group.task));
    const std::size_t shown = arguments_.diff.elements ? group.elements.size() : 1;
    for (std::size_t i = 0; i < shown; ++i) out += fmt::format("    {}\n", element_name(group, group.elements[i]));
    for (const std::string_view line : split(group.detail, '\n'))
      if (!line.empty()) out += fmt::format("        {}\n", line);
    if (group.has_others) out += "        (the others differ in words of their own)\n";
    if (group.origin != plan::no_row)
      out += fmt::format("        from {}: {} ({})\n", origin(group), origin_cause(group), place(now_, group.origin));
    return out;
  }
  [[nodiscard]] std::string totals() const {
    if (comparison_.is_equal()) return fmt::format("no difference: {} as before\n", count_of(comparison_.same, "element"));
    return fmt::format("{} added, {} removed, {} would re-run, {} may re-run; {} as before\n", grouped(comparison_.added),
                       grouped(comparison_.removed), grouped(comparison_.runs), grouped(comparison_.may_run), grouped(comparison_.same));
  }

  [[nodiscard]] std::string json_of(const Group& group) const {
    std::string elements;
    for (const std::uint32_t element : group.elements)
      elements += (elements.empty() ? "" : ", ") + json_quoted(element_name(group, element));
    std::string out = fmt::format("\n    {{\"change\": \"{}\", \"task\": {}, \"line\": {}", compare::change_name(group.change),
                                  json_quoted(task_name(group)), task(group).line);
    if (group.cause != compare::Cause::none) out += fmt::format(", \"cause\": {}", json_quoted(compare::cause_name(group.cause)));
    if (!group.detail.empty()) out += fmt::format(", \"detail\": {}", json_quoted(group.detail));
    if (group.origin != plan::no_row)
      out += fmt::format(", \"from\": {}, \"from_line\": {}", json_quoted(origin(group)), now_.plan().tasks()[group.origin].line);
    return out + fmt::format(", \"elements\": [{}]}}", elements);
  }

  const Arguments& arguments_;
  const Version& old_;
  const Version& now_;
  const Comparison& comparison_;
  std::vector<std::string> remade_;  // by path
};

}  // namespace

int run_diff(const Arguments& original) {
  Arguments arguments = original;
  const Named now_name = read_name(arguments.workflow.file, "");
  const Named old_name = read_name(arguments.diff.old, now_name.file);
  arguments.workflow.file = now_name.file;  // the site is the one beside it
  int exit_code = exit_done;
  const auto site = open_site(arguments, exit_code);
  if (!site) return exit_code;
  Version old;
  Version now;
  if (arguments.workflow.wants_help) return open_version(arguments, now_name, *site, true, false, now);
  // the newer one first: its mistakes are those that its author is about to make
  const int code_now = open_version(arguments, now_name, *site, true, is_plan(old_name), now);
  if (code_now != exit_done && code_now != exit_diagnostics) return code_now;
  const int code_old = open_version(arguments, old_name, *site, false, is_plan(now_name), old);
  if (code_old != exit_done) return code_old;
  if (code_now != exit_done) return code_now;
  if (const int code = check_parameters(arguments, old, now); code != exit_done) return code;
  const Comparison comparison = compare::compare(old.plan(), now.plan(), *site);
  const Report report(arguments, old, now, comparison);
  if (const int code = print_result(arguments.workflow.json ? report.json() : report.text()); code != exit_done) return code;
  return comparison.is_equal() ? exit_done : exit_failed;
}

}  // namespace osac::cli
