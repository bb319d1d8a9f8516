#pragma once
// Asks a program for its version, as `version "..."` of a tool says. The answer is for the record only: none is no failure. It starts a
// process and waits for it; nothing here remembers an answer.

#include <cstdint>
#include <string>

#include "runtime/site/site.h"

namespace osac::step {

struct ToolVersion {
  std::string text;     ///< the first line that it printed, shortened; empty: unknown
  std::string problem;  ///< why, if it is unknown: "`x --version` exits with 127: x: command not found"
};

inline constexpr std::int64_t version_limit = 10'000'000'000;

/// By a shell, in the current folder. What takes longer than `limit` (nanoseconds) is ended.
ToolVersion ask_version(const std::string& command, const site::Entry& env, std::int64_t limit = version_limit);

}  // namespace osac::step
