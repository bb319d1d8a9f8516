#include "runtime/cli/program.h"

#include <unistd.h>
#include <algorithm>
#include <string_view>

#include "runtime/step/command.h"

namespace osac::cli {

namespace {

/// The environment with `ours` in place of those of the same names.
std::vector<std::string> environment(std::vector<std::string> ours) {
  const auto name_of = [](std::string_view variable) { return variable.substr(0, variable.find('=') + 1); };
  std::vector<std::string> variables;
  for (char** at = environ; *at != nullptr; ++at)
    if (std::none_of(ours.begin(), ours.end(), [&](const std::string& each) { return name_of(each) == name_of(*at); }))
      variables.emplace_back(*at);
  for (std::string& each : ours) variables.push_back(std::move(each));
  return variables;
}

}  // namespace

Result<std::optional<ProgramAnswer>> run_program(const std::vector<std::string>& words, std::vector<std::string> variables,
                                                 const std::string& input) {
  variables.emplace_back("LC_ALL=C.UTF-8");
  step::CommandEnd end = step::run_command(words, environment(std::move(variables)), input, step::no_limit);
  using How = step::CommandEnd::How;
  if (end.how == How::missing) return std::nullopt;
  if (end.how == How::unstarted) return failure(Trouble::environment, end.errors);
  return ProgramAnswer{end.how == How::exited ? end.code : 128, std::move(end.output), std::move(end.errors)};
}

}  // namespace osac::cli
