#include "runtime/site/parameters_file.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "runtime/site/yaml_text.h"

namespace osac::site {

namespace {

std::string place(const std::string& path, const YAML::Mark& mark) {
  return mark.line < 0 ? path : fmt::format("{}:{}", path, mark.line + 1);
}

tl::unexpected<Error> mistake(const std::string& path, const YAML::Mark& mark, const std::string& what) {
  return failure(Trouble::usage, place(path, mark) + ": " + what, "a parameter file is a list of `name: value` lines");
}

}  // namespace

Result<std::map<std::string, std::string>> read_parameters(const std::string& path) {
  auto text = read_file(path, 16ULL << 20);
  if (!text) return tl::unexpected(text.error());
  std::map<std::string, std::string> values;
  try {
    const YAML::Node root = YAML::Load(*text);
    if (const auto second = find_second_document(*text)) return mistake(path, *second, "something follows its end");
    if (root.IsNull()) return values;
    if (!root.IsMap()) return mistake(path, root.Mark(), "this is no mapping");
    for (const auto& entry : root) {
      const auto name = entry.first.as<std::string>();
      std::string value;
      if (entry.second.IsScalar()) {
        value = entry.second.Scalar();
      } else if (entry.second.IsSequence()) {
        for (const YAML::Node& item : entry.second) {
          if (!item.IsScalar()) return mistake(path, item.Mark(), "a list of `" + visible(name) + "` may hold plain values only");
          value += (value.empty() ? "[" : ", ") + item.Scalar();
        }
        value += value.empty() ? "[]" : "]";
      } else {
        return mistake(path, entry.second.Mark(), "the value of `" + visible(name) + "` is neither a plain value nor a list of them");
      }
      if (!values.emplace(name, value).second) return mistake(path, entry.first.Mark(), "`" + visible(name) + "` is given twice");
    }
  } catch (const YAML::Exception& error) {
    return mistake(path, error.mark, "this is no YAML: " + error.msg);
  }
  return values;
}

}  // namespace osac::site
