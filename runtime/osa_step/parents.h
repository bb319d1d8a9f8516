#pragma once
// What became of the elements that an array task depends on, by their array tasks' journals in the folder of scripts, or in those of
// earlier submissions. Slurm's word is not taken for it: it starts jobs whose parents failed long ago, and jobs whose parents never ran.

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/slurm/protocol.h"
#include "runtime/step/journal.h"

namespace osac::osa_step {

enum class Fate : std::uint8_t {
  succeeded,
  failed,
  blocked,  ///< it did not run, and will not: a parent of its own failed or was blocked
  unknown,  ///< no record of its end
};

struct Parent {
  Fate fate = Fate::unknown;
  bool is_empty = false;        ///< succeeded without outputs
  bool is_tried_again = false;  ///< failed or blocked, but the execution's last job will run again what failed
  Digest fingerprint{};
  std::vector<step::OutputRecord> outputs;
  std::string reason;  ///< of a failure
};

class Parents {
 public:
  Parents(const plan::Plan& plan, const slurm::UnitFile& units, const slurm::Settings& settings, std::string folder)
      : plan_(plan), units_(units), earlier_(settings.earlier), goes_on_(settings.goes_on), folder_(std::move(folder)) {}

  /// What became of an element that runs in some array task; read once.
  const Parent& of(std::uint32_t element);
  /// Tells how an element has just ended.
  void add(std::uint32_t element, const step::EndRecord& record);

  /// Number of claims there are for an array task, and whether the last one has come to its end.
  struct Claims {
    std::uint32_t count = 0;
    bool is_over = false;
    std::vector<std::string> arguments;  ///< of the last one's start: "slurm", job, restarts
    std::string host;
  };
  const Claims& claims(std::uint32_t array, std::uint32_t index);
  /// The number of the last attempt of an element that its array task has on record for an execution; 0: none.
  std::uint32_t attempts(std::uint32_t element, const std::string& execution);

 private:
  struct Unit {
    Claims claims;
    std::map<std::string, step::EndRecord> ends;                            ///< by element; a success stays
    std::map<std::pair<std::string, std::string>, std::uint32_t> attempts;  ///< by element and execution: the last one's number
  };
  Unit& unit(std::uint32_t array, std::uint32_t index);
  /// What is known of an element of whose end there is no record: perhaps that it could not run.
  Parent unrecorded(std::uint32_t element);
  [[nodiscard]] Parent parent_of(std::uint32_t element, const step::EndRecord& record) const;

  const plan::Plan& plan_;                                // NOLINT: they live as long as the program
  const slurm::UnitFile& units_;                          // NOLINT
  const std::vector<slurm::Settings::Earlier>& earlier_;  // NOLINT
  bool goes_on_;
  std::string folder_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Unit> read_;
  std::unordered_map<std::uint32_t, Parent> known_;
};

}  // namespace osac::osa_step
