#pragma once
// What the journals tell of the past, folded: the newest attempt and the newest successes of each element, by name. A table of plain rows,
// with as much in it as deciding needs; whole records stay in the journals and are read from there when somebody asks. It knows nothing of
// plans. How it is kept from one start to the next: snapshot.h.

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/step/journal.h"

namespace osac::step {
struct EndOutline;
}

namespace osac::registry {

/// Characters in the history's text.
struct PastText {
  std::uint64_t first = 0;
  std::uint32_t size = 0;
  std::uint32_t reserved = 0;
};

struct PastOutput {
  PastText path;
  step::FileState state;
};

/// How an attempt ended.
struct PastEnd {
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  Digest fingerprint{};
  std::int64_t started = 0, duration = 0;  ///< nanoseconds
  std::uint64_t offset = 0;                ///< of the record in its journal
  std::uint32_t journal = 0;               ///< in History::journals
  std::uint32_t first_output = 0, output_count = 0;
  std::uint32_t next = none;  ///< of an element's successes: the one with other outputs that was the newest before
  std::uint32_t outcome = 0;  ///< step::Outcome
  std::uint32_t is_empty = 0;
  [[nodiscard]] bool has_succeeded() const { return outcome == static_cast<std::uint32_t>(step::Outcome::succeeded); }
  [[nodiscard]] bool was_cancelled() const { return outcome == static_cast<std::uint32_t>(step::Outcome::cancelled); }
};

/// An element that was tried. A later failure leaves an older success in place: whether that still holds, its fingerprint decides. Of the
/// successes there is one for each first output: the same workflow with other parameters (another day) makes other files.
struct PastElement {
  std::uint64_t hash = 0;  ///< of the name
  PastText name;
  std::uint32_t latest = PastEnd::none;   ///< newest attempt, whatever its outcome
  std::uint32_t success = PastEnd::none;  ///< newest untainted success
};

/// A journal that was read, as it was then, and how far.
struct PastJournal {
  std::string name;  ///< in History::folder; with a `/` in it the path of one that is elsewhere
  std::int64_t size = -1, mtime = 0, ctime = 0;
  std::uint64_t inode = 0;
  std::uint64_t offset = 0, sequence = 0;  ///< where its good records end
  std::uint64_t last_bytes = 0;            ///< checksum of the last bytes before that
};

/// What was found out when a plan was last decided on: which element of the history is which of the plan, and the fingerprint that each had
/// with the inputs it had. For another plan, or with other environments, it says nothing.
struct PlanMemory {
  struct Element {
    std::uint64_t inputs = 0;  ///< checksum of which files it read and their identities; 0: not known
    Digest fingerprint{};
  };
  Digest plan{};
  std::uint64_t surroundings = 0;     ///< checksum of what else fingerprints are made of: environments, version
  std::vector<std::uint32_t> places;  ///< one an element of the plan: in History::elements, or PastEnd::none
  std::vector<Element> elements;      ///< one an element of the plan
};

class History {
 public:
  [[nodiscard]] const PastElement* find(std::string_view element) const;
  [[nodiscard]] std::span<const PastElement> elements() const { return elements_; }
  [[nodiscard]] std::uint32_t place_of(const PastElement& element) const { return static_cast<std::uint32_t>(&element - elements_.data()); }
  [[nodiscard]] std::string_view text(const PastText& text) const { return std::string_view(text_).substr(text.first, text.size); }
  [[nodiscard]] const PastEnd* latest(const PastElement& element) const { return end(element.latest); }
  [[nodiscard]] const PastEnd* success(const PastElement& element) const { return end(element.success); }
  /// The newest one with other outputs than `success` and those after it; null if there is none.
  [[nodiscard]] const PastEnd* success_before(const PastEnd& success) const { return end(success.next); }
  /// The newest success that wrote `first_output`; the newest of all if that wrote none, or if there is none that did.
  [[nodiscard]] const PastEnd* success_of(const PastElement& element, std::string_view first_output) const;
  [[nodiscard]] std::span<const PastOutput> outputs(const PastEnd& end) const {
    return std::span(outputs_).subspan(end.first_output, end.output_count);
  }
  /// The record itself.
  [[nodiscard]] Result<step::EndRecord> whole(const PastEnd& end) const;

  std::vector<std::string> notes;
  PlanMemory memory;

  // ---- for those who make histories: read_history and snapshots

  /// Takes in the next end record, which stands in `journal` at `offset`.
  void add(const step::EndOutline& record, std::uint32_t journal, std::uint64_t offset);
  /// Takes in one of an `execution` whose journal is still being written: its end has no journal, and the execution is at `offset` of
  /// those.
  void add_unplaced(const step::EndOutline& record, const std::string& execution);
  std::uint64_t place_of_execution(const std::string& execution);
  [[nodiscard]] const std::string& execution_of_unplaced(const PastEnd& end) const { return executions_[end.offset]; }
  /// Not all of this was read from journals.
  [[nodiscard]] bool has_unplaced() const { return !executions_.empty(); }
  /// Some of it is from journals that are not in the folder: no snapshot is made of it.
  [[nodiscard]] bool has_journals_elsewhere() const;
  struct Rows {
    std::vector<PastElement> elements;
    std::vector<PastEnd> ends;
    std::vector<PastOutput> outputs;
    std::string text;
  };
  /// Rows that were checked before. Names are in the order of their first record.
  void adopt(Rows rows);
  /// The rows that anything refers to.
  [[nodiscard]] Rows rows() const;

  std::string folder;  ///< of the journals
  std::vector<PastJournal> journals;
  std::int64_t last_time = std::numeric_limits<std::int64_t>::min();  ///< of all end records
  std::uint64_t news = 0;                                             ///< end records that were not in a snapshot

 private:
  [[nodiscard]] const PastEnd* end(std::uint32_t number) const { return number == PastEnd::none ? nullptr : &ends_[number]; }
  [[nodiscard]] std::string_view first_output(const PastEnd& end) const {
    return end.output_count == 0 ? std::string_view() : text(outputs_[end.first_output].path);
  }
  PastElement& element_of(const std::string& name);
  void add_success(PastElement& element, std::uint32_t number);
  void make_slots();
  [[nodiscard]] std::size_t slot_of(std::uint64_t hash, std::string_view name) const;
  PastText append(std::string_view text);

  std::vector<std::string> executions_;  // of ends without a journal; few
  std::vector<PastElement> elements_;
  std::vector<PastEnd> ends_;
  std::vector<PastOutput> outputs_;
  std::string text_;
  std::vector<std::uint32_t> slots_;  // elements by hash, open addressing; a power of two, at most half full
};

/// The history of a state folder: from its snapshot and what came after, or from the journals alone if there is no snapshot that they
/// continue. The result is the same.
Result<History> read_history(const std::string& state_folder);
/// The same with the records of other journals among them, in the order of their times. These may be written to meanwhile: what is torn at
/// their ends is not worth a note, one that is gone is left out.
Result<History> read_history(const std::string& state_folder, const std::vector<std::string>& more_journals);

}  // namespace osac::registry
