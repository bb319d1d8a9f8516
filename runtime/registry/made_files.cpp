#include "runtime/registry/made_files.h"

#include <algorithm>

#include "compiler/base/files.h"
#include "runtime/registry/fingerprint.h"
#include "runtime/step/step.h"

namespace osac::registry {

void MadeFiles::add(MadeFile file) {
  std::string path = file.path;
  files_.insert_or_assign(std::move(path), std::move(file));
}

const MadeFile* MadeFiles::find(const std::string& path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

std::vector<MadeFile> MadeFiles::list() const {
  std::vector<MadeFile> list;
  list.reserve(files_.size());
  for (const auto& [path, file] : files_) list.push_back(file);
  return list;
}

std::optional<std::string> read_made(const MadeFile& file, const std::string& folder) {
  const std::string path = folder == "." || file.path.starts_with('/') ? file.path : folder + "/" + file.path;
  const auto before = step::file_state(path, false);
  if (!before || before->size < 0 || before->is_directory) return std::nullopt;
  auto bytes = read_file(path);
  if (!bytes) return std::nullopt;
  // its times may be others (a copy of the folder): then the content decides
  if (!step::same_stat(*before, file.state) && sha256(*bytes) != file.state.content) return std::nullopt;
  return std::move(*bytes);
}

RecordedOutputs::RecordedOutputs(History history) : history_(std::move(history)) {
  const auto ended = [](const PastEnd& end) { return end.started + end.duration; };
  for (const PastElement& element : history_.elements())
    for (const PastEnd* end = history_.success(element); end != nullptr; end = history_.success_before(*end))
      for (const PastOutput& output : history_.outputs(*end)) {
        const auto [at, is_new] = outputs_.try_emplace(history_.text(output.path), Output{&element, end, &output});
        if (!is_new && ended(*at->second.end) < ended(*end)) at->second = {&element, end, &output};
      }
}

std::optional<MadeFile> RecordedOutputs::find(const std::string& path) const {
  const auto found = outputs_.find(path);
  if (found == outputs_.end()) return std::nullopt;
  return MadeFile{path, std::string(history_.text(found->second.element->name)), found->second.output->state};
}

bool stands(const plan::Plan& plan, const State& state, const std::vector<Decision>& decisions, const MadeFile& file) {
  const auto element = plan::find_element(plan, file.element);
  if (!element || decisions[plan.global(*element)].verdict != Verdict::up_to_date) return false;
  const auto outputs = plan::output_files(plan, *element);
  return std::any_of(outputs.begin(), outputs.end(), [&](const plan::FileUse& use) {
    const step::FileState* const recorded = state.recorded(use.dataset, use.element);
    return use.path == file.path && recorded != nullptr && same_identity(*recorded, file.state);
  });
}

}  // namespace osac::registry
