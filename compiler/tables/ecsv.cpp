// ECSV 1.0: a YAML header in lines that begin with `#`, a row of names, and rows delimited by spaces or commas.
// https://github.com/astropy/astropy-APEs/blob/main/APE6.rst

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>
#include <array>
#include <utility>

#include "compiler/base/text.h"
#include "compiler/expression/unit.h"
#include "compiler/tables/delimited.h"

namespace osac::tables {

namespace {

struct EcsvColumn {
  std::string name;
  std::string unit;
  Span unit_span;
};

/// The header's text without the leading `# `, and where each of its lines begins in the file.
struct Preamble {
  std::string yaml;
  std::vector<std::size_t> line_begins;
  std::size_t end = 0;  ///< where the row of names begins, at the latest
};

struct EcsvReader {
  const Reading& reading;
  Builder& builder;
  TableData& data;
  Preamble preamble;
  std::vector<EcsvColumn> columns;
  char delimiter = ' ';

  bool refuse(Span place, const std::string& why, const std::string& help = {}) {
    auto report = reading.diagnostics.report(DiagnosticKind::malformed_table, place, "ECSV", why);
    if (!help.empty()) report.help(help);
    return false;
  }

  [[nodiscard]] Span line_span(std::size_t at) const {
    return reading.span(at, std::min(reading.text.find('\n', at), reading.text.size()));
  }

  /// The place of a mark of yaml-cpp: 0-based lines and columns in bytes, -1 for none.
  [[nodiscard]] Span span_of(const YAML::Mark& mark, std::size_t length) const {
    if (mark.line < 0) return line_span(0);
    if (static_cast<std::size_t>(mark.line) >= preamble.line_begins.size()) return reading.span(preamble.end, preamble.end);
    const std::size_t begin =
        preamble.line_begins[static_cast<std::size_t>(mark.line)] + static_cast<std::size_t>(std::max(mark.column, 0));
    const std::size_t end = reading.text.size();
    return reading.span(std::min(begin, end), std::min(begin + length, end));
  }

  bool check_first_line() {
    const std::string_view first = reading.text.substr(0, reading.text.find('\n'));
    if (first.starts_with("# %ECSV ")) return true;
    return refuse(line_span(0), "its first line is not `# %ECSV 1.0`", "a table without that header is declared as `csv`");
  }

  void split_preamble() {
    std::size_t at = 0;
    while (at < reading.text.size() && reading.text[at] == '#') {
      const std::size_t end = std::min(reading.text.find('\n', at), reading.text.size());
      std::string_view line = reading.text.substr(at, end - at);
      const std::size_t lead = line.starts_with("# ") ? 2 : 1;
      line.remove_prefix(lead);
      if (line.ends_with('\r')) line.remove_suffix(1);
      const bool is_marker = at == 0;
      preamble.line_begins.push_back(at + lead);
      preamble.yaml += is_marker ? "" : line;
      preamble.yaml += '\n';
      at = std::min(end + 1, reading.text.size());
    }
    preamble.end = at;
  }

  bool read_delimiter(const YAML::Node& root) {
    const YAML::Node node = root["delimiter"];
    if (!node) return true;
    const std::string text = node.IsScalar() ? node.Scalar() : "";
    if (text != " " && text != ",") return refuse(span_of(node.Mark(), 1), "its delimiter is neither a space nor a comma");
    delimiter = text[0];
    return true;
  }

  bool read_column(const YAML::Node& node) {
    if (!node.IsMap()) return refuse(span_of(node.Mark(), 1), "an entry of `datatype` is no mapping");
    const YAML::Node name = node["name"];
    if (!name || !name.IsScalar()) return refuse(span_of(node.Mark(), 1), "an entry of `datatype` has no name");
    EcsvColumn column{name.Scalar(), {}, {}};
    const YAML::Node unit = node["unit"];
    if (unit && unit.IsScalar()) {
      column.unit = unit.Scalar();
      column.unit_span = span_of(unit.Mark(), column.unit.size());
    }
    columns.push_back(std::move(column));
    return true;
  }

  bool read_yaml() {
    try {
      const YAML::Node root = YAML::Load(preamble.yaml);
      if (!root.IsMap() || !root["datatype"] || !root["datatype"].IsSequence())
        return refuse(line_span(0), "its header has no list `datatype` of columns");
      bool is_fine = read_delimiter(root);
      for (const YAML::Node& node : root["datatype"]) is_fine = read_column(node) && is_fine;
      return is_fine;
    } catch (const YAML::Exception& error) {
      return refuse(span_of(error.mark, 1), "its header is no YAML: " + error.msg);
    }
  }

  /// The row of names has to repeat those of the YAML header.
  bool check_names(const Header& header) {
    for (std::size_t i = 0; i < std::max(columns.size(), header.names.size()); ++i) {
      if (i >= header.names.size())
        return refuse(header.row, fmt::format("its row of names lacks `{}`, which is in its header", columns[i].name));
      if (i >= columns.size()) return refuse(header.spans[i], fmt::format("`{}` is not in its header", header.names[i]));
      if (columns[i].name != header.names[i])
        return refuse(header.spans[i],
                      fmt::format("column {} is `{}` here, and `{}` in its header", i + 1, header.names[i], columns[i].name));
    }
    return true;
  }

  void read() {
    if (trim(reading.text).empty()) {
      DelimitedScanner nothing(reading.text, reading.begin, reading.text.size(), delimiter, true);
      Header header;
      read_header(reading, nothing, header);
      return;
    }
    if (!check_first_line()) return;
    split_preamble();
    if (!read_yaml()) return;
    data.layout.delimiter = delimiter;
    DelimitedScanner scanner(reading.text, reading.begin, preamble.end, delimiter, true);
    Header header;
    if (!read_header(reading, scanner, header) || !check_names(header)) return;
    apply_units();
    read_rows(reading, scanner, header, builder, data);
  }

  void apply_units() {
    for (std::size_t column = 0; column < builder.column_count(); ++column)
      for (const EcsvColumn& found : columns)
        if (found.name == reading.column_name(column) && !found.unit.empty()) apply_unit(column, found);
  }

  void apply_unit(std::size_t column, const EcsvColumn& found);
};

/// The unit as osac calls it: astropy has longer names for some.
std::string_view known_unit(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 14> others = {{{"electron", "e"},
                                                                                            {"pixel", "pix"},
                                                                                            {"px", "pix"},
                                                                                            {"count", "ct"},
                                                                                            {"counts", "ct"},
                                                                                            {"%", "percent"},
                                                                                            {"deg_C", "C"},
                                                                                            {"byte", "B"},
                                                                                            {"kbyte", "kB"},
                                                                                            {"Mbyte", "MB"},
                                                                                            {"Gbyte", "GB"},
                                                                                            {"Tbyte", "TB"},
                                                                                            {"day", "d"},
                                                                                            {"hr", "h"}}};
  for (const auto& [other, ours] : others)
    if (other == name) return ours;
  return name;
}

void EcsvReader::apply_unit(std::size_t column, const EcsvColumn& found) {
  using expression::Kind;
  const program::Column& declared = reading.table.columns[column];
  const std::string_view name = known_unit(found.unit);
  const auto unit = expression::find_unit(name);
  const auto mismatch = [&] {
    reading.diagnostics
        .report(DiagnosticKind::unit_mismatch, found.unit_span, found.name, found.unit,
                "`" + expression::type_name(declared.type.required(), reading.strings) + "`")
        .label(declared.span, "declared here");
  };
  switch (declared.type.kind) {
    case Kind::duration:
    case Kind::memory:
      // After a mismatch any factor will do: the cells are not to be reported for want of a unit as well.
      builder.converter(column).set_unit(unit ? unit->factor : 1);
      if (!unit || unit->kind != declared.type.kind) mismatch();
      return;
    case Kind::real:
      if (declared.type.detail != 0 && known_unit(reading.strings.text(Symbol{declared.type.detail})) != name) mismatch();
      return;
    default:
      return;  // a number of something, or a time: its declaration says all
  }
}

}  // namespace

void read_ecsv(const Reading& reading, Builder& builder, TableData& data) { EcsvReader{reading, builder, data, {}, {}, ' '}.read(); }

}  // namespace osac::tables
