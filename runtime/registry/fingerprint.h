#pragma once
// The fingerprint of an element: a hash of all that decides what it makes. Command text with its values, environment, identities of the
// inputs, names of the outputs; no times of outputs, no resources, nothing of other declarations.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/plan/resolve.h"
#include "runtime/registry/files.h"
#include "runtime/site/site.h"

namespace osac::registry {

/// `inputs` as they are read, left-out ones left out. Nothing if the command cannot be put together (running it will say why).
std::optional<Digest> fingerprint(const plan::Plan& plan, plan::ElementRef element, std::string_view env_identity,
                                  std::span<const plan::FileUse> inputs, std::span<const plan::FileUse> outputs, const Files& files);
/// The same where not all files are at hand: `identities` as the consumers see them, in the order of `inputs`.
std::optional<Digest> fingerprint(const plan::Plan& plan, plan::ElementRef element, std::string_view env_identity,
                                  std::span<const plan::FileUse> inputs, std::span<const plan::FileUse> outputs,
                                  std::span<const step::FileState* const> identities);
/// The command as its record has it: final names, this site's defaults for resources that the task leaves open, what inputs' records say if
/// they are there. `attempt`: of which rung.
std::string command_text(const plan::Plan& plan, const site::Site& site, plan::ElementRef ref, std::uint32_t attempt = 1);
/// What a consumer sees of a file, as bytes: its content if that is known, else size, times and inode.
void append_identity(std::string& text, const step::FileState& state);
/// Whether a consumer sees the same: the content if that is known, else size, times and inode.
bool same_identity(const step::FileState& a, const step::FileState& b);

}  // namespace osac::registry
