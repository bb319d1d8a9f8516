#pragma once
// Reference pages of modules and workflows: what a file declares, with what its `##` comments say. Takes trees (and a workflow's checked
// program, for what only that knows), gives text; reads no files. The same file gives the same bytes.

#include <string>
#include <vector>

#include "compiler/program/program.h"
#include "compiler/semantics/analyse.h"

namespace osac::doc {

enum class Format : std::uint8_t { markdown, html };

struct Subject {
  const std::vector<semantics::Module>& modules;  ///< the page is of modules[0]
  const program::Program& program;
  const Sources& sources;
  const Strings& strings;
  std::string name;  ///< of a module, as imports name it; of a workflow, its file
};

std::string page(const Subject& subject, Format format);

}  // namespace osac::doc
