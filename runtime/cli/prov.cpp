// osac prov: the provenance of what was executed, from the records alone.

#include <unistd.h>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/picture.h"
#include "runtime/cli/prov_export.h"
#include "runtime/cli/prov_questions.h"
#include "runtime/cli/prov_reproduce.h"
#include "runtime/cli/session.h"
#include "runtime/closing/finals.h"
#include "runtime/provenance/provenance.h"

namespace osac::cli {

namespace {

/// `osac prov graph WHAT`, `osac prov graph --element WHAT`, and as it was once said: `osac prov WHAT`.
Result<std::string> target_of(const Arguments& arguments) {
  const std::string& first = arguments.past.target == "graph" ? arguments.past.what : arguments.past.target;
  if (!first.empty() && !arguments.draw.element.empty())
    return failure(Trouble::usage, "elements are named twice: `" + visible(first) + "` and `" + visible(arguments.draw.element) + "`");
  return first.empty() ? arguments.draw.element : first;
}

/// A file of a closed night may be named by its published path, too.
Result<Arguments> with_paths_on_record(Arguments arguments, const std::string& state) {
  if (::access((state + "/closed").c_str(), F_OK) != 0 || arguments.past.target == "sql") return arguments;
  std::vector<std::string*> named = {&arguments.past.what, &arguments.draw.element};
  if (arguments.past.what.empty()) named.push_back(&arguments.past.target);
  std::erase_if(named, [](const std::string* name) { return name->empty(); });
  if (named.empty()) return arguments;
  const auto published = closing::read_published(state);
  if (!published) return tl::unexpected(published.error());
  for (std::string* const name : named) *name = closing::path_on_record(*published, *name);
  return arguments;
}

}  // namespace

int run_prov(const Arguments& given) {
  const auto past = open_past(given.past);
  if (!past) return report(past.error());
  const auto by_record = with_paths_on_record(given, past->state);
  if (!by_record) return report(by_record.error());
  const Arguments& arguments = *by_record;
  if (arguments.past.target == "reproduce") return run_prov_reproduce(arguments, *past);
  if (arguments.past.target == "export") return export_provenance(arguments, *past);
  if (is_prov_verb(arguments.past.target))
    return answer({arguments.past.target, arguments.past.what, arguments.past.json, arguments.draw.elements, arguments.past.other}, *past);
  if (!arguments.past.what.empty() && arguments.past.target != "graph")
    return report_usage("`" + visible(arguments.past.target) + "` is no question",
                        "osac prov made FILE; also: used, verify, list, show, diff, sql, graph, export, reproduce");
  const auto target = target_of(arguments);
  if (!target) return report(target.error());
  const auto records = provenance::collect(*past->plan, past->state);
  if (!records) return report(records.error());
  const DrawArguments& draw = arguments.draw;
  const std::string output = output_of(draw, std::string(past->plan->workflow()) + "-provenance");
  const provenance::Options options{*target, draw.elements, link_base(output, ".")};
  if (draw.format == "json" || (draw.format.empty() && draw.output.ends_with(".json"))) {
    const auto text = provenance::prov_json(*past->plan, *records, options);
    if (!text) return report(text.error());
    if (draw.output.empty() || draw.output == "-") return print_result(*text);
    if (auto status = write_file(draw.output, *text); !status) return report(status.error());
    return exit_done;
  }
  const auto graph = provenance::graph(*past->plan, *records, options);
  if (!graph) return report(graph.error());
  return write_picture(emit::to_dot(*graph), draw, output);
}

}  // namespace osac::cli
