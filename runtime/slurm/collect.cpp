// Looking. What is made of it: settle.cpp.

#include "runtime/slurm/collect.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <unordered_set>

#include "compiler/base/files.h"
#include "compiler/plan/match.h"
#include "compiler/plan/resolve.h"
#include "runtime/slurm/calls.h"
#include "runtime/step/journal_file.h"
#include "runtime/step/system.h"

namespace osac::slurm {

namespace {

/// An array task: where it is in the queue, and what its journals say.
struct Place {
  enum Queue : std::uint8_t { absent, over, waiting, running, unknown };
  Queue queue = absent;
  std::uint32_t claims = 0;
};

/// "run-slurm-3.17.1.j1" -> 3, 17, 1
bool parse_journal_name(std::string_view name, std::uint32_t& array, std::uint32_t& index, std::uint32_t& attempt) {
  constexpr std::string_view start = "run-slurm-";
  if (!name.starts_with(start)) return false;
  const char* at = name.data() + start.size();
  const char* const end = name.data() + name.size();
  for (std::uint32_t* const number : {&array, &index, &attempt}) {
    const auto parsed = std::from_chars(at, end, *number);
    if (parsed.ec != std::errc{} || parsed.ptr == end || *parsed.ptr != '.') return false;
    at = parsed.ptr + 1;
  }
  return true;
}

class Looker {
 public:
  Looker(Overview overview, registry::History history) : overview_(std::move(overview)), history_(std::move(history)) {}

  Result<Overview> run() {
    for (std::uint32_t array = 0; array < overview_.units.array_count(); ++array) {
      first_.push_back(static_cast<std::uint32_t>(places_.size()));
      if (array < overview_.settings.earlier.size()) continue;
      for (std::uint32_t index = 0; !overview_.units.elements(array, index).empty(); ++index) places_.emplace_back();
    }
    first_.push_back(static_cast<std::uint32_t>(places_.size()));
    read_queue();
    if (auto counted = count_claims(); !counted) return tl::unexpected(counted.error());
    for (std::uint32_t array = static_cast<std::uint32_t>(overview_.settings.earlier.size()); array < overview_.units.array_count();
         ++array)
      for (std::uint32_t index = 0; first_[array] + index < first_[array + 1]; ++index) judge(array, index);
    return std::move(overview_);
  }

 private:
  void read_queue() {
    if (overview_.silent) {
      for (Place& place : places_) place.queue = Place::unknown;
      return;
    }
    std::unordered_map<std::string, std::uint32_t> numbers;
    for (std::uint32_t array = 0; array < overview_.arrays.size(); ++array)
      if (!overview_.arrays[array].empty()) numbers.emplace(overview_.submission.token(overview_.arrays[array]), array);
    for (const Queued& queued : overview_.queue) {
      const auto known = numbers.find(queued.name);
      if (known == numbers.end()) continue;
      const Place::Queue here = queued.is_running() ? Place::running : queued.is_waiting() ? Place::waiting : Place::over;
      const std::uint32_t first = first_[known->second];
      const std::uint32_t count = first_[known->second + 1] - first;
      for (const auto& [low, high] : queued.indices)
        for (std::uint32_t index = low; index <= high && index < count; ++index)
          places_[first + index].queue = std::max(places_[first + index].queue, here);  // of two with one name the live one
    }
  }

  Status count_claims() {
    const auto paths = journals_of(overview_.submission);
    if (!paths) return tl::unexpected(paths.error());
    for (const std::string& path : *paths) {
      const std::string name = step::name_of(path);
      std::uint32_t array = 0;
      std::uint32_t index = 0;
      std::uint32_t attempt = 0;
      if (!parse_journal_name(name, array, index, attempt)) continue;
      if (array + 1 >= first_.size() || index >= first_[array + 1] - first_[array]) continue;
      Place& place = places_[first_[array] + index];
      place.claims = std::max(place.claims, attempt);
    }
    return {};
  }

  void judge(std::uint32_t array, std::uint32_t index) {
    const Place& place = places_[first_[array] + index];
    const JobRecord* const job = overview_.submission.job(overview_.arrays[array]);
    const std::string claim = overview_.submission.folder + "/" + journal_name(array, index, place.claims);
    // of its last claim, looked at when somebody asks
    std::optional<bool> is_over;
    std::optional<std::unordered_set<std::string>> begun;
    for (const std::uint32_t element : overview_.units.elements(array, index)) {
      const registry::PastElement* const known = history_.find(plan::element_name(overview_.plan, overview_.plan.element(element)));
      ElementFate fate;
      fate.element = element;
      fate.array = array;
      fate.index = index;
      fate.fate = Fate::ended;
      fate.job = job == nullptr ? 0 : job->job;
      fate.has_succeeded = known != nullptr && history_.success(*known) != nullptr;
      if (!fate.has_succeeded) {
        if (!is_over) is_over = place.claims > 0 && step::ends_with_kind(claim, step::kind_execution_end);
        fate.fate = fate_of(place, known != nullptr, *is_over);
        if (place.claims > 0 && fate.fate != Fate::ended) {
          if (!begun) begun = begun_in(claim);
          fate.has_begun = begun->contains(plan::element_name(overview_.plan, overview_.plan.element(element)));
          if (fate.fate == Fate::running && !fate.has_begun && known == nullptr) fate.fate = Fate::waiting;  // its turn is to come
        }
      }
      count(fate.fate);
      overview_.elements.push_back(fate);
    }
  }

  /// Elements of which an attempt has begun and not ended.
  static std::unordered_set<std::string> begun_in(const std::string& claim) {
    std::unordered_set<std::string> begun;
    step::JournalVisitor visitor;
    visitor.attempt_start = [&](step::AttemptStart&& start) { begun.insert(std::move(start.element)); };
    visitor.end = [&](step::EndRecord&& end) { begun.erase(end.element); };
    (void)step::read_journals(std::vector<std::string>{claim}, visitor);  // it has been read before: there is nothing wrong with it
    return begun;
  }

  /// Of one that has not succeeded.
  [[nodiscard]] Fate fate_of(const Place& place, bool has_end, bool is_over) const {
    // nothing has run, and the submitter goes on, or withdraws it
    if (overview_.submission.progress == Progress::begun && !overview_.submission.is_cancelled) return Fate::waiting;
    const Fate left = has_end ? Fate::ended : Fate::gone;
    if (is_over) return left;
    switch (place.queue) {
      case Place::waiting:
        return Fate::waiting;
      case Place::running:
        return Fate::running;  // a failure on record may be followed by another attempt in the same job
      case Place::unknown:
        return Fate::unknown;
      case Place::absent:
      case Place::over:
        return left;
    }
    return Fate::unknown;
  }

  void count(Fate fate) {
    switch (fate) {
      case Fate::waiting:
        ++overview_.waiting;
        break;
      case Fate::running:
        ++overview_.running;
        break;
      case Fate::ended:
        ++overview_.ended;
        break;
      case Fate::gone:
        ++overview_.gone;
        break;
      case Fate::unknown:
        ++overview_.unknown;
        break;
    }
  }

  Overview overview_;
  registry::History history_;
  std::vector<std::uint32_t> first_;  // one an array and one more, into places_
  std::vector<Place> places_;
};

/// The arrays of a folder by their numbers in `units`: after those of earlier submissions, in the order of the calls behind the gate.
Result<std::vector<std::string>> array_names(const std::string& folder, std::size_t earlier, std::size_t count) {
  const auto text = read_file(folder + "/calls");
  if (!text) return tl::unexpected(text.error());
  const auto calls = parse_calls(*text);
  if (!calls) return tl::unexpected(calls.error());
  if (calls->calls.size() < count - earlier + 1)
    return failure(Trouble::damaged, "`" + folder + "/calls` is not about the arrays of `" + folder + "/units`");
  std::vector<std::string> names(earlier);
  for (std::size_t array = earlier; array < count; ++array) names.push_back(calls->calls[array - earlier + 1].name);
  return names;
}

}  // namespace

Result<std::vector<std::uint64_t>> jobs_of_elements(const Submission& submission, const plan::Plan& plan) {
  const std::string& folder = submission.folder;
  const auto own = plan::Plan::open(folder + "/plan");
  if (!own) return tl::unexpected(own.error());
  const auto units = UnitFile::open(folder + "/units", own->id());
  if (!units) return tl::unexpected(units.error());
  const auto text = read_file(folder + "/settings");
  if (!text) return tl::unexpected(text.error());
  const auto settings = parse_settings(*text);
  if (!settings) return tl::unexpected(settings.error());
  const auto arrays = array_names(folder, settings->earlier.size(), units->array_count());
  if (!arrays) return tl::unexpected(arrays.error());
  const std::vector<std::uint32_t> numbers = plan::match_elements(*own, plan);
  std::vector<std::uint64_t> jobs(plan.element_count(), 0);
  for (auto array = static_cast<std::uint32_t>(settings->earlier.size()); array < units->array_count(); ++array) {
    const JobRecord* const job = submission.job((*arrays)[array]);
    if (job == nullptr) continue;
    for (std::uint32_t index = 0; index < units->count(array); ++index)
      for (const std::uint32_t element : units->elements(array, index))
        if (numbers[element] != plan::no_element) jobs[numbers[element]] = job->job;
  }
  return jobs;
}

Result<std::vector<std::string>> journals_of(const Submission& submission) { return step::journal_files(submission.folder + "/journal"); }

Result<Overview> look_at(const Submission& submission, const Client& client) {
  const std::string& folder = submission.folder;
  // the queue first: whatever leaves it has been recorded before
  auto queue = client.queue(submission.token_prefix());
  auto text = read_file(folder + "/settings");
  if (!text) return tl::unexpected(text.error());
  auto settings = parse_settings(*text);
  if (!settings) return tl::unexpected(settings.error());
  auto plan = plan::Plan::open(folder + "/plan");
  if (!plan) return tl::unexpected(plan.error());
  auto units = UnitFile::open(folder + "/units", plan->id());
  if (!units) return tl::unexpected(units.error());
  auto arrays = array_names(folder, settings->earlier.size(), units->array_count());
  if (!arrays) return tl::unexpected(arrays.error());
  auto history = registry::read_history(folder);
  if (!history) return tl::unexpected(history.error());
  Overview overview{submission, std::move(*plan), std::move(*settings), std::move(*units), std::move(*arrays), {}, 0, 0, 0, 0, 0, {}, {}};
  if (queue)
    overview.queue = std::move(*queue);
  else
    overview.silent = queue.error();
  return Looker(std::move(overview), std::move(*history)).run();
}

}  // namespace osac::slurm
