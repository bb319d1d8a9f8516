#include "runtime/step/tool_version.h"

#include <fmt/format.h>

#include "compiler/base/text.h"
#include "runtime/step/command.h"
#include "runtime/step/launch.h"

namespace osac::step {

namespace {

constexpr std::size_t longest = 200;

/// The first line with something in it, as it may stand in any text.
std::string first_line(std::string_view output) {
  for (const std::string_view line : split(output, '\n')) {
    std::string text = visible(trim(line));
    if (text.empty()) continue;
    if (text.size() > longest) text.resize(longest);
    while (find_malformed_utf8(text)) text.pop_back();  // a character was cut in two
    return text;
  }
  return {};
}

}  // namespace

ToolVersion ask_version(const std::string& command, const site::Entry& env, std::int64_t limit) {
  // what it prints is held in memory: not more than 64 MiB of it
  const auto words = entered(env, {"/bin/sh", "-c", "ulimit -f 131072; " + command});
  std::vector<std::string> environment;
  for (const auto& [name, value] : shared_variables(env)) environment.push_back(name + "=" + value);
  const CommandEnd end = run_command(words, environment, {}, limit);
  const std::string output = first_line(end.output);
  const std::string errors = first_line(end.errors);
  const std::string said = errors.empty() ? "" : ": " + errors;
  switch (end.how) {
    case CommandEnd::How::exited:
      if (end.code != 0) return {"", fmt::format("`{}` exits with {}{}", visible(command), end.code, said)};
      if (output.empty() && errors.empty()) return {"", fmt::format("`{}` prints nothing", visible(command))};
      return {output.empty() ? errors : output, ""};
    case CommandEnd::How::signalled:
      return {"", fmt::format("`{}` was ended by a signal", visible(command))};
    case CommandEnd::How::ended:
      return {"", fmt::format("`{}` took longer than {} s", visible(command), limit / 1'000'000'000)};
    case CommandEnd::How::missing:
    case CommandEnd::How::unstarted:
      return {"", errors};
  }
  return {};
}

}  // namespace osac::step
