#pragma once
// A table declared by hand, for tests that read texts as it.

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "compiler/diagnostics/render.h"
#include "compiler/expression/value.h"
#include "compiler/tables/table.h"

namespace osac::tables::test {

using expression::Kind;
using expression::Type;
using program::TableFormat;
using program::TimeEncoding;

struct Fixture {
  program::Program program;
  Sources sources;
  Strings strings;
  Diagnostics diagnostics;
  TableData data;

  /// The declaration's text stands in a source of its own, so that diagnostics can point at it.
  explicit Fixture(TableFormat format) {
    program::Table table;
    table.name = strings.intern("log");
    table.format = format;
    sources.add("w.osa", "table log { seq kind field begin exptime airmass note day ok size }\n");
    table.span = place("log");
    program.tables.push_back(table);
    program.enums.push_back({strings.intern("Kind"), {strings.intern("BIAS"), strings.intern("FLAT"), strings.intern("SCIENCE")}, {}});
  }

  [[nodiscard]] Span place(std::string_view word) const {
    const auto at = static_cast<std::uint32_t>(sources.text(SourceId{0}).find(word));
    return {at, at + static_cast<std::uint32_t>(word.size())};
  }

  program::Column& column(std::string_view name, Type type) {
    program::Column column;
    column.name = column.source_name = strings.intern(name);
    column.type = type;
    column.span = place(name);
    return program.tables[0].columns.emplace_back(column);
  }
  program::Column& column(std::string_view name, Kind kind) { return column(name, Type::of(kind)); }
  Type enumeration() { return {Kind::enumeration, false, false, expression::TimeScale::none, strings.intern("Kind").index}; }

  /// Reads `text` and gives what was reported.
  std::string read(std::string text, std::string name = "log.dat") {
    data = tables::read(program, program::TableId{0}, std::move(name), std::move(text), sources, strings, diagnostics);
    return render(diagnostics, sources, {});
  }
  /// The one-line form of what was reported, for tests of many mistakes.
  [[nodiscard]] std::string lines() const { return render(diagnostics, sources, {DiagnosticFormat::line, false}); }

  /// Row by row, as text: "1 BIAS; 2 FLAT"; `-` is no value.
  [[nodiscard]] std::string rows() const {
    std::string out;
    for (std::uint32_t row = 0; row < data.row_count; ++row) {
      if (row > 0) out += "; ";
      for (std::size_t i = 0; i < data.values.size(); ++i) {
        const Type type = program.tables[0].columns[i].type.required();
        const expression::Scalar value = data.values[i][row];
        if (i > 0) out += ' ';
        out += value == expression::absent_scalar ? "-" : expression::to_text(expression::to_value(value, type, strings), type);
      }
    }
    return out;
  }
  /// The text that cell_span finds for a cell.
  [[nodiscard]] std::string cell(std::uint32_t row, std::uint32_t column_index) const {
    return std::string(sources.text(cell_span(program, program::TableId{0}, data, row, column_index, sources)));
  }
};

}  // namespace osac::tables::test
