#pragma once
// Start conditions: what the site file says has to hold before an execution starts (a time of day, files, room in the queue), for one
// workflow with its parameters, and whether it holds now. It decides nothing: commands start, wait or only show.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/expression/value.h"
#include "runtime/cli/session.h"

namespace osac::cli {

struct ParameterValue {
  expression::Value value;
  expression::Type type;
};
using ParametersByName = std::map<std::string, ParameterValue>;

struct StartCondition {
  std::string text;  ///< "not before 08:00 UTC", "the file `over` is there", "at most 2,000 jobs in the queue"
  std::string now;   ///< how it is: "it is 05:12 UTC", "it is not there", "there are 2,312"
  bool holds = false;
};
struct StartConditions {
  std::vector<StartCondition> all;
  std::int64_t next_try = 0;  ///< wall, nanoseconds: when to look again
  [[nodiscard]] bool hold() const;
  /// Those that do not hold, in one line: "not before 08:00 UTC: it is 05:12 UTC; ..."
  [[nodiscard]] std::string missing() const;
};

struct StartQuestion {
  const site::Start& start;
  const ParametersByName& parameters;
  std::string folder;  ///< the workflow's: file names are relative to it
  std::int64_t now = 0;
  std::function<Result<std::uint64_t>()> queued{};  ///< one's own jobs in the queue; empty: nobody submits, and they do not count
};
/// Usage trouble if a file name names what is no parameter, or formats it as it cannot be.
Result<StartConditions> look_at_conditions(const StartQuestion& question);

/// The file name of a condition with the values of its parameters: `{name}`, `{name:format}`, `{{` and `}}` as in paths of a workflow.
Result<std::string> filled_name(const std::string& text, const ParametersByName& parameters);

/// The values of a workflow's parameters: of one that is compiled at least up to its analysis, or of a plan file. Those without a value, or
/// with a wrong one, are left out: planning reports them.
Result<ParametersByName> parameter_values(const Session& session, const WorkflowArguments& arguments);

/// What the names of jobs begin with that only wait for start conditions.
inline constexpr std::string_view start_job_prefix = "osac-start-";
/// One's own jobs in the queue, array tasks counted one by one: all, or those that do more than wait for start conditions.
Result<std::uint64_t> count_queued();
Result<std::uint64_t> count_working();

/// For `osac plan` and `osac simulate`: the conditions of the session's site as they are now, in its folder. None if it has none.
Result<StartConditions> conditions_of(const Session& session, const WorkflowArguments& arguments, bool counts_queue);
/// Lines for people, a headline before them; empty if there are none.
std::string conditions_text(const StartConditions& conditions);
/// Members of a JSON list.
std::string conditions_json(const StartConditions& conditions);

/// "2024-01-11 08:00 UTC", with seconds if there are any.
std::string moment_text(std::int64_t wall);

}  // namespace osac::cli
