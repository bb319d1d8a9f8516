// The formatter's guarantees, on every .osa file of the repository and on random mutations of them: tokens deleted, doubled, exchanged;
// blanks and line breaks elsewhere; comments added and moved. What still parses is formatted: formatting again changes nothing, the tree is
// the same, every token and every comment is still there, in order. What does not parse is given back as it is.

#include <rapidcheck.h>
#include <iostream>
#include <random>

#include "compiler/syntax/layout.h"
#include "compiler/syntax/words.h"
#include "tests/unit/syntax/support.h"

using namespace osac;
using namespace osac::syntax;

namespace {

/// A piece of a text: white space, a comment, a quoted text, a word or number, or one other character.
using Pieces = std::vector<std::string>;

bool is_comment(const std::string& piece) { return piece.front() == '#'; }
bool is_white(const std::string& piece) { return is_space(piece.front()); }

/// Cuts a text by rules of its own, not the formatter's. Quoted texts end where the parser says, else where their quotes do.
Pieces pieces_of(const std::string& text) {
  Sources sources;
  Strings strings;
  Diagnostics diagnostics;
  Layout layout;
  parse_with_layout(sources, sources.add("x.osa", text), strings, diagnostics, &layout);
  Pieces pieces;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    const char c = text[at];
    if (c == '"') {
      const auto known = std::find_if(layout.texts.begin(), layout.texts.end(), [&](const auto& each) { return each.first == at; });
      end = known != layout.texts.end() ? known->second : skip_text(text, at);
    } else if (c == '#') {
      end = std::min(text.find('\n', at), text.size());
    } else if (is_space(c)) {
      while (end < text.size() && is_space(text[end])) ++end;
    } else if (is_name_part(c)) {
      while (end < text.size() && is_name_part(text[end])) ++end;
    }
    pieces.push_back(text.substr(at, std::max(end, at + 1) - at));
    at += pieces.back().size();
  }
  return pieces;
}

std::string joined(const Pieces& pieces) {
  std::string text;
  for (const std::string& piece : pieces) text += piece;
  return text;
}

/// All tokens and comments with nothing between them.
std::string without_blanks(const std::string& text) {
  std::string out;
  for (std::string piece : pieces_of(text)) {
    if (is_white(piece)) continue;
    if (is_comment(piece)) piece = "\n" + piece.substr(0, piece.find_last_not_of(" \t\r\f\v") + 1) + "\n";
    out += piece;
  }
  return out;
}

bool is_well_formed(const std::string& text) { return test::Parsed(text).diagnostics.error_count() == 0; }

void mutate(Pieces& pieces, std::mt19937& random) {
  const auto any = [&](std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random); };
  if (pieces.empty()) return;
  const std::size_t at = any(pieces.size());
  const auto place = pieces.begin() + static_cast<std::ptrdiff_t>(at);
  switch (any(9)) {
    case 0:
      pieces.erase(place);
      break;
    case 1:
      pieces.insert(place, std::string(*place));
      break;
    case 2:
      std::swap(*place, pieces[any(pieces.size())]);
      break;
    case 3:  // elsewhere in white space: what most often still parses
    case 4:
    case 5: {
      static const Pieces blanks = {" ", "   ", "\n", "\n\n\n", "\t", "\r\n", " \n    "};
      if (is_white(*place))
        *place = blanks[any(blanks.size())];
      else
        pieces.insert(place, blanks[any(blanks.size())]);
      break;
    }
    case 6:
    case 7: {
      static const Pieces comments = {
          "# c\n", "\n## doc\n", "#\n", "  ## \"quoted {hole}\" \n", "\n\n# a\n# b\n\n", "# \xE2\x80\x94 \xF0\x9F\x94\xAD\n", "#\t} ] )\n"};
      pieces.insert(place, comments[any(comments.size())]);
      break;
    }
    default: {  // a comment moves
      const auto comment = std::find_if(place, pieces.end(), is_comment);
      if (comment == pieces.end()) break;
      const std::string moved = *comment + "\n";
      pieces.erase(comment);
      if (pieces.empty()) break;
      pieces.insert(pieces.begin() + static_cast<std::ptrdiff_t>(any(pieces.size())), moved);
      break;
    }
  }
}

struct Outcome {
  std::size_t well_formed = 0;
  std::size_t all = 0;
};

/// "" if all guarantees hold, else the one that does not.
std::string broken_guarantee(const std::string& text, Outcome& outcome) {
  const std::string once = test::formatted(text);
  ++outcome.all;
  if (!is_well_formed(text)) return once == text ? "" : "a text with mistakes was changed";
  ++outcome.well_formed;
  if (!is_well_formed(once)) return "the formatted text does not parse";
  if (test::formatted(once) != once) return "formatting twice changes something";
  if (without_blanks(once) != without_blanks(text)) return "tokens or comments differ";
  if (test::tree_of(once) != test::tree_of(text)) return "the tree differs";
  return "";
}

}  // namespace

int main() {
  Outcome outcome;
  std::vector<std::string> texts;
  for (const auto& path : test::programs()) texts.push_back(test::contents(path));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string broken = broken_guarantee(texts[i], outcome);
    if (broken.empty()) continue;
    std::cerr << test::programs()[i] << ": " << broken << '\n';
    return 1;
  }
  const Outcome unchanged = std::exchange(outcome, {});
  const bool holds = rc::check("formatting keeps its guarantees on mutated programs", [&] {
    const auto seed = *rc::gen::arbitrary<std::uint32_t>();
    std::mt19937 random(seed);
    Pieces pieces = pieces_of(texts[random() % texts.size()]);
    // Edits that leave the text well-formed are built upon, so that there is more and more to format; the others are tried and dropped.
    for (int i = 0; i < 25; ++i) {
      Pieces changed = pieces;
      mutate(changed, random);
      const std::string text = joined(changed);
      const std::string broken = broken_guarantee(text, outcome);
      if (!broken.empty()) RC_FAIL(broken + ":\n" + text + "\n---- formatted:\n" + test::formatted(text));
      if (is_well_formed(text)) pieces = pieces_of(text);
    }
  });
  std::cout << unchanged.well_formed << " of " << unchanged.all << " files and " << outcome.well_formed << " of " << outcome.all
            << " mutations were well-formed\n";
  return holds && outcome.well_formed * 4 > outcome.all ? 0 : 1;
}
