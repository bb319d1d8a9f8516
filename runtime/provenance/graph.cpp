// What was executed, as a picture: attempts and files are items, and boxes are families, or those that are alike, or one each.

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "compiler/base/text.h"
#include "compiler/emit/collapse.h"
#include "compiler/emit/families.h"
#include "compiler/emit/keys_text.h"
#include "compiler/plan/resolve.h"
#include "runtime/base/clock.h"
#include "runtime/provenance/selection.h"

namespace osac::provenance {

namespace {

using emit::Graph;
using emit::GraphEdge;
using emit::GraphNode;

constexpr std::uint32_t nothing = 0xffffffffU;

std::string task_of(const std::string& element) { return element.substr(0, element.find('[')); }

/// "2026-11-21 14:29:41 UTC"
std::string time_text(std::int64_t time) {
  std::string text = runtime::utc_text(time).substr(0, 19);
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text + " UTC";
}

/// An attempt or a file.
struct Item {
  const step::EndRecord* attempt = nullptr;  ///< nothing: a file
  const std::string* path = nullptr;         ///< of a file
  const step::FileState* state = nullptr;
  std::uint32_t family = nothing;  ///< task or dataset of the plan
  std::string_view name;           ///< of that, or else of the port
  bool is_made = false;
};

/// The folder that all of some paths are in, with its `/`; or the path, if there is only one.
class CommonPath {
 public:
  void add(std::string_view path) {
    if (count_++ == 0) {
      common_ = path;
      return;
    }
    const auto end = std::mismatch(common_.begin(), common_.end(), path.begin(), path.end()).first;
    common_.erase(end, common_.end());
    common_.erase(common_.rfind('/') == std::string::npos ? 0 : common_.rfind('/') + 1);
  }
  [[nodiscard]] const std::string& text() const { return common_; }

 private:
  std::string common_;
  std::size_t count_ = 0;
};

class Drawing {
 public:
  Drawing(const plan::Plan& plan, const Records& records, const Options& options, const Selection& selection)
      : plan_(plan), records_(records), options_(options), selection_(selection), selected_(selection.places) {}

  Graph make() {
    for (const std::uint32_t place : selected_) add(records_.ends[place]);
    if (options_.target.empty())
      for (const step::EndRecord& end : records_.failures) add(end);
    make_boxes();
    for (std::uint32_t box = 0; box < members_.size(); ++box) graph_.nodes.push_back(node_of(box));
    for (const emit::Join& join : emit::join_boxes(items_.arrows, boxes_)) graph_.edges.push_back(edge_of(join));
    graph_.title = fmt::format("Provenance of {}", options_.target.empty() ? plan_.workflow() : std::string_view(options_.target));
    graph_.link_base = options_.link_base;
    graph_.is_lineage = !options_.target.empty();
    add_subtitles();
    return std::move(graph_);
  }

 private:
  // ---- items

  /// Kinds are numbered by what is written on their boxes.
  std::uint32_t add_item(Item item, char letter) {
    const std::string kind = letter + (item.family == nothing ? ":" + std::string(item.name) : std::to_string(item.family));
    items_.kinds.push_back(kinds_.try_emplace(kind, static_cast<std::uint32_t>(kinds_.size())).first->second);
    items_.looks_back.push_back(0);
    what_.push_back(item);
    return static_cast<std::uint32_t>(what_.size() - 1);
  }

  void add(const step::EndRecord& end) {
    const auto found = plan_.find_task(task_of(end.element));
    Item item;
    item.attempt = &end;
    item.family = found.value_or(nothing);
    item.name = std::string_view(end.element).substr(0, end.element.find('['));
    const std::uint32_t own = add_item(item, 't');
    const plan::TaskRow* const task = found ? &plan_.tasks()[*found] : nullptr;
    for (const step::InputRecord& input : end.inputs) {
      const std::uint32_t row = task == nullptr ? nothing : row_of(plan_.inputs(*task), input.port, input.branch);
      const std::uint32_t file = add_file(input.path, input.state, row == nothing ? nothing : plan_.inputs(*task)[row].dataset, input.port);
      items_.arrows.push_back({file, own, row});
    }
    for (const step::OutputRecord& output : end.outputs) {
      const std::uint32_t row = task == nullptr ? nothing : row_of(plan_.outputs(*task), output.port, 0);
      const std::uint32_t file =
          add_file(output.path, output.state, row == nothing ? nothing : plan_.outputs(*task)[row].dataset, output.port);
      what_[file].is_made = true;
      what_[file].state = &output.state;
      items_.arrows.push_back({own, file, nothing});
    }
  }

  template <typename Rows>
  std::uint32_t row_of(const Rows& rows, std::string_view port, std::uint32_t branch) const {
    for (std::uint32_t row = 0; row < rows.size(); ++row)
      if (plan_.text(rows[row].name) == port) return row + branch < rows.size() ? row + branch : row;
    return nothing;
  }

  std::uint32_t add_file(const std::string& path, const step::FileState& state, std::uint32_t dataset, std::string_view port) {
    const auto known = files_.find(path);
    if (known != files_.end()) return known->second;
    Item item;
    item.path = &path;
    item.state = &state;
    item.family = dataset;
    item.name = dataset == nothing ? port : plan_.text(plan_.datasets()[dataset].family.name);
    return files_.emplace(path, add_item(item, 'd')).first->second;
  }

  // ---- boxes

  void make_boxes() {
    boxes_.resize(what_.size());
    if (options_.with_elements) {
      for (std::uint32_t i = 0; i < boxes_.size(); ++i) boxes_[i] = i;
    } else if (options_.target.empty()) {
      boxes_ = items_.kinds;
    } else {
      for (std::uint32_t i = 0; i < what_.size(); ++i)
        if (is_target(what_[i])) items_.kinds[i] += static_cast<std::uint32_t>(kinds_.size());
      boxes_ = emit::alike(items_, emit::most_nodes_drawn);
    }
    for (std::uint32_t i = 0; i < boxes_.size(); ++i) {
      if (members_.size() <= boxes_[i]) members_.resize(boxes_[i] + 1);
      members_[boxes_[i]].push_back(i);
    }
    for (std::uint32_t box = 0; box < members_.size(); ++box)
      if (const Item& first = what_[members_[box].front()];
          !options_.target.empty() && first.attempt == nullptr && members_[box].size() > 1)
        find_elements_of(first.family);
  }

  [[nodiscard]] bool is_target(const Item& item) const {
    return selection_.targets.contains(item.attempt != nullptr ? item.attempt->element : *item.path);
  }

  /// Which of a dataset's elements the files are: by their paths.
  void find_elements_of(std::uint32_t dataset) {
    if (dataset == nothing || !has_elements_.emplace(dataset, true).second) return;
    element_of_.resize(what_.size(), nothing);
    const plan::PathWriter writer(plan_, dataset);
    std::string path;
    for (std::uint32_t element = 0; element < plan_.datasets()[dataset].family.count; ++element) {
      path.clear();
      writer.append(element, path);
      if (const auto file = files_.find(path); file != files_.end()) element_of_[file->second] = element;
    }
  }

  GraphNode node_of(std::uint32_t box) const {
    GraphNode node = what_[members_[box].front()].attempt != nullptr ? activity(members_[box]) : entity(members_[box]);
    node.id = std::to_string(box);
    node.group = what_[members_[box].front()].name;
    return node;
  }

  GraphNode activity(const std::vector<std::uint32_t>& members) const {
    const Item& first = what_[members.front()];
    GraphNode node;
    node.shape = GraphNode::Shape::activity;
    std::int64_t time = 0, longest = 0, memory = 0;
    std::size_t failed = 0, again = 0, warnings = 0;
    CommonPath logs, failed_logs;
    std::string first_reason;
    std::vector<std::uint32_t> elements;
    for (const std::uint32_t member : members) {
      const step::EndRecord& end = *what_[member].attempt;
      const bool is_failed = end.outcome != step::Outcome::succeeded;
      if (is_failed && failed++ == 0) first_reason = fmt::format("{}: {}", end.element, end.reason);
      if (end.attempt > 1) ++again;
      warnings += end.warnings.size();
      time += end.ended - end.started;
      longest = std::max(longest, end.ended - end.started);
      memory = std::max(memory, end.peak_memory);
      if (!end.log.empty()) (is_failed && failed == 1 ? failed_logs : logs).add(end.log);
      if (const auto ref = options_.target.empty() ? tl::unexpected(Error{}) : plan::find_element(plan_, end.element))
        elements.push_back(ref->element);
    }
    const bool is_one = members.size() == 1;
    const bool is_family = options_.target.empty() && !options_.with_elements;
    const bool has_keys = first.family != nothing && plan_.tasks()[first.family].family.dimensions.count > 0;
    node.lines.push_back(!is_one      ? emit::counted(first.name, members.size())
                         : !is_family ? first.attempt->element
                         : has_keys   ? emit::counted(first.name, 1)
                                      : std::string(first.name));
    if (!is_one && elements.size() == members.size())
      for (std::string& line : emit::keys_lines(plan_, plan_.tasks()[first.family].family, elements)) node.lines.push_back(std::move(line));
    if (!first.attempt->tool.empty()) node.lines.push_back(first.attempt->tool);
    node.lines.push_back(is_one ? fmt::format("{}, {}", runtime::duration_text(time), runtime::memory_text(memory))
                                : fmt::format("{}, {} at most each", runtime::duration_text(time), runtime::duration_text(longest)));
    if (!is_one) node.lines.push_back(fmt::format("{} at most", runtime::memory_text(memory)));
    if (failed > 0) node.lines.push_back(fmt::format("{} failed", grouped(failed)));
    if (again > 0) node.lines.push_back(fmt::format("{} tried again", grouped(again)));
    if (warnings > 0) node.lines.push_back(count_of(warnings, "warning"));
    node.mood = failed > 0 ? GraphNode::Mood::failed : is_target(first) ? GraphNode::Mood::goal : GraphNode::Mood::normal;
    node.tooltip = failed > 0 ? first_reason : first.attempt->command;
    node.link = failed > 0 ? failed_logs.text() : logs.text();
    return node;
  }

  GraphNode entity(const std::vector<std::uint32_t>& members) const {
    const Item& first = what_[members.front()];
    const bool is_one = members.size() == 1;
    GraphNode node;
    std::int64_t size = 0;
    bool is_made = false;
    CommonPath paths;
    std::vector<std::uint32_t> elements;
    for (const std::uint32_t member : members) {
      size += std::max<std::int64_t>(what_[member].state->size, 0);
      is_made = is_made || what_[member].is_made;
      paths.add(*what_[member].path);
      if (member < element_of_.size() && element_of_[member] != nothing) elements.push_back(element_of_[member]);
    }
    const bool is_known = first.family != nothing;
    const bool is_family = options_.target.empty() && !options_.with_elements;
    const bool has_keys = is_known && plan_.datasets()[first.family].family.dimensions.count > 0;
    node.lines.push_back(is_one && !(is_family && has_keys) ? std::string(first.name) : emit::counted(first.name, members.size()));
    if (!is_one && elements.size() == members.size())
      for (std::string& line : emit::keys_lines(plan_, plan_.datasets()[first.family].family, elements))
        node.lines.push_back(std::move(line));
    node.lines.push_back(is_one ? *first.path : is_known ? emit::path_pattern(plan_, first.family) : paths.text() + "...");
    const bool is_hashed = is_one && first.state->content != Digest{};
    node.lines.push_back(runtime::memory_text(size) +
                         (is_hashed ? fmt::format(", sha256 {}", hexadecimal(first.state->content).substr(0, 12)) : ""));
    const bool is_goal = is_known && plan_.datasets()[first.family].is_goal != 0;
    node.mood = (is_goal && options_.target.empty()) || is_target(first) ? GraphNode::Mood::goal
                : !is_made                                               ? GraphNode::Mood::external
                                                                         : GraphNode::Mood::normal;
    node.link = paths.text();
    return node;
  }

  // ---- edges, and what is said above all

  GraphEdge edge_of(const emit::Join& join) const {
    GraphEdge edge{std::to_string(join.from), std::to_string(join.to), "", GraphEdge::Style::plain, ""};
    const emit::Cardinality& cardinality = join.cardinality;
    const std::size_t from = members_[join.from].size(), to = members_[join.to].size();
    const Item& source = what_[members_[join.from].front()];
    const Item& sink = what_[members_[join.to].front()];
    const auto family_of = [&](const Item& item) -> const plan::FamilyRow* {
      if (item.family == nothing) return nullptr;
      return item.attempt != nullptr ? &plan_.tasks()[item.family].family : &plan_.datasets()[item.family].family;
    };
    if (from > 1 || to > 1 || cardinality.most_in > 1 || cardinality.most_out > 1)
      edge.label = family_of(source) != nullptr && family_of(sink) != nullptr
                       ? emit::cardinality_label(plan_, cardinality, *family_of(source), from, *family_of(sink), to)
                       : emit::cardinality_text(cardinality);
    if (sink.attempt == nullptr) return edge;
    if (cardinality.most_in > 1) edge.style = GraphEdge::Style::gather;
    if (cardinality.most_out > 1 && cardinality.most_in == 1) edge.style = GraphEdge::Style::broadcast;
    if (join.port != nothing && plan_.inputs(plan_.tasks()[sink.family])[join.port].is_lookup != 0) {
      edge.style = GraphEdge::Style::lookup;
      edge.note = "look-up";
    }
    return edge;
  }

  void add_subtitles() {
    if (records_.executions.empty()) {
      graph_.subtitles.emplace_back("nothing was executed");
      return;
    }
    const step::ExecutionStart& last = records_.executions.back();
    graph_.subtitles.push_back(fmt::format("workflow {} · plan {} · last execution {} by {} on {}, osac {}", plan_.workflow(),
                                           last.plan.substr(0, 12), time_text(last.time), last.user, last.host, last.osac_version));
    std::int64_t time = 0;
    for (const std::uint32_t place : selected_) time += records_.ends[place].ended - records_.ends[place].started;
    std::string counts = fmt::format("{}, {} in all", count_of(selected_.size(), "element"), runtime::duration_text(time));
    if (options_.target.empty() && !records_.failures.empty()) counts += fmt::format(", {} failed", grouped(records_.failures.size()));
    graph_.subtitles.push_back(std::move(counts));
  }

  const plan::Plan& plan_;                      // NOLINT: lives for one call
  const Records& records_;                      // NOLINT
  const Options& options_;                      // NOLINT
  const Selection& selection_;                  // NOLINT
  const std::vector<std::uint32_t>& selected_;  // NOLINT
  emit::Items items_;
  std::vector<Item> what_;  // one an item
  std::unordered_map<std::string, std::uint32_t> kinds_;
  std::unordered_map<std::string_view, std::uint32_t> files_;  // by path
  std::map<std::uint32_t, bool> has_elements_;
  std::vector<std::uint32_t> element_of_;  // of files: in their datasets
  std::vector<std::uint32_t> boxes_;
  std::vector<std::vector<std::uint32_t>> members_;
  Graph graph_;
};

}  // namespace

Result<Graph> graph(const plan::Plan& plan, const Records& records, const Options& options) {
  const auto selection = find_selection(plan, records, options.target);
  if (!selection) return tl::unexpected(selection.error());
  return Drawing(plan, records, options, *selection).make();
}

}  // namespace osac::provenance
