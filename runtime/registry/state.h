#pragma once
// What is known of the past: the last end record of each element, folded from the journals; and from it and the world as it is, what is up
// to date and what would run, with the reason. An element is done if its last success has the same fingerprint and its outputs are as
// recorded; mtimes of input and output are never compared.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/plan/plan.h"
#include "compiler/plan/resolve.h"
#include "runtime/site/site.h"
#include "runtime/step/journal.h"

namespace osac::registry {

/// The fold of all journals: the newest success and the newest attempt of each element, by name. A later failure leaves an older success
/// in place: whether that still holds, its fingerprint decides.
struct History {
  struct Entry {
    // shared: the newest success mostly is the newest attempt, too
    std::shared_ptr<const step::EndRecord> success;  ///< newest untainted success
    std::shared_ptr<const step::EndRecord> latest;   ///< newest attempt, whatever its outcome
    /// Newest untainted successes with other outputs, one for each first output: the same workflow with other parameters (another day).
    std::vector<std::shared_ptr<const step::EndRecord>> elsewhere;
    std::int64_t duration = 0;                       ///< of the newest success, nanoseconds: for longest path first

    /// Takes a new success in.
    void add_success(std::shared_ptr<const step::EndRecord> end);
    /// Makes the newest success that wrote `first_output` the one that `success` names, if there is any.
    void choose(const std::string& first_output);
  };
  std::unordered_map<std::string, Entry> elements;
  std::unordered_map<std::string, std::int64_t> removed;  ///< temporary files deleted on purpose and not made again: path -> time
  std::vector<step::ExecutionStart> executions;
  std::vector<std::string> notes;
};
Result<History> read_history(const std::string& state_folder);

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

  /// A few lines on a decision: "the command changed: ..." with a word diff of old and new; "input `x` changed: size 12 -> 15".
  std::string explain(std::uint32_t element, const Decision& decision) const;
  /// What tells changes of one task's elements apart: only the words that differ, the reason of a failure; decisions with equal kinds need
  /// be explained but once. Empty where the cause says enough.
  std::string kind_of_change(std::uint32_t element, const Decision& decision) const;
  [[nodiscard]] const History& history() const;
  /// Gives the history away, for the state of a larger plan; this one is of no use afterwards.
  [[nodiscard]] History take_history();
  /// The state of a produced file that is there and as its maker's success has it; null if it is not.
  [[nodiscard]] const step::FileState* standing(std::uint32_t dataset, std::uint32_t element) const;
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

/// Brings the SQLite index of the journals (`registry.sqlite` in the state folder: executions, elements, artifacts, metrics) up to date;
/// made anew whenever it is missing, of another version or damaged. It is never the truth: trouble here is no reason to fail.
Status update_registry(const std::string& state_folder);
/// Every end record in the journals, newest last, for provenance and `log`.
Result<std::vector<step::EndRecord>> all_ends(const std::string& state_folder);

}  // namespace osac::registry
