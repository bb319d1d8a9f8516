#pragma once
// Commands: run, script and verify texts to templates whose every hole knows how its value is quoted.

#include "compiler/semantics/scope.h"

namespace osac::semantics {

/// The command of `run` (no language) or `script LANGUAGE`; nothing if something in it was reported.
std::optional<program::Command> make_command(Context& context, const Scope& scope, const syntax::CommandClause& clause);
/// A `verify` command: as `run`.
std::optional<program::Command> make_verify(Context& context, const Scope& scope, const syntax::VerifyClause& clause);

/// Whether a command's templates use a port.
bool mentions_port(const Context& context, const program::Command& command, std::uint32_t port);

}  // namespace osac::semantics
