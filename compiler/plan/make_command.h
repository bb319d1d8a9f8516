#pragma once
// A command of an element as its row says, for command.cpp and identity.cpp. Private to this room.

#include "compiler/plan/resolve.h"

namespace osac::plan {

/// `what` names the command in errors. `on_value` is told the holes that stand for themselves, and what they name (symbolic_text.h).
Result<Command> make_command(const Plan& plan, ElementRef ref, const CommandRow& row, const CommandContext& context, std::string_view what,
                             const std::function<void(std::string_view)>& on_value = {});

}  // namespace osac::plan
