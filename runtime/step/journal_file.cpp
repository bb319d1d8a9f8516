#include "runtime/step/journal_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <limits>

#include "runtime/step/crc32c.h"
#include "runtime/step/record_parse.h"
#include "runtime/step/system.h"

namespace osac::step {

namespace {

constexpr std::size_t crc_digits = 8;
constexpr std::size_t length_digits = 6;  // more if a record needs it
constexpr std::size_t most_length_digits = 7;
constexpr std::size_t most_before_json = crc_digits + 1 + most_length_digits + 1;
constexpr std::size_t chunk = std::size_t{1} << 18;
constexpr std::string_view head_start = "{\"seq\":";

bool hex_number(std::string_view text, std::uint32_t& number) {
  for (const char c : text)
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  return std::from_chars(text.data(), text.data() + text.size(), number, 16).ptr == text.data() + text.size();
}

/// A frame at the start of a text: where its json is.
struct Frame {
  std::uint32_t crc = 0;
  std::size_t json = 0;
  std::size_t length = 0;
  [[nodiscard]] std::size_t size() const { return json + length + 1; }
};

/// What a frame's first bytes say; nothing if they are none.
std::optional<Frame> frame_start(std::string_view text) {
  Frame frame;
  frame.json = text.find(' ', crc_digits + 1) + 1;
  if (frame.json == 0 || frame.json < crc_digits + length_digits + 2 || frame.json > most_before_json || text[crc_digits] != ' ')
    return std::nullopt;
  std::uint32_t length = 0;
  if (!hex_number(text.substr(0, crc_digits), frame.crc)) return std::nullopt;
  if (!hex_number(text.substr(crc_digits + 1, frame.json - crc_digits - 2), length)) return std::nullopt;
  frame.length = length;
  return frame;
}

bool is_whole(const Frame& frame, std::string_view text) {
  if (text.size() < frame.size() || text[frame.size() - 1] != '\n') return false;
  return crc32c(text.substr(crc_digits + 1, frame.json + frame.length - crc_digits - 1)) == frame.crc;
}

/// The json of the frame that `text` is, with its end; empty if it is damaged.
std::string_view whole_frame(std::string_view text) {
  const auto frame = frame_start(text);
  return frame && is_whole(*frame, text) ? text.substr(frame->json, frame->length) : std::string_view();
}

/// Takes `"name":` and what stands there off the front of a record's head.
bool take(std::string_view& text, std::string_view literal) {
  if (!text.starts_with(literal)) return false;
  text.remove_prefix(literal.size());
  return true;
}
template <typename Integer>
bool take_number(std::string_view& text, Integer& number) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
  return true;
}

struct Head {
  std::uint64_t sequence = 0;
  std::int64_t time = 0;
  std::string_view kind;
};
std::optional<Head> head_of(std::string_view json) {
  Head head;
  if (!take(json, head_start) || !take_number(json, head.sequence)) return std::nullopt;
  if (!take(json, ",\"t\":") || !take_number(json, head.time) || !take(json, ",\"kind\":\"")) return std::nullopt;
  const auto quote = json.find('"');
  if (quote == std::string_view::npos) return std::nullopt;
  head.kind = json.substr(0, quote);
  return head;
}

std::string part_of_file(const std::string& path, bool tail, std::size_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.exists()) return {};
  const off_t size = ::lseek(file.number(), 0, SEEK_END);
  if (size <= 0) return {};
  const auto length = std::min(limit, static_cast<std::size_t>(size));
  std::string text(length, '\0');
  const ssize_t count = ::pread(file.number(), text.data(), length, tail ? size - static_cast<off_t>(length) : 0);
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return text;
}

tl::unexpected<Error> newer_version(const std::string& path, std::int64_t version) {
  return failure(Trouble::damaged,
                 fmt::format("cannot read `{}`: written by osac journal {}, this osac reads up to {}", path, version, journal_version),
                 "use the newer osac that wrote it");
}

}  // namespace

void append_frame(std::string& out, std::uint64_t sequence, std::int64_t time, std::string_view kind, std::string_view fields) {
  const std::string head = fmt::format("{}{},\"t\":{},\"kind\":\"{}\"", head_start, sequence, time, kind);
  const std::size_t start = out.size();
  fmt::format_to(std::back_inserter(out), "00000000 {:06x} {}{}}}", head.size() + fields.size() + 1, head, fields);
  const std::uint32_t crc = crc32c(std::string_view(out).substr(start + crc_digits + 1));
  fmt::format_to(out.data() + start, "{:08x}", crc);
  out += '\n';
}

Result<std::vector<std::string>> journal_files(const std::string& folder) {
  std::vector<std::string> paths;
  DIR* const listing = ::opendir(folder.c_str());
  if (listing == nullptr) {
    if (errno == ENOENT) return paths;
    return system_failure(errno, "read the folder", folder);
  }
  std::optional<tl::unexpected<Error>> newer;
  while (const dirent* entry = ::readdir(listing)) {
    const std::string_view name(entry->d_name);
    const auto dot = name.rfind(".j");
    if (dot == std::string_view::npos || !name.starts_with("run-")) continue;
    std::int64_t version = 0;
    const auto parsed = std::from_chars(name.data() + dot + 2, name.data() + name.size(), version);
    if (parsed.ec != std::errc{} || parsed.ptr != name.data() + name.size()) continue;
    std::string path = folder + "/" + std::string(name);
    if (version > journal_version)
      newer = newer_version(path, version);
    else
      paths.push_back(std::move(path));
  }
  ::closedir(listing);
  if (newer) return *newer;
  std::sort(paths.begin(), paths.end());
  return paths;
}

Result<JournalFile> JournalFile::open(const std::string& path) {
  JournalFile file;
  file.path_ = path;
  file.file_ = Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.file_.exists()) return system_failure(errno, "open", path);
  if (auto read = file.read_header(); !read) return tl::unexpected(read.error());
  return file;
}

Result<JournalFile> JournalFile::resume(const std::string& path, std::uint64_t offset, std::uint64_t sequence) {
  JournalFile file;
  file.path_ = path;
  file.file_ = Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.file_.exists() || ::lseek(file.file_.number(), static_cast<off_t>(offset), SEEK_SET) < 0)
    return system_failure(errno, "open", path);
  file.base_ = offset;
  file.good_ = offset;
  file.sequence_ = sequence;
  return file;
}

Result<JournalFile> JournalFile::open_damaged(const std::string& path) {
  auto file = resume(path, 0, 0);
  if (file) file->skips_damage_ = true;
  return file;
}

/// Bytes from the current place of the buffer on, as far as the file goes now.
std::size_t JournalFile::rest_of_file() const {
  struct stat info {};
  if (::fstat(file_.number(), &info) != 0 || info.st_size < 0) return chunk;
  const auto size = static_cast<std::uint64_t>(info.st_size);
  return size > base_ ? static_cast<std::size_t>(size - base_) : 0;
}

Result<std::string_view> JournalFile::peek(std::size_t count) {
  if (buffer_.size() - start_ < count && !is_read_) {
    buffer_.erase(0, start_);
    base_ += start_;
    start_ = 0;
    std::size_t filled = buffer_.size();
    buffer_.resize(std::max(count, std::min(chunk, rest_of_file() + 1)));
    while (filled < buffer_.size()) {
      const ssize_t got = ::read(file_.number(), buffer_.data() + filled, buffer_.size() - filled);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return system_failure(errno, "read", path_);
      if (got == 0) {
        // many small journals are open at once when they are merged
        is_read_ = true;
        file_ = Descriptor();
        break;
      }
      filled += static_cast<std::size_t>(got);
    }
    buffer_.resize(filled);
  }
  return std::string_view(buffer_).substr(start_);
}

Status JournalFile::read_header() {
  const auto text = peek(1);
  if (!text) return tl::unexpected(text.error());
  if (text->empty()) return {};  // killed between making the file and writing to it
  auto first = next();
  if (!first) return tl::unexpected(first.error());
  if (!*first) return {};
  if ((*first)->kind != kind_header) return nonsense(**first, "the file does not start with its header");
  if (const std::string wrong = parse_record((*first)->json, header_); !wrong.empty()) return nonsense(**first, wrong);
  if (header_.version > journal_version) return newer_version(path_, header_.version);
  start_time_ = (*first)->time;
  return {};
}

tl::unexpected<Error> JournalFile::nonsense(const RawRecord& record, const std::string& what) const {
  return failure(
      Trouble::damaged, fmt::format("the journal `{}` is damaged at byte {}: {}", path_, record.offset, what),
      "nothing was changed; `osac registry check` says what is lost, `osac registry rebuild --salvage` goes on with what is intact");
}

Result<std::optional<RawRecord>> JournalFile::stop() {
  RawRecord place;
  place.offset = offset();
  const auto found = finds_record();
  if (!found) return tl::unexpected(found.error());
  if (*found) return nonsense(place, "the record there cannot be read, and there are good ones after it");
  note_ = fmt::format("{}: a torn record at byte {} was left out", name_of(path_), place.offset);
  return std::nullopt;
}

/// Goes on at the next good record, and notes what is left out; false at the end of the file.
Result<bool> JournalFile::leave_out() {
  JournalGap gap{offset(), 0, sequence_, sequence_};
  consume(1);  // not the place that was found to be damaged
  const auto found = finds_record();
  if (!found) return found;
  if (!*found) {
    const auto rest = peek(1);
    consume(rest ? rest->size() : 0);
  } else {
    const auto text = peek(most_before_json);
    const auto frame = text ? frame_start(*text) : std::nullopt;
    const auto whole = frame ? peek(frame->size()) : text;
    const auto head = whole && frame ? head_of(whole->substr(frame->json, frame->length)) : std::nullopt;
    if (head) sequence_ = head->sequence;
  }
  gap.end = offset();
  gap.next_sequence = std::max(sequence_, gap.first_sequence);
  gaps_.push_back(gap);
  return *found;
}

/// Whether a whole record starts anywhere in the rest of the file; if so, goes there. No text inside a record can look like a head: its
/// quotes are escaped.
Result<bool> JournalFile::finds_record() {
  std::size_t from = 0;
  while (true) {
    if (from > chunk) {
      consume(from - most_before_json);
      from = most_before_json;
    }
    auto text = peek(from + chunk);
    if (!text) return tl::unexpected(text.error());
    const auto head = text->find(head_start, from);
    if (head == std::string_view::npos) {
      if (text->size() < from + chunk) return false;
      from = text->size() - head_start.size();
      continue;
    }
    for (std::size_t before = crc_digits + length_digits + 2; before <= std::min(head, most_before_json); ++before) {
      const std::size_t start = head - before;
      const auto frame = frame_start(text->substr(start));
      if (!frame || frame->json != before) continue;
      text = peek(start + frame->size());
      if (!text) return tl::unexpected(text.error());
      if (!is_whole(*frame, text->substr(start))) continue;
      consume(start);
      return true;
    }
    from = head + 1;
  }
}

Result<std::optional<RawRecord>> JournalFile::next() {
  auto text = peek(most_before_json);
  if (!text) return tl::unexpected(text.error());
  if (text->empty() || !note_.empty()) return std::nullopt;
  const auto frame = frame_start(*text);
  if (frame) text = peek(frame->size());
  if (!text) return tl::unexpected(text.error());
  const bool is_good = frame && is_whole(*frame, *text);
  if (!is_good && !skips_damage_) return stop();
  RawRecord record;
  record.offset = offset();
  if (is_good) record.json = text->substr(frame->json, frame->length);
  const auto head = head_of(record.json);
  if (skips_damage_ && (!is_good || !head)) {
    const auto found = leave_out();
    if (!found) return tl::unexpected(found.error());
    return *found ? next() : std::nullopt;
  }
  if (!head) return nonsense(record, "the record there has no number, time and kind");
  if (skips_damage_) sequence_ = head->sequence;
  if (head->sequence != sequence_)
    return nonsense(record, fmt::format("record {} stands where record {} belongs", head->sequence, sequence_));
  record.time = head->time;
  record.kind = head->kind;
  consume(frame->size());
  good_ = offset();
  ++sequence_;
  return record;
}

Result<std::string> read_record_at(const std::string& path, std::uint64_t offset) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.exists()) return system_failure(errno, "open", path);
  std::string text;
  for (std::size_t wanted = 4096;;) {
    text.resize(wanted);
    const ssize_t count = ::pread(file.number(), text.data(), wanted, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure(errno, "read", path);
    text.resize(static_cast<std::size_t>(count));
    const auto frame = frame_start(text);
    if (frame && frame->size() > wanted) {
      wanted = frame->size();
      continue;
    }
    if (frame && is_whole(*frame, text)) return text.substr(frame->json, frame->length);
    return failure(Trouble::damaged, fmt::format("the journal `{}` is damaged at byte {}: the record there cannot be read", path, offset));
  }
}

std::int64_t journal_start_time(const std::string& path) {
  const std::string text = part_of_file(path, false, 4096);
  const auto head = head_of(whole_frame(std::string_view(text).substr(0, text.find('\n') + 1)));
  return head ? head->time : std::numeric_limits<std::int64_t>::min();
}

bool is_settled(const std::string& path) { return ::access((path + ".settled").c_str(), F_OK) == 0; }

Status mark_settled(const std::string& path) { return write_new_file(path + ".settled", ""); }

bool ends_with_kind(const std::string& path, std::string_view kind) {
  const std::string text = part_of_file(path, true, 65536);
  if (text.empty() || text.back() != '\n') return false;
  const auto before = std::string_view(text).substr(0, text.size() - 1).rfind('\n');
  const auto head = head_of(whole_frame(std::string_view(text).substr(before == std::string::npos ? 0 : before + 1)));
  return head && head->kind == kind;
}

}  // namespace osac::step
