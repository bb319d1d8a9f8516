#pragma once
// OSAC_CHECK: an invariant of ours. When it does not hold that is a bug in osac: say so and end with exit code 70.

#include <string_view>

namespace osac {

/// Prints "this is a bug in osac" with the place and ends the process with exit code 70.
[[noreturn]] void report_bug(const char* file, int line, std::string_view what);

}  // namespace osac

#define OSAC_CHECK(condition, what) ((condition) ? static_cast<void>(0) : ::osac::report_bug(__FILE__, __LINE__, what))
