#include "compiler/base/check.h"

#include <unistd.h>
#include <cstdio>

namespace osac {

void report_bug(const char* file, int line, std::string_view what) {
  std::fprintf(stderr, "osac: this is a bug in osac: %.*s (%s:%d)\n", static_cast<int>(what.size()), what.data(), file, line);
  std::fflush(stderr);
  _exit(70);
}

}  // namespace osac
