#pragma once
// What is right in a .osa file, but not wise: the rules of `osac lint`. Each rule is a kind of compiler/diagnostics/kinds/lint.def with a
// page in docs/errors. Works on trees: it needs no data, no site and no other program; what those have to say comes in through Options. A
// comment
// `# lint: allow RULE reason` silences a rule for what it stands at (allow.h).

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/lint/scripts.h"
#include "compiler/semantics/analyse.h"

namespace osac::lint {

/// What the site says of an env: the module, folder or image that it enters.
struct Environment {
  std::string reference;
};

struct Options {
  bool is_strict = false;                           ///< advice, too
  ScriptChecker* checker = nullptr;                 ///< for commands and scripts; null: they are not looked into
  std::map<std::string, Environment> environments;  ///< by name; of those that name something
};

/// Lints modules[0], which has been parsed and analysed without errors. `compiled`: what that had to say; its warnings are findings like
/// ours, those that the file allows are left out.
void lint(const std::vector<semantics::Module>& modules, const Sources& sources, const Strings& strings, const Diagnostics& compiled,
          const Options& options, Diagnostics& diagnostics);

/// The source's text with the edits of all these findings made, in order of place; of edits that overlap the first. If the text was
/// formatted, so is the result. Nothing if there is no edit, or the result could not be parsed.
std::optional<std::string> fixed(const Sources& sources, SourceId source, const Diagnostics& diagnostics);

}  // namespace osac::lint
