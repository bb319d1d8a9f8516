#pragma once
// The registry: an index of a state folder's journals, in a file beside them or on a server, as the site file says. It is never the truth:
// whatever is wrong with it, it is made anew from the journals. Questions to it: archive.h.

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/base/result.h"
#include "runtime/site/registry_url.h"

namespace osac::registry {

/// What was put into the index, and what people should know.
struct RegistryReport {
  std::uint64_t journals = 0;  ///< that were read
  std::uint64_t records = 0, executions = 0, attempts = 0, made = 0, read = 0, metrics = 0;
  std::vector<std::string> notes;
};

/// Keeps in mind, in the state folder, where its index shall be; nothing happens if there is no such folder.
Status choose_registry(const std::string& state_folder, const site::RegistryUrl& url);

/// Brings the index up to date. A file is made anew, with a note, if it is damaged; one of a newer osac is damaged trouble and stays.
/// Temporary trouble if a server does not answer, damaged trouble if a journal cannot be read: for an execution no reason to fail.
Result<RegistryReport> update_registry(const std::string& state_folder);
/// Makes it anew from the journals, whatever it was.
Result<RegistryReport> rebuild_registry(const std::string& state_folder);

/// What is wrong with the index itself, one sentence each; the journals are not looked at.
Result<std::vector<std::string>> check_registry(const std::string& state_folder);
/// Where the index is, for people: a path or a URL.
Result<std::string> registry_name(const std::string& state_folder);

}  // namespace osac::registry
