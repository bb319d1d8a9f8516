#pragma once
// The questions of `osac prov` that are answered in words, from the index of the journals: made, used, list, show, verify, sql.

#include <string>

#include "runtime/cli/session.h"

namespace osac::cli {

struct ProvQuestion {
  std::string verb;    ///< "made", ...
  std::string target;  ///< a file, an element, an execution, a query; may be empty
  bool json = false;
  bool with_elements = false;  ///< every element, not only tasks with counts
  std::string other;           ///< of `diff`: the other execution
};
/// Whether a word is one of the verbs.
bool is_prov_verb(const std::string& word);
/// Prints the answer; gives the exit code. In the workflow's folder.
int answer(const ProvQuestion& question, const Past& past);

}  // namespace osac::cli
