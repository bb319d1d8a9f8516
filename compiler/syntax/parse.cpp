#include "compiler/syntax/parse.h"

#include <string_view>
#include <tao/pegtl.hpp>

#include "compiler/base/text.h"
#include "compiler/syntax/actions_declaration.h"
#include "compiler/syntax/grammar.h"
#include "compiler/syntax/layout.h"

namespace osac::syntax {

namespace {

/// PEGTL's hooks: a failed expectation becomes a diagnostic and a SyntaxFailure. All that is missing at the end of the text is one mistake.
template <typename Rule>
struct control : tao::pegtl::normal<Rule> {
  template <typename Input>
  [[noreturn]] static void raise(const Input& in, State& state) {
    const std::size_t at = state.offset(in.current());
    if (is_in_unclosed_block(state, at)) fail(state, state.text.size(), report_unclosed_text);
    fail(state, at, Rule::report);
  }

 private:
  /// Whatever is wrong inside a block without an end, the missing end is the mistake.
  static bool is_in_unclosed_block(const State& state, std::size_t at) {
    return !state.texts.empty() && state.texts.back().literal.is_block && state.text.find("\"\"\"", at) == std::string_view::npos;
  }
  [[noreturn]] static void fail(State& state, std::size_t at, void (*report)(State&, std::size_t)) {
    state.error_offset = state.texts.empty() ? at : find_end_of_text(state.text, state.texts.front().begin, at);
    if (at != state.reported_offset || at < state.text.size()) {
      state.reported_offset = at;
      ++state.error_count;
      report(state, at);
    }
    throw SyntaxFailure{};
  }
};

/// Bytes that no place of a source may hold. Returns whether the text can be parsed.
bool check_bytes(const Sources& sources, SourceId source, Diagnostics& diagnostics) {
  const std::string_view text = sources.text(source);
  const std::uint32_t base = sources.begin(source);
  if (text.size() > size_limit) {
    diagnostics.report(DiagnosticKind::source_too_large, Span{base, base}, sources.name(source), text.size(), size_limit);
    return false;
  }
  const auto at = [&](std::size_t offset) {
    return Span{base + static_cast<std::uint32_t>(offset), base + static_cast<std::uint32_t>(offset) + 1};
  };
  const std::size_t nul = text.find('\0');
  if (nul != std::string_view::npos) diagnostics.report(DiagnosticKind::nul_byte, at(nul)).help("is this a text file?");
  const auto malformed = find_malformed_utf8(text);
  if (malformed) diagnostics.report(DiagnosticKind::malformed_utf8, at(*malformed)).help("save the file as UTF-8");
  return nul == std::string_view::npos && !malformed;
}

template <typename Start>
bool run(State& state) {
  tao::pegtl::memory_input<tao::pegtl::tracking_mode::lazy> in(state.text.data(), state.text.data() + state.text.size(), "");
  return tao::pegtl::parse<Start, grammar::action, control>(in, state);
}

State make_state(const Sources& sources, SourceId source, Strings& strings, Diagnostics& diagnostics, Tree& tree) {
  State state(tree, strings, diagnostics);
  state.text = sources.text(source);
  state.base = sources.begin(source);
  return state;
}

}  // namespace

Tree parse_with_layout(const Sources& sources, SourceId source, Strings& strings, Diagnostics& diagnostics, Layout* layout) {
  Tree tree;
  tree.source = source;
  if (!check_bytes(sources, source, diagnostics)) return tree;
  State state = make_state(sources, source, strings, diagnostics, tree);
  state.layout = layout;
  run<grammar::file>(state);
  return tree;
}

Tree parse(const Sources& sources, SourceId source, Strings& strings, Diagnostics& diagnostics) {
  return parse_with_layout(sources, source, strings, diagnostics, nullptr);
}

ExprId parse_expression(const Sources& sources, SourceId source, Strings& strings, Diagnostics& diagnostics, Tree& tree) {
  if (!check_bytes(sources, source, diagnostics)) return ExprId::none();
  State state = make_state(sources, source, strings, diagnostics, tree);
  state.heights.resize(tree.expressions.size());
  state.openers.push_back({OpenerKind::parenthesis, 0});  // nothing but the expression: `in` is always the operator
  try {
    run<grammar::lone_expression>(state);
  } catch (const SyntaxFailure&) {
    return ExprId::none();
  }
  return state.pop();
}

}  // namespace osac::syntax
