#pragma once
// What an export tells, for all formats: a selection of recorded activities with the files they read and made, linear to walk over. It is
// made once from the records; each format writes it in its own words. It does not look at the files as they are now.
//
//   files        one path with one content; the same file in two activities is one entity
//   activities   attempts that succeeded (and, if asked for, those that failed); or, collapsed, all of a task as one
//   uses, makes  which files an activity read and made, by port

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/provenance/provenance.h"

namespace osac::provenance {

inline constexpr std::uint32_t none = 0xffffffffU;

struct Choice {
  std::string target;                                  ///< an element or a file: it and all it came from; empty: everything
  std::optional<std::vector<std::uint32_t>> elements;  ///< only these of the plan, ascending, as `--where` says
  bool with_origins = false;                           ///< what the selected elements came from, too
  bool with_failures = false;                          ///< elements that have failed and not succeeded since
  bool collapsed = false;                              ///< a task's elements as one activity, files of one port as one collection
};

/// A run of entries in one of a selection's lists.
struct Range {
  std::uint32_t first = 0, count = 0;
};

struct File {
  std::string path;
  step::FileState state;       ///< content zero: not hashed; of a collection the size is the sum
  std::uint32_t maker = none;  ///< activity; none: nobody in this selection
  Range members;               ///< in `members`: of a collection the files in it
  std::string name;            ///< of a collection: the task and port that it goes through
};
/// A file read or made through a port.
struct Use {
  std::uint32_t file = none;
  std::string_view port;
  const step::LookupRecord* lookup = nullptr;  ///< if it was looked up by time
};
struct Activity {
  const step::EndRecord* attempt = nullptr;  ///< of several the first
  std::string_view task;
  std::uint32_t count = 1;  ///< attempts that it stands for
  std::int64_t started = 0, ended = 0;
  Range used, made;                ///< in `uses`
  std::uint32_t execution = none;  ///< in `executions`
  std::uint32_t plan = none;       ///< in `plans`; none: not on record
  [[nodiscard]] std::string_view name() const { return count > 1 ? task : std::string_view(attempt->element); }
};
/// A program that attempts were made with: a tool, or a task's own command.
struct Tool {
  std::string_view name, version;
};

struct Exported {
  std::string workflow;
  std::string doc;
  std::vector<Activity> activities;
  std::vector<File> files;
  std::vector<Use> uses;
  std::vector<std::uint32_t> members;                   ///< files
  std::vector<const step::ExecutionStart*> executions;  ///< that activities name
  std::vector<const step::PlanRecord*> plans;
  std::vector<Tool> tools;             ///< each once, in the order of activities
  std::vector<std::uint32_t> tool_of;  ///< one an activity; none: neither tool nor version is on record

  /// Calls f(use) for each file that an activity read, and made.
  template <typename F>
  void for_each_used(const Activity& activity, F&& f) const {
    for (std::uint32_t i = 0; i < activity.used.count; ++i) f(uses[activity.used.first + i]);
  }
  template <typename F>
  void for_each_made(const Activity& activity, F&& f) const {
    for (std::uint32_t i = 0; i < activity.made.count; ++i) f(uses[activity.made.first + i]);
  }
};

/// Points into `records`, which has to live as long. Usage trouble if `target` names nothing that was executed.
Result<Exported> select_for_export(const plan::Plan& plan, const Records& records, const Choice& choice);

/// The parameters that an activity was made with: those of its plan that its task uses, name and value.
std::vector<const step::PlanRecord::Parameter*> parameters_of(const Exported& selection, const Activity& activity);

/// Takes the text of a document piece by piece.
using Sink = std::function<Status(std::string_view)>;

/// W3C PROV-JSON (Member Submission 2013-04-24) and PROV-N (Recommendation 2013-04-30).
Status export_prov_json(const Exported& selection, const Sink& sink);
Status export_prov_n(const Exported& selection, const Sink& sink);
/// The classes of the IVOA Provenance Data Model 1.0 (Recommendation 2020-04-11) as JSON, a list a class.
Status export_ivoa_json(const Exported& selection, const Sink& sink);
/// WfFormat 1.5 of WfCommons.
Status export_wfformat(const Exported& selection, const Sink& sink);

}  // namespace osac::provenance
