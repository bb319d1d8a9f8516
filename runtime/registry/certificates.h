#pragma once
// Certificates: from when to when a product holds, one table for each dataset with validity, in `.osa/NAME/certificates/DATASET.ecsv`
// (docs/reference/certificates.md). Compiling later plans reads them; people may read, keep and repair them. It knows tables of text, no
// plans.

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/base/result.h"

namespace osac::registry {

struct Certificate {
  std::int64_t number = 0;        ///< stays with a row's keys and begin
  std::vector<std::string> keys;  ///< as CertificateTable::keys has them
  std::string begin, until;       ///< times as text; `until` may be empty: until the next one's begin
  std::string path;
  std::string content;  ///< SHA-256
  std::string element;  ///< whose success gave it
  std::string execution, time;
};
struct KeyColumn {
  std::string name;
  std::string datatype;  ///< as ECSV calls it; empty if it was read
};
struct CertificateTable {
  std::vector<KeyColumn> keys;
  std::vector<Certificate> rows;
};

/// Where a dataset's certificates are.
std::string certificates_path(const std::string& state_folder, const std::string& dataset);
/// Datasets that have some, sorted.
std::vector<std::string> certified_datasets(const std::string& state_folder);
/// No file is an empty table; one that cannot be understood is damaged.
Result<CertificateTable> read_certificates(const std::string& path);
/// The file's text.
std::string certificates_text(const CertificateTable& table);
/// Adds rows: one with the keys and begin of a row that is there replaces it if it says anything else about the file, and keeps its number.
/// Returns how many are new or other than before; if none is, nothing is written. A kill leaves the old file or the new one.
Result<std::size_t> add_certificates(const std::string& state_folder, const std::string& dataset, const CertificateTable& added);

}  // namespace osac::registry
