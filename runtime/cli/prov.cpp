// osac prov: the provenance of what was executed, from the records alone.

#include "compiler/base/files.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/session.h"
#include "runtime/provenance/provenance.h"

namespace osac::cli {

int run_prov(const Arguments& arguments) {
  auto past = open_past(arguments.past);
  if (!past) return report(past.error());
  auto ends = registry::all_ends(past->state);
  if (!ends) return report(ends.error());
  provenance::Options options;
  options.target = arguments.past.target;
  options.with_elements = arguments.draw.elements;
  const std::string name = std::string(past->plan->workflow()) + "-provenance";
  const bool wants_json = arguments.draw.format == "json" || (arguments.draw.format.empty() && arguments.draw.output.ends_with(".json"));
  if (wants_json) {
    auto text = provenance::prov_json(*past->plan, *ends, options);
    if (!text) return report(text.error());
    if (arguments.draw.output.empty() || arguments.draw.output == "-") return print_result(*text);
    auto status = write_file(arguments.draw.output, *text);
    return status ? static_cast<int>(exit_done) : report(status.error());
  }
  auto graph = provenance::graph(*past->plan, *ends, options);
  if (!graph) return report(graph.error());
  return write_picture(emit::to_dot(*graph), arguments.draw, name);
}

}  // namespace osac::cli
