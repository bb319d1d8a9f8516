#pragma once
// A history in one file (`snapshot` in the state folder), so that a start need not read every journal. It is never the truth: it names the
// journals it was folded from, with their sizes, times and how far they were read, and is used only if they are as they were or go on from
// there. If it is missing, damaged, of another version, or the journals do not continue it, it is as if it were not there. Plain rows
// behind a header with a checksum over all of them; layout: docs/explanation/state.md.

#include <optional>
#include <string>
#include <string_view>

#include "runtime/registry/history.h"

namespace osac::registry {

std::string snapshot_path(const std::string& state_folder);

/// The bytes of a snapshot: of the rows that anything refers to.
std::string snapshot_bytes(const History& history);
/// Nothing unless every byte is as it was written and every number in its range. The folder of the journals is left open.
std::optional<History> parse_snapshot(std::string_view bytes);

/// Writes it so that readers see the old one or the whole new one.
Status write_snapshot(const std::string& state_folder, const History& history);
/// Whether so much is new since the last snapshot, in the history and beside it, that the next start is better off with another one.
bool is_worth_a_snapshot(const History& history, std::uint64_t more_news);

}  // namespace osac::registry
