// Environments that may be another one tomorrow: a module, an image or a folder without a version.

#include <algorithm>

#include "compiler/lint/context.h"

namespace osac::lint {

namespace {

/// Whether a module, an image or a folder says which version it is: the last part of its path, or what stands behind `:` or `@`, has a
/// digit.
bool says_version(std::string_view reference) {
  if (reference.ends_with(":latest") || reference.ends_with("latest.sif")) return false;
  const std::string_view last = reference.substr(reference.find_last_of('/') + 1);
  return std::any_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

void check_environments(Context& context) {
  std::vector<std::string_view> told;
  for (const Body& body : bodies_of(context.tree)) {
    const auto* env = find_clause<syntax::EnvClause>(body.clauses);
    if (env == nullptr) continue;
    const std::string_view name = context.text(env->env);
    const auto known = context.options.environments.find(std::string(name));
    if (known == context.options.environments.end() || says_version(known->second.reference)) continue;
    if (std::find(told.begin(), told.end(), name) != told.end()) continue;
    told.push_back(name);
    context.report(Kind::unversioned_environment, env->env.span, name, known->second.reference)
        .help(
            "name one in the site file, such as `gnuastro/0.19` or `astro-2026.1.sif`: an update then runs elements again, and is "
            "recorded");
  }
}

}  // namespace osac::lint
