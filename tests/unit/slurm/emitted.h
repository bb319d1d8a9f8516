#pragma once
// What waits for what by the emitted files alone: `calls`, `units`, the scripts. Read with none of the code that wrote them, but for the
// readers of the two files.

#include <charconv>
#include <map>

#include "compiler/base/text.h"
#include "runtime/slurm/emit.h"
#include "tests/unit/site/folder.h"
#include "tests/unit/slurm/arranged.h"

namespace osac::slurm::test {

/// An array task: array by its number in `units`, index.
using Place = std::pair<std::uint32_t, std::uint32_t>;
using PlaceSet = std::set<Place>;

inline std::uint32_t number_in(std::string_view text) {
  std::uint32_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  REQUIRE((parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size()));
  return value;
}

/// "" -> all, "_5", "_[0-4,7]"
inline std::vector<std::uint32_t> indices_in(std::string_view text, std::uint32_t count) {
  std::vector<std::uint32_t> indices;
  if (text.empty())
    for (std::uint32_t i = 0; i < count; ++i) indices.push_back(i);
  if (text.empty()) return indices;
  text.remove_prefix(1);
  if (text.starts_with('[')) text = text.substr(1, text.size() - 2);
  for (const std::string_view part : split(text, ',')) {
    const auto dash = part.find('-');
    const std::uint32_t low = number_in(part.substr(0, dash));
    const std::uint32_t high = dash == std::string_view::npos ? low : number_in(part.substr(dash + 1));
    for (std::uint32_t i = low; i <= high; ++i) indices.push_back(i);
  }
  return indices;
}

/// The files of an arrangement, and what they say.
class Emitted {
 public:
  Emitted(const Question& question, const Arrangement& arrangement)
      : Emitted(question, arrangement, emit({question.plan, question.site, arrangement, {}, {}, ".."})) {}

  Calls calls;

  /// What each array task waits for, joins resolved; one of no array is what it waits for if it could start before the gate is open.
  [[nodiscard]] std::map<Place, PlaceSet> waits() const {
    std::map<Place, PlaceSet> all;
    std::map<Place, std::string> texts;
    for (std::uint32_t i = 1; i < calls.calls.size(); ++i)
      for (std::uint32_t index = 0; index < calls.calls[i].tasks; ++index) texts[{live_ + i - 1, index}] = calls.calls[i].dependency;
    for (const std::string& line : calls.lines) {
      const auto words = split(line, ' ');
      REQUIRE((words.size() == 3 && words[0] == "update"));
      const std::string_view job = words[1].substr(words[1].find('=') + 1);
      const auto [array, rest] = array_of(job);
      for (const std::uint32_t index : indices_in(rest, units_.count(array)))
        texts[{array, index}] = words[2].substr(words[2].find('=') + 1);
    }
    for (const auto& [place, text] : texts) all[place] = parents(text, place.second);
    for (auto& [place, parents] : all) {
      PlaceSet resolved;
      const std::function<void(const Place&)> add = [&](const Place& parent) {
        if (!joins_.contains(parent.first))
          resolved.insert(parent);
        else
          for (const Place& behind : all.at(parent)) add(behind);
      };
      for (const Place& parent : parents) add(parent);
      parents = std::move(resolved);
    }
    std::erase_if(all, [&](const auto& entry) { return joins_.contains(entry.first.first); });
    return all;
  }

  /// The same by the plan's edges and `units`.
  [[nodiscard]] std::map<Place, PlaceSet> wanted(const Question& question) const {
    std::map<Place, PlaceSet> all;
    for (std::uint32_t array = live_; array < units_.array_count(); ++array) {
      if (joins_.contains(array)) continue;
      for (std::uint32_t index = 0; index < units_.count(array); ++index) {
        PlaceSet& parents = all[{array, index}];
        for (const std::uint32_t element : units_.elements(array, index))
          plan::for_each_parent(question.plan, question.plan.element(element), [&](std::uint32_t parent, bool) {
            if (const auto place = units_.place(parent)) parents.insert(*place);
          });
        parents.erase({array, index});
      }
    }
    return all;
  }

 private:
  Emitted(const Question& question, const Arrangement& arrangement, std::vector<EmittedFile> files)
      : live_(static_cast<std::uint32_t>(question.live_arrays.size())), units_(open(question, files)) {
    for (std::uint32_t i = 0; i < live_; ++i) jobs_[question.live_arrays[i].job] = i;
    std::map<std::string, std::string> texts;
    for (EmittedFile& file : files) texts[file.name] = std::move(file.bytes);
    auto parsed = parse_calls(texts.at("calls"));
    REQUIRE(parsed);
    calls = std::move(*parsed);
    for (std::uint32_t i = 1; i < calls.calls.size(); ++i) {
      const Call& call = calls.calls[i];
      REQUIRE(call.tasks == units_.count(live_ + i - 1));
      if (call.command.empty()) {
        joins_.insert(live_ + i - 1);
        continue;
      }
      REQUIRE(call.command[0] == "@folder@/" + call.name + ".sbatch");
      const std::string& script = texts.at(call.name + ".sbatch");
      const std::string array = "\n#SBATCH --array=0-" + std::to_string(call.tasks - 1);
      const auto at = script.find(array);
      REQUIRE(at != std::string::npos);
      REQUIRE((script[at + array.size()] == '\n' || script[at + array.size()] == '%'));  // the second: how many run at once
      REQUIRE(script.find("/osa-step\" \"$2\" " + std::to_string(live_ + i - 1) + " \"$SLURM_ARRAY_TASK_ID\"") != std::string::npos);
    }
    REQUIRE(arrangement.arrays.size() == units_.array_count());
  }
  static UnitFile open(const Question& question, const std::vector<EmittedFile>& files) {
    const site::test::Folder folder;
    const auto found = std::find_if(files.begin(), files.end(), [](const EmittedFile& file) { return file.name == "units"; });
    auto units = UnitFile::open(folder.write("units", found->bytes), question.plan.id());
    REQUIRE(units);
    return std::move(*units);
  }

  /// "@3@_5" -> array, "_5"; of an earlier submission "4711_5"
  [[nodiscard]] std::pair<std::uint32_t, std::string_view> array_of(std::string_view job) const {
    if (!job.starts_with('@')) {
      const auto end = std::min(job.find('_'), job.size());
      return {jobs_.at(number_in(job.substr(0, end))), job.substr(end)};
    }
    const auto end = job.find('@', 1);
    return {live_ + number_in(job.substr(1, end - 1)) - 1, job.substr(end + 1)};
  }

  [[nodiscard]] PlaceSet parents(const std::string& text, std::uint32_t index) const {
    PlaceSet found;
    bool is_gated = false;
    std::size_t depth = 0;
    std::vector<std::string> clauses(1);
    for (const char c : text) {
      depth += c == '[' ? 1U : 0U;
      depth -= c == ']' ? 1U : 0U;
      if (c == ',' && depth == 0)
        clauses.emplace_back();
      else
        clauses.back() += c;
    }
    for (const std::string& clause : clauses) {
      const auto jobs = split(clause, ':');
      REQUIRE((jobs[0] == "afterok" || jobs[0] == "afterany" || jobs[0] == "aftercorr"));
      for (std::size_t i = 1; i < jobs.size(); ++i) {
        if (jobs[i] == "@0@") {
          is_gated = true;
          continue;
        }
        const auto [array, rest] = array_of(jobs[i]);
        is_gated = is_gated || array >= live_;
        if (jobs[0] == "aftercorr")
          found.emplace(array, index);
        else
          for (const std::uint32_t one : indices_in(rest, units_.count(array))) found.emplace(array, one);
      }
    }
    if (!is_gated) found.emplace(nothing, 0);
    return found;
  }

  std::uint32_t live_;
  UnitFile units_;
  std::set<std::uint32_t> joins_;
  std::map<std::uint64_t, std::uint32_t> jobs_;  // of live arrays
};

}  // namespace osac::slurm::test
