#pragma once
// The private folder of an attempt: where its process writes, on the file systems of the targets so that publishing is a rename. It knows
// paths, not what runs in them. Layout, in `.osa/scratch/<element>.<attempt>.<execution>/`: `out/` for the outputs (those with a name that
// another one has in `out.1/`, `out.2/`, ...), `tmp.d/` for {scratch} and TMPDIR, script and list files; `elsewhere-N` are links to the
// folders beside targets of other file systems. `<element>.failed` is what a failed attempt left, `spare-N` an empty one for the next
// attempt.

#include <string>
#include <string_view>
#include <vector>

#include "runtime/step/step.h"

namespace osac::step {

/// One output of an attempt.
struct Target {
  plan::FileUse use;  ///< its path is the final one
  std::string port;
  std::string final_path;  ///< without a final '/'
  std::string path;        ///< where the process writes it; directories end in '/'
  bool is_directory = false;
  bool is_protected = false;
};

struct Scratch {
  std::string folder;                  ///< no final '/'
  std::vector<std::string> elsewhere;  ///< folders on other file systems
  [[nodiscard]] std::string temporary() const { return folder + "/tmp.d"; }
  [[nodiscard]] std::string metrics() const { return folder + "/metrics.jsonl"; }
};

/// The outputs of an element, with their paths still empty.
std::vector<Target> targets_of(const plan::Plan& plan, plan::ElementRef element);
/// Makes the folders and says in each target where the process shall write it. `name` is the element's file name.
Result<Scratch> make_scratch(const Config& config, const std::string& name, std::uint32_t attempt, std::vector<Target>& targets);
/// Removes it, or keeps it under the name that says it failed; one kept from before is gone in either case.
enum class ScratchEnd { remove, keep };
Status end_scratch(const Config& config, const std::string& name, const Scratch& scratch, ScratchEnd end);
/// Removes a scratch folder and those it has elsewhere.
Status remove_scratch(const std::string& folder);

/// Names a thing that may not be replaced by an output (a device, a fifo, a link, a file where a folder is to be ...); "" if there is none.
std::string obstacle_at(const Target& target);

inline constexpr std::string_view failed_suffix = ".failed";
inline constexpr std::string_view spare_prefix = "spare-";
inline constexpr std::string_view elsewhere_prefix = ".osa-scratch-";

}  // namespace osac::step
