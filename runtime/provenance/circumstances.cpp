#include "runtime/provenance/circumstances.h"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <utility>

#include "compiler/base/text.h"

namespace osac::provenance {

namespace {

/// The place of a key among those met so far; `add` is called for a new one.
template <typename Map, typename Key, typename Add>
std::uint32_t place_of(Map& known, Key key, Add&& add) {
  const auto [at, is_new] = known.try_emplace(std::move(key), static_cast<std::uint32_t>(known.size()));
  if (is_new) add();
  return at->second;
}

}  // namespace

Circumstances circumstances_of(const Exported& selection) {
  Circumstances all;
  std::map<std::string, std::uint32_t> users;
  std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> engines;
  std::map<std::pair<std::string, Digest>, std::uint32_t> sites, sources;
  for (const step::ExecutionStart* const execution : selection.executions) {
    const std::string user = execution->user + "@" + execution->host;
    const std::uint32_t person = place_of(users, user, [&] { all.users.push_back(user); });
    all.engine_of.push_back(place_of(engines, std::pair(person, execution->osac_version), [&] {
      all.engines.push_back({person, execution->osac_version});
    }));
    all.site_of.push_back(execution->site_content == Digest{} ? none
                                                              : place_of(sites, std::pair(execution->site, execution->site_content), [&] {
                                                                  all.sites.push_back({execution->site, execution->site_content});
                                                                }));
  }
  for (const step::PlanRecord* const plan : selection.plans) {
    auto& list = all.sources_of.emplace_back();
    for (const auto& source : plan->sources)
      list.push_back(place_of(sources, std::pair(source.name, source.content), [&] {
        all.sources.push_back({source.name, source.content});
      }));
  }
  return all;
}

void informants_of(const Exported& selection, std::uint32_t activity, std::vector<std::uint32_t>& makers) {
  makers.clear();
  const auto add = [&](std::uint32_t file) {
    const std::uint32_t maker = selection.files[file].maker;
    if (maker != none && maker != activity) makers.push_back(maker);
  };
  selection.for_each_used(selection.activities[activity], [&](const Use& use) {
    add(use.file);
    const Range members = selection.files[use.file].members;
    for (std::uint32_t m = 0; m < members.count; ++m) add(selection.members[members.first + m]);
  });
  std::sort(makers.begin(), makers.end());
  makers.erase(std::unique(makers.begin(), makers.end()), makers.end());
}

std::string safe_text(std::string_view text) { return find_malformed_utf8(text) ? visible(text) : std::string(text); }

std::string numbered(std::string_view what, std::uint32_t place) { return fmt::format("osac:{}{}", what, place + 1); }

}  // namespace osac::provenance
