// osac explain: the page of a kind of diagnostic, from docs/errors, built in.

#include <fmt/format.h>
#include <algorithm>

#include "compiler/base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/session.h"
#include "stdlib/embedded.h"

namespace osac::cli {

int run_explain(const Arguments& arguments) {
  const embedded::Table& pages = embedded::explanations();
  if (arguments.word.empty()) {
    std::string list;
    for (const auto& [name, page] : pages) list += std::string(name) + "\n";
    return print_result(list);
  }
  const auto found = std::find_if(pages.begin(), pages.end(), [&](const auto& entry) { return entry.first == arguments.word; });
  if (found != pages.end()) return print_result(std::string(found->second));
  std::vector<std::string_view> names;
  for (const auto& [name, page] : pages) names.push_back(name);
  const auto nearest = nearest_name(arguments.word, names);
  return report_usage("there is no kind of diagnostic named `" + visible(arguments.word) + "`",
                      nearest ? "did you mean `" + std::string(*nearest) + "`?" : "osac explain lists all of them");
}

}  // namespace osac::cli
