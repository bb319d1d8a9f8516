#pragma once
// Clauses as Slurm reads them: `afterok:101_[0-4,7]:102,afterany:103_2`. It knows no arrays but their sizes; the job numbers are given, or
// names of shell variables that will hold them.

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/slurm/arrangement.h"

namespace osac::slurm {

inline constexpr std::string_view longest_job = "4294967294";

/// `job` gives the text that stands for an array's job number.
std::string dependency_text(std::span<const Clause> clauses, std::span<const Array> arrays,
                            const std::function<std::string(std::uint32_t array)>& job);
/// The length of that text with the longest job numbers there are.
std::size_t longest_dependency_text(std::span<const Clause> clauses, std::span<const Array> arrays);
/// Array tasks as `scontrol` and `afterok` name them: `_5`, `_[0-4,7]`; "" for all of an array.
std::string indices_text(std::span<const std::pair<std::uint32_t, std::uint32_t>> ranges, std::uint32_t count);

}  // namespace osac::slurm
