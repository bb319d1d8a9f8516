#pragma once
// The difference of two texts, word by word: `swarp [-a.fits-] {+b.fits+} -c 3`. Knows nothing of commands.

#include <string>
#include <string_view>

namespace osac::registry {

/// Words that are gone stand in [-...-], new ones in {+...+}; long stretches that agree are cut to "...".
std::string word_diff(std::string_view before, std::string_view after);
/// Only what differs, without what stands around it: changes that read the same are the same change, at whatever element.
std::string changed_words(std::string_view before, std::string_view after);

}  // namespace osac::registry
