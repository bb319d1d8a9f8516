#pragma once
// Files that tasks have made and that planning reads (tables, records): which of them stand, and their bytes. What stands is decided by
// others; this remembers it, and gives bytes only of a file that still is what was recorded of it.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/registry/state.h"

namespace osac::registry {

struct MadeFile {
  std::string path;     ///< relative to the workflow's folder
  std::string element;  ///< the name of its maker
  step::FileState state;
};

class MadeFiles {
 public:
  void add(MadeFile file);
  void remove(const std::string& path) { files_.erase(path); }
  [[nodiscard]] const MadeFile* find(const std::string& path) const;
  [[nodiscard]] bool is_empty() const { return files_.empty(); }
  [[nodiscard]] std::vector<MadeFile> list() const;  ///< by path

 private:
  std::map<std::string, MadeFile> files_;
};

/// The bytes of a file in the workflow's `folder`; nothing if it is gone or no longer what was recorded.
std::optional<std::string> read_made(const MadeFile& file, const std::string& folder);

/// Every output on record, by path: of the newest success that wrote it. For finding what may stand before there is any plan.
class RecordedOutputs {
 public:
  explicit RecordedOutputs(History history);
  [[nodiscard]] std::optional<MadeFile> find(const std::string& path) const;

 private:
  struct Output {
    const PastElement* element;
    const PastEnd* end;
    const PastOutput* output;
  };
  History history_;  // what the views below look at
  std::unordered_map<std::string_view, Output> outputs_;
};

/// Whether a file is what a plan may be made from: its maker is an element of the plan that is up to date and has it as its output, with
/// the content that `file` has.
bool stands(const plan::Plan& plan, const State& state, const std::vector<Decision>& decisions, const MadeFile& file);

}  // namespace osac::registry
