#pragma once
// Texts that are made from the declared commands and options: completion scripts and the command-line reference.

#include <string>

namespace osac::cli {

/// A completion script for bash, zsh or fish; "" for another shell.
std::string completion_script(const std::string& shell);
/// The command-line reference as Markdown (docs/reference/cli.md is this text).
std::string reference();

}  // namespace osac::cli
