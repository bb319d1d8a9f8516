#pragma once
// A small workflow as data, for the property tests of planning: it can be written as .osa text, and expanded by brute force, key by key,
// straight from the language's definition. The expansion knows nothing of how planning works.

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace osac::model {

/// A row of the log: an exposure with its filter (or none), its number of subexposures, and its time.
struct Row {
  int exposure = 0;
  std::optional<std::string> filter;
  int parts = 0;
  int begin = 0;
};

/// What a dataset or task is over.
enum class Over { nothing, filter, exposure, part };

/// A key: what is known of an element. An exposure implies its filter; a part is in an exposure.
struct Key {
  std::optional<int> exposure;
  std::optional<int> part;
  std::optional<std::string> filter;
  friend auto operator<=>(const Key&, const Key&) = default;
};

/// `exposure % modulus == remainder`, or its like for filters and parts.
struct Condition {
  enum class What { none, exposure, filter, part } what = What::none;
  int modulus = 2;
  int remainder = 0;
};

struct Input {
  enum class How { single, optional, gather, latest, next, first_part } how = How::single;
  int dataset = 0;
  Condition where;  ///< of a gather
};
struct Task {
  Over over = Over::nothing;
  Condition where;
  std::vector<Input> inputs;
};
/// Datasets 0 .. 3 are external, one for each Over; task t makes dataset 4 + t.
struct Workflow {
  std::vector<Row> log;
  std::vector<Task> tasks;
  [[nodiscard]] Over over(int dataset) const {
    return dataset < 4 ? static_cast<Over>(dataset) : tasks[static_cast<std::size_t>(dataset - 4)].over;
  }
};

// ---- as text

inline std::string name(int dataset) { return "d" + std::to_string(dataset); }
inline std::string clause(Over over) {
  constexpr const char* words[] = {"", " for filter", " for exposure", " for exposure, part"};
  return words[static_cast<int>(over)];
}
inline std::string path(int dataset, Over over) {
  constexpr const char* keys[] = {"", "/{filter}", "/{exposure}", "/{exposure}.{part}"};
  return name(dataset) + keys[static_cast<int>(over)];
}
inline std::string path(int dataset, Over over, const Key& key) {
  std::string out = name(dataset);
  if (over == Over::filter) out += "/" + *key.filter;
  if (over == Over::exposure || over == Over::part) out += "/" + std::to_string(*key.exposure);
  if (over == Over::part) out += "." + std::to_string(*key.part);
  return out;
}
inline std::string text(const Condition& condition) {
  const std::string modulo = " % " + std::to_string(condition.modulus) + " == " + std::to_string(condition.remainder);
  switch (condition.what) {
    case Condition::What::none:
      return "";
    case Condition::What::exposure:
      return " where exposure" + modulo;
    case Condition::What::filter:
      return condition.remainder == 0 ? " where filter == \"r\"" : " where filter in [\"g\", \"i\"]";
    case Condition::What::part:
      return " where part" + modulo;
  }
  return "";
}
inline std::string text(const Input& input) {
  const std::string dataset = name(input.dataset);
  switch (input.how) {
    case Input::How::single:
      return dataset;
    case Input::How::optional:
      return dataset + "?";
    case Input::How::gather:
      return "all " + dataset + text(input.where);
    case Input::How::latest:
      return "latest " + dataset + " before begin ?";
    case Input::How::next:
      return "next " + dataset + " after begin ?";
    case Input::How::first_part:
      return dataset + "[part = 0]";
  }
  return "";
}
inline std::string text(const Workflow& workflow) {
  std::string out =
      "workflow model\n"
      "table log = csv \"log.csv\" { seq : int  filter : text?  parts : int  begin : int }\n"
      "dimension exposure : int from log.seq implies filter order by begin\n"
      "dimension filter : text from log.filter\n"
      "dimension part : int in exposure from 0 ..< parts\n";
  for (int d = 0; d < static_cast<int>(workflow.tasks.size()) + 4; ++d)
    out += "dataset " + name(d) + clause(workflow.over(d)) + " = " + (d < 4 ? "external " : "") + "\"" + path(d, workflow.over(d)) + "\"\n";
  for (std::size_t t = 0; t < workflow.tasks.size(); ++t) {
    const Task& task = workflow.tasks[t];
    out += "task t" + std::to_string(t) + clause(task.over) + text(task.where) + " {\n";
    std::string ports;
    for (std::size_t i = 0; i < task.inputs.size(); ++i) {
      out += "  in i" + std::to_string(i) + " = " + text(task.inputs[i]) + "\n";
      ports += " {i" + std::to_string(i) + "}";
    }
    const std::string output = name(static_cast<int>(t) + 4);
    out += "  out " + output + "\n  run \"make" + ports + " {" + output + "}\"\n}\n";
  }
  return out;
}
inline std::string table(const Workflow& workflow) {
  std::string out = "seq,filter,parts,begin\n";
  for (const Row& row : workflow.log)
    out += std::to_string(row.exposure) + "," + row.filter.value_or("") + "," + std::to_string(row.parts) + "," +
           std::to_string(row.begin) + "\n";
  return out;
}

// ---- by brute force

class Expansion {
 public:
  explicit Expansion(const Workflow& workflow) : workflow_(workflow) {
    for (int d = 0; d < 4; ++d) datasets_.push_back(all_keys(static_cast<Over>(d)));
    for (const Task& task : workflow.tasks) {
      std::map<Key, std::vector<std::string>> elements;
      for (const Key& key : all_keys(task.over)) expand(task, key, elements);
      std::vector<Key> keys;
      for (const auto& [key, files] : elements) keys.push_back(key);
      tasks_.push_back(std::move(elements));
      datasets_.push_back(std::move(keys));
    }
  }
  /// Each element's input paths, port after port.
  [[nodiscard]] const std::vector<std::map<Key, std::vector<std::string>>>& tasks() const { return tasks_; }

 private:
  [[nodiscard]] std::vector<Key> all_keys(Over over) const {
    std::set<Key> keys;
    if (over == Over::nothing) keys.insert(Key{});
    for (const Row& row : workflow_.log) {
      if (over == Over::filter && row.filter) keys.insert(Key{{}, {}, row.filter});
      if (over == Over::exposure) keys.insert(Key{row.exposure, {}, row.filter});
      for (int p = 0; over == Over::part && p < row.parts; ++p) keys.insert(Key{row.exposure, p, row.filter});
    }
    return {keys.begin(), keys.end()};
  }
  static bool holds(const Condition& condition, const Key& key) {
    switch (condition.what) {
      case Condition::What::none:
        return true;
      case Condition::What::exposure:
        return *key.exposure % condition.modulus == condition.remainder;
      case Condition::What::filter:
        return key.filter && (*key.filter == "r") == (condition.remainder == 0) &&
               (condition.remainder == 0 || *key.filter == "g" || *key.filter == "i");
      case Condition::What::part:
        return *key.part % condition.modulus == condition.remainder;
    }
    return false;
  }
  /// Whether a member belongs to a reader: they agree on all that both determine; an unknown filter agrees with none.
  static bool belong(Over reader, const Key& a, Over member, const Key& b) {
    const auto has_filter = [](Over over) { return over != Over::nothing; };
    const auto has_exposure = [](Over over) { return over == Over::exposure || over == Over::part; };
    if (has_exposure(reader) && has_exposure(member)) {
      if (a.exposure != b.exposure) return false;
      return reader != Over::part || member != Over::part || a.part == b.part;
    }
    if (has_filter(reader) && has_filter(member)) return a.filter && b.filter && a.filter == b.filter;
    return true;
  }
  [[nodiscard]] int begin_of(const Key& key) const {
    return std::find_if(workflow_.log.begin(), workflow_.log.end(), [&](const Row& row) { return row.exposure == *key.exposure; })->begin;
  }

  /// Members in the order of lists: of dimensions with `order by`, by that.
  [[nodiscard]] std::vector<Key> in_order(int dataset) const {
    std::vector<Key> keys = datasets_[static_cast<std::size_t>(dataset)];
    std::stable_sort(keys.begin(), keys.end(), [&](const Key& a, const Key& b) {
      // Only the exposure itself has an order; a part is ordered by its key.
      return workflow_.over(dataset) == Over::exposure && begin_of(a) < begin_of(b);
    });
    return keys;
  }

  [[nodiscard]] std::vector<Key> members(const Task& task, const Key& key, const Input& input) const {
    std::vector<Key> found;
    std::optional<Key> best;
    for (const Key& member : in_order(input.dataset)) {
      switch (input.how) {
        case Input::How::latest:
          if (begin_of(member) < begin_of(key) && (!best || begin_of(member) > begin_of(*best))) best = member;
          break;
        case Input::How::next:
          if (begin_of(member) > begin_of(key) && (!best || begin_of(member) < begin_of(*best))) best = member;
          break;
        case Input::How::first_part:
          if (member.exposure == key.exposure && member.part == 0) found.push_back(member);
          break;
        default:
          if (belong(task.over, key, workflow_.over(input.dataset), member) && holds(input.where, member)) found.push_back(member);
      }
    }
    if (best) found.push_back(*best);
    return found;
  }

  void expand(const Task& task, const Key& key, std::map<Key, std::vector<std::string>>& elements) const {
    if (!holds(task.where, key)) return;
    std::vector<std::string> files;
    for (const Input& input : task.inputs) {
      const auto found = members(task, key, input);
      const bool is_required = input.how == Input::How::single || input.how == Input::How::gather || input.how == Input::How::first_part;
      if (is_required && found.empty()) return;
      for (const Key& member : found) files.push_back(path(input.dataset, workflow_.over(input.dataset), member));
    }
    elements[key] = std::move(files);
  }

  const Workflow& workflow_;
  std::vector<std::vector<Key>> datasets_;
  std::vector<std::map<Key, std::vector<std::string>>> tasks_;
};

}  // namespace osac::model
