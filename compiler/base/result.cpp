#include "compiler/base/result.h"

#include <cerrno>
#include <system_error>

namespace osac {

namespace {

std::string lower_first(std::string text) {
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

}  // namespace

tl::unexpected<Error> system_failure(int error_number, const std::string& action, const std::string& path) {
  std::string reason = lower_first(std::generic_category().message(error_number));
  std::string help;
  if (error_number == ENOSPC) help = "free some space, then give the same command again: nothing that was finished is lost";
  if (error_number == EDQUOT) help = "the quota is used up: free some space, then give the same command again";
  return failure(Trouble::environment, "cannot " + action + " `" + path + "`: " + reason, std::move(help));
}

}  // namespace osac
