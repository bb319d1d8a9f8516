#pragma once
// The checkers of commands and scripts that other programs are: shellcheck for shells, python3 (its compiler, nothing is run) for Python.
// Each is asked once for all scripts of a file, by files in a folder of its own under TMPDIR.

#include "compiler/lint/scripts.h"

namespace osac::cli {

class ProgramCheckers final : public lint::ScriptChecker {
 public:
  std::vector<lint::ScriptRemark> check(std::span<const lint::Script> scripts) override;
  /// What went wrong with a checker that is installed; "" if nothing did.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  /// Programs that were missed.
  [[nodiscard]] const std::vector<std::string>& missing() const { return missing_; }

 private:
  std::vector<lint::ScriptRemark> ask(lint::ScriptLanguage language, std::span<const lint::Script> scripts, const std::string& folder);
  std::string trouble_;
  std::vector<std::string> missing_;
};

}  // namespace osac::cli
