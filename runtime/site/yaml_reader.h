#pragma once
// A YAML text as configuration files need it read: values by kind, mappings with known keys, and every mistake a diagnostic at its place in
// the text. It knows no particular file.

#include <yaml-cpp/yaml.h>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/base/text.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/expression/type.h"

namespace osac::site {

/// What cannot be read keeps the value that it had.
class YamlReader {
 public:
  YamlReader(Diagnostics& diagnostics, const Sources& sources, SourceId source);

 protected:
  /// The place of a mark of yaml-cpp: 0-based lines, columns in bytes, -1 for none.
  [[nodiscard]] std::size_t offset(const YAML::Mark& mark) const;
  [[nodiscard]] Span span(const YAML::Node& node) const;

  /// Reports that a value is no `wanted`.
  void wrong(const YAML::Node& node, std::string_view wanted, std::string help = {});
  void read_count(const YAML::Node& node, std::int64_t least, std::int64_t& out);
  /// Of memory in bytes, or of time in nanoseconds; both are written with a unit.
  void read_amount(const YAML::Node& node, expression::Kind kind, std::int64_t& out);
  bool read_text(const YAML::Node& node, std::string& out);
  void read_texts(const YAML::Node& node, std::vector<std::string>& out);
  template <typename Enumeration>
  void read_choice(const YAML::Node& node, std::string_view what, std::initializer_list<std::pair<std::string_view, Enumeration>> choices,
                   Enumeration& out) {
    std::vector<std::string> names;
    for (const auto& [name, value] : choices) {
      if (node.IsScalar() && node.Scalar() == name) {
        out = value;
        return;
      }
      names.push_back("`" + std::string(name) + "`");
    }
    wrong(node, what, "write " + join_words(names, "or"));
  }

  using Entry = std::function<void(const YAML::Node& key, const YAML::Node& value)>;
  /// Goes through a mapping, each key once.
  void each(const YAML::Node& node, const Entry& entry);

  using Action = std::function<void(const YAML::Node& value)>;
  using Actions = std::vector<std::pair<std::string_view, Action>>;
  /// A mapping with known keys.
  void record(const YAML::Node& node, std::string_view what, const Actions& actions);

  Diagnostics& diagnostics;  // NOLINT: lives for one file
  std::string_view text;
  std::uint32_t begin;

 private:
  std::vector<std::size_t> line_begins_;
};

}  // namespace osac::site
