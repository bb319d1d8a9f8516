// Tables of metrics as text, CSV, ECSV, JSON and OpenMetrics.

#include <fmt/format.h>
#include <set>

#include "compiler/base/columns.h"
#include "compiler/base/text.h"
#include "compiler/records/json.h"
#include "runtime/provenance/metrics_table.h"

namespace osac::provenance {

namespace {

using Kind = MetricsColumn::Kind;

/// A cell as people and tables write it: texts without the quotes that JSON has around them.
std::string plain(const MetricsColumn& column, const std::string& cell) {
  if (!column.is_metric || column.kind == Kind::list || !cell.starts_with('"')) return cell;
  const records::JsonDocument document(cell);
  return document.root() ? document.root()->text() : cell;
}

std::string quoted(const std::string& cell, char separator) {
  if (cell.find_first_of(std::string("\"\r\n ") + separator) == std::string::npos && !cell.empty()) return cell;
  std::string out = "\"";
  for (const char c : cell) {
    if (c == '"') out += c;
    out += c;
  }
  return out + "\"";
}

/// Rows of cells with a separator between them; a missing number is an empty cell.
std::string rows_text(const MetricsTable& table, char separator) {
  std::string out;
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) out += separator;
      std::string cell = plain(table.columns[i], row[i]);
      if (separator == ' ' && table.columns[i].kind == Kind::boolean && !cell.empty()) cell = cell == "true" ? "True" : "False";
      if (!cell.empty() || separator == ' ') out += quoted(cell, separator);
    }
    out += '\n';
  }
  return out;
}

std::string names_text(const MetricsTable& table, char separator) {
  std::string out;
  for (const MetricsColumn& column : table.columns) out += (out.empty() ? "" : std::string(1, separator)) + quoted(column.name, separator);
  return out + '\n';
}

std::string_view ecsv_type(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return "bool";
    case Kind::integer:
      return "int64";
    case Kind::real:
      return "float64";
    case Kind::text:
    case Kind::time:
    case Kind::list:
      break;
  }
  return "string";
}

/// A name of OpenMetrics: letters, digits and underscores.
std::string metric_name(std::string_view text) {
  std::string name = "osac_";
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    name += is_plain ? c : '_';
  }
  return name;
}

std::string label_value(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return '"' + out + '"';
}

}  // namespace

std::string as_text(const MetricsTable& table) {
  std::vector<std::vector<std::string>> lines(1);
  for (const MetricsColumn& column : table.columns) lines[0].push_back(column.name + (column.unit.empty() ? "" : " [" + column.unit + "]"));
  for (const auto& row : table.rows) {
    lines.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) lines.back().push_back(visible(plain(table.columns[i], row[i])));
  }
  std::set<std::size_t> numbers;
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    if (table.columns[i].kind == Kind::integer || table.columns[i].kind == Kind::real) numbers.insert(i);
  return columns_text(lines, numbers);
}

std::string as_csv(const MetricsTable& table) { return names_text(table, ',') + rows_text(table, ','); }

std::string as_ecsv(const MetricsTable& table) {
  std::string out = "# %ECSV 1.0\n# ---\n# datatype:\n";
  for (const MetricsColumn& column : table.columns) {
    std::string more;
    if (column.kind == Kind::list) more += ", subtype: 'float64[null]'";
    if (!column.unit.empty()) more += ", unit: " + json_quoted(column.unit);
    out += fmt::format("# - {{name: {}, datatype: {}{}}}\n", json_quoted(column.name), ecsv_type(column.kind), more);
  }
  out += fmt::format("# meta: {{task: {}}}\n# schema: astropy-2.0\n", json_quoted(table.task));
  return out + names_text(table, ' ') + rows_text(table, ' ');
}

std::string as_json(const MetricsTable& table) {
  std::string rows;
  for (const auto& row : table.rows) {
    std::string cells;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const MetricsColumn& column = table.columns[i];
      const bool is_json = column.is_metric || column.kind == Kind::integer || column.kind == Kind::real || column.kind == Kind::boolean;
      cells += fmt::format("{}{}: {}", cells.empty() ? "" : ", ", json_quoted(column.name),
                           row[i].empty() ? "null"
                           : is_json      ? row[i]
                                          : json_quoted(row[i]));
    }
    rows += fmt::format("{}\n    {{{}}}", rows.empty() ? "" : ",", cells);
  }
  std::string units;
  for (const MetricsColumn& column : table.columns)
    if (!column.unit.empty())
      units += fmt::format("{}{}: {}", units.empty() ? "" : ", ", json_quoted(column.name), json_quoted(column.unit));
  return fmt::format("{{\n  \"task\": {},\n  \"units\": {{{}}},\n  \"rows\": [{}{}]\n}}\n", json_quoted(table.task), units, rows,
                     rows.empty() ? "" : "\n  ");
}

std::string as_openmetrics(const MetricsTable& table, std::string_view workflow) {
  std::string out;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const MetricsColumn& column = table.columns[i];
    if (!column.is_metric || (column.kind != Kind::integer && column.kind != Kind::real && column.kind != Kind::boolean)) continue;
    const std::string name = metric_name(column.name);
    out += fmt::format("# TYPE {} gauge\n", name);
    if (!column.unit.empty()) out += fmt::format("# HELP {} in {}\n", name, column.unit);
    for (const auto& row : table.rows) {
      if (row[i].empty()) continue;
      const std::string value = column.kind == Kind::boolean ? (row[i] == "true" ? "1" : "0") : row[i];
      out += fmt::format("{}{{workflow={},task={},element={}}} {}\n", name, label_value(workflow), label_value(table.task),
                         label_value(row.front()), value);
    }
  }
  return out + "# EOF\n";
}

}  // namespace osac::provenance
