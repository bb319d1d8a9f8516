// An element by its name: `task[dimension=value, ...]` is parsed, each key is searched among its dimension's records, then the tuple of
// records among the family's elements. Logarithmic but for enumerations.

#include <fmt/format.h>

#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/plan/describe.h"
#include "compiler/plan/element_text.h"
#include "compiler/plan/resolve.h"

namespace osac::plan {

namespace {

struct GivenKey {
  std::string_view dimension;
  std::string value;
};
struct ParsedName {
  std::string_view task;
  std::vector<GivenKey> keys;
};

class NameParser {
 public:
  explicit NameParser(std::string_view text) : whole_(text), rest_(text) {}

  Result<ParsedName> parse() {
    ParsedName name;
    name.task = word();
    if (name.task.empty()) return wrong("a task's name");
    if (take('[')) {
      do {
        GivenKey key;
        key.dimension = word();
        if (key.dimension.empty()) return wrong("a dimension's name");
        if (!take('=')) return wrong("`=` and a key");
        if (!value(key.value)) return wrong("a key");
        name.keys.push_back(std::move(key));
      } while (take(','));
      if (!take(']')) return wrong("`,` or `]`");
    }
    skip_blanks();
    if (!rest_.empty()) return wrong("its end");
    return name;
  }

 private:
  tl::unexpected<Error> wrong(std::string_view expected) const {
    const std::string found = rest_.empty() ? "it ends" : fmt::format("there is `{}`", visible(rest_.substr(0, 20)));
    return failure(Trouble::usage, fmt::format("`{}` is no element: {} where {} should be", visible(whole_), found, expected),
                   "write `task[dimension=key, ...]`");
  }
  void skip_blanks() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) rest_.remove_prefix(1);
  }
  bool take(char c) {
    skip_blanks();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string_view word() {
    skip_blanks();
    const auto is_in_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
    std::size_t length = 0;
    while (length < rest_.size() && is_in_word(rest_[length])) ++length;
    const std::string_view found = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return found;
  }
  bool value(std::string& out) {
    skip_blanks();
    if (!rest_.empty() && rest_.front() == '"') return take_json_text(rest_, out);
    const std::string_view found = trim(rest_.substr(0, rest_.find_first_of(",]")));
    rest_.remove_prefix(std::min(rest_.size(), rest_.find_first_of(",]")));
    out = found;
    return !out.empty();
  }
  std::string_view whole_;
  std::string_view rest_;
};

class Finder {
 public:
  Finder(const Plan& plan, std::uint32_t task, const std::vector<GivenKey>& keys)
      : plan_(plan), family_(plan.tasks()[task].family), task_(task), keys_(keys) {}

  Result<ElementRef> find() {
    if (auto known = check_dimensions(); !known) return tl::unexpected<Error>(known.error());
    std::vector<std::uint32_t> tuple;
    for (const std::uint32_t dimension : plan_.indices(family_.basis)) {
      const auto record = find_record(dimension);
      if (!record) return tl::unexpected<Error>(record.error());
      tuple.push_back(*record);
    }
    const std::uint32_t element = find_tuple(plan_, family_, tuple);
    if (element == no_element) return missing_element();
    // Dimensions that others determine may be given as well; then they have to agree.
    for (const GivenKey& key : keys_) {
      const std::uint32_t dimension = *dimension_of(key.dimension);
      if (const std::string own = key_text(plan_, dimension, plan_.record(family_, element, dimension));
          !agrees(dimension, key.value, plan_.record(family_, element, dimension)))
        return failure(Trouble::usage, fmt::format("`{}` has {} `{}`, not `{}`", element_name(plan_, {task_, element}), key.dimension,
                                                   visible(own), visible(key.value)));
    }
    return ElementRef{task_, element};
  }

 private:
  [[nodiscard]] std::string_view dimension_name(std::uint32_t dimension) const { return plan_.text(plan_.dimensions()[dimension].name); }
  [[nodiscard]] std::string_view task_name() const { return plan_.text(family_.name); }
  [[nodiscard]] std::string pattern() const {
    std::vector<std::string> parts;
    for (const std::uint32_t dimension : naming_dimensions(plan_, family_))
      parts.push_back(std::string(dimension_name(dimension)) + "=...");
    return parts.empty() ? std::string(task_name()) : fmt::format("{}[{}]", task_name(), fmt::join(parts, ", "));
  }
  [[nodiscard]] std::optional<std::uint32_t> dimension_of(std::string_view name) const {
    for (const std::uint32_t dimension : naming_dimensions(plan_, family_))
      if (dimension_name(dimension) == name) return dimension;
    return std::nullopt;
  }
  [[nodiscard]] const GivenKey* given(std::uint32_t dimension) const {
    const auto key =
        std::find_if(keys_.begin(), keys_.end(), [&](const GivenKey& one) { return one.dimension == dimension_name(dimension); });
    return key == keys_.end() ? nullptr : &*key;
  }

  Status check_dimensions() const {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (!dimension_of(keys_[i].dimension))
        return failure(Trouble::usage, fmt::format("`{}` has no dimension `{}`", task_name(), keys_[i].dimension),
                       fmt::format("write `{}`", pattern()));
      for (std::size_t j = 0; j < i; ++j)
        if (keys_[i].dimension == keys_[j].dimension)
          return failure(Trouble::usage, fmt::format("`{}` is given twice", keys_[i].dimension));
    }
    return {};
  }

  /// The key as a value of its dimension's type; nothing if it is none.
  [[nodiscard]] std::optional<expression::Value> parse_key(std::uint32_t dimension, const std::string& text) const {
    const Type type = plan_.columns()[plan_.dimensions()[dimension].key_column].type;
    if (type.is_textual()) return expression::Value(text);
    expression::Value value;
    if (!expression::parse_value(text, type, value)) return std::nullopt;
    return value;
  }
  [[nodiscard]] bool agrees(std::uint32_t dimension, const std::string& text, std::uint32_t record) const {
    const auto value = parse_key(dimension, text);
    return value && *value == plan_.value(plan_.columns()[plan_.dimensions()[dimension].key_column], record);
  }

  Result<std::uint32_t> find_record(std::uint32_t dimension) {
    const DimensionRow& row = plan_.dimensions()[dimension];
    const GivenKey* const key = given(dimension);
    if (key == nullptr)
      return failure(Trouble::usage, fmt::format("an element of `{}` needs its {}", task_name(), dimension_name(dimension)),
                     fmt::format("write `{}`", pattern()));
    std::uint32_t first = 0;
    std::uint32_t last = row.record_count;
    if (row.parent != no_row) {
      const auto parent = find_record(row.parent);
      if (!parent) return parent;
      const auto parents = plan_.indices(row.parent_records);
      const auto [low, high] = std::equal_range(parents.begin(), parents.end(), *parent);
      first = static_cast<std::uint32_t>(low - parents.begin());
      last = static_cast<std::uint32_t>(high - parents.begin());
    }
    const ColumnRow& keys = plan_.columns()[row.key_column];
    if (const auto value = parse_key(dimension, key->value)) {
      if (keys.type.kind == expression::Kind::enumeration) {  // in the order of their declaration
        for (std::uint32_t record = first; record < last; ++record)
          if (plan_.value(keys, record) == *value) return record;
      } else {
        while (first < last) {
          const std::uint32_t middle = first + (last - first) / 2;
          const int order = expression::compare(plan_.value(keys, middle), *value);
          if (order == 0) return middle;
          (order < 0 ? first : last) = order < 0 ? middle + 1 : middle;
        }
      }
    }
    return failure(Trouble::usage, fmt::format("there is no {} `{}`", dimension_name(dimension), visible(key->value)));
  }

  [[nodiscard]] tl::unexpected<Error> missing_element() const {
    std::vector<std::string> parts;
    for (const GivenKey& key : keys_) parts.push_back(fmt::format("{} {}", key.dimension, visible(key.value)));
    const std::string keys = parts.empty() ? "" : fmt::format(" at {}", fmt::join(parts, ", "));
    return failure(Trouble::usage, fmt::format("`{}` has no element{} in this plan", task_name(), keys), why_missing());
  }
  /// Perhaps it only has to wait.
  [[nodiscard]] std::string why_missing() const {
    for (const StageRow& stage : plan_.stages()) {
      const auto tasks = plan_.indices(stage.tasks);
      if (std::find(tasks.begin(), tasks.end(), task_) != tasks.end())
        return fmt::format("not all is planned yet: {}", stage_text(plan_, stage));
    }
    return "see `osac why` for what left it out";
  }

  const Plan& plan_;
  const FamilyRow& family_;
  std::uint32_t task_;
  const std::vector<GivenKey>& keys_;
};

}  // namespace

std::uint32_t find_tuple(const Plan& plan, const FamilyRow& family, std::span<const std::uint32_t> tuple) {
  const auto records = plan.indices(family.records);
  if (records.empty()) {
    const std::uint32_t element = tuple.empty() ? 0 : tuple.front();
    return element < family.count ? element : no_element;
  }
  const auto compare = [&](std::uint32_t element) {
    for (std::size_t place = 0; place < tuple.size(); ++place)
      if (const std::uint32_t record = records[place * family.count + element]; record != tuple[place])
        return record < tuple[place] ? -1 : 1;
    return 0;
  };
  std::uint32_t first = 0;
  std::uint32_t last = family.count;
  while (first < last) {
    const std::uint32_t middle = first + (last - first) / 2;
    const int order = compare(middle);
    if (order == 0) return middle;
    (order < 0 ? first : last) = order < 0 ? middle + 1 : middle;
  }
  return no_element;
}

std::uint32_t corresponding_element(const Plan& plan, const FamilyRow& from, std::uint32_t element, const FamilyRow& to) {
  std::vector<std::uint32_t> tuple;
  for (const std::uint32_t dimension : plan.indices(to.basis)) {
    tuple.push_back(plan.record(from, element, dimension));
    if (tuple.back() == no_element) return no_element;
  }
  return find_tuple(plan, to, tuple);
}

Result<ElementRef> find_element(const Plan& plan, std::string_view name) {
  const auto parsed = NameParser(name).parse();
  if (!parsed) return tl::unexpected<Error>(parsed.error());
  const auto task = plan.find_task(parsed->task);
  if (task) return Finder(plan, *task, parsed->keys).find();
  std::vector<std::string_view> names;
  for (const TaskRow& row : plan.tasks()) names.push_back(plan.text(row.family.name));
  const auto nearest = nearest_name(parsed->task, names);
  return failure(Trouble::usage, fmt::format("no task named `{}`", parsed->task),
                 nearest ? fmt::format("did you mean `{}`?", *nearest) : "");
}

}  // namespace osac::plan
