// The past as the journals tell it, folded element by element.

#include <algorithm>
#include <array>

#include "runtime/registry/state.h"

namespace osac::registry {

namespace {

constexpr std::array<std::string_view, 10> cause_names = {
    "up to date",
    "new",
    "command changed",
    "input changed",
    "output missing",
    "output changed",
    "failed before",
    "forced",
    "what it reads is made again",
    "environment changed",
};

void fold(History& history, step::EndRecord&& record) {
  const auto end = std::make_shared<const step::EndRecord>(std::move(record));
  History::Entry& entry = history.elements[end->element];
  entry.latest = end;
  if (end->outcome != step::Outcome::succeeded) return;
  if (!history.removed.empty())
    for (const step::OutputRecord& output : end->outputs) history.removed.erase(output.path);
  if (!end->is_tainted) entry.add_success(end);
}

bool writes(const step::EndRecord& record, const std::string& first_output) {
  return !record.outputs.empty() && record.outputs.front().path == first_output;
}

}  // namespace

void History::Entry::add_success(std::shared_ptr<const step::EndRecord> end) {
  if (!end->outputs.empty()) {
    const std::string& first_output = end->outputs.front().path;
    std::erase_if(elsewhere, [&](const auto& other) { return writes(*other, first_output); });
    if (success && !success->outputs.empty() && !writes(*success, first_output)) elsewhere.push_back(std::move(success));
  }
  duration = end->ended - end->started;
  success = std::move(end);
}

void History::Entry::choose(const std::string& first_output) {
  // an empty success names no output: it is taken for this one's
  if (!success || success->outputs.empty() || writes(*success, first_output)) return;
  const auto found = std::find_if(elsewhere.begin(), elsewhere.end(), [&](const auto& other) { return writes(*other, first_output); });
  if (found != elsewhere.end()) std::swap(success, *found);
}

std::string_view cause_name(Cause cause) { return cause_names[static_cast<std::size_t>(cause)]; }

Result<History> read_history(const std::string& state_folder) {
  History history;
  step::JournalVisitor visitor;
  visitor.execution_start = [&](step::ExecutionStart&& start) { history.executions.push_back(std::move(start)); };
  visitor.end = [&](step::EndRecord&& end) { fold(history, std::move(end)); };
  visitor.removal = [&](step::Removal&& removal) { history.removed[removal.path] = removal.time; };
  auto report = step::read_journals(state_folder + "/journal", visitor);
  if (!report) return tl::unexpected(report.error());
  history.notes = std::move(report->notes);
  return history;
}

Result<std::vector<step::EndRecord>> all_ends(const std::string& state_folder) {
  std::vector<step::EndRecord> ends;
  step::JournalVisitor visitor;
  visitor.end = [&](step::EndRecord&& end) { ends.push_back(std::move(end)); };
  if (auto report = step::read_journals(state_folder + "/journal", visitor); !report) return tl::unexpected(report.error());
  return ends;
}

}  // namespace osac::registry
