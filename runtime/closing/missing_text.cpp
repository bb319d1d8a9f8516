#include <fmt/format.h>

#include "compiler/base/text.h"
#include "runtime/closing/missing.h"
#include "runtime/step/record_text.h"

namespace osac::closing {

std::string missing_text(const std::vector<Missing>& missing, const std::string& prefix, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < missing.size(); ++i) {
    if (i == most) return out + fmt::format("and {} more\n", grouped(missing.size() - most));
    const Missing& one = missing[i];
    out += fmt::format("{}: {}", visible(one.what), visible(one.why));
    if (!one.path.empty()) out += fmt::format(": {}{}", prefix, visible(one.path));
    if (!one.log.empty()) out += fmt::format("; log: {}{}", prefix, visible(one.log));
    const char* const whose = one.count > 1 ? "them" : "it";
    if (one.blocked > 0) out += fmt::format("; {} could not run because of {}", count_of(one.blocked, "element"), whose);
    for (const std::string& what : one.unplanned) out += fmt::format("; {} could not be planned because of {}", visible(what), whose);
    out += '\n';
  }
  return out;
}

std::string missing_json(const std::vector<Missing>& missing) {
  std::string out;
  for (const Missing& one : missing) {
    std::string unplanned;
    for (const std::string& what : one.unplanned) unplanned += (unplanned.empty() ? "" : ", ") + step::json_text(what);
    out +=
        fmt::format("{}\n    {{\"what\": {}, \"count\": {}, \"why\": {}, \"path\": {}, \"log\": {}, \"blocked\": {}, \"unplanned\": [{}]}}",
                    out.empty() ? "" : ",", step::json_text(one.what), one.count, step::json_text(one.why), step::json_text(one.path),
                    step::json_text(one.log), one.blocked, unplanned);
  }
  return "[" + out + (out.empty() ? "]" : "\n  ]");
}

}  // namespace osac::closing
