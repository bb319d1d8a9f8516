#include "runtime/registry/snapshot.h"

#include <array>
#include <cstring>
#include <type_traits>

#include "compiler/base/files.h"

namespace osac::registry {

namespace {

constexpr std::array<char, 16> magic = {'o', 's', 'a', 'c', '-', 's', 'n', 'a', 'p', 's', 'h', 'o', 't', '/', '1', '\n'};
constexpr std::uint64_t fewest_news = 500;
constexpr std::uint64_t news_share = 20;  // of the elements: one in so many
constexpr std::uint64_t snapshot_limit = std::uint64_t{1} << 36;

// ---- rows as they are in the file: no gaps between members, so that every byte is written and checked

struct HeaderRow {
  std::array<char, 16> magic;
  std::uint64_t checksum;  // of all bytes after it
  std::uint64_t size;      // of the file
  std::int64_t last_time;
  std::uint64_t journals, elements, ends, outputs, text, memories, surroundings;
  Digest plan;
};
struct JournalRow {
  PastText name;
  std::int64_t size, mtime, ctime;
  std::uint64_t inode, offset, sequence, last_bytes;
};
struct OutputRow {
  PastText path;
  std::int64_t size, mtime, ctime;
  std::uint64_t inode, device, is_directory;
  Digest content;
};
constexpr std::size_t checked_from = offsetof(HeaderRow, size);

template <typename Row>
constexpr bool is_plain = std::is_trivially_copyable_v<Row>&& std::has_unique_object_representations_v<Row>;
static_assert(is_plain<HeaderRow> && is_plain<JournalRow> && is_plain<OutputRow>);
static_assert(is_plain<PastElement> && is_plain<PastEnd> && is_plain<PlanMemory::Element>);

template <typename Row>
void append_rows(std::string& out, const Row* rows, std::size_t count) {
  out.append(reinterpret_cast<const char*>(rows), count * sizeof(Row));
}

/// Takes sections off the front; `fits` turns false for good when there is not enough.
class Sections {
 public:
  explicit Sections(std::string_view bytes) : bytes_(bytes) {}
  template <typename Row>
  std::vector<Row> rows(std::uint64_t count) {
    if (!fits_ || count > bytes_.size() / sizeof(Row)) return fits_ = false, std::vector<Row>();
    std::vector<Row> rows(count);
    if (count > 0) std::memcpy(rows.data(), bytes_.data(), count * sizeof(Row));
    bytes_.remove_prefix(count * sizeof(Row));
    return rows;
  }
  [[nodiscard]] bool is_whole() const { return fits_ && bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool fits_ = true;
};

bool is_in(const PastText& text, const std::string& all) { return text.first <= all.size() && text.size <= all.size() - text.first; }

bool are_consistent(const History::Rows& rows, std::size_t journal_count) {
  const auto is_end = [&](std::uint32_t number) { return number < rows.ends.size(); };
  for (const PastElement& element : rows.elements)
    if (!is_in(element.name, rows.text) || !is_end(element.latest) || (element.success != PastEnd::none && !is_end(element.success)))
      return false;
  for (std::uint32_t number = 0; number < rows.ends.size(); ++number) {
    const PastEnd& end = rows.ends[number];
    const std::uint64_t last_output = std::uint64_t{end.first_output} + end.output_count;
    // a chain goes forward, so it ends
    if (end.next != PastEnd::none && (end.next <= number || !is_end(end.next))) return false;
    if (last_output > rows.outputs.size() || end.journal >= journal_count) return false;
  }
  for (const PastOutput& output : rows.outputs)
    if (!is_in(output.path, rows.text)) return false;
  return true;
}

bool are_consistent(const PlanMemory& memory, std::size_t element_count) {
  for (const std::uint32_t place : memory.places)
    if (place != PastEnd::none && place >= element_count) return false;
  return true;
}

}  // namespace

std::string snapshot_path(const std::string& state_folder) { return state_folder + "/snapshot"; }

std::string snapshot_bytes(const History& history) {
  History::Rows rows = history.rows();
  std::vector<JournalRow> journals;
  for (const PastJournal& journal : history.journals) {
    const PastText name{rows.text.size(), static_cast<std::uint32_t>(journal.name.size()), 0};
    rows.text += journal.name;
    journals.push_back(
        {name, journal.size, journal.mtime, journal.ctime, journal.inode, journal.offset, journal.sequence, journal.last_bytes});
  }
  std::vector<OutputRow> outputs;
  outputs.reserve(rows.outputs.size());
  for (const PastOutput& output : rows.outputs) {
    const step::FileState& state = output.state;
    outputs.push_back(
        {output.path, state.size, state.mtime, state.ctime, state.inode, state.device, state.is_directory ? 1U : 0U, state.content});
  }
  const PlanMemory& memory = history.memory;
  HeaderRow header{};
  header.magic = magic;
  header.last_time = history.last_time;
  header.journals = journals.size();
  header.elements = rows.elements.size();
  header.ends = rows.ends.size();
  header.outputs = outputs.size();
  header.text = rows.text.size();
  header.memories = memory.elements.size();
  header.surroundings = memory.surroundings;
  header.plan = memory.plan;
  header.size = sizeof header + journals.size() * sizeof(JournalRow) + rows.elements.size() * sizeof(PastElement) +
                rows.ends.size() * sizeof(PastEnd) + outputs.size() * sizeof(OutputRow) +
                memory.elements.size() * (sizeof(PlanMemory::Element) + sizeof(std::uint32_t)) + rows.text.size();
  std::string bytes;
  bytes.reserve(header.size);
  append_rows(bytes, &header, 1);
  append_rows(bytes, journals.data(), journals.size());
  append_rows(bytes, rows.elements.data(), rows.elements.size());
  append_rows(bytes, rows.ends.data(), rows.ends.size());
  append_rows(bytes, outputs.data(), outputs.size());
  append_rows(bytes, memory.elements.data(), memory.elements.size());
  append_rows(bytes, memory.places.data(), memory.places.size());
  bytes += rows.text;
  const std::uint64_t sum = checksum(std::string_view(bytes).substr(checked_from));
  std::memcpy(bytes.data() + offsetof(HeaderRow, checksum), &sum, sizeof sum);
  return bytes;
}

std::optional<History> parse_snapshot(std::string_view bytes) {
  HeaderRow header{};
  if (bytes.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != magic || header.size != bytes.size() || header.checksum != checksum(bytes.substr(checked_from))) return std::nullopt;
  Sections sections(bytes.substr(sizeof header));
  History history;
  History::Rows rows;
  const auto journals = sections.rows<JournalRow>(header.journals);
  rows.elements = sections.rows<PastElement>(header.elements);
  rows.ends = sections.rows<PastEnd>(header.ends);
  const auto outputs = sections.rows<OutputRow>(header.outputs);
  history.memory.elements = sections.rows<PlanMemory::Element>(header.memories);
  history.memory.places = sections.rows<std::uint32_t>(header.memories);
  const auto text = sections.rows<char>(header.text);
  rows.text.assign(text.begin(), text.end());
  if (!sections.is_whole()) return std::nullopt;
  for (const JournalRow& row : journals) {
    if (!is_in(row.name, rows.text)) return std::nullopt;
    history.journals.push_back({rows.text.substr(row.name.first, row.name.size), row.size, row.mtime, row.ctime, row.inode, row.offset,
                                row.sequence, row.last_bytes});
  }
  rows.outputs.reserve(outputs.size());
  for (const OutputRow& row : outputs)
    rows.outputs.push_back({row.path, {row.size, row.mtime, row.ctime, row.inode, row.device, row.content, row.is_directory != 0}});
  if (!are_consistent(rows, history.journals.size()) || !are_consistent(history.memory, rows.elements.size())) return std::nullopt;
  history.memory.plan = header.plan;
  history.memory.surroundings = header.surroundings;
  history.last_time = header.last_time;
  history.adopt(std::move(rows));
  return history;
}

Status write_snapshot(const std::string& state_folder, const History& history) {
  return write_file(snapshot_path(state_folder), snapshot_bytes(history));
}

bool is_worth_a_snapshot(const History& history, std::uint64_t more_news) {
  return history.news + more_news > fewest_news + history.elements().size() / news_share;
}

}  // namespace osac::registry
