// An execution from end to end: lock, recover, look, run, record.

#include "runtime/local/execute.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/random.h>
#include <unistd.h>

#include "compiler/base/files.h"
#include "runtime/local/conductor.h"
#include "runtime/local/flow.h"
#include "runtime/local/interrupts.h"
#include "runtime/local/late_journal.h"
#include "runtime/local/settle.h"
#include "runtime/registry/registry.h"
#include "runtime/step/execution_record.h"
#include "runtime/step/system.h"

namespace osac::local {

namespace {

class Execution {
 public:
  Execution(const plan::Plan& plan, const site::Site& site, const Options& options, Progress& progress)
      : plan_(plan), site_(site), options_(options), progress_(progress), clock_(runtime::system_clock()), begin_(clock_.monotonic()) {
    config_.layout = options.layout;
    config_.durability = site.durability;
    config_.grace = site.grace;
    config_.execution = make_execution_name(clock_);
    config_.host = step::host_name();
  }

  Result<Summary> run() {
    auto lock = registry::StateLock::take(options_.layout.state, config_.execution, options_.wait_for_lock);
    if (!lock) return tl::unexpected(lock.error());
    const Interrupts interrupts;
    LateJournal journal(
        options_.layout.state + "/journal", site_.durability, clock_,
        step::execution_start(plan_, {config_.execution, user_name(), options_.arguments, site_.origin, site_.content, options_.called_in},
                              clock_));
    if (auto recovered = recover(journal); !recovered) return tl::unexpected(recovered.error());
    auto history = registry::read_history(options_.layout.state);
    if (!history) return tl::unexpected(history.error());
    for (const std::string& note : history->notes) progress_.note(note);
    auto settled = settle(plan_, site_, options_, std::move(*history));
    if (!settled) return tl::unexpected(settled.error());
    for (const step::EndRecord& record : settled->state->take_refreshed())
      if (auto written = journal.append(record); !written) return tl::unexpected(written.error());
    if (auto kept = keep_plan(*settled->plan, options_.layout.state); !kept) return tl::unexpected(kept.error());
    keep(*settled->state);

    const Surroundings around{site_, options_, config_, journal, clock_, progress_};
    Conductor conductor(around, settled->plan, std::move(settled->state), std::move(settled->decisions), std::move(settled->made),
                        std::move(settled->wrong));
    if (auto ready = conductor.prepare(); !ready) return tl::unexpected(ready.error());
    if (auto ran = run_flow(conductor, around, interrupts.descriptor(), [&] { return interrupts.first(); }); !ran)
      return tl::unexpected(ran.error());
    return conclude(conductor, journal, interrupts.first());
  }

 private:
  Status recover(LateJournal& journal) {
    const auto notes = step::recover(options_.layout, journal, clock_);
    if (!notes) return tl::unexpected(notes.error());
    for (const std::string& note : *notes) progress_.note(note);
    return {};
  }

  /// What makes the next start quick is no reason to fail.
  void keep(registry::State& state) {
    if (auto kept = state.keep(options_.layout.state); !kept)
      progress_.note("the snapshot of what ran could not be written; the next start reads the journals: " + kept.error().what);
  }

  void choose_registry() {
    if (auto chosen = registry::choose_registry(options_.layout.state, site_.registry); !chosen) progress_.note(chosen.error().what);
  }
  void update_registry() {
    const auto updated = registry::update_registry(options_.layout.state);
    if (!updated)
      progress_.note("the index of what ran is not up to date; the next execution brings it up: " + updated.error().what);
    else
      for (const std::string& note : updated->notes) progress_.note(note);
  }

  Result<Summary> conclude(Conductor& conductor, LateJournal& journal, int interrupted_by) {
    const Status certified = conductor.certify();
    Summary summary = conductor.summary();
    summary.interrupted_by = interrupted_by;
    if (!certified) summary.certificates_trouble = certified.error();
    const auto& trouble = conductor.trouble();
    choose_registry();
    if (journal.exists()) {
      step::ExecutionEnd end;
      end.execution = config_.execution;
      end.time = clock_.wall();
      end.exit_code = interrupted_by != 0 ? 128 + interrupted_by : trouble ? 4 : summary.is_complete() ? 0 : 1;
      if (auto written = journal.append(end); !written && !trouble) return tl::unexpected(written.error());
      // an index of what is recorded already: no reason to fail
      update_registry();
      keep(conductor.state());
    }
    if (trouble && interrupted_by == 0) return tl::unexpected(*trouble);
    summary.elapsed = clock_.monotonic() - begin_;
    return summary;
  }

  const plan::Plan& plan_;
  const site::Site& site_;
  const Options& options_;
  Progress& progress_;
  const runtime::Clock& clock_;
  const std::int64_t begin_;
  step::Config config_;
};

}  // namespace

std::string make_execution_name(const runtime::Clock& clock) {
  std::string time;
  for (const char c : runtime::utc_text(clock.wall()).substr(0, 19))
    if (c != '-' && c != ':') time += c;
  std::uint32_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number) number = static_cast<std::uint32_t>(::getpid());
  return fmt::format("{}-{:08x}", time, number);
}

std::string user_name() {
  const passwd* const entry = ::getpwuid(::geteuid());
  return entry == nullptr ? std::to_string(::geteuid()) : entry->pw_name;
}

Status keep_plan(const plan::Plan& plan, const std::string& state_folder) {
  const std::string path = state_folder + "/plan";
  if (::access(path.c_str(), R_OK) == 0)
    if (const auto kept = plan::Plan::open(path); kept && kept->id() == plan.id()) return {};
  return write_file(path, plan.bytes());
}

Result<Summary> execute(const plan::Plan& plan, const site::Site& site, const Options& options, Progress& progress) {
  return Execution(plan, site, options, progress).run();
}

}  // namespace osac::local
