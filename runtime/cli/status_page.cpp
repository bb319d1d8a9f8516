// The table of `osac status` as a page that stands alone: one file, no scripts, nothing that is loaded from elsewhere. What colours say,
// words say, too.

#include <fmt/format.h>

#include "compiler/base/markup.h"
#include "compiler/base/text.h"
#include "runtime/base/clock.h"
#include "runtime/cli/status_table.h"

namespace osac::cli {

namespace {

constexpr std::size_t most_failures = 200;  // a page is for people

constexpr const char* style = R"(
  body { font: 15px/1.45 system-ui, sans-serif; margin: 2em; color: #1b1b1b; background: #fff; }
  h1 { font-size: 1.3em; margin: 0 0 .2em; }
  p { margin: .2em 0; }
  .quiet { color: #555; }
  .bar { display: flex; height: .7em; width: 30em; max-width: 100%; margin: .8em 0 1.2em; background: #e6e6e6; }
  .bar span { display: block; }
  table { border-collapse: collapse; margin: 1em 0; }
  th, td { padding: .25em .7em; text-align: left; border-bottom: 1px solid #ddd; white-space: nowrap; }
  th { font-weight: 600; border-bottom: 2px solid #888; position: sticky; top: 0; background: #fff; }
  td.n { text-align: right; font-variant-numeric: tabular-nums; }
  .done { background: #d7e8f7; } .failed { background: #f6c9a8; font-weight: 600; } .running { background: #fdf0b0; }
  .queued, .unknown { background: #eeeeee; } .bar .done { background: #2b6ca3; } .bar .failed { background: #c8500a; }
  .bar .running { background: #e8b800; } .bar .queued { background: #a8a8a8; }
  li { margin: .3em 0; }
  @media (prefers-color-scheme: dark) {
    body, th { background: #161616; color: #e6e6e6; } .quiet { color: #aaa; } th, td { border-color: #444; } a { color: #8fc1ee; }
    .done { background: #17324a; } .failed { background: #6a2c07; } .running { background: #574700; } .queued, .unknown { background: #303030; }
  }
)";

std::string escaped(std::string_view text) { return markup_escaped(visible(text)); }

std::string time_text(std::int64_t wall) { return wall == 0 ? "" : runtime::utc_text(wall).substr(0, 19); }

std::string_view class_of(const StatusCell& cell) {
  if (cell.failed > 0) return "failed";
  if (cell.running > 0) return "running";
  if (cell.queued > 0) return "queued";
  if (cell.unknown > 0) return "unknown";
  return cell.all > 0 && cell.done == cell.all ? "done" : "";
}

std::string counts_text(const StatusCell& cell) {
  std::string text = fmt::format("{} of {} done", grouped(cell.done), grouped(cell.all));
  const auto add = [&](std::uint32_t count, const char* word) {
    if (count > 0) text += fmt::format(", {} {}", grouped(count), word);
  };
  add(cell.failed, "failed");
  add(cell.running, "running");
  add(cell.queued, "queued");
  add(cell.unknown, "unknown");
  return text;
}

std::string cell_html(const StatusCell& cell) {
  if (cell.all == 0) return "<td></td>";
  std::string text = fmt::format("{}%", std::uint64_t{100} * cell.done / cell.all);
  if (cell.failed > 0) text += fmt::format(" &#10007;{}", grouped(cell.failed));
  if (cell.running > 0) text += fmt::format(" &#9654;{}", grouped(cell.running));
  if (cell.queued > 0) text += fmt::format(" &#8230;{}", grouped(cell.queued));
  if (cell.unknown > 0) text += fmt::format(" ?{}", grouped(cell.unknown));
  return fmt::format("<td class=\"n {}\" title=\"{}\">{}</td>", class_of(cell), counts_text(cell), text);
}

std::string bar_html(const StatusCell& total) {
  if (total.all == 0) return "";
  const auto part = [&](const char* name, std::uint32_t count) {
    return count == 0 ? std::string() : fmt::format("<span class=\"{}\" style=\"width:{:.2f}%\"></span>", name, 100.0 * count / total.all);
  };
  return fmt::format("<div class=\"bar\" role=\"img\" aria-label=\"{}\">{}{}{}{}</div>\n", counts_text(total), part("done", total.done),
                     part("failed", total.failed), part("running", total.running), part("queued", total.queued));
}

std::string row_html(const StatusRow& row) {
  std::string out = fmt::format("<tr><td>{}</td>", escaped(row.key));
  for (const std::string& attribute : row.attributes) out += fmt::format("<td>{}</td>", escaped(attribute));
  const std::string_view state = row.state();
  out +=
      fmt::format("<td class=\"{}\">{}</td><td>{}</td><td class=\"n\">{}</td><td>{}</td><td>{}</td><td>{}</td>",
                  state == "begun" || state == "to do" ? "" : state, state, escaped(fmt::format("{}", fmt::join(row.exits, ", "))),
                  row.tries == 0 ? "" : std::to_string(row.tries), fmt::join(row.jobs, ", "), time_text(row.started), time_text(row.ended));
  for (const StatusCell& cell : row.cells) out += cell_html(cell);
  return out + "</tr>\n";
}

std::string table_html(const StatusTable& table) {
  std::string out = "<table>\n<thead><tr>" + fmt::format("<th>{}</th>", escaped(table.dimension));
  for (const std::string& attribute : table.attributes) out += fmt::format("<th>{}</th>", escaped(attribute));
  for (const char* const heading : {"state", "exit", "tries", "jobs", "started", "ended"}) out += fmt::format("<th>{}</th>", heading);
  for (const std::string& task : table.tasks) out += fmt::format("<th>{}</th>", escaped(task));
  out += "</tr></thead>\n<tbody>\n";
  for (const StatusRow& row : table.rows) out += row_html(row);
  return out + "</tbody>\n</table>\n";
}

std::string failures_html(const std::vector<FailedElement>& failures) {
  if (failures.empty()) return "";
  std::string out = fmt::format("<h2>{} failed</h2>\n<ul>\n", count_of(failures.size(), "element"));
  for (std::size_t i = 0; i < failures.size() && i < most_failures; ++i) {
    const FailedElement& one = failures[i];
    out += fmt::format("<li>{}: {}", escaped(one.name), escaped(one.reason));
    if (!one.log.empty()) out += fmt::format(" (<a href=\"{}\">log</a>)", percent_encoded(one.log, "-._~/"));
    out += "</li>\n";
  }
  if (failures.size() > most_failures) out += fmt::format("<li>and {} more</li>\n", grouped(failures.size() - most_failures));
  return out + "</ul>\n";
}

}  // namespace

std::string status_page(const StatusTable& table, const StatusLines& lines, std::int64_t now, int refresh) {
  const std::string name = escaped(table.workflow);
  std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  if (refresh > 0) out += fmt::format("<meta http-equiv=\"refresh\" content=\"{}\">\n", refresh);
  out += fmt::format("<meta name=\"viewport\" content=\"width=device-width\">\n<title>{}: {}</title>\n<style>{}</style>\n</head>\n<body>\n",
                     name, counts_text(table.all.total), style);
  out += fmt::format("<h1>{}: {}</h1>\n", name, table.all.state());
  out += fmt::format("<p>{}</p>\n", counts_text(table.all.total));
  out += fmt::format("<p class=\"quiet\">plan {}, as of {} UTC</p>\n", table.plan.substr(0, 12), time_text(now));
  out += bar_html(table.all.total);
  for (const auto* const some : {&lines.submissions, &lines.stages})
    for (const std::string& line : *some) out += fmt::format("<p>{}</p>\n", escaped(line));
  return out + table_html(table) + failures_html(table.failures) + "</body>\n</html>\n";
}

}  // namespace osac::cli
