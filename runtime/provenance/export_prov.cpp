// W3C PROV as JSON and as PROV-N. Neither is held in memory: a document goes out in pieces of some ten kilobytes.

#include <fmt/format.h>

#include "compiler/base/text.h"
#include "runtime/provenance/pieces.h"
#include "runtime/provenance/prov_statements.h"

namespace osac::provenance {

namespace {

std::string_view type_name(Attribute::Kind kind) {
  switch (kind) {
    case Attribute::Kind::integer:
      return "xsd:long";
    case Attribute::Kind::real:
      return "xsd:double";
    case Attribute::Kind::boolean:
      return "xsd:boolean";
    case Attribute::Kind::name:
      return "prov:QUALIFIED_NAME";
    case Attribute::Kind::text:
      break;
  }
  return "xsd:string";
}

class JsonWriter final : public StatementWriter {
 public:
  explicit JsonWriter(Pieces& out) : out_(out) {}
  Status begin(Statement kind) override {
    is_first_ = true;
    count_ = 0;
    return out_.add(fmt::format(",\n  \"{}\": {{", form_of(kind).json));
  }
  Status end(Statement) override { return out_.add(is_first_ ? "}" : "\n  }"); }

  Status tell(Statement kind, const Told& told) override {
    const Form& form = form_of(kind);
    // a relation has no name of its own: a blank one, which readers drop
    const std::string id = told.id.empty() ? fmt::format("_:{}{}", form.json, ++count_) : told.id;
    text_.clear();
    fmt::format_to(std::back_inserter(text_), "{}\n    \"{}\": {{", is_first_ ? "" : ",", id);
    is_first_ = false;
    has_member_ = false;
    for (std::size_t i = 0; i < told.arguments.size(); ++i)
      if (!told.arguments[i].empty()) member(fmt::format("prov:{}", form.arguments[i].name), json_quoted(told.arguments[i]));
    for (std::size_t i = 0; i < told.attributes.size(); i = after(told.attributes, i)) attribute(told.attributes, i);
    text_ += '}';
    return out_.add(text_);
  }

 private:
  void member(std::string_view key, std::string_view value) {
    fmt::format_to(std::back_inserter(text_), "{}\"{}\": {}", has_member_ ? ", " : "", key, value);
    has_member_ = true;
  }
  /// Attributes of one key stand together; several values are a list.
  static std::size_t after(const std::vector<Attribute>& attributes, std::size_t at) {
    std::size_t end = at + 1;
    while (end < attributes.size() && attributes[end].key == attributes[at].key) ++end;
    return end;
  }
  void attribute(const std::vector<Attribute>& attributes, std::size_t at) {
    const std::size_t end = after(attributes, at);
    std::string values;
    for (std::size_t i = at; i < end; ++i) values += (i == at ? "" : ", ") + value_of(attributes[i]);
    member(attributes[at].key, end - at == 1 ? values : "[" + values + "]");
  }
  static std::string value_of(const Attribute& attribute) {
    if (attribute.kind == Attribute::Kind::text) return json_quoted(attribute.value);
    return fmt::format("{{\"$\": {}, \"type\": \"{}\"}}", json_quoted(attribute.value), type_name(attribute.kind));
  }

  Pieces& out_;  // NOLINT: lives for one call
  std::string text_;
  bool is_first_ = true, has_member_ = false;
  std::uint64_t count_ = 0;
};

/// PROV-N's texts: those of SPARQL, with its escapes (PROV-N, section 3.7.3).
std::string provn_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += c;
    }
  }
  return out + "\"";
}

class ProvNWriter final : public StatementWriter {
 public:
  explicit ProvNWriter(Pieces& out) : out_(out) {}
  Status begin(Statement) override { return {}; }
  Status end(Statement) override { return {}; }
  Status tell(Statement kind, const Told& told) override {
    const Form& form = form_of(kind);
    text_ = fmt::format("  {}({}", form.provn, told.id);
    bool is_first = told.id.empty();
    for (const std::string& argument : told.arguments) {
      text_ += is_first ? "" : ", ";
      is_first = false;
      text_ += argument.empty() ? "-" : argument;
    }
    if (!told.attributes.empty()) {
      text_ += ", [";
      for (std::size_t i = 0; i < told.attributes.size(); ++i) {
        const Attribute& attribute = told.attributes[i];
        fmt::format_to(std::back_inserter(text_), "{}{}={}", i == 0 ? "" : ", ", attribute.key, value_of(attribute));
      }
      text_ += ']';
    }
    text_ += ")\n";
    return out_.add(text_);
  }

 private:
  static std::string value_of(const Attribute& attribute) {
    if (attribute.kind == Attribute::Kind::text) return provn_text(attribute.value);
    if (attribute.kind == Attribute::Kind::name) return "'" + attribute.value + "'";
    return fmt::format("\"{}\" %% {}", attribute.value, type_name(attribute.kind));
  }
  Pieces& out_;  // NOLINT: lives for one call
  std::string text_;
};

}  // namespace

Status export_prov_json(const Exported& selection, const Sink& sink) {
  Pieces out(sink);
  JsonWriter writer(out);
  if (auto begun = out.add(fmt::format("{{\n  \"prefix\": {{\"osac\": {}}}", json_quoted(prefix_uri(selection)))); !begun) return begun;
  if (auto told = tell_all(selection, writer); !told) return told;
  if (auto ended = out.add("\n}\n"); !ended) return ended;
  return out.flush();
}

Status export_prov_n(const Exported& selection, const Sink& sink) {
  Pieces out(sink);
  ProvNWriter writer(out);
  if (auto begun = out.add(fmt::format("document\n  prefix osac <{}>\n\n", prefix_uri(selection))); !begun) return begun;
  if (auto told = tell_all(selection, writer); !told) return told;
  if (auto ended = out.add("endDocument\n"); !ended) return ended;
  return out.flush();
}

}  // namespace osac::provenance
