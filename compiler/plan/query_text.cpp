// Lexer and recursive descent for queries. What goes wrong is thrown inside this file and comes out as a QueryProblem.

#include "compiler/plan/query_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "compiler/base/text.h"
#include "compiler/plan/element_text.h"
#include "compiler/plan/reach.h"

namespace osac::plan {

namespace {

struct Token {
  enum class What : std::uint8_t { word, quoted, symbol, end } what = What::end;
  std::string text;
  Stretch place;
};

constexpr std::array<std::string_view, 14> symbols = {"..<", "..", "==", "!=", "<=", ">=", "=", "<", ">", "(", ")", "[", "]", ","};
constexpr std::array<std::string_view, 12> keywords = {"all",   "and", "dataset", "downstream", "file", "in",
                                                       "minus", "not", "or",      "path",       "task", "upstream"};

bool is_keyword(std::string_view word) { return std::find(keywords.begin(), keywords.end(), word) != keywords.end(); }

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ':' || c == '-' || c == '+' ||
         static_cast<unsigned char>(c) >= 0x80;
}

[[noreturn]] void wrong(std::string what, Stretch place, std::string help = {}) {
  throw QueryProblem{std::move(what), std::move(help), place.begin, place.end};
}

Token quoted_token(std::string_view text, std::size_t begin) {
  Token token{Token::What::quoted, {}, {begin, text.size()}};
  if (text[begin] == '\'') {
    const auto end = text.find('\'', begin + 1);
    if (end == std::string_view::npos) wrong("this quote has no end", {begin, begin + 1});
    token.text = text.substr(begin + 1, end - begin - 1);
    token.place.end = end + 1;
    return token;
  }
  std::string_view rest = text.substr(begin);
  if (!take_json_text(rest, token.text))
    wrong("this quote has no end, or an escape in it is none", {begin, begin + 1},
          "write `\\\"` for a quote in it, `\\\\` for a backslash");
  token.place.end = text.size() - rest.size();
  return token;
}

std::vector<Token> tokens_of(std::string_view text) {
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++i;
      continue;
    }
    if (c == '"' || c == '\'') {
      tokens.push_back(quoted_token(text, i));
    } else if (is_word_character(c)) {
      std::size_t end = i;  // a single dot belongs to the word: 1.5, exposure.filter; two are a range
      while (end < text.size() && (is_word_character(text[end]) || (text[end] == '.' && text.substr(end, 2) != ".."))) ++end;
      tokens.push_back({Token::What::word, std::string(text.substr(i, end - i)), {i, end}});
    } else {
      const auto symbol =
          std::find_if(symbols.begin(), symbols.end(), [&](std::string_view candidate) { return text.substr(i).starts_with(candidate); });
      if (symbol == symbols.end())
        wrong(fmt::format("`{}` has no meaning here", visible(text.substr(i, 1))), {i, i + 1},
              "texts with such characters stand in quotes");
      tokens.push_back({Token::What::symbol, std::string(*symbol), {i, i + symbol->size()}});
    }
    i = tokens.back().place.end;
  }
  tokens.push_back({Token::What::end, {}, {text.size(), text.size()}});
  return tokens;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : tokens_(tokens_of(text)) {}

  std::vector<QueryStep> run() {
    parse_sum();
    if (next().what != Token::What::end)
      wrong(fmt::format("{} after a complete expression", found()), next().place, "join sets with `and`, `or` or `minus`");
    return std::move(steps_);
  }

 private:
  using What = QueryStep::What;
  using Test = ConditionStep::What;

  const Token& next() const { return tokens_[at_]; }
  bool is_word(std::string_view word) const { return next().what == Token::What::word && next().text == word; }
  bool is_symbol(std::string_view symbol) const { return next().what == Token::What::symbol && next().text == symbol; }
  bool take_word(std::string_view word) { return is_word(word) && ++at_ > 0; }
  bool take_symbol(std::string_view symbol) { return is_symbol(symbol) && ++at_ > 0; }
  std::string found() const { return next().what == Token::What::end ? "the end" : fmt::format("`{}`", visible(next().text)); }
  void go_deeper() {
    if (++depth_ > deepest_query) wrong(fmt::format("this is nested more than {} deep", deepest_query), next().place);
  }

  // ---- sets

  void add(What what) {
    QueryStep step;
    step.what = what;
    steps_.push_back(std::move(step));
  }
  void parse_sum() {
    go_deeper();
    parse_product();
    while (is_word("or") || is_word("minus")) {
      const What what = tokens_[at_++].text == "or" ? What::sum : What::difference;
      parse_product();
      add(what);
    }
    --depth_;
  }
  void parse_product() {
    parse_operand();
    while (take_word("and")) {
      parse_operand();
      add(What::intersection);
    }
  }
  void parse_operand() {
    go_deeper();
    if (take_symbol("(")) {
      parse_sum();
      if (!take_symbol(")")) wrong(fmt::format("`)` is missing before {}", found()), next().place);
    } else if (is_word("downstream") || is_word("upstream")) {
      parse_walk();
    } else if (take_word("path")) {
      parse_operand();
      parse_operand();
      add(What::path);
    } else if (take_word("all")) {
      add(What::all);
    } else if (take_word("file")) {
      parse_file();
    } else {
      parse_name();
    }
    --depth_;
  }
  void parse_walk() {
    QueryStep step;
    step.what = tokens_[at_++].text == "upstream" ? What::upstream : What::downstream;
    step.depth = any_depth;
    const Token& token = next();
    if (token.what == Token::What::word && token.text.find_first_not_of("0123456789") == std::string::npos) {
      const auto read = std::from_chars(token.text.data(), token.text.data() + token.text.size(), step.depth);
      if (read.ec != std::errc{} || step.depth > any_depth) step.depth = any_depth;
      if (step.depth == 0) wrong("a depth is at least 1", token.place);
      ++at_;
    }
    parse_operand();
    steps_.push_back(std::move(step));
  }
  void parse_file() {
    if (next().what != Token::What::quoted)
      wrong(fmt::format("a path in quotes is missing before {}", found()), next().place, "write `file \"products/x.fits\"`");
    QueryStep step;
    step.what = What::file;
    step.name = next().text;
    step.place = next().place;
    ++at_;
    steps_.push_back(std::move(step));
  }
  void parse_name() {
    QueryStep step;
    step.what = take_word("task") ? What::task : take_word("dataset") ? What::dataset : What::name;
    if (next().what != Token::What::word || (step.what == What::name && is_keyword(next().text)))
      wrong(fmt::format("the name of a task or dataset is missing before {}", found()), next().place,
            next().what == Token::What::word ? fmt::format("if there is one named `{0}`, write `task {0}` or `dataset {0}`", next().text)
                                             : "");
    step.name = next().text;
    step.place = next().place;
    ++at_;
    if (take_symbol("[")) {
      do {
        const bool is_first = step.condition.empty();
        parse_any(step.condition);
        if (!is_first) combine(step.condition, Test::logical_and);
      } while (take_symbol(","));
      if (!take_symbol("]")) wrong(fmt::format("`,` or `]` is missing before {}", found()), next().place);
    }
    steps_.push_back(std::move(step));
  }

  // ---- conditions

  static void combine(std::vector<ConditionStep>& steps, Test what) {
    ConditionStep step;
    step.what = what;
    steps.push_back(std::move(step));
  }
  void parse_any(std::vector<ConditionStep>& steps) {
    parse_every(steps);
    while (take_word("or")) {
      parse_every(steps);
      combine(steps, Test::logical_or);
    }
  }
  void parse_every(std::vector<ConditionStep>& steps) {
    parse_not(steps);
    while (take_word("and")) {
      parse_not(steps);
      combine(steps, Test::logical_and);
    }
  }
  void parse_not(std::vector<ConditionStep>& steps) {
    go_deeper();
    if (take_word("not")) {
      parse_not(steps);
      combine(steps, Test::logical_not);
    } else if (take_symbol("(")) {
      parse_any(steps);
      if (!take_symbol(")")) wrong(fmt::format("`)` is missing before {}", found()), next().place);
    } else {
      parse_comparison(steps);
    }
    --depth_;
  }
  bool is_connective() const { return is_word("and") || is_word("or") || is_word("not") || is_word("in"); }

  WrittenValue parse_value() {
    const Token& token = next();
    if (token.what != Token::What::quoted && (token.what != Token::What::word || is_connective()))
      wrong(fmt::format("a value is missing before {}", found()), token.place);
    WrittenValue value{token.text, token.place};
    ++at_;
    if (token.what == Token::What::quoted) return value;
    while (next().what == Token::What::word && !is_connective()) {  // the unit: 1 h 15 min
      value.text += " " + next().text;
      value.place.end = next().place.end;
      ++at_;
    }
    return value;
  }
  void parse_comparison(std::vector<ConditionStep>& steps) {
    if (next().what != Token::What::word || is_connective())
      wrong(fmt::format("the name of a dimension or attribute is missing before {}", found()), next().place);
    ConditionStep step;
    step.name = next().text;
    step.place = next().place;
    ++at_;
    const bool is_negated =
        is_word("not") && tokens_[at_ + 1].what == Token::What::word && tokens_[at_ + 1].text == "in" && take_word("not");
    if (take_word("in"))
      parse_set(step);
    else
      parse_operator(step);
    steps.push_back(std::move(step));
    if (is_negated) combine(steps, Test::logical_not);
  }
  void parse_operator(ConditionStep& step) {
    for (const std::string_view op : {"==", "!=", "<=", ">=", "<", ">", "="}) {
      if (!take_symbol(op)) continue;
      step.op = op == "=" ? "==" : op;
      step.values.push_back(parse_value());
      return;
    }
    if (next().what == Token::What::quoted || (next().what == Token::What::word && !is_connective()))
      wrong(fmt::format("`=`, `<`, `in` or the like is missing after `{}`", visible(step.name)), next().place);
    step.op = "==";  // a name alone: a bool
    step.values.push_back({"true", step.place});
  }
  void parse_set(ConditionStep& step) {
    if (take_symbol("[")) {
      step.what = Test::in_list;
      while (!take_symbol("]")) {
        step.values.push_back(parse_value());
        if (!take_symbol(",") && !is_symbol("]")) wrong(fmt::format("`,` or `]` is missing before {}", found()), next().place);
      }
      return;
    }
    step.what = Test::in_range;
    step.values.push_back(parse_value());
    step.excludes_high = take_symbol("..<");
    if (!step.excludes_high && !take_symbol("..")) wrong(fmt::format("`..` is missing before {}", found()), next().place);
    step.values.push_back(parse_value());
  }

  std::vector<Token> tokens_;
  std::vector<QueryStep> steps_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

tl::expected<std::vector<QueryStep>, QueryProblem> read_query(std::string_view text) {
  try {
    if (text.size() > longest_query)
      wrong(fmt::format("the expression has {} bytes, and no more than {} are read", grouped(text.size()), grouped(longest_query)), {0, 0},
            "name elements by conditions, such as `x[run in [1, 2, 3]]`");
    return Parser(text).run();
  } catch (QueryProblem& problem) {
    return tl::unexpected<QueryProblem>(std::move(problem));
  }
}

}  // namespace osac::plan
