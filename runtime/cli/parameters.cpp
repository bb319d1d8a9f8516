#include "runtime/cli/parameters.h"

#include <fmt/format.h>
#include <algorithm>

#include "compiler/base/text.h"
#include "compiler/expression/expression.h"
#include "runtime/site/parameters_file.h"

namespace osac::cli {

namespace {

/// Where a value comes from, as messages name it.
std::string quoted(const std::string& origin) { return "`" + visible(origin) + "`"; }

Status add_flags(const std::vector<std::string>& words, std::map<std::string, planning::Given>& values) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const auto equals = word.find('=');
    const std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
    std::string value;
    if (equals != std::string::npos) {
      value = word.substr(equals + 1);
    } else if (i + 1 < words.size()) {
      value = words[++i];
    } else {
      return failure(Trouble::usage, "`" + word + "` needs a value", "write " + word + " VALUE");
    }
    const auto found = values.find(name);
    if (found != values.end() && found->second.origin == "`--" + name + "`")
      return failure(Trouble::usage,
                     "`--" + name + "` is given twice: `" + visible(found->second.value) + "` and `" + visible(value) + "`");
    values[name] = {value, "`--" + name + "`"};
  }
  return {};
}

}  // namespace

std::string site_origin(const site::Site& site) { return quoted(site.origin); }

Result<std::map<std::string, planning::Given>> gather_parameters(const WorkflowArguments& arguments, const site::Site& site) {
  std::map<std::string, planning::Given> values;
  for (const auto& [name, value] : site.parameters) values[name] = {value, site_origin(site)};
  if (!arguments.params_file.empty()) {
    auto read = site::read_parameters(arguments.params_file);
    if (!read) return tl::unexpected(read.error());
    for (auto& [name, value] : *read) values[name] = {std::move(value), quoted(arguments.params_file)};
  }
  if (auto status = add_flags(arguments.rest, values); !status) return tl::unexpected(status.error());
  return values;
}

namespace {

/// A value as it is, an expression as it is written, on one line.
std::string default_text(const program::Program& program, expression::ExprId value, const Strings& strings, const Sources& sources) {
  const expression::Node& node = program.expressions[value];
  if (node.op == expression::Op::constant || node.span.empty()) return expression::print(program.expressions.pool(), value, strings);
  std::string line;
  for (const std::string_view part : split(sources.text(node.span), '\n')) line += (line.empty() ? "" : " ") + std::string(trim(part));
  return visible(line);
}

}  // namespace

std::string parameter_help(const program::Program& program, const Strings& strings, const Sources& sources) {
  if (program.parameters.empty()) return "This workflow has no parameters.\n";
  std::vector<std::pair<std::string, std::string>> rows;
  for (const program::Parameter& parameter : program.parameters) {
    std::string about = parameter.doc;
    std::replace(about.begin(), about.end(), '\n', ' ');
    about += about.empty() ? "" : " ";
    about += parameter.default_value.exists()
                 ? fmt::format("[default: {}]", default_text(program, parameter.default_value, strings, sources))
             : parameter.type.is_optional ? "[optional]"
                                          : "[required]";
    rows.emplace_back(fmt::format("  --{} {}", strings.text(parameter.name), type_name(parameter.type, strings)), about);
  }
  std::size_t width = 0;
  for (const auto& row : rows) width = std::max(width, row.first.size());
  std::string out = "Parameters:\n";
  for (const auto& [flag, about] : rows) out += fmt::format("{:<{}}  {}\n", flag, width, about);
  return out;
}

}  // namespace osac::cli
