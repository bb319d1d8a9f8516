#pragma once
// A Workflow Run RO-Crate (profiles process, workflow and provenance run crate 0.5, on RO-Crate 1.1): a folder or an archive with the
// workflow's text and ro-crate-metadata.json, which tells what was executed by whom, with which programs, from which files. Data files are
// named, and copied in if asked for and if they are still as they were.

#include <string>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/provenance/export.h"

namespace osac::provenance {

struct CrateFile {
  std::string name;  ///< in the crate: a relative path
  std::string from;  ///< a file to be copied; empty: `bytes`
  std::string bytes;
};
struct Crate {
  std::vector<CrateFile> files;  ///< the metadata first
  std::size_t left_out = 0;      ///< data files that were to be copied and are gone or have changed
};

enum class DataFiles : std::uint8_t { by_reference, copied };
/// Usage trouble if nothing of the selection was executed, or if the workflow's text is not there.
Result<Crate> make_ro_crate(const plan::Plan& plan, const Exported& selection, DataFiles data);

/// Into a folder that is not there yet, or empty; usage trouble else.
Status write_crate_folder(const Crate& crate, const std::string& folder);
/// As a zip archive; the same crate gives the same bytes.
Status write_crate_zip(const Crate& crate, const std::string& path);

}  // namespace osac::provenance
