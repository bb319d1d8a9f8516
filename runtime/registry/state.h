#pragma once
// From what is known of the past (history.h) and the world as it is: what is up to date and what would run, with the reason. An element is
// done if its last success has the same fingerprint and its outputs are as recorded; mtimes of input and output are never compared.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/plan/plan.h"
#include "compiler/plan/resolve.h"
#include "runtime/registry/history.h"
#include "runtime/site/site.h"
#include "runtime/step/journal.h"

namespace osac::registry {

enum class Verdict : std::uint8_t { up_to_date, run, unknown /* depends on what a parent makes */ };
enum class Cause : std::uint8_t {
  none,
  is_new,
  command_changed,
  input_changed,
  output_missing,
  output_changed,
  failed_before,
  forced,
  parent_runs,
  environment_changed,
};
std::string_view cause_name(Cause cause);  // "new", "command changed", "input changed", ...

struct Decision {
  Verdict verdict = Verdict::up_to_date;
  Cause cause = Cause::none;
};

struct StateInside;

/// Decides element by element, as far as it can be known before anything runs, and again as parents end. Holds the identities of files.
/// One thread at a time calls it.
class State {
 public:
  State(const plan::Plan& plan, const site::Site& site, History history);
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// Decisions for all elements, in global numbers; parents first. `forced`: global numbers that run in any case. Uses two threads for stat
  /// and hashing. Temporary outputs that are gone count as there if no consumer has to run; where one has to, their maker runs, too.
  Result<std::vector<Decision>> decide(const std::vector<std::uint32_t>& forced);

  /// During execution, when all parents of an element have ended: its inputs' states and its fingerprint, and whether it has to run after
  /// all (content cut-off). `element_failed`: those that failed or were blocked.
  struct Ready {
    Decision decision;
    Digest fingerprint{};
    std::vector<step::InputRecord> inputs;
    std::vector<plan::FileUse> input_uses;
    std::string problem;  ///< an input is missing or too few survivors: cannot run
  };
  Ready ready(std::uint32_t element, const std::vector<bool>& element_failed);
  /// Tells the state that an element has just succeeded (its record).
  void succeeded(std::uint32_t element, const step::EndRecord& record);
  /// Tells the state that a temporary file has just been deleted on purpose.
  void removed(std::uint32_t dataset, std::uint32_t element);
  /// After `decide`: successes whose outputs have other times or inodes than recorded but the same content, as they should be recorded now,
  /// so that nobody has to read those files again. Each is given once, and counts as recorded from then on.
  std::vector<step::EndRecord> take_refreshed();

  /// What the next start needs to be quick, written beside the journals (snapshot.h), if enough is new for that: after `decide`, and once
  /// more when all has been recorded that this execution records. Trouble here is no reason to fail.
  enum class Keep { if_worth_it, always };
  Status keep(const std::string& state_folder, Keep when = Keep::if_worth_it);

  /// A few lines on a decision: "the command changed: ..." with a word diff of old and new; "input `x` changed: size 12 -> 15".
  std::string explain(std::uint32_t element, const Decision& decision) const;
  /// What tells changes of one task's elements apart: only the words that differ, the reason of a failure; decisions with equal kinds need
  /// be explained but once. Empty where the cause says enough.
  std::string kind_of_change(std::uint32_t element, const Decision& decision) const;
  [[nodiscard]] const History& history() const;
  /// A produced file as it was recorded when its maker succeeded, before or during this execution; null if it never did. After `decide`.
  [[nodiscard]] const step::FileState* recorded(std::uint32_t dataset, std::uint32_t element) const;
  /// The same, if it is there and still has that content; else null.
  [[nodiscard]] const step::FileState* standing(std::uint32_t dataset, std::uint32_t element) const;
  /// Its maker's last success gave no outputs (`empty on exit`).
  [[nodiscard]] bool is_left_out(std::uint32_t dataset, std::uint32_t element) const;
  /// When and by which execution an element succeeded last, before or during this one; nothing if it never did. Reads the journal.
  struct Success {
    std::string execution;
    std::int64_t ended = 0;
  };
  [[nodiscard]] std::optional<Success> last_success(std::uint32_t element) const;
  /// Gives the history away, with all that was told since, for the state of a larger plan; this one is of no use afterwards.
  [[nodiscard]] History take_history();
  /// Expected duration of an element from its own or its task's history; 0 if unknown. After `decide`.
  [[nodiscard]] std::int64_t expected_duration(std::uint32_t element) const;

 private:
  std::unique_ptr<StateInside> inside_;
};

/// The lock of a state folder: the kernel's (OFD) lock decides, the text in it is for people. Busy trouble names pid and host.
class StateLock {
 public:
  static Result<StateLock> take(const std::string& state_folder, const std::string& execution, bool wait);
  StateLock(StateLock&&) noexcept;
  StateLock& operator=(StateLock&&) noexcept;
  ~StateLock();

 private:
  explicit StateLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

/// Every end record in the journals, newest last, for provenance and `log`.
Result<std::vector<step::EndRecord>> all_ends(const std::string& state_folder);

}  // namespace osac::registry
