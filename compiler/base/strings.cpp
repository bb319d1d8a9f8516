#include "compiler/base/strings.h"

#include <algorithm>

namespace osac {

Strings::Strings() { intern(""); }

Symbol Strings::intern(std::string_view text) {
  if (auto found = numbers_.find(text); found != numbers_.end()) return Symbol{found->second};
  constexpr std::size_t block_size = 64 * 1024;
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < text.size()) {
    blocks_.emplace_back();
    blocks_.back().reserve(std::max(block_size, text.size()));
  }
  std::string& block = blocks_.back();
  const std::size_t begin = block.size();
  block.append(text);
  const std::string_view kept(block.data() + begin, text.size());
  const auto number = static_cast<std::uint32_t>(views_.size());
  views_.push_back(kept);
  numbers_.emplace(kept, number);
  return Symbol{number};
}

Symbol Strings::find(std::string_view text) const {
  auto found = numbers_.find(text);
  return found == numbers_.end() ? Symbol::none() : Symbol{found->second};
}

}  // namespace osac
