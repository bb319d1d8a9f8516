// osac fmt: formats files in place, or says which are not formatted.

#include <fmt/format.h>
#include <iostream>
#include <iterator>

#include "compiler/base/files.h"
#include "compiler/driver/load.h"
#include "compiler/syntax/parse.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/session.h"

namespace osac::cli {

int run_fmt(const Arguments& arguments) {
  int exit_code = exit_done;
  for (const std::string& file : arguments.format.files) {
    const bool is_stream = file == "-";
    auto text =
        is_stream ? Result<std::string>(std::string(std::istreambuf_iterator<char>(std::cin), {})) : read_file(file, driver::source_limit);
    if (!text) return report(text.error());
    Sources sources;
    Diagnostics diagnostics;
    const SourceId source = sources.add(is_stream ? "<stdin>" : file, std::move(*text));
    const std::string formatted = syntax::format(sources, source, diagnostics);
    print_diagnostics(diagnostics, sources, arguments.common);
    if (diagnostics.has_errors()) {
      exit_code = exit_diagnostics;
    } else if (is_stream) {
      if (const int code = print_result(formatted); code != exit_done) return code;
    } else if (formatted != sources.text(source)) {
      if (arguments.format.check) {
        tell(fmt::format("{} is not formatted\n", file));
        if (exit_code == exit_done) exit_code = exit_failed;
      } else if (auto status = write_file(file, formatted); !status) {
        return report(status.error());
      }
    }
  }
  return exit_code;
}

}  // namespace osac::cli
