#pragma once
// What is different between two plans of one workflow, before anything runs: elements that are new or gone, those that would run again
// after the older plan was carried out whole, and why. By the rules of the registry: names and fingerprints. It looks at no file and at no
// history: what tasks made is taken for unchanged until their makers run again.

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/site/site.h"

namespace osac::compare {

enum class Change : std::uint8_t {
  added,    ///< only the newer plan has it
  removed,  ///< only the older one has it; its files stay where they are
  runs,     ///< would run again
  may_run,  ///< would run again unless what it reads is made the same once more
};
std::string_view change_name(Change change);  // "added", "removed", "would re-run", "may re-run"

/// The first thing that makes an element run again.
enum class Cause : std::uint8_t {
  none,  ///< of added and removed ones
  environment,
  inputs,   ///< it reads other files
  outputs,  ///< what it makes has another name
  command,
  upstream,   ///< what it reads is made again
  temporary,  ///< what it makes was temporary, and somebody needs it again
};
std::string_view cause_name(Cause cause);  // "environment changed", ...

/// Elements of one task that share change, cause and detail.
struct Group {
  Change change = Change::added;
  Cause cause = Cause::none;
  std::uint32_t task = plan::no_row;                ///< of the newer plan; of removed ones of the older
  std::uint32_t origin = plan::no_row;              ///< of `upstream`: the task whose change it began with
  std::uint32_t origin_element = plan::no_element;  ///< the first such element, by its global number
  std::vector<std::uint32_t> elements;              ///< global numbers, ascending
  std::string detail;                               ///< of the first element: a word diff, the files; lines, may be empty
  bool has_others = false;                          ///< the others differ in their own ways: the detail is but an example
};

struct ParameterChange {
  std::string name, before, after;  ///< as text; empty where it is not declared
};

struct Comparison {
  std::vector<Group> groups;  ///< by change, then in the plan's order of tasks
  std::vector<ParameterChange> parameters;
  std::uint32_t added = 0, removed = 0, runs = 0, may_run = 0;
  std::uint32_t same = 0;  ///< elements that stay as they are
  [[nodiscard]] bool is_equal() const { return added + removed + runs + may_run == 0; }
};

/// `site` is that of both: environments are entered as there, external files are known by its policy.
Comparison compare(const plan::Plan& before, const plan::Plan& after, const site::Site& site);

}  // namespace osac::compare
