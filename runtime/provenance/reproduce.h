#pragma once
// Making a file again from what is on record: the commands in their order, the files that nobody here made, and what has changed since the
// file was made. As text, as JSON, and as a script. It starts nothing but the programs that
// are asked for their versions.

#include <string>
#include <utility>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/registry/archive.h"
#include "runtime/site/site.h"

namespace osac::provenance {

struct ReproductionStep {
  registry::ArchivedAttempt attempt;
  std::vector<registry::ArchivedFile> outputs;
  site::Entry env;                                         ///< how its environment is entered now
  std::vector<std::pair<std::string, std::string>> lists;  ///< files with lists of names that its command reads: name, text
};
/// A file that nobody here made.
struct ReproductionInput {
  registry::ArchivedFile file;
  Digest content{};  ///< as recorded, or else of the file as it is now if size and time are as recorded; zero: not known, or a folder
};
struct ReproductionChange {
  std::string kind;  ///< input, product, command, source, env, tool
  std::string name;
  std::string text;  ///< what has changed, as a sentence goes on after the name
};
struct Reproduction {
  registry::ArchivedFile product;
  std::vector<ReproductionStep> steps;  ///< in the order in which they were made
  std::vector<ReproductionInput> inputs;
  std::vector<ReproductionChange> changes;
  std::vector<std::string> obstacles;  ///< why there can be no script
};

/// Paths are relative to the current folder, the workflow's. Usage trouble if nobody here made the file.
Result<Reproduction> reproduction(const plan::Plan& plan, registry::Archive& archive, const site::Site& site, const std::string& target);

std::string as_text(const Reproduction& reproduction);
std::string as_json(const Reproduction& reproduction);
/// A script for bash that makes the product again in the folder `work` beside itself, from inputs in `folder` (as seen from the script's),
/// and compares what it reads and makes with what is on record. Usage trouble if there are obstacles.
Result<std::string> as_script(const Reproduction& reproduction, const std::string& folder);

}  // namespace osac::provenance
