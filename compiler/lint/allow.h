#pragma once
// `# lint: allow RULE, RULE reason`: findings that the author knows and wants. Behind code it holds for its line; on a line of its own for
// the declaration, clause or column that follows; above `workflow`, or at the top of the file with a blank line below, for the whole file.
// RULE is a kind of warning or advice, or what another checker calls it (SC2086). Private to this room.

#include <string>
#include <vector>

#include "compiler/lint/context.h"

namespace osac::lint {

struct Allowance {
  Span covered;
  Span place;  ///< of the rule's name in the comment
  std::string rule;
  bool is_used = false;
};

/// Reads all allowances of a file. Reports unknown rules and missing reasons.
std::vector<Allowance> read_allowances(Context& context);

/// The findings that no allowance covers; marks those that do.
void take_unallowed(const Diagnostics& found, std::vector<Allowance>& allowances, Diagnostics& diagnostics);

/// Reports allowances that allowed nothing.
void report_needless(Context& context, const std::vector<Allowance>& allowances);

}  // namespace osac::lint
