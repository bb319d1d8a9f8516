#pragma once
// The building blocks of the grammar that PEGTL does not have: words and marks that eat the blanks behind them, expectations with a
// message, a depth guard, rules that look at lines. Rules get the parse's State as PEGTL's one state. Included by grammar.h only.

#include <algorithm>
#include <string_view>
#include <tao/pegtl.hpp>

#include "compiler/syntax/messages.h"
#include "compiler/syntax/parse.h"
#include "compiler/syntax/resync.h"
#include "compiler/syntax/state.h"
#include "compiler/syntax/words.h"

namespace osac::syntax::grammar {

namespace pegtl = tao::pegtl;
using pegtl::apply_mode;
using pegtl::at;
using pegtl::not_at;
using pegtl::one;
using pegtl::opt;
using pegtl::plus;
using pegtl::rewind_mode;
using pegtl::seq;
using pegtl::sor;
using pegtl::star;
using pegtl::type_list;

/// A string literal as a template argument.
template <std::size_t N>
struct Words {
  char characters[N];
  constexpr Words(const char (&text)[N]) { std::copy_n(text, N, characters); }  // NOLINT(google-explicit-constructor)
  [[nodiscard]] constexpr std::string_view view() const { return {characters, N - 1}; }
};

template <typename Input>
std::string_view rest(const Input& in) {
  return {in.current(), static_cast<std::size_t>(in.end() - in.current())};
}

constexpr std::size_t no_match = std::string_view::npos;

/// A rule that looks at the text itself: Rule::scan(rest, state) gives how many bytes it takes, or no_match.
template <typename Rule>
struct scanned {
  using rule_t = Rule;
  using subs_t = type_list<>;
  static constexpr bool may_be_empty = false;
  template <apply_mode, rewind_mode, template <typename...> class Action, template <typename...> class Control, typename Input>
  static bool match(Input& in, State& state) {
    const std::size_t length = Rule::scan(rest(in), state);
    if (length == no_match) return false;
    in.bump(length);
    return true;
  }
};

/// White space and comments; in a text's hole only blanks of the line. Runs once behind each token, and so knows where it ended.
struct blanks : scanned<blanks> {
  static constexpr bool may_be_empty = true;
  static std::size_t scan(std::string_view here, State& state) {
    state.previous_end = state.offset(here.data());
    return state.in_hole() ? skip_blanks(here, 0) : skip_trivia(here, 0);
  }
};
inline std::size_t with_blanks(std::size_t length, std::string_view here, State& state) {
  return length + blanks::scan(here.substr(length), state);
}

/// Blanks of one line.
struct line_blanks : scanned<line_blanks> {
  static constexpr bool may_be_empty = true;
  static std::size_t scan(std::string_view here, State& /*state*/) { return skip_blanks(here, 0); }
};

/// A word with the blanks behind it. It is no reserved word: it means this only where the grammar asks for it.
template <Words Text>
struct word : scanned<word<Text>> {
  static constexpr std::string_view text = Text.view();
  static std::size_t scan(std::string_view here, State& state) {
    if (!here.starts_with(text) || (here.size() > text.size() && is_name_part(here[text.size()]))) return no_match;
    return with_blanks(text.size(), here, state);
  }
};

/// A mark with the blanks behind it, unless one of `NotBefore` follows directly.
template <Words Text, Words NotBefore = "">
struct mark : scanned<mark<Text, NotBefore>> {
  static constexpr std::string_view text = Text.view();
  static std::size_t scan(std::string_view here, State& state) {
    if (!here.starts_with(text)) return no_match;
    if (here.size() > text.size() && NotBefore.view().find(here[text.size()]) != std::string_view::npos) return no_match;
    return with_blanks(text.size(), here, state);
  }
};

/// An identifier that is no reserved word, without the blanks behind it. Names with a role derive from it and have an action each. Where a
/// name is missing, the first word of the next declaration or clause is not taken for it.
struct name : scanned<name> {
  static std::size_t scan(std::string_view here, State& state) {
    const std::string_view found = word_at(here, 0);
    if (found.empty() || is_reserved_word(found)) return no_match;
    return leads_next_line(state.text, state.previous_end, state.offset(here.data())) ? no_match : found.size();
  }
};

template <typename Rule>
struct token : seq<Rule, blanks> {};

/// Must match; else reports "expected WHAT" and fails the item.
template <Words What, typename Rule, Place Where = Place::found>
struct expect {
  using rule_t = expect;
  using subs_t = type_list<Rule>;
  static void report(State& state, std::size_t at) { report_expected(state, at, What.view(), Where); }

  template <apply_mode A, rewind_mode, template <typename...> class Action, template <typename...> class Control, typename Input>
  static bool match(Input& in, State& state) {
    if (!Control<Rule>::template match<A, rewind_mode::dontcare, Action, Control>(in, state)) Control<expect>::raise(in, state);
    return true;
  }
};

/// Must match a closing mark; else reports it together with the opener.
template <Words Closer>
struct close {
  using rule_t = close;
  using subs_t = type_list<>;
  static constexpr std::string_view text = Closer.view();
  static void report(State& state, std::size_t at) { report_unclosed(state, at, Closer.view()); }

  template <apply_mode A, rewind_mode, template <typename...> class Action, template <typename...> class Control, typename Input>
  static bool match(Input& in, State& state) {
    if (!rest(in).starts_with(text)) Control<close>::raise(in, state);
    in.bump(text.size());
    if constexpr (A == apply_mode::action) state.openers.pop_back();
    in.bump(blanks::scan(rest(in), state));
    return true;
  }
};

/// An opening mark with the blanks behind it; close pops what this pushes.
template <Words Text, OpenerKind Kind>
struct open {
  using rule_t = open;
  using subs_t = type_list<>;
  static constexpr std::string_view text = Text.view();
  template <apply_mode A, rewind_mode, template <typename...> class Action, template <typename...> class Control, typename Input>
  static bool match(Input& in, State& state) {
    if (!rest(in).starts_with(text)) return false;
    if constexpr (A == apply_mode::action) state.openers.push_back({Kind, state.offset(in.current())});
    in.bump(text.size());
    in.bump(blanks::scan(rest(in), state));
    return true;
  }
};

/// Always a mistake, told by `Message`.
template <void (*Message)(State&, std::size_t)>
struct mistake {
  using rule_t = mistake;
  using subs_t = type_list<>;
  static void report(State& state, std::size_t at) { Message(state, at); }
  template <apply_mode, rewind_mode, template <typename...> class Action, template <typename...> class Control, typename Input>
  static bool match(Input& in, State& state) {
    Control<mistake>::raise(in, state);
    return false;
  }
};

/// Looks ahead; nothing is consumed, and the last token stays the last token.
template <typename... Rules>
struct ahead {
  using rule_t = ahead;
  using subs_t = type_list<Rules...>;
  template <apply_mode A, rewind_mode M, template <typename...> class Action, template <typename...> class Control, typename Input>
  static bool match(Input& in, State& state) {
    const std::size_t previous_end = state.previous_end;
    const bool found = Control<at<Rules...>>::template match<A, M, Action, Control>(in, state);
    state.previous_end = previous_end;
    return found;
  }
};

template <typename... Rules>
struct not_ahead {
  using rule_t = not_ahead;
  using subs_t = type_list<Rules...>;
  template <apply_mode A, rewind_mode M, template <typename...> class Action, template <typename...> class Control, typename Input>
  static bool match(Input& in, State& state) {
    return !ahead<Rules...>::template match<A, M, Action, Control>(in, state);
  }
};

/// Guards against nesting that would exhaust the stack, here and in every walk over the tree.
template <typename Rule>
struct nested {
  using rule_t = nested;
  using subs_t = type_list<Rule>;
  static void report(State& state, std::size_t at) { report_nested_too_deeply(state, at); }

  struct Level {
    unsigned& depth;
    explicit Level(unsigned& counter) : depth(++counter) {}
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    ~Level() { --depth; }
  };

  template <apply_mode A, rewind_mode M, template <typename...> class Action, template <typename...> class Control, typename Input>
  static bool match(Input& in, State& state) {
    if (state.depth >= depth_limit) Control<nested>::raise(in, state);
    const Level level(state.depth);
    return Control<Rule>::template match<A, M, Action, Control>(in, state);
  }
};

/// Catches the failure of an item, so that `Recovery` can go on behind it.
template <typename Rule, typename Recovery>
struct recovering : sor<pegtl::try_catch_type<SyntaxFailure, Rule>, Recovery> {};

}  // namespace osac::syntax::grammar
