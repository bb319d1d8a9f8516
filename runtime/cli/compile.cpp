// osac compile: a plan file, or a stage of the compilation as text.

#include <fmt/format.h>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "compiler/syntax/parse.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/session.h"
#include "runtime/cli/target_slurm.h"

namespace osac::cli {

namespace {

driver::Stage stage_of(const std::string& emit) {
  if (emit == "tree") return driver::Stage::parse;
  if (emit == "program") return driver::Stage::analyse;
  return driver::Stage::plan;
}

}  // namespace

int run_compile(const Arguments& arguments) {
  int exit_code = exit_done;
  const std::string& emit = arguments.compile.emit;
  const auto session = open_session(arguments, stage_of(emit), exit_code);
  if (!session) return exit_code;
  if (session->opened && (emit == "tree" || emit == "program")) return report_usage("a plan file has no " + emit, "name the .osa file");
  if (emit == "tree") {
    const driver::Compilation& compilation = *session->compilation;
    return print_result(syntax::print(compilation.modules.front().tree, compilation.sources, compilation.strings));
  }
  if (emit == "program") return print_result(program::print(*session->compilation->program, session->compilation->strings));
  if (emit == "plan")
    return print_result(arguments.workflow.json ? plan::print_json(session->plan())
                                                : plan::print(session->plan(), arguments.compile.elements));
  if (emit == "dot") return print_result(emit::workflow_graph(session->plan()));
  if (arguments.compile.target == "slurm") return compile_slurm(arguments, *session);

  const std::string output =
      arguments.compile.output.empty() ? std::string(session->plan().workflow()) + ".plan" : arguments.compile.output;
  if (auto status = write_file(output, session->plan().bytes()); !status) return report(status.error());
  tell(fmt::format("wrote {}: {} of {}, plan {}\n", output, count_of(session->plan().element_count(), "element"),
                   count_of(session->plan().tasks().size(), "task"), hexadecimal(session->plan().id()).substr(0, 12)));
  return exit_done;
}

}  // namespace osac::cli
