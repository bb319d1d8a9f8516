#pragma once
// osac prov export: the provenance of what was executed as a document of its own, for other programs.

#include <string>
#include <vector>

#include "runtime/cli/session.h"
#include "runtime/provenance/export.h"

namespace osac::cli {

int export_provenance(const Arguments& arguments, const Past& past);

/// Usage trouble, with the nearest name, if there is no such dimension.
Result<std::uint32_t> find_dimension(const plan::Plan& plan, const std::string& wanted);

/// What has a key of a dimension.
struct KeyPlaces {
  std::uint32_t record = 0;
  std::string file_name;              ///< "run=1807", as the name of a file
  std::vector<std::uint32_t> places;  ///< in `records.ends`, ascending
};
/// Those keys of a dimension that anything recorded has. Usage trouble if there is no such dimension.
Result<std::vector<KeyPlaces>> places_by_key(const plan::Plan& plan, const provenance::Records& records, const std::string& dimension);

struct ByKey {
  std::string dimension, folder, format;
};
/// A document for each key, `run=1807.json`: what has that key, and all that came from elsewhere for it; a task's elements as one. Of
/// `choice` the elements and failures count. Gives how many were written.
Result<std::size_t> export_by_key(const plan::Plan& plan, const provenance::Records& records, provenance::Choice choice, const ByKey& what);

}  // namespace osac::cli
