#pragma once
// Closing a night: everything that its plan expects is checked, what has a final path is published, the provenance is drawn, and then the
// night is marked closed. By a person (`osac close`), or at the end of an execution that was told so (`--close`). Also what every command
// says about a night that is closed already.

#include <optional>
#include <string>

#include "runtime/cli/session.h"
#include "runtime/closing/mark.h"

namespace osac::cli {

struct ClosingRequest {
  Arguments arguments;    ///< with which it is planned: of an `osac run`, `submit` or `close`
  std::string called_in;  ///< the folder in which they were given, absolute
  CloseArguments how;
  bool is_submitted = false;  ///< what is missing is submitted, not run
  bool is_automatic = false;  ///< at the end of an execution
};
struct ClosingOutcome {
  int code = 0;
  bool is_closed = false;
  std::string text;  ///< what was said: why it was refused, or that it is closed
  std::string json;  ///< the same for programs; empty if it did not come to that
};
/// The caller has the lock of the workflow's state, and no jobs are on their way. What becomes of it is said. On return the current folder
/// is the workflow's.
ClosingOutcome close_night(const ClosingRequest& request);

/// Of an execution that was to close its night and has not made all of it; says so.
ClosingOutcome not_all_there(const plan::Plan& plan);

/// Opens a closed night again.
int reopen_night(const plan::Plan& plan, const std::string& state, const step::Closed& mark, const CloseArguments& how);

/// What a command line means; a plan file is a part of its night.
closing::Night night_of(const Session& session, const WorkflowArguments& arguments);
/// For commands that would make something: if the night is closed, says so, and gives the exit code. In the workflow's folder.
std::optional<int> answer_if_closed(const Session& session, const WorkflowArguments& arguments);
/// For those that only tell: nothing if the night is open, or its mark cannot be read (then that is said).
std::optional<step::Closed> find_closed(const plan::Plan& plan, const closing::Night& night);
/// As an object; null.
std::string closed_json(const std::optional<step::Closed>& closed);

}  // namespace osac::cli
