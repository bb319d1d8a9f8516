// From records to a selection: which activities, which files as one entity, who made what; and, if asked for, all of a task as one.

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include "runtime/provenance/export.h"
#include "runtime/provenance/selection.h"

namespace osac::provenance {

namespace {

std::string_view task_of(std::string_view element) { return element.substr(0, element.find('[')); }

class Selector {
 public:
  Selector(const plan::Plan& plan, const Records& records, const Choice& choice) : plan_(plan), records_(records), choice_(choice) {
    selection_.workflow = plan.workflow();
    selection_.doc = plan.doc();
  }

  Result<Exported> run() {
    auto places = chosen();
    if (!places) return tl::unexpected(places.error());
    for (std::uint32_t i = 0; i < records_.executions.size(); ++i) executions_.emplace(records_.executions[i].execution, i);
    for (const std::uint32_t place : *places) add(records_.ends[place]);
    if (choice_.with_failures && choice_.target.empty())
      for (const step::EndRecord& failure : records_.failures) add(failure);
    for (std::uint32_t i = 0; i < selection_.activities.size(); ++i) add_made(i);
    for (Activity& activity : selection_.activities) add_used(activity);
    return std::move(selection_);
  }

 private:
  Result<std::vector<std::uint32_t>> chosen() const {
    std::vector<std::uint32_t> places;
    if (!choice_.target.empty()) {
      auto found = find_selection(plan_, records_, choice_.target);
      if (!found) return tl::unexpected(found.error());
      places = std::move(found->places);
    }
    if (choice_.target.empty() && !choice_.elements) {
      places.resize(records_.ends.size());
      std::iota(places.begin(), places.end(), 0U);
    } else if (choice_.target.empty()) {
      for (const std::uint32_t element : *choice_.elements) {
        const auto found = std::lower_bound(records_.elements.begin(), records_.elements.end(), element);
        if (found != records_.elements.end() && *found == element)
          places.push_back(static_cast<std::uint32_t>(found - records_.elements.begin()));
      }
    } else if (choice_.elements) {
      std::erase_if(places, [&](std::uint32_t place) {
        return !std::binary_search(choice_.elements->begin(), choice_.elements->end(), records_.elements[place]);
      });
    }
    return choice_.with_origins ? with_origins(records_, std::move(places)) : places;
  }

  void add(const step::EndRecord& end) {
    Activity activity;
    activity.attempt = &end;
    activity.task = task_of(end.element);
    activity.started = end.started;
    activity.ended = end.ended;
    if (const auto known = executions_.find(end.execution); known != executions_.end()) {
      auto& number = execution_numbers_.try_emplace(known->second, none).first->second;
      if (number == none) {
        number = static_cast<std::uint32_t>(selection_.executions.size());
        selection_.executions.push_back(&records_.executions[known->second]);
      }
      activity.execution = number;
    }
    activity.plan = plan_of(end.plan);
    selection_.tool_of.push_back(tool_of(end));
    selection_.activities.push_back(activity);
  }

  std::uint32_t plan_of(const std::string& id) {
    const auto found = std::lower_bound(records_.plans.begin(), records_.plans.end(), id,
                                        [](const step::PlanRecord& plan, const std::string& name) { return plan.plan < name; });
    if (found == records_.plans.end() || found->plan != id) return none;
    const auto [at, is_new] = plans_.try_emplace(&*found, static_cast<std::uint32_t>(selection_.plans.size()));
    if (is_new) selection_.plans.push_back(&*found);
    return at->second;
  }

  /// A task's own command counts as a tool, under the task's name, if its version is on record.
  std::uint32_t tool_of(const step::EndRecord& end) {
    if (end.tool.empty() && end.tool_version.empty()) return none;
    const std::string_view name = end.tool.empty() ? task_of(end.element) : std::string_view(end.tool);
    const auto [at, is_new] =
        tools_.try_emplace(std::pair(name, std::string_view(end.tool_version)), static_cast<std::uint32_t>(selection_.tools.size()));
    if (is_new) selection_.tools.push_back({name, end.tool_version});
    return at->second;
  }

  // ---- files

  /// The content of a file that was read: as recorded, else (when only its times were looked at) as its maker recorded it.
  [[nodiscard]] Digest content_of(const std::string& path, const step::FileState& state) const {
    if (state.content != Digest{}) return state.content;
    const auto maker = records_.makers.find(path);
    if (maker == records_.makers.end()) return {};
    for (const step::OutputRecord& output : records_.ends[maker->second].outputs)
      if (output.path == path) return output.state.content;
    return {};
  }

  std::uint32_t file(const std::string& path, const step::FileState& state) {
    const Digest content = content_of(path, state);
    key_.assign(path);
    key_ += '\n';
    key_.append(reinterpret_cast<const char*>(content.data()), content.size());  // NOLINT: bytes
    const auto [at, is_new] = files_.try_emplace(key_, static_cast<std::uint32_t>(selection_.files.size()));
    if (is_new) {
      File& made = selection_.files.emplace_back();
      made.path = path;
      made.state = state;
      made.state.content = content;
    }
    return at->second;
  }

  void add_made(std::uint32_t number) {
    Activity& activity = selection_.activities[number];
    activity.made.first = static_cast<std::uint32_t>(selection_.uses.size());
    for (const step::OutputRecord& output : activity.attempt->outputs) {
      const std::uint32_t made = file(output.path, output.state);
      selection_.files[made].maker = number;
      selection_.uses.push_back({made, output.port, nullptr});
    }
    activity.made.count = static_cast<std::uint32_t>(selection_.uses.size()) - activity.made.first;
  }

  void add_used(Activity& activity) {
    activity.used.first = static_cast<std::uint32_t>(selection_.uses.size());
    for (const step::InputRecord& input : activity.attempt->inputs) {
      const auto& lookups = activity.attempt->lookups;
      const auto lookup =
          std::find_if(lookups.begin(), lookups.end(), [&](const step::LookupRecord& one) { return one.port == input.port; });
      selection_.uses.push_back({file(input.path, input.state), input.port, lookup == lookups.end() ? nullptr : &*lookup});
    }
    activity.used.count = static_cast<std::uint32_t>(selection_.uses.size()) - activity.used.first;
  }

  const plan::Plan& plan_;  // NOLINT: lives for one call
  const Records& records_;  // NOLINT
  const Choice& choice_;    // NOLINT
  Exported selection_;
  std::unordered_map<std::string_view, std::uint32_t> executions_;
  std::map<std::uint32_t, std::uint32_t> execution_numbers_;
  std::map<const step::PlanRecord*, std::uint32_t> plans_;
  std::map<std::pair<std::string_view, std::string_view>, std::uint32_t> tools_;
  std::unordered_map<std::string, std::uint32_t> files_;
  std::string key_;
};

/// The folder that all paths are in: "a/b/" of "a/b/c" and "a/b/d/e"; empty if there is none.
std::string common_folder(const std::vector<File>& files, const std::vector<std::uint32_t>& members) {
  std::string_view common = files[members.front()].path;
  for (const std::uint32_t member : members) {
    const std::string& path = files[member].path;
    const auto [end, other] = std::mismatch(common.begin(), common.end(), path.begin(), path.end());
    common = common.substr(0, static_cast<std::size_t>(end - common.begin()));
  }
  const auto slash = common.rfind('/');
  return std::string(slash == std::string_view::npos ? "" : common.substr(0, slash + 1));
}

class Collapser {
 public:
  explicit Collapser(Exported from) : from_(std::move(from)) {
    into_.workflow = from_.workflow;
    into_.doc = from_.doc;
    into_.files = from_.files;
    into_.executions = from_.executions;
    into_.plans = from_.plans;
    into_.tools = from_.tools;
  }

  Exported run() {
    for (std::uint32_t i = 0; i < from_.activities.size(); ++i) {
      const Activity& activity = from_.activities[i];
      const auto [at, is_new] = groups_.try_emplace(std::tuple(activity.task, from_.tool_of[i], activity.plan), lists_.size());
      if (is_new) lists_.emplace_back();
      lists_[at->second].push_back(i);
    }
    for (const auto& list : lists_) add(list);
    // what is made goes first: what is read may be the same collection
    for (std::size_t i = 0; i < lists_.size(); ++i)
      into_.activities[i].made = gather(lists_[i], &Activity::made, static_cast<std::uint32_t>(i), true);
    for (std::size_t i = 0; i < lists_.size(); ++i)
      into_.activities[i].used = gather(lists_[i], &Activity::used, static_cast<std::uint32_t>(i), false);
    return std::move(into_);
  }

 private:
  void add(const std::vector<std::uint32_t>& list) {
    Activity whole = from_.activities[list.front()];
    whole.count = static_cast<std::uint32_t>(list.size());
    for (const std::uint32_t number : list) {
      whole.started = std::min(whole.started, from_.activities[number].started);
      whole.ended = std::max(whole.ended, from_.activities[number].ended);
    }
    into_.activities.push_back(whole);
    into_.tool_of.push_back(from_.tool_of[list.front()]);
  }

  /// The files of each port, as one collection if there are several.
  Range gather(const std::vector<std::uint32_t>& list, Range Activity::*side, std::uint32_t number, bool is_made) {
    std::vector<std::string_view> ports;
    std::map<std::string_view, std::vector<Use>> of_port;
    for (const std::uint32_t each : list) {
      const Range range = from_.activities[each].*side;
      for (std::uint32_t i = 0; i < range.count; ++i) {
        const Use& use = from_.uses[range.first + i];
        auto& known = of_port[use.port];
        if (known.empty()) ports.push_back(use.port);
        known.push_back(use);
        if (is_made) into_.files[use.file].maker = number;
      }
    }
    Range made{static_cast<std::uint32_t>(into_.uses.size()), 0};
    for (const std::string_view port : ports) into_.uses.push_back(whole(of_port[port], number, is_made));
    made.count = static_cast<std::uint32_t>(into_.uses.size()) - made.first;
    return made;
  }

  Use whole(const std::vector<Use>& uses, std::uint32_t number, bool is_made) {
    std::vector<std::uint32_t> members;
    for (const Use& use : uses) members.push_back(use.file);
    std::sort(members.begin(), members.end());
    members.erase(std::unique(members.begin(), members.end()), members.end());
    if (members.size() == 1) return uses.front();
    const auto [at, is_new] = collections_.try_emplace(members, static_cast<std::uint32_t>(into_.files.size()));
    if (is_new) {
      File collection;
      collection.name = std::string(into_.activities[number].task) + "." + std::string(uses.front().port);
      collection.path = common_folder(into_.files, members);
      collection.state.size = 0;
      for (const std::uint32_t member : members) collection.state.size += std::max<std::int64_t>(0, into_.files[member].state.size);
      collection.members = {static_cast<std::uint32_t>(into_.members.size()), static_cast<std::uint32_t>(members.size())};
      if (is_made) collection.maker = number;
      into_.members.insert(into_.members.end(), members.begin(), members.end());
      into_.files.push_back(std::move(collection));
    }
    return {at->second, uses.front().port, nullptr};
  }

  const Exported from_;
  Exported into_;
  std::map<std::tuple<std::string_view, std::uint32_t, std::uint32_t>, std::size_t> groups_;
  std::vector<std::vector<std::uint32_t>> lists_;
  std::map<std::vector<std::uint32_t>, std::uint32_t> collections_;
};

}  // namespace

Result<Exported> select_for_export(const plan::Plan& plan, const Records& records, const Choice& choice) {
  auto selection = Selector(plan, records, choice).run();
  if (!selection || !choice.collapsed) return selection;
  return Collapser(std::move(*selection)).run();
}

std::vector<const step::PlanRecord::Parameter*> parameters_of(const Exported& selection, const Activity& activity) {
  std::vector<const step::PlanRecord::Parameter*> parameters;
  if (activity.plan == none) return parameters;
  const step::PlanRecord& plan = *selection.plans[activity.plan];
  const auto task = std::find_if(plan.tasks.begin(), plan.tasks.end(), [&](const auto& one) { return one.name == activity.task; });
  if (task == plan.tasks.end()) return parameters;
  for (const std::string& name : task->parameters)
    for (const step::PlanRecord::Parameter& parameter : plan.parameters)
      if (parameter.name == name) parameters.push_back(&parameter);
  return parameters;
}

}  // namespace osac::provenance
