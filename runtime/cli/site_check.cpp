// osac site check: where the site file and the Slurm that is here differ.

#include <fmt/format.h>

#include "compiler/base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/session.h"
#include "runtime/slurm/compare_site.h"

namespace osac::cli {

namespace {

Result<slurm::ClusterFacts> ask() {
  const slurm::Client client;
  slurm::ClusterFacts facts;
  auto config = client.config();
  if (!config) return tl::unexpected(config.error());
  facts.config = std::move(*config);
  auto nodes = client.nodes();
  if (!nodes) return tl::unexpected(nodes.error());
  facts.nodes = std::move(*nodes);
  auto associations = client.associations();
  if (!associations && associations.error().trouble == Trouble::temporary) return tl::unexpected(associations.error());
  if (!associations) return facts;  // no accounts are kept
  // what is not enforced limits nobody
  const auto enforced = facts.config.values.find("AccountingStorageEnforce");
  const bool limits = enforced != facts.config.values.end() && enforced->second.find("limits") != std::string::npos;
  if (!limits)
    for (slurm::Association& one : *associations) one.max_submit = -1;
  facts.associations = std::move(*associations);
  auto levels = client.qos_limits();
  if (!levels) return tl::unexpected(levels.error());
  if (limits) facts.qos_limits = std::move(*levels);
  return facts;
}

std::string as_json(const std::vector<slurm::Difference>& differences) {
  std::string out;
  for (const slurm::Difference& one : differences)
    out += fmt::format("{}\n  {{\"key\": {}, \"site\": {}, \"cluster\": {}, \"too_much\": {}}}", out.empty() ? "" : ",",
                       json_quoted(one.key), json_quoted(one.said), json_quoted(one.is), one.is_too_much);
  return fmt::format("[{}{}]\n", out, out.empty() ? "" : "\n");
}

}  // namespace

int run_site(const Arguments& arguments) {
  int exit_code = exit_done;
  const auto site = open_site(arguments, exit_code);
  if (!site) return exit_code;
  const auto facts = ask();
  if (!facts) return report(facts.error());
  const auto differences = slurm::compare(*site, *facts);
  bool is_too_much = false;
  std::string out;
  for (const slurm::Difference& one : differences) {
    is_too_much = is_too_much || one.is_too_much;
    out += fmt::format("{}: {}: {}: {}; the cluster: {}\n", site->origin, one.is_too_much ? "error" : "note", one.key, visible(one.said),
                       visible(one.is));
  }
  if (differences.empty()) out = fmt::format("{}: as the cluster is\n", site->origin);
  if (const int code = print_result(arguments.workflow.json ? as_json(differences) : out); code != exit_done) return code;
  return is_too_much ? exit_failed : exit_done;
}

}  // namespace osac::cli
