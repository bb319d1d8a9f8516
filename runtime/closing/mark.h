#pragma once
// Whether a night is closed. A *night* is a workflow with one set of parameters; a part of it is what some goals or a condition leave of
// it. The mark of a closed one is a file, `.osa/NAME/closed/KEY.json`, that is read at the start of each command; the journal has the same
// record. It knows plans' parameters, not what has to be there to close.

#include <optional>
#include <string>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/step/journal.h"

namespace osac::closing {

struct Night {
  std::string key;  ///< "date=2024-01-10", with a digest where that is too long; "all" without parameters; a part's ends in "~part-DIGEST"
  std::string whole;  ///< of the whole night; the same if it is no part
};
Night night_of(const plan::Plan& plan, const std::vector<std::string>& goals, const std::string& where);

/// `.osa/NAME/closed/KEY`: the folder of what is kept of a closed night; with `.json` behind it the mark.
std::string folder_of(const std::string& state, const std::string& key);

/// The mark of a night or, if it is a part, of the whole one; nothing if it is open. Damaged trouble if it cannot be read.
Result<std::optional<step::Closed>> find_mark(const std::string& state, const Night& night);
/// Writes the mark, on disk when it returns: the last thing that closing does.
Status write_mark(const std::string& state, const step::Closed& closed);
Status remove_mark(const std::string& state, const std::string& key);
/// All marks, by key.
Result<std::vector<step::Closed>> all_marks(const std::string& state);

/// "closed on 2024-01-11 09:12 UTC by mopa"; with `plan`, the id of the plan as it is now, whether it has changed since.
std::string closed_text(const step::Closed& closed, const std::string& plan = {});

}  // namespace osac::closing
