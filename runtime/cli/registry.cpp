// osac registry: the index of what was executed, made anew or checked, and journals that are damaged.

#include "runtime/cli/registry.h"

#include <fmt/format.h>

#include "compiler/base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/registry/registry.h"
#include "runtime/registry/state.h"
#include "runtime/step/journal_file.h"
#include "runtime/step/salvage.h"

namespace osac::cli {

namespace {

void tell_notes(const std::vector<std::string>& notes) {
  for (const std::string& note : notes) tell(fmt::format("note: {}\n", visible(note)));
}

Result<std::vector<step::JournalDamage>> examine(const std::string& state) {
  const auto paths = step::journal_files(state + "/journal");
  if (!paths) return tl::unexpected(paths.error());
  std::vector<step::JournalDamage> found;
  for (const std::string& path : *paths) {
    auto damage = step::examine_journal(path);
    if (!damage) return tl::unexpected(damage.error());
    found.push_back(std::move(*damage));
  }
  return found;
}

std::string losses_text(const step::JournalDamage& damage) {
  std::string out;
  for (const step::JournalLoss& loss : damage.losses) out += fmt::format("{}: {}\n", visible(damage.path), step::loss_text(loss));
  return out;
}

Result<std::string> salvage(const std::string& state) {
  const auto lock = registry::StateLock::take(state, "osac registry", false);
  if (!lock) return tl::unexpected(lock.error());
  const auto journals = examine(state);
  if (!journals) return tl::unexpected(journals.error());
  std::string out;
  for (const step::JournalDamage& damage : *journals) {
    if (!damage.is_damaged()) continue;
    const auto aside = step::salvage_journal(damage.path);
    if (!aside) return tl::unexpected(aside.error());
    out += losses_text(damage) + fmt::format("{}: {} kept; the damaged file is `{}`\n", visible(damage.path),
                                             count_of(damage.records, "record"), visible(*aside));
  }
  return out;
}

Result<std::string> rebuild(const std::string& state) {
  const auto name = registry::registry_name(state);
  if (!name) return tl::unexpected(name.error());
  const auto made = registry::rebuild_registry(state);
  if (!made) return tl::unexpected(made.error());
  tell_notes(made->notes);
  return fmt::format("{} made from {}: {}, {}, {} made, {} read, {}\n", visible(*name), count_of(made->journals, "journal"),
                     count_of(made->executions, "execution"), count_of(made->attempts, "attempt"), count_of(made->made, "file"),
                     count_of(made->read, "file"), count_of(made->metrics, "metric"));
}

int check(const std::string& state) {
  const auto journals = examine(state);
  if (!journals) return report(journals.error());
  const auto wrong = registry::check_registry(state);
  if (!wrong) return report(wrong.error());
  std::string out;
  std::uint64_t records = 0;
  bool is_damaged = false;
  for (const step::JournalDamage& damage : *journals) {
    out += losses_text(damage);
    records += damage.records;
    is_damaged = is_damaged || damage.is_damaged();
  }
  for (const std::string& one : *wrong) out += one + "\n";
  out += fmt::format("{} with {}\n", count_of(journals->size(), "journal"), count_of(records, "record"));
  if (const int printed = print_result(out); printed != exit_done) return printed;
  if (is_damaged) tell("help: `osac registry rebuild --salvage` goes on with what is intact\n");
  if (!wrong->empty()) tell("help: `osac registry rebuild` makes the index anew\n");
  return is_damaged || !wrong->empty() ? exit_damaged : exit_done;
}

}  // namespace

int run_registry(const Arguments& arguments) {
  const auto past = open_past(arguments.past);
  if (!past) return report(past.error());
  if (arguments.word == "check") return check(past->state);
  std::string out;
  if (arguments.registry.salvage) {
    const auto salvaged = salvage(past->state);
    if (!salvaged) return report(salvaged.error());
    out = *salvaged;
  }
  const auto made = rebuild(past->state);
  // what was salvaged is told in any case
  if (const int printed = print_result(made ? out + *made : out); printed != exit_done) return printed;
  return made ? exit_done : report(made.error());
}

int ask_archive(const Past& past, const std::function<Result<int>(registry::Archive&)>& ask) {
  const auto once = [&]() -> Result<int> {
    auto archive = registry::Archive::open(past.state);
    if (!archive) return tl::unexpected(archive.error());
    tell_notes(archive->notes());
    return ask(*archive);
  };
  auto code = once();
  if (!code && code.error().trouble == Trouble::damaged && code.error().help.empty()) {
    // a page that nobody had looked at when the index was brought up to date
    tell_notes({"the index is damaged, and is made anew from the journals: " + code.error().what});
    if (const auto made = registry::rebuild_registry(past.state); !made) return report(made.error());
    code = once();
  }
  return code ? *code : report(code.error());
}

}  // namespace osac::cli
