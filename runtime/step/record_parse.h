#pragma once
// JSON back to records. What it reads is not trusted: every number is checked against its range, every name against the known ones; unknown
// fields are skipped (a newer osac may write them). It knows nothing of files and framing.

#include <string>
#include <string_view>

#include "runtime/step/journal.h"
#include "runtime/step/record_text.h"

namespace osac::step {

/// Each gives "" or what is wrong with the text.
std::string parse_record(std::string_view json, JournalHeader& record);
std::string parse_record(std::string_view json, ExecutionStart& record);
std::string parse_record(std::string_view json, ExecutionEnd& record);
std::string parse_record(std::string_view json, AttemptStart& record);
std::string parse_record(std::string_view json, PublishIntent& record);
std::string parse_record(std::string_view json, EndRecord& record);
std::string parse_record(std::string_view json, Removal& record);

}  // namespace osac::step
