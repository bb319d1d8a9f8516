#include "compiler/lint/scripts.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <set>

#include "compiler/base/text.h"
#include "compiler/lint/context.h"

namespace osac::lint {

namespace {

/// What a hole holds, as far as the text around it says.
enum class Filling : std::uint8_t { word, number, list };

/// What the names of one task or tool hold.
struct Fillings {
  const Context& context;
  std::set<Symbol> lists;
  std::set<Symbol> numbers;

  void add(const syntax::Name& name, const syntax::TypeSyntax& type) {
    const std::string_view word = context.text(type.name);
    if (type.is_list) lists.insert(name.symbol);
    if (!type.is_list && (word == "int" || word == "float" || word == "duration" || word == "memory")) numbers.insert(name.symbol);
  }

  void add_declarations() {
    for (const syntax::Declaration& declaration : context.tree.declarations) {
      if (const auto* param = std::get_if<syntax::ParamDecl>(&declaration.kind)) add(param->name, param->type);
      if (const auto* dimension = std::get_if<syntax::DimensionDecl>(&declaration.kind); dimension != nullptr && dimension->type)
        add(dimension->name, *dimension->type);
      if (const auto* table = std::get_if<syntax::TableDecl>(&declaration.kind))
        for (const syntax::ColumnDecl& column : table->columns) add(column.name, column.type);
      if (const auto* let = std::get_if<syntax::LetDecl>(&declaration.kind)) {
        const auto& kind = context.tree[let->value].kind;
        if (std::holds_alternative<syntax::IntegerLiteral>(kind) || std::holds_alternative<syntax::RealLiteral>(kind))
          numbers.insert(let->name.symbol);
        if (std::holds_alternative<syntax::ListExpr>(kind)) lists.insert(let->name.symbol);
      }
    }
  }

  void add_ports(const Body& body) {
    for (const syntax::Clause& clause : body.clauses) {
      if (const auto* param = std::get_if<syntax::ToolParamClause>(&clause)) add(param->name, param->type);
      if (const auto* in = std::get_if<syntax::InputClause>(&clause))
        for (const syntax::Name& name : in->names) add_port(name, in->type, in->source && is_list(*in->source));
      if (const auto* out = std::get_if<syntax::OutputClause>(&clause))
        for (const syntax::Name& name : out->names) add_port(name, out->type, out->over.has_value());
    }
  }

  [[nodiscard]] Filling of(syntax::ExprId id) const {
    const auto& kind = context.tree[id].kind;
    if (const auto* name = std::get_if<syntax::NameExpr>(&kind)) {
      if (lists.contains(name->name.symbol)) return Filling::list;
      const std::string_view word = context.text(name->name);
      if (numbers.contains(name->name.symbol) || word == "cpus" || word == "gpus") return Filling::number;
    }
    if (const auto* call = std::get_if<syntax::CallExpr>(&kind)) return of_call(context.tree[call->callee].kind);
    const bool is_number = std::holds_alternative<syntax::BinaryExpr>(kind) || std::holds_alternative<syntax::IntegerLiteral>(kind) ||
                           std::holds_alternative<syntax::RealLiteral>(kind);
    return is_number ? Filling::number : Filling::word;
  }

 private:
  static bool is_list(const syntax::Source& source) {
    return source.verb == syntax::SourceVerb::all || source.verb == syntax::SourceVerb::window;
  }
  void add_port(const syntax::Name& name, const std::optional<syntax::TypeSyntax>& type, bool is_list_of_files) {
    numbers.erase(name.symbol);
    lists.erase(name.symbol);
    if (is_list_of_files || (type && type->is_list)) lists.insert(name.symbol);
  }
  template <typename Kind>
  [[nodiscard]] Filling of_call(const Kind& callee) const {
    const auto* name = std::get_if<syntax::NameExpr>(&callee);
    if (name == nullptr) return Filling::word;
    constexpr std::array<std::string_view, 7> numeric = {"len", "sum", "count", "round", "ceil", "floor", "size"};
    return std::find(numeric.begin(), numeric.end(), context.text(name->name)) != numeric.end() ? Filling::number : Filling::word;
  }
};

/// Builds a script's text from a literal of the tree.
struct Writer {
  const Context& context;
  const Fillings& fillings;
  Script script;

  void add(char c, std::uint32_t place) {
    script.text += c;
    script.places.push_back(place);
  }

  /// A literal part: its text is the written one with escapes resolved and indentation removed, so the two are followed side by side.
  void add_literal(const syntax::TextLiteral::Part& part) {
    const std::string_view written = context.file();
    const std::uint32_t base = context.sources.begin(context.tree.source);
    std::size_t at = part.span.begin - base;
    for (const char c : part.text) {
      const auto is_passed = [&](char w) { return script.is_block && w != c && (w == ' ' || w == '\t' || w == '\r' || w == '\n'); };
      while (at < written.size() && is_passed(written[at])) ++at;
      add(c, base + static_cast<std::uint32_t>(at));
      const bool is_escape = !script.is_block && written[at] == '\\';
      at += is_escape || c == '{' || c == '}' ? 2 : 1;
    }
  }

  void add_hole(const syntax::TextLiteral::Part& part) {
    const std::size_t begin = script.text.size();
    for (const char c : filling(part)) add(c, part.span.begin);
    script.holes.push_back({begin, script.text.size()});
  }

  /// The same expression is the same word everywhere, so that checkers see who reads and writes one file.
  [[nodiscard]] std::string filling(const syntax::TextLiteral::Part& part) const {
    std::string word = "osac";
    for (const char c : context.text(context.tree[*part.hole].span))
      word += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_';
    if (script.language == ScriptLanguage::python) return word;
    switch (part.format == "list" ? Filling::word : fillings.of(*part.hole)) {
      case Filling::number:
        return "1";
      case Filling::list:
        return word + "_1 " + word + "_2";
      case Filling::word:
        break;
    }
    return word;
  }
};

std::optional<ScriptLanguage> language_of(const Context& context, const syntax::CommandClause& command) {
  if (!command.language) return ScriptLanguage::bash;
  const std::string_view word = context.text(*command.language);
  if (word == "bash") return ScriptLanguage::bash;
  if (word == "sh") return ScriptLanguage::sh;
  if (word == "python" || word == "python3") return ScriptLanguage::python;
  return std::nullopt;
}

std::optional<Script> make_script(const Context& context, const Fillings& fillings, ScriptLanguage language, syntax::ExprId id) {
  const syntax::Expr& expression = context.tree[id];
  const auto* literal = std::get_if<syntax::TextLiteral>(&expression.kind);
  if (literal == nullptr) return std::nullopt;
  Writer writer{context, fillings, {}};
  writer.script.language = language;
  writer.script.is_block = literal->is_block;
  for (const auto& part : literal->parts) part.hole ? writer.add_hole(part) : writer.add_literal(part);
  writer.script.places.push_back(expression.span.end - (literal->is_block ? 3U : 1U));
  return std::move(writer.script);
}

// ---- remarks

/// Remarks of a checker that are about our filling, not about what the author wrote: that a condition is constant, a loop runs once.
bool is_about_filling(const Script& script, ScriptRange range, std::string_view code) {
  constexpr std::array<std::string_view, 9> constant = {"SC2050", "SC2043", "SC2157", "SC2158", "SC2159",
                                                        "SC2160", "SC2161", "SC2193", "SC2194"};
  if (std::find(constant.begin(), constant.end(), code) == constant.end()) return false;
  // The remark may stand at the operator: look at the whole line.
  const std::size_t begin = script.text.rfind('\n', range.begin) + 1;
  const std::size_t end = std::min(script.text.find('\n', range.end), script.text.size());
  return std::any_of(script.holes.begin(), script.holes.end(),
                     [&](const Script::Filled& hole) { return hole.begin < end && hole.end > begin; });
}

bool touches_hole(const Script& script, ScriptRange range) {
  return std::any_of(script.holes.begin(), script.holes.end(), [&](const Script::Filled& hole) {
    return range.begin == range.end ? range.begin > hole.begin && range.begin < hole.end : hole.begin < range.end && hole.end > range.begin;
  });
}

Span span_in_source(const Script& script, ScriptRange range) {
  const std::uint32_t begin = script.places[range.begin];
  return {begin, std::max(begin, script.places[range.end])};
}

/// As it has to be written inside the quotes of the .osa text.
std::string escaped(const Script& script, std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (!script.is_block && (c == '"' || c == '\\')) out += '\\';
    if (c == '{' || c == '}') out += c;
    out += c;
  }
  return out;
}

void report(Context& context, const Script& script, const ScriptRemark& remark) {
  const ScriptRange range = range_of(script, remark.begin, remark.end);
  const Span place = span_in_source(script, range);
  if (remark.code.empty()) {
    context.report(Kind::script_syntax, place, script.language == ScriptLanguage::python ? "Python" : "shell script", remark.message);
    return;
  }
  if (is_about_filling(script, range, remark.code)) return;
  const std::string link = "https://www.shellcheck.net/wiki/" + remark.code;
  auto builder = context.report(remark.is_style ? Kind::shell_style : Kind::shell_problem, place, remark.message, remark.code);
  builder.found_as(remark.code, link).help("see " + link);
  const bool is_mechanical = std::none_of(remark.fix.begin(), remark.fix.end(), [&](const ScriptRemark::Replacement& replacement) {
    return touches_hole(script, range_of(script, replacement.begin, replacement.end)) || replacement.text.find('\n') != std::string::npos;
  });
  if (!is_mechanical) return;
  for (const ScriptRemark::Replacement& replacement : remark.fix)
    builder.fix(span_in_source(script, range_of(script, replacement.begin, replacement.end)), escaped(script, replacement.text));
}

std::size_t offset_of(std::string_view text, ScriptRemark::Place place) {
  std::size_t at = 0;
  for (std::size_t line = 1; line < place.line; ++line) {
    const std::size_t newline = text.find('\n', at);
    if (newline == std::string_view::npos) return text.size();
    at = newline + 1;
  }
  for (std::size_t column = 1; column < place.column && at < text.size() && text[at] != '\n'; ++column) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U) ++at;
  }
  return at;
}

}  // namespace

ScriptRange range_of(const Script& script, ScriptRemark::Place begin, ScriptRemark::Place end) {
  const std::size_t first = offset_of(script.text, begin);
  return {first, std::max(first, offset_of(script.text, end))};
}

std::vector<Script> scripts_of(const Context& context) {
  std::vector<Script> scripts;
  Fillings of_file{context, {}, {}};
  of_file.add_declarations();
  for (const Body& body : bodies_of(context.tree)) {
    Fillings fillings = of_file;
    fillings.add_ports(body);
    for (const syntax::Clause& clause : body.clauses) {
      std::optional<Script> script;
      if (const auto* command = std::get_if<syntax::CommandClause>(&clause))
        if (const auto language = language_of(context, *command)) script = make_script(context, fillings, *language, command->text);
      if (const auto* verify = std::get_if<syntax::VerifyClause>(&clause))
        script = make_script(context, fillings, ScriptLanguage::bash, verify->command);
      if (script) scripts.push_back(std::move(*script));
    }
  }
  return scripts;
}

void check_scripts(Context& context) {
  const std::vector<Script> scripts = scripts_of(context);
  for (const Script& script : scripts)
    if (script.language != ScriptLanguage::python) check_writes(context, script);
  if (context.options.checker == nullptr) return;
  for (const ScriptRemark& remark : context.options.checker->check(scripts)) report(context, scripts[remark.script], remark);
}

}  // namespace osac::lint
