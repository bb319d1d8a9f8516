#include "runtime/step/metrics.h"

#include <fmt/format.h>
#include <unistd.h>
#include <cmath>
#include <optional>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "compiler/records/json.h"

namespace osac::step {

namespace {

using expression::Kind;
using expression::Type;
using expression::Value;
using records::Json;

constexpr std::uint64_t largest_file = std::uint64_t{64} << 20;

std::string_view kind_word(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return "true or false";
    case Kind::integer:
      return "a whole number";
    case Kind::real:
      return "a number";
    case Kind::date:
      return "a date as text";
    case Kind::time:
      return "a time as text";
    case Kind::duration:
      return "a duration as text";
    case Kind::memory:
      return "an amount of memory as text";
    case Kind::text:
    case Kind::path:
    case Kind::enumeration:
    case Kind::file:
      return "a text";
    case Kind::error:
    case Kind::range:
      break;
  }
  return "something else";
}

std::string wanted_words(Type type) {
  const std::string_view word = kind_word(type.kind);
  return type.is_list ? fmt::format("a list, each item {}", word) : std::string(word);
}

std::optional<Value> single_value(Json json, Type type) {
  if (type.kind == Kind::boolean) return json.kind() == Json::Kind::boolean ? std::optional(Value(json.boolean())) : std::nullopt;
  if (type.kind == Kind::integer) {
    if (json.kind() != Json::Kind::integer || json.integer() == expression::absent_scalar) return std::nullopt;
    return Value(json.integer());
  }
  if (type.kind == Kind::real) return json.is_number() ? std::optional(Value(json.real())) : std::nullopt;
  if (json.kind() != Json::Kind::text) return std::nullopt;
  const std::string& text = json.text();
  if (type.is_textual()) return Value(text);
  Value value;
  return expression::parse_value(text, type.required(), value) ? std::optional(value) : std::nullopt;
}

std::optional<Value> value_of(Json json, Type type) {
  if (type.is_optional && json.is_null()) return Value();
  if (!type.is_list) return single_value(json, type);
  if (json.kind() != Json::Kind::list) return std::nullopt;
  std::vector<Value> items;
  bool is_good = true;
  json.each([&](Json item) {
    auto value = single_value(item, type.element());
    is_good = is_good && value.has_value();
    if (is_good) items.push_back(std::move(*value));
  });
  if (!is_good) return std::nullopt;
  return Value(std::move(items));
}

class Reader {
 public:
  Reader(const plan::Plan& plan, const plan::TaskRow& task) : plan_(plan), declared_(plan.metrics(task)), found_(declared_.size()) {}

  void read_line(std::size_t number, std::string_view line) {
    if (trim(line).empty()) return;
    const records::JsonDocument document(line);
    const auto json = document.root();
    if (!json || json->kind() != Json::Kind::object) return complain(fmt::format("line {} of $OSA_METRICS is no JSON object", number));
    json->members([&](std::string_view name, Json value) { read_field(name, value); });
  }
  Metrics finish() {
    Metrics metrics;
    for (std::size_t i = 0; i < declared_.size(); ++i) {
      const std::string_view name = plan_.text(declared_[i].name);
      if (found_[i]) {
        metrics.values.push_back({static_cast<std::uint32_t>(i), std::move(found_[i]->value)});
        metrics.records.push_back({std::string(name), std::move(found_[i]->json)});
      } else if (!declared_[i].type.is_optional) {
        complain(fmt::format("metric `{}` was not written to $OSA_METRICS", name));
      }
    }
    metrics.problem = std::move(problem_);
    return metrics;
  }

 private:
  struct Found {
    Value value;
    std::string json;
  };
  void read_field(std::string_view name, Json json) {
    for (std::size_t i = 0; i < declared_.size(); ++i) {
      if (plan_.text(declared_[i].name) != name) continue;
      if (found_[i]) return complain(fmt::format("metric `{}` was written twice", name));
      auto value = value_of(json, declared_[i].type);
      if (!value) return complain(fmt::format("metric `{}` is {}, not {}", name, shortened(json), wanted_words(declared_[i].type)));
      found_[i] = Found{std::move(*value), json.minified()};
      return;
    }
    complain(fmt::format("metric `{}` is not declared", visible(name)));
  }
  static std::string shortened(Json json) {
    const std::string text = visible(json.minified());
    return text.size() > 60 ? text.substr(0, 60) + "..." : text;
  }
  void complain(const std::string& what) {
    if (++complaints_ > 5) return;
    problem_ += (problem_.empty() ? "" : "; ") + (complaints_ < 5 ? what : "and more of the kind");
  }
  const plan::Plan& plan_;
  std::span<const plan::MetricRow> declared_;
  std::vector<std::optional<Found>> found_;
  std::string problem_;
  int complaints_ = 0;
};

}  // namespace

Metrics read_metrics(const plan::Plan& plan, const plan::TaskRow& task, const std::string& path) {
  const bool is_written = ::access(path.c_str(), F_OK) == 0;
  if (!is_written && plan.metrics(task).empty()) return {};
  Reader reader(plan, task);
  if (is_written) {
    const auto text = read_file(path, largest_file);
    if (!text) {
      Metrics metrics;
      metrics.problem = text.error().what;
      return metrics;
    }
    std::size_t number = 0;
    for (const std::string_view line : split(*text, '\n')) reader.read_line(++number, line);
  }
  return reader.finish();
}

}  // namespace osac::step
