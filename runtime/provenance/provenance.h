#pragma once
// Provenance of what was executed, from the records alone: activities (attempts that succeeded), entities (files, by path and content), agents. As a graph
// (families collapsed by default) and as W3C PROV-JSON.

#include <string>
#include <vector>

#include "compiler/emit/graph.h"
#include "compiler/plan/plan.h"
#include "runtime/step/journal.h"

namespace osac::provenance {

struct Options {
  /// Empty: the whole workflow, a family a box. Else the element or file whose lineage is shown.
  std::string target;
  bool with_elements = false;           ///< do not collapse families (up to the graph's limit)
};

/// The provenance graph of the newest successes in `ends`; the plan groups and orders it. An unknown target is usage trouble.
Result<emit::Graph> graph(const plan::Plan& plan, const std::vector<step::EndRecord>& ends, const Options& options);
/// PROV-JSON (W3C Member Submission 2013-04-24): entity, activity, agent, used, wasGeneratedBy, wasAssociatedWith.
Result<std::string> prov_json(const plan::Plan& plan, const std::vector<step::EndRecord>& ends, const Options& options);

}  // namespace osac::provenance
