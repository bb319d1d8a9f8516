// osac log: what an element's last attempt printed, with its command and outcome.

#include <fmt/format.h>
#include <algorithm>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "compiler/plan/resolve.h"
#include "runtime/base/clock.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/session.h"

namespace osac::cli {

namespace {

std::string outcome_line(const step::EndRecord& record) {
  std::string line = fmt::format("# {}: {}", record.element, step::outcome_name(record.outcome));
  if (record.outcome != step::Outcome::succeeded) line += ": " + visible(record.reason);
  line += fmt::format("\n# attempt {} on {}, {}, {}, peak memory {}\n", record.attempt, record.host, runtime::utc_text(record.started),
                      runtime::duration_text(record.ended - record.started), runtime::memory_text(record.peak_memory));
  if (!record.log.empty()) line += fmt::format("# {}\n", record.log);
  if (!record.command.empty()) line += fmt::format("# {}\n", visible(record.command));
  return line;
}

/// Control bytes of a task's output must not reach the terminal as commands: they are shown, newlines and tabs excepted.
std::string harmless(const std::string& text) {
  std::string out;
  for (const std::string_view line : split(text, '\n')) {
    std::string_view rest = line;
    while (true) {
      const auto tab = rest.find('\t');
      out += visible(rest.substr(0, tab));
      if (tab == std::string_view::npos) break;
      out += '\t';
      rest.remove_prefix(tab + 1);
    }
    out += '\n';
  }
  if (!out.empty()) out.pop_back();
  return out;
}

std::string shown(const step::EndRecord& record) {
  if (record.log.empty()) return outcome_line(record) + "(it never started)\n";
  const auto text = read_file(record.log);
  return outcome_line(record) + (text ? harmless(*text) : "(" + text.error().what + ")\n");
}

}  // namespace

int run_log(const Arguments& arguments) {
  if (arguments.past.target.empty() && !arguments.past.failed)
    return report_usage("whose log? Name an element, or give --failed", "osac log 'reduce[exposure=16]'; osac status shows what there is");
  auto past = open_past(arguments.past);
  if (!past) return report(past.error());
  auto history = registry::read_history(past->state);
  if (!history) return report(history.error());
  if (arguments.past.failed) {
    std::vector<step::EndRecord> failed;
    for (const registry::PastElement& element : history->elements()) {
      const registry::PastEnd& latest = *history->latest(element);
      if (latest.has_succeeded() || latest.was_cancelled()) continue;
      auto record = history->whole(latest);
      if (!record) return report(record.error());
      failed.push_back(std::move(*record));
    }
    std::sort(failed.begin(), failed.end(), [](const auto& a, const auto& b) { return a.element < b.element; });
    if (failed.empty()) return print_result("nothing has failed\n");
    std::string out;
    for (const step::EndRecord& record : failed) out += (out.empty() ? "" : "\n") + shown(record);
    return print_result(out);
  }
  const auto element = plan::find_element(*past->plan, arguments.past.target);
  if (!element) return report(element.error());
  const std::string name = plan::element_name(*past->plan, *element);
  const registry::PastElement* const found = history->find(name);
  if (found == nullptr) return report_usage("`" + name + "` has not been run yet", "osac status shows what was");
  const auto record = history->whole(*history->latest(*found));
  return record ? print_result(shown(*record)) : report(record.error());
}

}  // namespace osac::cli
