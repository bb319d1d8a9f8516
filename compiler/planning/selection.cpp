#include "compiler/planning/selection.h"

#include <algorithm>

#include "compiler/base/text.h"

namespace osac::planning {

namespace {

struct Token {
  enum class What : std::uint8_t { word, quoted, symbol, end } what = What::end;
  std::string text;
};

/// What the text stopped making sense at; ends the parse.
struct SelectionProblem {
  std::string what;
};

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ':' || c == '-' || c == '+' ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::vector<Token> tokens_of(std::string_view text) {
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == ' ' || c == '\t' || c == '\n') {
      ++i;
    } else if (c == '"' || c == '\'') {
      const auto end = text.find(c, i + 1);
      if (end == std::string_view::npos) throw SelectionProblem{"a quoted text has no end"};
      tokens.push_back({Token::What::quoted, std::string(text.substr(i + 1, end - i - 1))});
      i = end + 1;
    } else if (is_word_character(c)) {
      std::size_t end = i;  // a single dot belongs to the word: 1.5, exposure.filter; two are a range
      while (end < text.size() && (is_word_character(text[end]) || (text[end] == '.' && text.substr(end, 2) != ".."))) ++end;
      tokens.push_back({Token::What::word, std::string(text.substr(i, end - i))});
      i = end;
    } else {
      std::string_view found;
      for (const std::string_view symbol : {"..<", "..", "==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", ","}) {
        if (text.substr(i).starts_with(symbol)) {
          found = symbol;
          break;
        }
      }
      if (found.empty()) throw SelectionProblem{fmt::format("`{}` has no meaning here", visible(text.substr(i, 1)))};
      tokens.push_back({Token::What::symbol, std::string(found)});
      i += found.size();
    }
  }
  tokens.push_back({});
  return tokens;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : tokens_(tokens_of(text)) {}
  std::vector<SelectionNode> run() {
    parse_or();
    if (next().what != Token::What::end) throw SelectionProblem{fmt::format("`{}` after a complete condition", visible(next().text))};
    return std::move(nodes_);
  }

 private:
  using What = SelectionNode::What;
  static constexpr int depth_limit = 100;

  const Token& next() const { return tokens_[at_]; }
  bool is_word(std::string_view word) const { return next().what == Token::What::word && next().text == word; }
  bool is_symbol(std::string_view symbol) const { return next().what == Token::What::symbol && next().text == symbol; }
  bool take_word(std::string_view word) { return is_word(word) && ++at_ > 0; }
  bool take_symbol(std::string_view symbol) { return is_symbol(symbol) && ++at_ > 0; }
  bool is_connective() const { return is_word("and") || is_word("or") || is_word("not") || is_word("in"); }
  std::string found() const { return next().what == Token::What::end ? "its end" : fmt::format("`{}`", visible(next().text)); }

  std::uint32_t add(SelectionNode node) {
    nodes_.push_back(std::move(node));
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }
  std::uint32_t combine(What what, std::vector<std::uint32_t> children) {
    SelectionNode node;
    node.what = what;
    node.children = std::move(children);
    return add(std::move(node));
  }
  std::uint32_t parse_or() {
    std::uint32_t left = parse_and();
    while (take_word("or")) left = combine(What::logical_or, {left, parse_and()});
    return left;
  }
  std::uint32_t parse_and() {
    std::uint32_t left = parse_not();
    while (take_word("and")) left = combine(What::logical_and, {left, parse_not()});
    return left;
  }
  std::uint32_t parse_not() {
    if (++depth_ > depth_limit) throw SelectionProblem{"it is nested too deeply"};
    std::uint32_t result = 0;
    if (take_word("not")) {
      result = combine(What::logical_not, {parse_not()});
    } else if (take_symbol("(")) {
      result = parse_or();
      if (!take_symbol(")")) throw SelectionProblem{fmt::format("`)` is missing before {}", found())};
    } else {
      result = parse_comparison();
    }
    --depth_;
    return result;
  }

  std::string parse_value() {
    if (next().what == Token::What::quoted) return tokens_[at_++].text;
    if (next().what != Token::What::word || is_connective()) throw SelectionProblem{fmt::format("a value is missing before {}", found())};
    std::string value = tokens_[at_++].text;
    while (next().what == Token::What::word && !is_connective()) value += " " + tokens_[at_++].text;  // the unit: 1 h 15 min
    return value;
  }

  std::uint32_t parse_comparison() {
    if (next().what != Token::What::word || is_connective())
      throw SelectionProblem{fmt::format("the name of a dimension or attribute is missing before {}", found())};
    SelectionNode node;
    node.name = tokens_[at_++].text;
    const bool is_negated =
        is_word("not") && tokens_[at_ + 1].what == Token::What::word && tokens_[at_ + 1].text == "in" && take_word("not");
    if (take_word("in")) {
      parse_set(node);
    } else {
      parse_operator(node);
    }
    const std::uint32_t result = add(std::move(node));
    return is_negated ? combine(What::logical_not, {result}) : result;
  }
  void parse_operator(SelectionNode& node) {
    for (const std::string_view op : {"==", "!=", "<=", ">=", "<", ">"}) {
      if (!take_symbol(op)) continue;
      node.op = op;
      node.values.push_back(parse_value());
      return;
    }
    if (next().what != Token::What::end && !is_connective() && !is_symbol(")"))
      throw SelectionProblem{fmt::format("`==`, `<`, `in` or the like is missing after `{}`, before {}", visible(node.name), found())};
    node.op = "==";  // a name alone: a bool
    node.values.emplace_back("true");
  }
  void parse_set(SelectionNode& node) {
    if (take_symbol("[")) {
      node.what = What::in_list;
      while (!take_symbol("]")) {
        node.values.push_back(parse_value());
        if (!take_symbol(",") && !is_symbol("]")) throw SelectionProblem{fmt::format("`]` is missing before {}", found())};
      }
      return;
    }
    node.what = What::in_range;
    node.values.push_back(parse_value());
    node.excludes_high = take_symbol("..<");
    if (!node.excludes_high && !take_symbol("..")) throw SelectionProblem{fmt::format("`..` is missing before {}", found())};
    node.values.push_back(parse_value());
  }

  std::vector<Token> tokens_;
  std::vector<SelectionNode> nodes_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

/// A dimension or attribute that a name of the selection means.
struct Meaning {
  std::uint32_t dimension = none;
  std::uint32_t attribute = none;  ///< none: the key
  Type type;
};

std::uint32_t find_attribute(const Context& context, std::uint32_t dimension, std::string_view name) {
  const auto& attributes = context.program.dimensions[dimension].attributes;
  for (std::uint32_t a = 0; a < attributes.size(); ++a)
    if (context.text(attributes[a].name) == name) return a;
  return none;
}

/// Among dimensions in order of preference: a dimension of that name first, then the first that has the attribute.
std::optional<Meaning> find_meaning(const Context& context, std::string_view name, const std::vector<std::uint32_t>& dimensions) {
  const auto dot = name.find('.');
  for (const std::uint32_t d : dimensions)
    if (context.text(context.program.dimensions[d].name) == name) return Meaning{d, none, context.program.dimensions[d].type};
  for (const std::uint32_t d : dimensions) {
    if (dot != std::string_view::npos && context.text(context.program.dimensions[d].name) != name.substr(0, dot)) continue;
    const std::uint32_t a = find_attribute(context, d, dot == std::string_view::npos ? name : name.substr(dot + 1));
    if (a != none) return Meaning{d, a, context.program.dimensions[d].attributes[a].type};
  }
  return std::nullopt;
}

void check_names(const Selection& selection, Context& context) {
  std::vector<std::uint32_t> all;
  std::vector<std::string_view> names;
  for (std::uint32_t d = 0; d < context.program.dimensions.size(); ++d) {
    all.push_back(d);
    names.push_back(context.text(context.program.dimensions[d].name));
    for (const auto& attribute : context.program.dimensions[d].attributes) names.push_back(context.text(attribute.name));
  }
  for (const SelectionNode& node : selection.nodes) {
    if (node.name.empty() || find_meaning(context, node.name, all)) continue;
    auto builder = context.diagnostics.report_without_place(DiagnosticKind::unknown_selection_name, visible(node.name));
    if (const auto nearest = nearest_name(node.name, names)) builder.help(fmt::format("did you mean `{}`?", *nearest));
  }
}

class Binder {
 public:
  Binder(const Selection& selection, Context& context, Folder& fold, const std::vector<program::DimensionId>& basis)
      : selection_(selection), context_(context), fold_(fold) {
    dimensions_ = numbers(basis);
    for (const auto id : program::determined_by(context.program, basis))
      if (std::find(dimensions_.begin(), dimensions_.end(), id.index) == dimensions_.end()) dimensions_.push_back(id.index);
  }
  ExprId run() {
    for (const SelectionNode& node : selection_.nodes)
      if (!node.name.empty() && !find_meaning(context_, node.name, dimensions_)) return ExprId::none();
    return bind(static_cast<std::uint32_t>(selection_.nodes.size() - 1));
  }

 private:
  ExprId bind(std::uint32_t index) {
    const SelectionNode& node = selection_.nodes[index];
    using What = SelectionNode::What;
    std::vector<ExprId> children;
    for (const std::uint32_t child : node.children) children.push_back(bind(child));
    switch (node.what) {
      case What::logical_and:
        return operation(Op::logical_and, children);
      case What::logical_or:
        return operation(Op::logical_or, children);
      case What::logical_not:
        return operation(Op::logical_not, children);
      case What::comparison:
        return comparison(operator_of(node.op), node, node.values[0]);
      case What::in_range: {
        const ExprId low = comparison(Op::greater_equal, node, node.values[0]);
        return operation(Op::logical_and, {low, comparison(node.excludes_high ? Op::less : Op::less_equal, node, node.values[1])});
      }
      case What::in_list:
        break;
    }
    ExprId any = fold_.add(constant(0, Type::of(Kind::boolean)));
    for (const std::string& value : node.values) any = operation(Op::logical_or, {any, comparison(Op::equal, node, value)});
    return any;
  }
  static Op operator_of(std::string_view op) {
    if (op == "==") return Op::equal;
    if (op == "!=") return Op::not_equal;
    if (op == "<") return Op::less;
    if (op == "<=") return Op::less_equal;
    return op == ">" ? Op::greater : Op::greater_equal;
  }
  static Node constant(Scalar bits, Type type) {
    Node node;
    node.bits = bits;
    node.type = type;
    return node;
  }
  ExprId operation(Op op, const std::vector<ExprId>& children) {
    Node node;
    node.op = op;
    node.type = Type::of(Kind::boolean);
    return fold_.add(node, children);
  }
  ExprId comparison(Op op, const SelectionNode& written, const std::string& text) {
    const Meaning meaning = *find_meaning(context_, written.name, dimensions_);
    Node reference;
    reference.op = meaning.attribute == none ? Op::key : Op::attribute;
    reference.index = meaning.dimension;
    reference.extra = meaning.attribute == none ? 0 : meaning.attribute;
    reference.type = meaning.type;
    const ExprId left = fold_.add(reference);
    return operation(op, {left, fold_.add(constant(read(written, text, meaning.type, op), meaning.type.required()))});
  }
  Scalar read(const SelectionNode& written, const std::string& text, Type type, Op op) {
    Value value;
    const bool is_ordering = op != Op::equal && op != Op::not_equal;
    if (is_ordering && (type.kind == Kind::enumeration || type.kind == Kind::boolean)) {
      context_.diagnostics.report_without_place(DiagnosticKind::bad_selection, fmt::format("`{}` has no order", visible(written.name)));
      return 0;
    }
    if (type.kind == Kind::enumeration) check_member(written, text, type);
    if (expression::parse_value(text, type.required(), value)) return expression::to_scalar(value, type.required(), context_.strings);
    context_.diagnostics.report_without_place(
        DiagnosticKind::bad_selection, fmt::format("`{}` is no value for `{}`, which is of type `{}`", visible(text), visible(written.name),
                                                   type_name(type.required(), context_.strings)));
    return 0;
  }
  void check_member(const SelectionNode& written, const std::string& text, Type type) {
    for (const program::Enum& enumeration : context_.program.enums) {
      if (enumeration.name.index != type.detail) continue;
      std::vector<std::string_view> members;
      for (const Symbol member : enumeration.members) members.push_back(context_.text(member));
      if (std::find(members.begin(), members.end(), text) != members.end()) return;
      auto builder = context_.diagnostics.report_without_place(
          DiagnosticKind::bad_selection, fmt::format("`{}` is no value of `{}`", visible(text), visible(written.name)));
      if (const auto nearest = nearest_name(text, members)) builder.help(fmt::format("did you mean `{}`?", *nearest));
    }
  }

  const Selection& selection_;
  Context& context_;
  Folder& fold_;
  std::vector<std::uint32_t> dimensions_;
};

}  // namespace

Selection parse_selection(Context& context) {
  Selection selection;
  selection.text = std::string(trim(context.options.where));
  if (selection.text.empty()) return selection;
  try {
    selection.nodes = Parser(selection.text).run();
    check_names(selection, context);
  } catch (const SelectionProblem& problem) {
    context.diagnostics.report_without_place(DiagnosticKind::bad_selection, problem.what)
        .note(fmt::format("in `--where '{}'`", visible(selection.text)))
        .help("write comparisons such as `run == 2021`, `run in 2006 .. 2009`, `filter in [r, i]`, with `and`, `or`, `not`");
  }
  return selection;
}

std::vector<Selection> conjuncts_of(const Selection& selection) {
  if (selection.is_empty()) return {};
  const auto root = static_cast<std::uint32_t>(selection.nodes.size() - 1);
  const SelectionNode& node = selection.nodes[root];
  if (node.what != SelectionNode::What::logical_and) return {selection};
  // Nodes stand after their children: what lies between one child and the next belongs to the latter.
  std::vector<Selection> parts;
  std::uint32_t begin = 0;
  for (const std::uint32_t child : node.children) {
    Selection part;
    part.nodes.assign(selection.nodes.begin() + begin, selection.nodes.begin() + child + 1);
    for (SelectionNode& inner : part.nodes)
      for (std::uint32_t& number : inner.children) number -= begin;
    begin = child + 1;
    for (Selection& inner : conjuncts_of(part)) parts.push_back(std::move(inner));
  }
  return parts;
}

ExprId bind_selection(const Selection& selection, Context& context, Folder& fold, const std::vector<program::DimensionId>& basis) {
  return Binder(selection, context, fold, basis).run();
}

}  // namespace osac::planning
