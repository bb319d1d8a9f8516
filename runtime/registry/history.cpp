// The past as the journals tell it, folded element by element.

#include "runtime/registry/history.h"

#include <algorithm>

#include "runtime/step/journal_file.h"
#include "runtime/step/record_parse.h"

namespace osac::registry {

namespace {

constexpr std::uint32_t free_slot = PastEnd::none;
constexpr std::size_t fewest_slots = 64;

bool is_elsewhere(const std::string& journal) { return journal.find('/') != std::string::npos; }

}  // namespace

// ---- looking things up

std::size_t History::slot_of(std::uint64_t hash, std::string_view name) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = hash & mask;; slot = (slot + 1) & mask) {
    const std::uint32_t number = slots_[slot];
    if (number == free_slot || (elements_[number].hash == hash && text(elements_[number].name) == name)) return slot;
  }
}

const PastElement* History::find(std::string_view element) const {
  if (slots_.empty()) return nullptr;
  const std::uint32_t number = slots_[slot_of(checksum(element), element)];
  return number == free_slot ? nullptr : &elements_[number];
}

const PastEnd* History::success_of(const PastElement& element, std::string_view wanted) const {
  const PastEnd* const newest = success(element);
  if (newest == nullptr || newest->output_count == 0) return newest;
  for (const PastEnd* at = newest; at != nullptr; at = end(at->next))
    if (first_output(*at) == wanted) return at;
  return newest;
}

Result<step::EndRecord> History::whole(const PastEnd& end) const {
  if (end.journal >= journals.size()) return failure(Trouble::environment, "the record is not at hand yet");
  const std::string& name = journals[end.journal].name;
  const std::string path = is_elsewhere(name) ? name : folder + "/" + name;
  const auto json = step::read_record_at(path, end.offset);
  if (!json) return tl::unexpected(json.error());
  step::EndRecord record;
  // the head before the fields is skipped as any field that a record does not know
  if (const std::string wrong = step::parse_record(*json, record); !wrong.empty())
    return failure(Trouble::damaged, "the journal `" + path + "` is damaged at byte " + std::to_string(end.offset) + ": " + wrong);
  return record;
}

bool History::has_journals_elsewhere() const {
  return std::any_of(journals.begin(), journals.end(), [](const PastJournal& journal) { return is_elsewhere(journal.name); });
}

// ---- the fold

PastText History::append(std::string_view text) {
  const PastText placed{text_.size(), static_cast<std::uint32_t>(text.size()), 0};
  text_ += text;
  return placed;
}

void History::make_slots() {
  std::size_t size = fewest_slots;
  while (size < 4 * elements_.size()) size *= 2;
  slots_.assign(size, free_slot);
  const std::size_t mask = size - 1;
  for (std::uint32_t number = 0; number < elements_.size(); ++number) {
    std::size_t slot = elements_[number].hash & mask;
    while (slots_[slot] != free_slot) slot = (slot + 1) & mask;
    slots_[slot] = number;
  }
}

PastElement& History::element_of(const std::string& name) {
  if (slots_.size() < 2 * (elements_.size() + 1)) make_slots();
  const std::uint64_t hash = checksum(name);
  std::uint32_t& number = slots_[slot_of(hash, name)];
  if (number == free_slot) {
    number = static_cast<std::uint32_t>(elements_.size());
    elements_.push_back({hash, append(name), PastEnd::none, PastEnd::none});
  }
  return elements_[number];
}

/// One success stays for each first output. An empty one names no output and stands in for all.
void History::add_success(PastElement& element, std::uint32_t number) {
  PastEnd& added = ends_[number];
  if (added.output_count > 0 && element.success != PastEnd::none) {
    const bool was_empty = ends_[element.success].output_count == 0;
    added.next = was_empty ? ends_[element.success].next : element.success;
    for (std::uint32_t* at = &added.next; *at != PastEnd::none;)
      if (first_output(ends_[*at]) == first_output(added))
        *at = ends_[*at].next;
      else
        at = &ends_[*at].next;
  } else if (element.success != PastEnd::none) {
    added.next = ends_[element.success].next;
  }
  element.success = number;
}

void History::add(const step::EndOutline& record, std::uint32_t journal, std::uint64_t offset) {
  PastElement& element = element_of(record.element);
  const auto number = static_cast<std::uint32_t>(ends_.size());
  PastEnd end;
  end.fingerprint = record.fingerprint;
  end.started = record.started;
  end.duration = record.ended - record.started;
  end.offset = offset;
  end.journal = journal;
  end.first_output = static_cast<std::uint32_t>(outputs_.size());
  end.outcome = static_cast<std::uint32_t>(record.outcome);
  end.is_empty = record.is_empty ? 1 : 0;
  const bool counts = record.outcome == step::Outcome::succeeded && !record.is_tainted;
  if (counts) {
    end.output_count = static_cast<std::uint32_t>(record.output_count);
    for (std::size_t i = 0; i < record.output_count; ++i) outputs_.push_back({append(record.outputs[i].path), record.outputs[i].state});
  }
  ends_.push_back(end);
  element.latest = number;
  if (counts) add_success(element, number);
  ++news;
}

std::uint64_t History::place_of_execution(const std::string& execution) {
  const auto known = std::find(executions_.begin(), executions_.end(), execution);
  if (known == executions_.end()) return executions_.push_back(execution), executions_.size() - 1;
  return static_cast<std::uint64_t>(known - executions_.begin());
}

void History::add_unplaced(const step::EndOutline& record, const std::string& execution) {
  add(record, PastEnd::none, place_of_execution(execution));
}

// ---- rows

void History::adopt(Rows rows) {
  elements_ = std::move(rows.elements);
  ends_ = std::move(rows.ends);
  outputs_ = std::move(rows.outputs);
  text_ = std::move(rows.text);
  make_slots();
}

History::Rows History::rows() const {
  Rows rows;
  const auto put_text = [&](const PastText& old) {
    const PastText placed{rows.text.size(), old.size, 0};
    rows.text += text(old);
    return placed;
  };
  const auto put_end = [&](std::uint32_t number) {
    PastEnd end = ends_[number];
    const auto old_outputs = outputs(end);
    end.first_output = static_cast<std::uint32_t>(rows.outputs.size());
    for (const PastOutput& output : old_outputs) rows.outputs.push_back({put_text(output.path), output.state});
    rows.ends.push_back(end);
    return static_cast<std::uint32_t>(rows.ends.size() - 1);
  };
  rows.elements.reserve(elements_.size());
  rows.ends.reserve(elements_.size());
  for (PastElement element : elements_) {
    element.name = put_text(element.name);
    const std::uint32_t latest = element.latest;
    std::uint32_t placed_latest = PastEnd::none;
    std::uint32_t before = PastEnd::none;
    for (std::uint32_t at = element.success; at != PastEnd::none; at = ends_[at].next) {
      const std::uint32_t placed = put_end(at);
      if (at == latest) placed_latest = placed;
      (before == PastEnd::none ? element.success : rows.ends[before].next) = placed;
      before = placed;
    }
    if (placed_latest == PastEnd::none) {
      placed_latest = put_end(latest);
      rows.ends[placed_latest].next = PastEnd::none;
    }
    element.latest = placed_latest;
    rows.elements.push_back(element);
  }
  return rows;
}

}  // namespace osac::registry
