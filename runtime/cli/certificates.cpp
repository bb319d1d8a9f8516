// osac certificates: from when to when products hold, as executions have recorded it.

#include "runtime/registry/certificates.h"

#include <fmt/format.h>
#include <algorithm>

#include "compiler/base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/session.h"

namespace osac::cli {

namespace {

using registry::Certificate;
using registry::CertificateTable;

std::string keys_of(const CertificateTable& table, const Certificate& row) {
  std::string text;
  for (std::size_t i = 0; i < row.keys.size(); ++i) text += fmt::format("{}{}={}", i == 0 ? "" : ",", table.keys[i].name, row.keys[i]);
  return text;
}

std::string as_text(const std::string& dataset, const CertificateTable& table) {
  std::string out = fmt::format("{}: {}\n", dataset, count_of(table.rows.size(), "certificate"));
  std::size_t width = 0;
  for (const Certificate& row : table.rows) width = std::max(width, keys_of(table, row).size());
  for (const Certificate& row : table.rows) {
    const std::string until = row.until.empty() ? "the next one" : row.until;
    out += visible(fmt::format("  {:<{}}  from {} until {}  {}", keys_of(table, row), width, row.begin, until, row.path)) + "\n";
  }
  return out;
}

std::string as_json(const std::string& dataset, const CertificateTable& table) {
  std::string rows;
  for (const Certificate& row : table.rows) {
    std::string keys;
    for (std::size_t i = 0; i < row.keys.size(); ++i)
      keys += fmt::format("{}{}: {}", i == 0 ? "" : ", ", json_quoted(table.keys[i].name), json_quoted(row.keys[i]));
    rows += fmt::format(
        "{}\n      {{\"certificate\": {}, \"keys\": {{{}}}, \"begin\": {}, \"until\": {}, \"path\": {}, \"content\": {}, \"element\": {}, "
        "\"execution\": {}, \"time\": {}}}",
        rows.empty() ? "" : ",", row.number, keys, json_quoted(row.begin), row.until.empty() ? "null" : json_quoted(row.until),
        json_quoted(row.path), json_quoted(row.content), json_quoted(row.element), json_quoted(row.execution), json_quoted(row.time));
  }
  return fmt::format("    {}: [{}{}]", json_quoted(dataset), rows, rows.empty() ? "" : "\n    ");
}

}  // namespace

int run_certificates(const Arguments& arguments) {
  const auto past = open_past(arguments.past);
  if (!past) return report(past.error());
  std::vector<std::string> datasets = registry::certified_datasets(past->state);
  if (!arguments.past.target.empty()) {
    if (std::find(datasets.begin(), datasets.end(), arguments.past.target) == datasets.end())
      return report_usage("`" + arguments.past.target + "` has no certificates",
                          datasets.empty() ? "nothing was certified yet" : "certified are: " + join_words(datasets));
    datasets = {arguments.past.target};
  }
  std::string out;
  for (const std::string& dataset : datasets) {
    const auto table = registry::read_certificates(registry::certificates_path(past->state, dataset));
    if (!table) return report(table.error());
    if (arguments.past.json)
      out += (out.empty() ? "" : ",\n") + as_json(dataset, *table);
    else
      out += as_text(dataset, *table);
  }
  if (arguments.past.json) return print_result(fmt::format("{{\n  \"certificates\": {{\n{}{}  }}\n}}\n", out, out.empty() ? "" : "\n"));
  return print_result(out.empty() ? "nothing was certified yet\n" : out);
}

}  // namespace osac::cli
