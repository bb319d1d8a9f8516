#include "runtime/step/journal_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <limits>

#include "compiler/base/files.h"
#include "runtime/step/crc32c.h"
#include "runtime/step/record_parse.h"
#include "runtime/step/system.h"

namespace osac::step {

namespace {

constexpr std::size_t crc_digits = 8;
constexpr std::size_t length_digits = 6;  // more if a record needs it
constexpr std::size_t most_length_digits = 8;
constexpr std::string_view head_start = "{\"seq\":";

bool hex_number(std::string_view text, std::uint32_t& number) {
  for (const char c : text)
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  return std::from_chars(text.data(), text.data() + text.size(), number, 16).ptr == text.data() + text.size();
}

struct Frame {
  std::string_view json;
  std::size_t size = 0;  // of the whole frame
};

/// The frame at the start of `text`; nothing if it is damaged or cut off.
std::optional<Frame> frame_at(std::string_view text) {
  if (text.size() < crc_digits + 1 + length_digits + 1 || text[crc_digits] != ' ') return std::nullopt;
  std::size_t space = crc_digits + 1 + length_digits;
  while (space < text.size() && text[space] != ' ' && space < crc_digits + 1 + most_length_digits) ++space;
  if (space >= text.size() || text[space] != ' ') return std::nullopt;
  std::uint32_t crc = 0;
  std::uint32_t length = 0;
  if (!hex_number(text.substr(0, crc_digits), crc)) return std::nullopt;
  if (!hex_number(text.substr(crc_digits + 1, space - crc_digits - 1), length)) return std::nullopt;
  if (text.size() - space - 1 <= length || text[space + 1 + length] != '\n') return std::nullopt;
  if (crc32c(text.substr(crc_digits + 1, space - crc_digits + length)) != crc) return std::nullopt;
  return Frame{text.substr(space + 1, length), space + 1 + length + 1};
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

/// Whether a whole record starts anywhere in `text`. No text inside a record can look like a head: its quotes are escaped.
bool has_record(std::string_view text) {
  for (auto head = text.find(head_start); head != std::string_view::npos; head = text.find(head_start, head + 1))
    for (std::size_t digits = length_digits; digits <= most_length_digits; ++digits) {
      const std::size_t before = crc_digits + 1 + digits + 1;
      if (head >= before && frame_at(text.substr(head - before))) return true;
    }
  return false;
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
  auto text = read_file(path, std::numeric_limits<std::uint64_t>::max());
  if (!text) return tl::unexpected(text.error());
  JournalFile file;
  file.path_ = path;
  file.text_ = std::move(*text);
  file.size_ = file.text_.size();
  file.text_.append(parse_padding, '\0');
  if (auto read = file.read_header(); !read) return tl::unexpected(read.error());
  return file;
}

Status JournalFile::read_header() {
  if (size_ == 0) return {};  // killed between making the file and writing to it
  auto first = next();
  if (!first) return tl::unexpected(first.error());
  if (!*first) return {};
  if ((*first)->kind != kind_header) return nonsense(**first, "the file does not start with its header");
  RecordParser parser;
  if (const std::string wrong = parser.parse((*first)->json, header_); !wrong.empty()) return nonsense(**first, wrong);
  if (header_.version > journal_version) return newer_version(path_, header_.version);
  start_time_ = (*first)->time;
  return {};
}

tl::unexpected<Error> JournalFile::nonsense(const RawRecord& record, const std::string& what) const {
  return failure(Trouble::damaged, fmt::format("the journal `{}` is damaged at byte {}: {}", path_, record.offset, what),
                 "nothing was changed; move the file away to go on without what it records");
}

Result<std::optional<RawRecord>> JournalFile::stop() {
  RawRecord place;
  place.offset = at_;
  if (has_record(std::string_view(text_).substr(at_, size_ - at_)))
    return nonsense(place, "the record there cannot be read, and there are good ones after it");
  note_ = fmt::format("{}: a torn record at byte {} was left out", name_of(path_), at_);
  at_ = size_;
  return std::nullopt;
}

Result<std::optional<RawRecord>> JournalFile::next() {
  if (at_ == size_) return std::nullopt;
  const auto frame = frame_at(std::string_view(text_).substr(at_, size_ - at_));
  if (!frame) return stop();
  RawRecord record;
  record.offset = at_;
  record.json = frame->json;
  const auto head = head_of(frame->json);
  if (!head) return nonsense(record, "the record there has no number, time and kind");
  if (head->sequence != sequence_)
    return nonsense(record, fmt::format("record {} stands where record {} belongs", head->sequence, sequence_));
  record.time = head->time;
  record.kind = head->kind;
  at_ += frame->size;
  ++sequence_;
  return record;
}

std::int64_t journal_start_time(const std::string& path) {
  const std::string text = part_of_file(path, false, 4096);
  const auto frame = frame_at(text);
  const auto head = frame ? head_of(frame->json) : std::nullopt;
  return head ? head->time : std::numeric_limits<std::int64_t>::min();
}

bool ends_with_kind(const std::string& path, std::string_view kind) {
  const std::string text = part_of_file(path, true, 65536);
  if (text.empty() || text.back() != '\n') return false;
  const auto before = std::string_view(text).substr(0, text.size() - 1).rfind('\n');
  const auto frame = frame_at(std::string_view(text).substr(before == std::string::npos ? 0 : before + 1));
  const auto head = frame ? head_of(frame->json) : std::nullopt;
  return head && head->kind == kind;
}

}  // namespace osac::step
