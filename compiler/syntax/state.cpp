#include "compiler/syntax/state.h"

#include <algorithm>
#include <charconv>

#include "compiler/base/text.h"
#include "compiler/syntax/block_text.h"
#include "compiler/syntax/messages.h"
#include "compiler/syntax/parse.h"
#include "compiler/syntax/words.h"

namespace osac::syntax {

// ---- values

void State::push(Span place, decltype(Expr::kind) kind, std::uint32_t height_of_operands) {
  const std::uint32_t height = height_of_operands + 1;
  if (height > height_limit) fail_tall_expression(*this, place);
  values.push_back(ExprId{static_cast<std::uint32_t>(tree.expressions.size())});
  tree.expressions.push_back({place, std::move(kind)});
  heights.push_back(height);
}

ExprId State::pop() {
  const ExprId id = values.back();
  values.pop_back();
  return id;
}

void State::push_binary() {
  const ExprId right = pop();
  const ExprId left = pop();
  const OpenOperator op = operators.back();
  operators.pop_back();
  push(tree[left].span.to(tree[right].span), BinaryExpr{op.op, op.span, left, right}, std::max(height(left), height(right)));
}

namespace {

bool is_whole(std::string_view digits) { return std::all_of(digits.begin(), digits.end(), is_digit); }

double to_double(std::string_view digits) {
  double value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

}  // namespace

void State::push_integer(std::string_view digits) {
  std::int64_t value = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (result.ec != std::errc{}) {
    report_number_too_large(*this, digits);
    push(exact(digits), BadExpr{});
    return;
  }
  push(exact(digits), IntegerLiteral{value});
}

void State::push_number(Span place) {
  if (!quantity.parts.empty()) {
    push(place, std::exchange(quantity, {}));
  } else if (is_whole(number)) {
    push_integer(number);
  } else if (double value = 0; std::from_chars(number.data(), number.data() + number.size(), value).ec != std::errc{}) {
    report_number_too_large(*this, number);
    push(place, BadExpr{});
  } else {
    push(place, RealLiteral{value});
  }
}

void add_quantity_part(State& state, Name unit) { state.quantity.parts.push_back({to_double(state.number), is_whole(state.number), unit}); }

// ---- texts

TextLiteral::Part& State::literal_part(std::size_t at) {
  auto& parts = texts.back().literal.parts;
  if (parts.empty() || parts.back().hole) parts.push_back({{}, span(at, at), std::nullopt, {}, {}});
  return parts.back();
}

void State::close_text(std::size_t end) {
  OpenText open = std::move(texts.back());
  texts.pop_back();
  openers.pop_back();
  if (open.literal.is_block) remove_indentation(open.literal, text.substr(open.contents_begin, end - 3 - open.contents_begin));
  std::uint32_t tallest = 0;
  for (const TextLiteral::Part& part : open.literal.parts)
    if (part.hole) tallest = std::max(tallest, height(*part.hole));
  if (layout != nullptr && texts.empty()) layout->texts.emplace_back(open.begin, end);
  push(span(open.begin, end), std::move(open.literal), tallest);
}

// ---- items

void State::report_repeated(std::string_view part, std::size_t begin) { report_given_twice(*this, part, since(begin)); }

namespace {

/// Splits the comment lines at the head of a file from those that belong to its first declaration: at the first blank line
/// behind a `##` line.
std::size_t end_of_file_doc(std::string_view trivia) {
  bool seen_doc = false;
  std::size_t at = 0;
  while (at < trivia.size()) {
    const std::size_t end = std::min(trivia.find('\n', at), trivia.size());
    const std::string_view line = trim(trivia.substr(at, end - at));
    if (line.empty() && seen_doc && end < trivia.size()) return end;
    if (line.starts_with("##")) seen_doc = true;
    at = end + 1;
  }
  return 0;
}

}  // namespace

void State::begin_declaration_at(std::size_t at) {
  const bool is_first = tree.declarations.empty() && !tree.workflow && error_count == 0;
  std::size_t doc_begin = std::min(previous_end, at);
  if (is_first) {
    const std::size_t head = end_of_file_doc(text.substr(doc_begin, at - doc_begin));
    tree.doc = doc_of(text.substr(doc_begin, head), true);
    doc_begin += head;
  }
  doc = doc_of(text.substr(doc_begin, at - doc_begin), is_first);
  item_begin = declaration_begin = at;
  if (at == 0 || text[at - 1] == '\n') is_in_lost_body = false;
  columns.clear();
  names.clear();
  if (layout != nullptr) layout->item_starts.push_back(at);
}

void State::begin_item_at(std::size_t at) {
  const std::size_t doc_begin = std::min(previous_end, at);
  item_doc = doc_of(text.substr(doc_begin, at - doc_begin), false);
  item_begin = at;
  names.clear();
  if (layout != nullptr) layout->item_starts.push_back(at);
}

void State::forget_item(std::size_t open_blocks) {
  openers.resize(std::min(openers.size(), open_blocks));
  values.clear();
  operators.clear();
  texts.clear();
  calls.clear();
  sources.clear();
  names.clear();
  qualified = {};
  last_qualified.reset();
  type = {};
  over = {};
  quantity = {};
  codes.clear();
}

namespace {

/// What a `##` line says, without the marks.
std::string_view words_of_doc(std::string_view comment) {
  comment.remove_prefix(2);
  if (comment.starts_with(' ')) comment.remove_prefix(1);
  return comment;
}

}  // namespace

void add_trailing_doc(const State& state, std::string& doc) {
  const std::size_t begin = skip_blanks(state.text, state.previous_end);
  const std::size_t end = std::min(state.text.find('\n', begin), state.text.size());
  const std::string_view comment = trim(state.text.substr(begin, end - begin));
  if (!comment.starts_with("##")) return;
  if (!doc.empty()) doc += '\n';
  doc += words_of_doc(comment);
}

std::string doc_of(std::string_view trivia, bool starts_line) {
  std::string doc;
  std::size_t at = starts_line ? 0 : trivia.find('\n');
  if (at == std::string_view::npos || trivia.find("##", at) == std::string_view::npos) return doc;
  bool is_first = true;
  while (at < trivia.size()) {
    const std::size_t end = std::min(trivia.find('\n', at), trivia.size());
    const std::string_view line = trim(trivia.substr(at, end - at));
    if (line.starts_with("##")) {
      if (!is_first) doc += '\n';
      is_first = false;
      doc += words_of_doc(line);
    }
    at = end + 1;
  }
  return doc;
}

}  // namespace osac::syntax
