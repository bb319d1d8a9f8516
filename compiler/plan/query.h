#pragma once
// Questions about a plan: sets of its elements and files, by name, by path, and by what is made from what (docs/reference/query.md). The
// plan alone answers: no history, no file on disk. Linear in elements and edges for each word of the question.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "compiler/plan/plan.h"

namespace osac::plan {

/// Some elements of a plan's tasks and datasets, one flag each.
struct ElementSet {
  std::vector<std::uint8_t> tasks;                  ///< one a task's element, by global number
  std::vector<std::vector<std::uint8_t>> datasets;  ///< one list a dataset

  explicit ElementSet(const Plan& plan);
  [[nodiscard]] bool is_empty() const;
};

/// What is wrong with an expression, and where: bytes [begin, end) of it.
struct QueryProblem {
  std::string what;
  std::string help;
  std::size_t begin = 0, end = 0;
};

/// Expressions that are longer or nested deeper than this are refused.
inline constexpr std::size_t longest_query = 100'000;
inline constexpr int deepest_query = 100;

/// The set that an expression means: `downstream flat[filter=r] and reduce`. Paths in it may begin with `folder`, as people call the
/// workflow's folder.
tl::expected<ElementSet, QueryProblem> query(const Plan& plan, std::string_view expression, std::string_view folder = {});

/// What an element or file that is asked for by its name waits for, if it is not planned yet: "paths of `dl1b` are known once
/// `cleaning[run=1807]` is made". Nothing if no stage is about it.
std::optional<std::string> waiting_for(const Plan& plan, std::string_view target);

}  // namespace osac::plan
