#pragma once
// One journal file: `crc32c SP length SP json LF` a record, the checksum over length and json. A writer makes frames, a reader walks over
// them; where the file stops being readable it tells a torn tail (nothing valid follows: the writer was killed) from damage (valid records
// follow). It knows the head of a record (`seq`, `t`, `kind`), not what the kinds mean.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/base/result.h"
#include "runtime/step/record_text.h"
#include "runtime/step/system.h"

namespace osac::step {

inline constexpr std::int64_t journal_version = 1;

/// Appends a whole record to `out`: `fields` as fields_of gives them.
void append_frame(std::string& out, std::uint64_t sequence, std::int64_t time, std::string_view kind, std::string_view fields);

/// The journal files of a folder, sorted by name; none if there is no such folder. One of a newer version is damaged trouble.
Result<std::vector<std::string>> journal_files(const std::string& folder);

struct RawRecord {
  std::uint64_t offset = 0;
  std::int64_t time = 0;
  std::string_view kind;
  std::string_view json;  ///< valid until the next call of next()
};

/// Bytes of a journal that hold no readable records; `end` is where the next good one starts, or the end of the file.
struct JournalGap {
  std::uint64_t begin = 0, end = 0;
  std::uint64_t first_sequence = 0, next_sequence = 0;  ///< of the records that were there; equal at the end of a file: nobody knows
};

class JournalFile {
 public:
  /// Opens the file and reads its header. An empty one, or one whose header is torn, has no records and a note.
  static Result<JournalFile> open(const std::string& path);
  /// Opens it to go on where another reader stopped: at the start of record `sequence`, or at the end. The header is not read.
  static Result<JournalFile> resume(const std::string& path, std::uint64_t offset, std::uint64_t sequence);

  /// Opens it to read what can be read: where it is damaged, reading goes on at the next good record. The header is a record like others.
  static Result<JournalFile> open_damaged(const std::string& path);
  /// Of a file opened so: what was left out so far.
  [[nodiscard]] const std::vector<JournalGap>& gaps() const { return gaps_; }

  /// The next record after the header; nothing at the end (then `note` may say what was left out). Damaged trouble names file and offset.
  Result<std::optional<RawRecord>> next();
  [[nodiscard]] const JournalHeader& header() const { return header_; }
  [[nodiscard]] std::int64_t start_time() const { return start_time_; }
  [[nodiscard]] const std::string& note() const { return note_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Where the good records read so far end, and the number of the next one: what `resume` wants.
  [[nodiscard]] std::uint64_t end_of_good() const { return good_; }
  [[nodiscard]] std::uint64_t next_sequence() const { return sequence_; }
  /// The error of a record that is framed well but makes no sense.
  [[nodiscard]] tl::unexpected<Error> nonsense(const RawRecord& record, const std::string& what) const;

 private:
  Status read_header();
  /// The file's bytes from the current place on: at least `count` of them unless it ends before.
  Result<std::string_view> peek(std::size_t count);
  [[nodiscard]] std::size_t rest_of_file() const;
  void consume(std::size_t count) { start_ += count; }
  [[nodiscard]] std::uint64_t offset() const { return base_ + start_; }
  Result<std::optional<RawRecord>> stop();
  Result<bool> finds_record();
  Result<bool> leave_out();

  std::string path_;
  Descriptor file_;
  std::string buffer_;  // bytes from base_ on; those before start_ are done with
  std::size_t start_ = 0;
  std::uint64_t base_ = 0;
  std::uint64_t good_ = 0;
  bool skips_damage_ = false;
  std::vector<JournalGap> gaps_;
  bool is_read_ = false;        // the buffer goes up to the end of the file
  std::uint64_t sequence_ = 0;  // of the next record
  JournalHeader header_;
  std::int64_t start_time_ = 0;
  std::string note_;
};

/// The json of the record that starts at a byte of a journal.
Result<std::string> read_record_at(const std::string& path, std::uint64_t offset);
/// When the file's first record was written, without reading more than that; the least number if there is none yet.
std::int64_t journal_start_time(const std::string& path);
/// A journal that did not end orderly and has been dealt with has a mark beside it: `x.j1.settled`. Its torn tail is no news then.
bool is_settled(const std::string& path);
Status mark_settled(const std::string& path);
/// Whether the last record of the file is of `kind`, without reading all of it.
bool ends_with_kind(const std::string& path, std::string_view kind);

}  // namespace osac::step
