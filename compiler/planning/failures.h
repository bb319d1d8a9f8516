#pragma once
// Elements that cannot be planned, in words: for `osac why`, and as diagnostics for those that selection kept.

#include "compiler/planning/closure.h"

namespace osac::planning {

/// A piece of source on one line: runs of blanks become one.
std::string source_text(const Context& context, Span span);

/// "nearest: run 1788, 6.2 days before; limit 4 nights".
std::string describe_failure(const Frame& frame, Folder& fold, const Draft& draft, const program::Task& task, const Family& family,
                             const Failure& failure);

/// One diagnostic an input and kind of failure, with the first element and how many there are likewise; of kept elements only.
void report_failures(const Frame& frame, Folder& fold, const Draft& draft, const Keep& keep);

}  // namespace osac::planning
