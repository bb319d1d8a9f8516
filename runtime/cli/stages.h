#pragma once
// Compiling a workflow with what its tasks have made so far: at first what the records of past executions say, then, while it is carried
// out, what stands. A made file that planning cannot use is left out and told.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/compile.h"
#include "runtime/local/execute.h"

namespace osac::cli {

/// A made file by its path, if it may be used.
using FindMade = std::function<std::optional<registry::MadeFile>(std::string_view workflow, const std::string& path)>;
/// Diagnostics as people read them.
using Render = std::function<std::string(const Diagnostics&, const Sources&)>;

struct StagedCompilation {
  std::unique_ptr<driver::Compilation> compilation;
  registry::MadeFiles made;             ///< what the plan was made from
  std::vector<local::WrongFile> wrong;  ///< what it could not be made from
};

/// Compiles to a plan. Errors that come of made files leave these out; other errors are in the compilation.
StagedCompilation compile_staged(driver::Request request, const FindMade& find, const Render& render);

/// Finds what past executions of workflows in `folder` have made; their records are read when the first file is asked for.
FindMade find_recorded(const std::string& folder);

/// Plans a request again, once the current folder is the workflow's. To be made before that: paths of `request` are of now.
local::Replan make_replan(driver::Request request, Render render);

}  // namespace osac::cli
