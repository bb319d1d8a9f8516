#pragma once
// What a night lacks to be closed: each cause, and what is missing only because of it. An element stands if it is up to date: its last
// success was made with what it is made with now, and its outputs are as recorded. What was accepted is missed by nobody, nor is what is
// missing only because of that. Linear in elements and edges.

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/registry/state.h"

namespace osac::closing {

enum class Fate : std::uint8_t {
  stands,
  missing,   ///< a cause
  blocked,   ///< because of one
  accepted,  ///< missing, and accepted so
  excused,   ///< missing only because of accepted ones
};

struct Missing {
  std::string what;                                   ///< "r0_to_dl1[run=1808,subrun=3..7]", a stage: "dimension `peak`"
  std::uint32_t first = plan::no_element, count = 1;  ///< elements: neighbours that are missing for the same reason; none: a stage
  std::string why;                                    ///< "not made: exit code 1"
  std::string path;                                   ///< of a file that is gone or changed; of several the first
  std::string log;                                    ///< of the first, if it has one
  std::uint32_t blocked = 0;                          ///< elements that are missing because of these
  std::vector<std::string> unplanned;                 ///< what could not be planned because of these
};

struct Verdicts {
  std::vector<Fate> fates;  ///< one an element
  std::vector<Missing> missing;
  std::uint32_t stands = 0, causes = 0, blocked = 0, accepted = 0, excused = 0;
  std::uint32_t unplanned = 0;  ///< stages
  [[nodiscard]] bool is_complete() const { return missing.empty(); }
};

struct Question {
  const plan::Plan& plan;
  registry::State& state;                            ///< after `decide`
  const std::vector<registry::Decision>& decisions;  ///< what that gave
  const std::vector<bool>& accepted;                 ///< one an element; of those that stand it means nothing
};
Verdicts find_missing(const Question& question);

/// A line a cause, at most `most`: `r0_to_dl1[run=1808,subrun=3..7]: not made: exit code 1; log: ...; 4 elements could not run because of
/// it`. `prefix` comes before paths: the workflow's folder as people call it.
std::string missing_text(const std::vector<Missing>& missing, const std::string& prefix, std::size_t most = 50);
/// The same as a list of JSON objects, all of them.
std::string missing_json(const std::vector<Missing>& missing);

}  // namespace osac::closing
