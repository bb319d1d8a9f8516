#pragma once
// Files as a revision of a git repository has them. Everything is asked of the `git` program, by argument vectors and never through a
// shell; nothing is checked out.

#include <memory>
#include <string>

#include "compiler/driver/compile.h"

namespace osac::cli {

/// The sources of `revision` in the repository that `file` is in (or would be in); files outside of that repository are as they are on the
/// disk. `prefix` is put before their names in messages: "HEAD~1:". Usage trouble: no repository, no such revision, `file` is not in it;
/// environment trouble: git is not installed.
Result<std::unique_ptr<driver::SourceFiles>> open_revision(const std::string& revision, const std::string& file);

}  // namespace osac::cli
