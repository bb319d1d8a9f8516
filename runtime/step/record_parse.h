#pragma once
// JSON back to records. What it reads is not trusted: every number is checked against its range, every name against the known ones; unknown
// fields are skipped (a newer osac may write them). It knows nothing of files and framing.

#include <memory>
#include <string>
#include <string_view>

#include "runtime/step/journal.h"
#include "runtime/step/record_text.h"

namespace osac::step {

/// So many readable bytes have to follow each text that is parsed.
inline constexpr std::size_t parse_padding = 64;

/// Parses record after record with the same buffers. Each function gives "" or what is wrong with the text.
class RecordParser {
 public:
  RecordParser();
  ~RecordParser();
  RecordParser(const RecordParser&) = delete;
  RecordParser& operator=(const RecordParser&) = delete;

  std::string parse(std::string_view json, JournalHeader& record);
  std::string parse(std::string_view json, ExecutionStart& record);
  std::string parse(std::string_view json, ExecutionEnd& record);
  std::string parse(std::string_view json, AttemptStart& record);
  std::string parse(std::string_view json, PublishIntent& record);
  std::string parse(std::string_view json, EndRecord& record);
  std::string parse(std::string_view json, Removal& record);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace osac::step
