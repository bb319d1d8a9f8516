#pragma once
// Small workflows with all that the language has for keys and inputs, as data: written as .osa text, and expanded by brute force, element
// by element, straight from the language's definition. The expansion compares every element with every other and knows nothing of planning.

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace osac::model {

/// Dimensions: exposure (implies filter, ordered by begin), filter, part (in exposure), tile, camera (fixed: crosses with all), spot (in
/// exposure, from tables that a task makes).
enum class Dim { exposure, filter, part, tile, camera, spot };
inline const char* word(Dim dim) {
  constexpr const char* words[] = {"exposure", "filter", "part", "tile", "camera", "spot"};
  return words[static_cast<int>(dim)];
}

struct Row {
  int exposure = 0;
  std::optional<int> filter;
  int parts = 0;
  int begin = 0;
  std::vector<int> spots;  ///< what the exposure's table will say
  int level = 0;           ///< what its record will say
};

using Dims = std::vector<Dim>;
/// All that an element's key determines; what is absent there is not in it.
using Key = std::map<Dim, int>;

inline bool has(const Dims& dims, Dim dim) { return std::find(dims.begin(), dims.end(), dim) != dims.end(); }
inline Dims determined(const Dims& dims) {
  Dims all = dims;
  if (has(all, Dim::part) || has(all, Dim::spot)) all.push_back(Dim::exposure);
  if (has(all, Dim::exposure)) all.push_back(Dim::filter);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}
inline bool covers(const Dims& all, const Dims& some) {
  return std::all_of(some.begin(), some.end(), [&](Dim dim) { return has(all, dim); });
}

/// `dim % 2 == remainder`; or of an exposure's record: `rec.level % 2 == remainder`.
struct Condition {
  std::optional<Dim> dim;
  bool is_level = false;
  int remainder = 0;
};

struct Source {
  enum class How { single, gather, via, latest, next, window, previous, following } how = How::single;
  int dataset = 0;
  Condition where;
  bool same_filter = false;
  int number = 1;  ///< last N, prev N
  bool is_before = true;
};
struct Input {
  std::vector<Source> branches;
  bool is_optional = false;
};
struct Task {
  int output = 0;
  Dims dims;
  bool via = false;
  Condition where;
  std::vector<Input> inputs;
  bool is_finer = false;  ///< its output is over part, the task over exposure
};
struct Dataset {
  Dims dims;
  bool is_external = false;
  bool has_level = false;  ///< its path is made of the exposure's record
};
struct Workflow {
  std::vector<Row> log;
  std::vector<std::pair<int, int>> pairs;  ///< exposure, tile
  std::vector<Dataset> datasets;
  std::vector<Task> tasks;
  bool is_staged = false;  ///< datasets 0 (tables of spots) and 1 (records) are made by tasks; else nobody uses spots and records
};

// ---- as text

inline std::string clause(const Dims& dims) {
  std::string out;
  for (const Dim dim : dims) out += (out.empty() ? " for " : ", ") + std::string(word(dim));
  return out;
}
inline std::string name(int dataset) { return "d" + std::to_string(dataset); }
inline std::string text(const Condition& condition) {
  if (condition.is_level) return " where d1.level % 2 == " + std::to_string(condition.remainder);
  if (!condition.dim) return "";
  return std::string(" where ") + word(*condition.dim) + " % 2 == " + std::to_string(condition.remainder);
}
inline std::string text(const Source& source) {
  const std::string dataset = name(source.dataset);
  const std::string where = text(source.where);
  const std::string same = source.same_filter ? " same filter" : "";
  const std::string number = std::to_string(source.number);
  switch (source.how) {
    case Source::How::single:
      return dataset;
    case Source::How::gather:
      return "all " + dataset + where;
    case Source::How::via:
      return "all " + dataset + " via pairs" + where;
    case Source::How::latest:
      return "latest " + dataset + where + (source.is_before ? " before begin" : " upto begin") + same;
    case Source::How::next:
      return "next " + dataset + where + " after begin" + same;
    case Source::How::window:
      return "window " + dataset + where + (source.is_before ? " before begin" : "") + " last " + number + same;
    case Source::How::previous:
      return dataset + " of prev " + number + " exposure" + where + same;
    case Source::How::following:
      return dataset + " of next " + number + " exposure" + where + same;
  }
  return "";
}
inline std::string text(const Input& input) {
  std::string out;
  for (const Source& source : input.branches) out += (out.empty() ? "" : " else ") + text(source);
  return out + (input.is_optional ? " ?" : "");
}
inline std::string path_text(const Workflow& workflow, int dataset) {
  std::string out = name(dataset);
  const Dataset& declared = workflow.datasets[static_cast<std::size_t>(dataset)];
  if (declared.has_level) out += "/{d1.level}";
  if (has(declared.dims, Dim::part) || has(declared.dims, Dim::spot)) out += "/{exposure}";
  for (const Dim dim : declared.dims) out += std::string("/{") + word(dim) + "}";
  return out;
}
inline std::string text(const Workflow& workflow) {
  std::string out =
      "workflow model\n"
      "table log = csv \"log.csv\" { seq : int  filter : int?  parts : int  begin : int }\n"
      "table overlap = csv \"overlap.csv\" { exposure : int  tile : int }\n"
      "dimension exposure : int from log.seq implies filter order by begin\n"
      "dimension filter : int from log.filter\n"
      "dimension part : int in exposure from 0 ..< parts\n"
      "dimension tile : int from overlap.tile\n"
      "dimension camera : int from 0 .. 1\n"
      "relation pairs (exposure, tile) from overlap\n";
  if (workflow.is_staged)
    out +=
        "table spots for exposure = csv d0 { spot : int }\n"
        "dimension spot : int in exposure from spots.spot\n";
  for (std::size_t d = 0; d < workflow.datasets.size(); ++d) {
    const Dataset& dataset = workflow.datasets[d];
    const bool is_record = workflow.is_staged && d == 1;
    out += "dataset " + name(static_cast<int>(d)) + clause(dataset.dims) + " = " + (dataset.is_external ? "external " : "") + "\"" +
           path_text(workflow, static_cast<int>(d)) + "\"" + (is_record ? " as json { level : int }" : "") + "\n";
  }
  for (std::size_t t = 0; t < workflow.tasks.size(); ++t) {
    const Task& task = workflow.tasks[t];
    out += "task t" + std::to_string(t) + clause(task.dims) + (task.via ? " via pairs" : "") + text(task.where) + " {\n";
    std::string ports;
    for (std::size_t i = 0; i < task.inputs.size(); ++i) {
      out += "  in i" + std::to_string(i) + " = " + text(task.inputs[i]) + "\n";
      ports += " {i" + std::to_string(i) + "}";
    }
    const std::string output = name(task.output);
    out += "  out " + output + (task.is_finer ? " for part" : "") + "\n  run \"make" + ports + " {" + output + "}\"\n}\n";
  }
  return out;
}
inline std::map<std::string, std::string> files(const Workflow& workflow) {
  std::string log = "seq,filter,parts,begin\n";
  for (const Row& row : workflow.log)
    log += std::to_string(row.exposure) + "," + (row.filter ? std::to_string(*row.filter) : "") + "," + std::to_string(row.parts) + "," +
           std::to_string(row.begin) + "\n";
  std::string overlap = "exposure,tile\n";
  for (const auto& [exposure, tile] : workflow.pairs) overlap += std::to_string(exposure) + "," + std::to_string(tile) + "\n";
  return {{"log.csv", log}, {"overlap.csv", overlap}};
}
/// What the tasks that make datasets 0 and 1 write, by path.
inline std::map<std::string, std::string> products(const Workflow& workflow) {
  std::map<std::string, std::string> made;
  for (const Row& row : workflow.log) {
    std::string table = "spot\n";
    for (const int spot : row.spots) table += std::to_string(spot) + "\n";
    made["d0/" + std::to_string(row.exposure)] = table;
    made["d1/" + std::to_string(row.exposure)] = "{\"level\": " + std::to_string(row.level) + "}";
  }
  return made;
}

// ---- by brute force

class LanguageExpansion {
 public:
  explicit LanguageExpansion(const Workflow& workflow) : workflow_(workflow), datasets_(workflow.datasets.size()) {
    for (std::size_t d = 0; d < datasets_.size(); ++d)
      if (workflow.datasets[d].is_external) datasets_[d] = keys(workflow.datasets[d].dims, false);
    for (const Task& task : workflow.tasks) {
      std::vector<Key> elements;
      for (const Key& key : keys(task.dims, task.via))
        if (holds(task.where, key) && has_required(task, key)) elements.push_back(key);
      for (const Key& key : elements)
        for (const Key& product : products_of(task, key)) datasets_[static_cast<std::size_t>(task.output)].push_back(product);
      tasks_.push_back(std::move(elements));
    }
  }
  /// Of each task: the output paths of its elements, with the paths that each reads, port after port.
  [[nodiscard]] std::map<std::string, std::vector<std::string>> elements(std::size_t t) const {
    const Task& task = workflow_.tasks[t];
    std::map<std::string, std::vector<std::string>> result;
    for (const Key& key : tasks_[t]) {
      std::string outputs;
      for (const Key& product : products_of(task, key)) outputs += path(task.output, product) + " ";
      auto& files = result[outputs];
      for (const Input& input : task.inputs)
        for (const Source& source : input.branches) {
          const auto found = members(task, key, source);
          for (const Key& member : found) files.push_back(path(source.dataset, member));
          if (!found.empty()) break;
        }
    }
    return result;
  }
  [[nodiscard]] std::string path(int dataset, const Key& key) const {
    std::string out = name(dataset);
    const Dataset& declared = workflow_.datasets[static_cast<std::size_t>(dataset)];
    if (declared.has_level) out += "/" + std::to_string(row_of(key).level);
    if (has(declared.dims, Dim::part) || has(declared.dims, Dim::spot)) out += "/" + std::to_string(key.at(Dim::exposure));
    for (const Dim dim : declared.dims) out += "/" + std::to_string(key.at(dim));
    return out;
  }

 private:
  [[nodiscard]] const Row& row_of(const Key& key) const {
    return *std::find_if(workflow_.log.begin(), workflow_.log.end(), [&](const Row& row) { return row.exposure == key.at(Dim::exposure); });
  }
  /// All values of one dimension, each with what it determines.
  [[nodiscard]] std::vector<Key> values(Dim dim) const {
    std::set<Key> found;
    if (dim == Dim::camera) found = {{{Dim::camera, 0}}, {{Dim::camera, 1}}};
    if (dim == Dim::tile)
      for (const auto& pair : workflow_.pairs) found.insert({{Dim::tile, pair.second}});
    for (const Row& row : workflow_.log) {
      Key exposure = {{Dim::exposure, row.exposure}};
      if (row.filter) exposure[Dim::filter] = *row.filter;
      if (dim == Dim::filter && row.filter) found.insert({{Dim::filter, *row.filter}});
      if (dim == Dim::exposure) found.insert(exposure);
      const auto below = [&](int value) {
        Key key = exposure;
        key[dim] = value;
        found.insert(key);
      };
      for (int p = 0; dim == Dim::part && p < row.parts; ++p) below(p);
      if (dim == Dim::spot) std::for_each(row.spots.begin(), row.spots.end(), below);
    }
    return {found.begin(), found.end()};
  }
  /// Whether some pair agrees with the key on what it has of the two.
  [[nodiscard]] bool is_pair(const Key& key) const {
    const auto fits = [&](Dim dim, int value) { return key.count(dim) == 0 || key.at(dim) == value; };
    return std::any_of(workflow_.pairs.begin(), workflow_.pairs.end(),
                       [&](const auto& pair) { return fits(Dim::exposure, pair.first) && fits(Dim::tile, pair.second); });
  }
  [[nodiscard]] std::vector<Key> keys(const Dims& dims, bool via) const {
    std::vector<Key> result = {Key{}};
    for (const Dim dim : dims) {
      std::vector<Key> larger;
      for (const Key& key : result)
        for (const Key& value : values(dim)) {
          Key both = key;
          both.insert(value.begin(), value.end());
          larger.push_back(std::move(both));
        }
      result = std::move(larger);
    }
    if (via) std::erase_if(result, [&](const Key& key) { return !is_pair(key); });
    return result;
  }
  [[nodiscard]] bool holds(const Condition& condition, const Key& key) const {
    if (condition.is_level) return row_of(key).level % 2 == condition.remainder;
    if (!condition.dim) return true;
    const auto found = key.find(*condition.dim);
    return found != key.end() && found->second % 2 == condition.remainder;
  }
  [[nodiscard]] std::vector<Key> products_of(const Task& task, const Key& key) const {
    if (!task.is_finer) return {key};
    std::vector<Key> parts;
    for (const Key& part : values(Dim::part))
      if (part.at(Dim::exposure) == key.at(Dim::exposure)) parts.push_back(part);
    return parts;
  }
  static bool agree(const Key& a, const Key& b, Dim dim) {
    const auto x = a.find(dim);
    const auto y = b.find(dim);
    return x != a.end() && y != b.end() && x->second == y->second;
  }
  /// On all that both determine; where they share an exposure, its filter says nothing more (it may be absent).
  static bool agree(const Key& a, const Dims& of_a, const Key& b, const Dims& of_b, const std::set<Dim>& but = {}) {
    const auto is_shared = [&](Dim dim) { return has(determined(of_a), dim) && has(determined(of_b), dim) && but.count(dim) == 0; };
    for (const Dim dim : determined(of_a)) {
      if (!is_shared(dim) || (dim == Dim::filter && is_shared(Dim::exposure))) continue;
      if (!agree(a, b, dim)) return false;
    }
    return true;
  }
  [[nodiscard]] int begin_of(const Key& key) const { return row_of(key).begin; }

  /// In the order of lists: dimension by dimension as declared, exposures by their begin.
  [[nodiscard]] std::vector<Key> in_order(int dataset) const {
    std::vector<Key> list = datasets_[static_cast<std::size_t>(dataset)];
    const Dims dims = workflow_.datasets[static_cast<std::size_t>(dataset)].dims;
    std::sort(list.begin(), list.end(), [&](const Key& a, const Key& b) {
      for (const Dim dim : dims) {
        if (dim == Dim::part || dim == Dim::spot)  // its own order is that of its keys, the exposure's first
          if (a.at(Dim::exposure) != b.at(Dim::exposure)) return a.at(Dim::exposure) < b.at(Dim::exposure);
        const int x = dim == Dim::exposure ? begin_of(a) : a.at(dim);
        const int y = dim == Dim::exposure ? begin_of(b) : b.at(dim);
        if (x != y) return x < y;
      }
      return false;
    });
    return list;
  }

  /// Along exposures: those that agree on all but the exposure and its filter, in order of time.
  [[nodiscard]] std::vector<Key> candidates(const Task& task, const Key& key, const Source& source) const {
    std::vector<Key> found;
    const Dims& dims = workflow_.datasets[static_cast<std::size_t>(source.dataset)].dims;
    for (const Key& member : datasets_[static_cast<std::size_t>(source.dataset)]) {
      if (!agree(key, task.dims, member, dims, {Dim::exposure, Dim::filter}) || !holds(source.where, member)) continue;
      if (!source.same_filter || agree(key, member, Dim::filter)) found.push_back(member);
    }
    std::sort(found.begin(), found.end(), [&](const Key& a, const Key& b) { return begin_of(a) < begin_of(b); });
    return found;
  }

  [[nodiscard]] std::vector<Key> members(const Task& task, const Key& key, const Source& source) const {
    using How = Source::How;
    const Dims& dims = workflow_.datasets[static_cast<std::size_t>(source.dataset)].dims;
    std::vector<Key> found;
    if (source.how == How::single || source.how == How::gather || source.how == How::via) {
      for (const Key& member : in_order(source.dataset)) {
        if (!agree(key, task.dims, member, dims) || !holds(source.where, member)) continue;
        if (source.how != How::via || is_connected(task, key, dims, member)) found.push_back(member);
      }
      return found;
    }
    const auto all = candidates(task, key, source);
    const int now = begin_of(key);
    const bool is_before = source.how == How::latest || source.how == How::window || source.how == How::previous;
    for (const Key& member : all) {
      const int then = begin_of(member);
      const bool includes_now = (source.how == How::latest || source.how == How::window) && !source.is_before;
      if (is_before ? then < now || (includes_now && then == now) : then > now) found.push_back(member);
    }
    const auto count = static_cast<std::size_t>(source.how == How::latest || source.how == How::next ? 1 : source.number);
    if (source.how == How::window) {
      if (found.size() > count) found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(count));
      return found;
    }
    if (found.size() < count) return {};
    return {is_before ? found[found.size() - count] : found[count - 1]};
  }
  /// Whether a pair agrees with both, on what it says of them.
  [[nodiscard]] bool is_connected(const Task& task, const Key& key, const Dims& dims, const Key& member) const {
    const Dims both = {Dim::exposure, Dim::tile};
    for (const auto& pair : workflow_.pairs) {
      Key tuple = {{Dim::exposure, pair.first}, {Dim::tile, pair.second}};
      const Row& row = row_of(tuple);
      if (row.filter) tuple[Dim::filter] = *row.filter;
      if (agree(key, task.dims, tuple, both) && agree(member, dims, tuple, both)) return true;
    }
    return false;
  }
  [[nodiscard]] bool has_required(const Task& task, const Key& key) const {
    return std::all_of(task.inputs.begin(), task.inputs.end(), [&](const Input& input) {
      const bool is_plain = std::all_of(input.branches.begin(), input.branches.end(), [](const Source& source) {
        return source.how == Source::How::single || source.how == Source::How::gather || source.how == Source::How::via;
      });
      if (input.is_optional || !is_plain) return true;
      return std::any_of(input.branches.begin(), input.branches.end(),
                         [&](const Source& source) { return !members(task, key, source).empty(); });
    });
  }

  const Workflow& workflow_;
  std::vector<std::vector<Key>> datasets_;
  std::vector<std::vector<Key>> tasks_;
};

}  // namespace osac::model
