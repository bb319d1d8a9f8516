#pragma once
// One input for the table reader, for the fuzzer and for the replay of its corpus: the first byte chooses the format, the rest is the file.
// Any bytes have to give a table and diagnostics that agree with each other and can be printed.

#include <cstdint>
#include <string>
#include <string_view>

#include "compiler/base/check.h"
#include "compiler/base/text.h"
#include "compiler/diagnostics/render.h"
#include "compiler/tables/table.h"

namespace osac::fuzz {

struct TableInput {
  program::Program program;
  Sources sources;
  Strings strings;
  Diagnostics diagnostics;
  tables::TableData data;

  void column(const char* name, expression::Type type, program::TimeEncoding encoding = program::TimeEncoding::iso) {
    program::Column column;
    column.name = column.source_name = strings.intern(name);
    column.type = type;
    column.encoding = encoding;
    column.is_unique = program.tables[0].columns.empty();
    program.tables[0].columns.push_back(column);
  }

  void declare(program::TableFormat format) {
    using expression::Kind;
    using expression::Type;
    program.enums.push_back({strings.intern("Kind"), {strings.intern("BIAS"), strings.intern("SCIENCE")}, {}});
    program.tables.emplace_back().format = format;
    sources.add("w.osa", "table log { ... }\n");
    column("seq", Type::of(Kind::integer));
    column("kind", Type{Kind::enumeration, false, true, expression::TimeScale::none, strings.intern("Kind").index});
    column("field", Type::of(Kind::text).optional());
    column("begin", Type{Kind::time, false, true, expression::TimeScale::utc, 0});
    column("mid", Type::of(Kind::time).optional(), program::TimeEncoding::jd);
    column("exptime", Type::of(Kind::duration).optional());
    column("seeing", Type{Kind::real, false, true, expression::TimeScale::none, strings.intern("arcsec").index});
    column("size", Type::of(Kind::memory).optional());
    column("ok", Type::of(Kind::boolean).optional());
    column("night", Type::of(Kind::date).optional());
  }

  void read(std::string_view input) {
    static constexpr program::TableFormat formats[] = {program::TableFormat::ecsv, program::TableFormat::csv, program::TableFormat::tsv,
                                                       program::TableFormat::yaml, program::TableFormat::json};
    static constexpr std::string_view letters = "ectyj";
    const std::size_t letter = input.empty() ? 0 : letters.find(input[0]);
    declare(formats[letter == std::string_view::npos ? static_cast<unsigned char>(input[0]) % letters.size() : letter]);
    data = tables::read(program, program::TableId{0}, "fuzz.dat", std::string(input.substr(input.empty() ? 0 : 1)), sources, strings,
                        diagnostics);
  }

  void check() const {
    const std::size_t columns = program.tables[0].columns.size();
    OSAC_CHECK(data.values.size() == columns, "a column is missing");
    for (const auto& column : data.values) OSAC_CHECK(column.size() == data.row_count, "columns differ in length");
    OSAC_CHECK(data.row_offsets.size() == data.row_count, "a row has no offset");
    const Span whole = sources.span(data.source);
    for (std::uint32_t row = 0; row < data.row_count && row < 3; ++row)
      for (std::uint32_t column = 0; column < columns; ++column) {
        const Span cell = tables::cell_span(program, program::TableId{0}, data, row, column, sources);
        OSAC_CHECK(cell.begin >= whole.begin && cell.begin <= cell.end && cell.end <= whole.end, "a cell lies outside of its file");
      }
    for (const auto format : {DiagnosticFormat::text, DiagnosticFormat::line, DiagnosticFormat::json})
      OSAC_CHECK(!find_malformed_utf8(render(diagnostics, sources, {format, false})), "a diagnostic is not UTF-8");
  }
};

/// Reads and checks; a contradiction ends the process as a bug does.
inline void read_table(std::string_view input) {
  TableInput table;
  table.read(input);
  table.check();
}

}  // namespace osac::fuzz
