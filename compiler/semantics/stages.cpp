// Stages that wait for themselves: a table, path or condition that needs a file which is made only by what needs it. Two things are known
// of a declaration at different times, its elements (`planned`) and the contents of its files (`made`); each needs others.

#include <fmt/core.h>

#include <algorithm>

#include "compiler/semantics/declarations.h"
#include "compiler/semantics/records.h"

namespace osac::semantics {

namespace {

enum class What : std::uint8_t { dimension, table, dataset, contents, task };
struct Node {
  What what;
  std::uint32_t index;
  friend auto operator<=>(const Node&, const Node&) = default;
};

class Search {
 public:
  explicit Search(Context& context) : context_(context) {}

  void run() {
    for (std::uint32_t i = 0; i < program().tables.size(); ++i) check({What::table, i}, program().tables[i].span);
    for (std::uint32_t i = 0; i < program().datasets.size(); ++i) check({What::dataset, i}, program().datasets[i].span);
    for (std::uint32_t i = 0; i < program().tasks.size(); ++i) check({What::task, i}, program().tasks[i].span);
  }

 private:
  [[nodiscard]] const program::Program& program() const { return context_.program; }

  /// Whether what this node needs of files leads back to it.
  void check(Node node, Span place) {
    for (const Node& next : needs(node)) {
      if (next.what != What::contents && node.what != What::table) continue;
      std::vector<Node> path = {node};
      std::set<Node> seen;
      if (!reaches(next, node, path, seen)) continue;
      // One circle shows itself at each of its members.
      if (std::any_of(path.begin(), path.end(), [&](const Node& each) { return reported_.count(each) > 0; })) return;
      reported_.insert(path.begin(), path.end());
      std::string circle;
      for (const Node& each : path) circle += words(each) + (each == node ? " needs " : ", that needs ");
      context_.report(Kind::circular_stage, place, words(node)).note(circle + words(node));
      return;
    }
  }

  bool reaches(Node from, Node target, std::vector<Node>& path, std::set<Node>& seen) {
    if (from == target) return true;
    if (!seen.insert(from).second) return false;
    path.push_back(from);
    for (const Node& next : needs(from)) {
      if (reaches(next, target, path, seen)) return true;
    }
    path.pop_back();
    return false;
  }

  [[nodiscard]] std::string words(Node node) const {
    switch (node.what) {
      case What::dimension:
        return fmt::format("dimension `{}`", context_.name(DimensionId{node.index}));
      case What::table:
        return fmt::format("table `{}`", context_.text(program().tables[node.index].name));
      case What::dataset:
        return fmt::format("dataset `{}`", context_.name(DatasetId{node.index}));
      case What::contents:
        return fmt::format("what is in `{}`", context_.name(DatasetId{node.index}));
      case What::task:
        break;
    }
    return fmt::format("task `{}`", context_.text(program().tasks[node.index].name));
  }

  // ---- what needs what

  std::vector<Node> needs(Node node) const {
    std::vector<Node> found;
    switch (node.what) {
      case What::dimension:
        of_dimension(program().dimensions[node.index], found);
        break;
      case What::table:
        of_table(program().tables[node.index], found);
        break;
      case What::dataset:
        of_dataset(node.index, found);
        break;
      case What::contents:
        of_contents(node.index, found);
        break;
      case What::task:
        of_task(program().tasks[node.index], found);
        break;
    }
    return found;
  }

  static void add(const std::vector<DimensionId>& dimensions, std::vector<Node>& found) {
    for (const DimensionId id : dimensions) found.push_back({What::dimension, id.index});
  }
  void add_records(ExprId id, std::vector<Node>& found) const {
    for (const DatasetId dataset : records_in(context_, id)) found.push_back({What::contents, dataset.index});
  }
  void add_relation(RelationId id, std::vector<Node>& found) const {
    if (id.exists() && program().relations[id.index].table.exists())
      found.push_back({What::table, program().relations[id.index].table.index});
  }

  static void of_dimension(const program::Dimension& dimension, std::vector<Node>& found) {
    if (dimension.parent.exists()) found.push_back({What::dimension, dimension.parent.index});
    if (dimension.table.exists()) found.push_back({What::table, dimension.table.index});
    if (dimension.without.exists()) found.push_back({What::table, dimension.without.index});
  }

  static void of_table(const program::Table& table, std::vector<Node>& found) {
    add(table.dimensions, found);
    if (table.produced.exists()) found.push_back({What::contents, table.produced.index});
  }

  void of_dataset(std::uint32_t index, std::vector<Node>& found) const {
    const program::Dataset& dataset = program().datasets[index];
    add(dataset.dimensions, found);
    for (const ExprId path : program::paths_of(dataset)) add_records(path, found);
    for (const Use& maker : context_.producers[index]) found.push_back({What::task, maker.task.index});
  }

  void of_contents(std::uint32_t index, std::vector<Node>& found) const {
    found.push_back({What::dataset, index});
    for (const Use& maker : context_.producers[index]) {
      for (const program::Input& input : program().tasks[maker.task.index].inputs) found.push_back({What::contents, input.dataset.index});
    }
  }

  void of_task(const program::Task& task, std::vector<Node>& found) const {
    add(task.dimensions, found);
    add_relation(task.via, found);
    add_records(task.where, found);
    for (const ExprId resource : task.resources) add_records(resource, found);
    for (const program::Input& input : task.inputs) {
      add_records(input.where, found);
      add_relation(input.via, found);
      found.push_back({What::dataset, input.dataset.index});
    }
    for (const program::Output& output : task.outputs) {
      add_records(output.where, found);
      add(program().datasets[output.dataset.index].dimensions, found);
      for (const ExprId path : program::paths_of(program().datasets[output.dataset.index])) add_records(path, found);
    }
  }

  Context& context_;
  std::set<Node> reported_;
};

}  // namespace

void find_circular_stages(Context& context) { Search(context).run(); }

}  // namespace osac::semantics
