#pragma once
// What the parser tells the formatter beyond the tree: where items start, where texts are, which tokens cling to their neighbours.
// All are byte offsets into the source's text, in rising order.

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/base/strings.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/syntax/tree.h"

namespace osac::syntax {

struct Layout {
  std::vector<std::size_t> item_starts;                    // declarations, clauses, columns
  std::vector<std::pair<std::size_t, std::size_t>> texts;  // outermost quoted texts: begin, end
  std::vector<std::size_t> clings_to_previous;             // `(` of a call, `[` of a fixed key, `:` of an argument
  std::vector<std::size_t> clings_to_next;                 // minus signs
};

/// parse() that also fills a layout.
Tree parse_with_layout(const Sources& sources, SourceId source, Strings& strings, Diagnostics& diagnostics, Layout* layout);

}  // namespace osac::syntax
