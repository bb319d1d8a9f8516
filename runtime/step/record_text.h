#pragma once
// Records as JSON: one line each, keys in a fixed order, fields with their default value left out. The head of each record is `seq`, `t`
// and `kind`, in this order in every version of the format. Texts that are no UTF-8 (a file name may be any bytes) are written as
// {"hex":"..."}.

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/step/journal.h"

namespace osac::step {

/// The first record of each journal file.
struct JournalHeader {
  std::int64_t version = 1;
  std::string osac_version, host, boot;
  std::int64_t pid = 0, pid_start = 0;
};

/// A text as records have it: a JSON string, or {"hex":"..."} if it is no UTF-8. For everybody who writes names of files as JSON.
std::string json_text(std::string_view text);

/// The fields after the head, with a leading comma and without the closing brace.
std::string fields_of(const JournalHeader& record);
std::string fields_of(const ExecutionStart& record);
std::string fields_of(const PlanRecord& record);
std::string fields_of(const ExecutionEnd& record);
std::string fields_of(const AttemptStart& record);
std::string fields_of(const PublishIntent& record);
std::string fields_of(const EndRecord& record);
std::string fields_of(const Removal& record);
std::string fields_of(const Closed& record);
std::string fields_of(const Reopened& record);
std::string fields_of(const FinalFile& record);

inline constexpr std::string_view kind_header = "journal";
inline constexpr std::string_view kind_execution_start = "execution-start";
inline constexpr std::string_view kind_plan = "plan";
inline constexpr std::string_view kind_execution_end = "execution-end";
inline constexpr std::string_view kind_attempt_start = "attempt-start";
inline constexpr std::string_view kind_publish_intent = "publish-intent";
inline constexpr std::string_view kind_end = "end";
inline constexpr std::string_view kind_removal = "removal";
inline constexpr std::string_view kind_closed = "closed";
inline constexpr std::string_view kind_reopened = "reopened";
inline constexpr std::string_view kind_final_file = "final-file";

}  // namespace osac::step
