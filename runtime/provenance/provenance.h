#pragma once
// Provenance of what was executed, from the journals' records alone: activities (attempts that succeeded), entities (files, by path and
// content), agents (who ran osac, and osac itself). As a graph, families collapsed by default, and as W3C PROV-JSON (Member Submission
// 2013-04-24).
//
// It does not look at the files as they are now, only at what was recorded of them.

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/emit/graph.h"
#include "compiler/plan/plan.h"
#include "runtime/step/journal.h"

namespace osac::provenance {

/// The newest success of each element of a plan, and the executions and plans they belong to.
struct Records {
  std::vector<step::EndRecord> ends;                      ///< in the plan's order of elements
  std::vector<step::EndRecord> failures;                  ///< the last attempts of elements that did not succeed since, in that order, too
  std::vector<step::ExecutionStart> executions;           ///< only those that `ends` and `failures` name, in order of time
  std::unordered_map<std::string, std::uint32_t> makers;  ///< output path -> place in `ends`
  std::vector<step::PlanRecord> plans;                    ///< likewise, sorted by id; journals of before do not tell them
  std::vector<std::uint32_t> elements;                    ///< of each of `ends` its number in the plan
};
Result<Records> collect(const plan::Plan& plan, const std::string& state_folder);

struct Options {
  std::string target;          ///< empty: all of it. Else an element ("reduce[exposure=16]") or a file: only what it came from
  bool with_elements = false;  ///< a box for each activity and file
  std::string link_base;       ///< of a picture: emit::DrawOptions
};

/// Families, a box each; the lineage of a target with those that are alike as one box. Usage trouble if `target` names nothing that was
/// executed.
Result<emit::Graph> graph(const plan::Plan& plan, const Records& records, const Options& options);
Result<std::string> prov_json(const plan::Plan& plan, const Records& records, const Options& options);

}  // namespace osac::provenance
