#pragma once
// What is built into the binary, so that it needs no files beside it. The tables are written by cmake/embed.cmake; each is sorted by name.

#include <string_view>
#include <utility>
#include <vector>

namespace osac::embedded {

/// Name and text.
using Table = std::vector<std::pair<std::string_view, std::string_view>>;

/// The standard library's modules: "std.gnuastro".
const Table& modules();
/// The pages of `osac explain`: "unknown-dataset" (docs/errors).
const Table& explanations();
/// The files that `osac new` writes (workflows/tutorial).
const Table& starter();

}  // namespace osac::embedded
