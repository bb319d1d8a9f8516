#pragma once
// What two executions did differently, by the index of the journals: circumstances, parameters, sources, and for each element that both
// have attempted its last attempt in either. It looks at no files and knows no plans.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/registry/archive.h"

namespace osac::provenance {

/// An execution by its id, the beginning of one, `last` or `last~2` (the third last). Usage trouble, with what may have been meant, if that
/// is none or several. An empty name is the last one.
Result<registry::ArchivedExecution> find_execution(const std::vector<registry::ArchivedExecution>& executions, const std::string& name);

/// A value that is another one; empty where there was none.
struct Changed {
  std::string name, before, after;
};

struct ElementChanges {
  std::string element;
  registry::ArchivedAttempt before, after;
  // names of what may differ: outcome, env, version; then paths, ports and metrics
  std::vector<Changed> circumstances, lookups, inputs, products, metrics;
  [[nodiscard]] bool has_other_command() const { return before.command != after.command; }
  [[nodiscard]] bool is_same() const {
    return !has_other_command() && circumstances.empty() && lookups.empty() && inputs.empty() && products.empty() && metrics.empty();
  }
  /// The kinds of changes in words, "command, inputs": elements with the same ones are alike.
  [[nodiscard]] std::string kinds() const;
};

struct ExecutionDiff {
  registry::ArchivedExecution before, after;
  std::vector<Changed> circumstances;  ///< workflow, osac, user, host, site
  std::vector<Changed> parameters, sources;
  std::vector<Changed> programs;                               ///< tools whose attempts had other versions, by name
  std::vector<ElementChanges> elements;                        ///< that differ, by name
  std::size_t same = 0;                                        ///< elements that both attempted, and that do not differ
  std::map<std::string, std::size_t> only_before, only_after;  ///< elements of a task that only one attempted
};

Result<ExecutionDiff> diff_executions(registry::Archive& archive, const registry::ArchivedExecution& before,
                                      const registry::ArchivedExecution& after);

}  // namespace osac::provenance
