// YAML tables: a list of mappings, one a row. yaml-cpp reads; places are worked out from its marks.

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>
#include <optional>
#include <sstream>

#include "compiler/base/text.h"
#include "compiler/tables/structured.h"

namespace osac::tables {

namespace {

/// Takes no notice of anything but where a document begins.
class DocumentMarks final : public YAML::EventHandler {
 public:
  YAML::Mark begin;
  void OnDocumentStart(const YAML::Mark& mark) override { begin = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

/// Where something follows the first document. Load leaves it silently, and LoadAll never ends on some texts.
std::optional<YAML::Mark> find_second_document(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentMarks marks;
  if (!parser.HandleNextDocument(marks) || !parser.HandleNextDocument(marks)) return std::nullopt;
  return marks.begin;
}

/// Marks of yaml-cpp (0-based line, column in bytes, -1 for none) as offsets in the text.
class Places {
 public:
  explicit Places(std::string_view text) : text_(text) {
    line_begins_.push_back(0);
    for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) line_begins_.push_back(at + 1);
  }

  [[nodiscard]] std::size_t offset(const YAML::Mark& mark) const {
    if (mark.line < 0 || mark.column < 0) return 0;
    const auto line = std::min(static_cast<std::size_t>(mark.line), line_begins_.size() - 1);
    return std::min(line_begins_[line] + static_cast<std::size_t>(mark.column), text_.size());
  }

  /// How far a node reaches: marks tell only where it begins.
  [[nodiscard]] std::size_t end(const YAML::Node& node, std::size_t at) const {
    if (!node.IsScalar()) return std::min(at + 1, text_.size());
    const std::string& scalar = node.Scalar();
    if (text_.substr(at, scalar.size()) == scalar) return at + scalar.size();
    const std::size_t line_end = std::min(text_.find('\n', at), text_.size());
    const char quote = at < text_.size() ? text_[at] : '\0';
    const std::size_t close = quote == '"' || quote == '\'' ? text_.find(quote, at + 1) : std::string_view::npos;
    return close < line_end ? close + 1 : std::max(at, line_end);
  }

 private:
  std::string_view text_;
  std::vector<std::size_t> line_begins_;
};

struct YamlReader {
  const Reading& reading;
  Builder& builder;
  Places places;

  [[nodiscard]] Span span(const YAML::Node& node) const {
    const std::size_t at = places.offset(node.Mark());
    return reading.span(at, places.end(node, at));
  }

  void refuse(Span place, const std::string& why) {
    reading.diagnostics.report(DiagnosticKind::malformed_table, place, "YAML table", why)
        .help("a YAML table is a list of mappings: `- {seq: 1, kind: BIAS}`, one a row");
  }

  [[nodiscard]] Cell cell(const YAML::Node& node) const {
    Cell cell{{}, span(node), Form::nested, Escapes::none};
    if (node.IsMap()) cell.text = "{";
    if (node.IsNull()) cell.form = Form::nothing;
    if (node.IsScalar()) {
      cell.form = Form::untyped;
      cell.text = node.Scalar();
    }
    return cell;
  }

  void read_row(const YAML::Node& node, KeyedRow& row) {
    if (!node.IsMap()) return refuse(span(node), "an item of its list is no mapping");
    row.begin(span(node));
    for (const auto& entry : node) {
      if (entry.first.IsScalar())
        row.add(entry.first.Scalar(), span(entry.first), cell(entry.second));
      else
        refuse(span(entry.first), "a column's name is no plain text");
    }
    row.end();
  }

  void read() {
    const std::string text(reading.text);
    const YAML::Node root = YAML::Load(text);
    if (const auto second = find_second_document(text)) {
      const std::size_t at = places.offset(*second);
      return refuse(reading.span(at, at), "something follows its end");
    }
    if (root.IsNull()) {
      reading.diagnostics.report(DiagnosticKind::empty_table, reading.span(0, 0), reading.name)
          .label(reading.table.span, "declared here")
          .help("a table without rows is written `[]`");
      return;
    }
    if (!root.IsSequence()) return refuse(span(root), "it is no list");
    KeyedRow row(reading, builder);
    for (const YAML::Node& node : root) read_row(node, row);
  }
};

}  // namespace

void read_yaml(const Reading& reading, Builder& builder, TableData&) {
  YamlReader reader{reading, builder, Places(reading.text)};
  try {
    reader.read();
  } catch (const YAML::Exception& error) {
    const std::size_t at = reader.places.offset(error.mark);
    reader.refuse(reading.span(at, at), error.msg);
  }
}

Span yaml_cell_span(std::string_view text, std::uint32_t begin, std::uint32_t row, std::string_view name, std::uint32_t row_offset) {
  const Places places(text);
  try {
    const YAML::Node root = YAML::Load(std::string(text));
    const YAML::Node node = root[row][std::string(name)];
    if (node.IsDefined()) {
      const std::size_t at = places.offset(node.Mark());
      return {begin + static_cast<std::uint32_t>(at), begin + static_cast<std::uint32_t>(places.end(node, at))};
    }
  } catch (const YAML::Exception&) {
    // The text has been read before; should it be no YAML now, the row's place has to do.
  }
  return {row_offset, row_offset};
}

}  // namespace osac::tables
