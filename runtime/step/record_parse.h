#pragma once
// JSON back to records. What it reads is not trusted: every number is checked against its range, every name against the known ones; unknown
// fields are skipped (a newer osac may write them). It knows nothing of files and framing.

#include <string>
#include <string_view>

#include "runtime/step/journal.h"
#include "runtime/step/record_text.h"

namespace osac::step {

/// What of an end record decides whether its element is up to date; the rest is skipped. Made to be filled again and again.
struct EndOutline {
  std::string element;
  Outcome outcome = Outcome::succeeded;
  bool is_empty = false;
  bool is_tainted = false;
  Digest fingerprint{};
  std::int64_t started = 0, ended = 0;
  std::size_t output_count = 0;       ///< of `outputs`: what is behind them is left from before
  std::vector<OutputRecord> outputs;  ///< without their ports
};

/// Each gives "" or what is wrong with the text.
std::string parse_record(std::string_view json, JournalHeader& record);
std::string parse_record(std::string_view json, ExecutionStart& record);
std::string parse_record(std::string_view json, PlanRecord& record);
std::string parse_record(std::string_view json, ExecutionEnd& record);
std::string parse_record(std::string_view json, AttemptStart& record);
std::string parse_record(std::string_view json, PublishIntent& record);
std::string parse_record(std::string_view json, EndRecord& record);
std::string parse_record(std::string_view json, Removal& record);
std::string parse_record(std::string_view json, Closed& record);
std::string parse_record(std::string_view json, Reopened& record);
std::string parse_record(std::string_view json, FinalFile& record);
std::string parse_record(std::string_view json, EndOutline& record);

}  // namespace osac::step
