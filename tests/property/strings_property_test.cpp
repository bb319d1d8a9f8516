// Strings against the plainest table there could be: a map and a list. Few short texts, so that many come twice; some are long, so that
// blocks of storage end in between; and now and then the table is moved.

#include <rapidcheck.h>
#include <map>
#include <string>
#include <vector>

#include "compiler/base/strings.h"

using namespace osac;

namespace {

struct Model {
  std::map<std::string, std::uint32_t> numbers = {{"", 0}};
  std::vector<std::string> texts = {""};

  std::uint32_t intern(const std::string& text) {
    const auto [at, is_new] = numbers.emplace(text, static_cast<std::uint32_t>(texts.size()));
    if (is_new) texts.push_back(text);
    return at->second;
  }
};

std::string random_text() {
  if (*rc::gen::inRange(0, 50) == 0) return std::string(static_cast<std::size_t>(*rc::gen::inRange(1, 9000)), 'x');
  const auto letter = rc::gen::elementOf(std::string("ab\0\xff", 4));
  return *rc::gen::resize(12, rc::gen::container<std::string>(letter));
}

}  // namespace

int main() {
  const bool holds = rc::check("Strings behaves as a map and a list", [] {
    Strings strings;
    Model model;
    const int count = *rc::gen::inRange(0, 400);
    for (int i = 0; i < count; ++i) {
      const std::string text = random_text();
      const auto known = model.numbers.find(text);
      RC_ASSERT(strings.find(text) == (known == model.numbers.end() ? Symbol::none() : Symbol{known->second}));
      RC_ASSERT(strings.intern(text).index == model.intern(text));
      RC_ASSERT(strings.size() == model.texts.size());
      if (i % 97 == 96) strings = Strings(std::move(strings));
    }
    for (std::uint32_t i = 0; i < model.texts.size(); ++i) RC_ASSERT(strings.text(Symbol{i}) == model.texts[i]);
  });
  return holds ? 0 : 1;
}
