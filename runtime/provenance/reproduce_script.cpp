// The script that makes a file again: inputs are linked and checked, commands run in their order, the product is compared.

#include <fmt/format.h>

#include "compiler/base/text.h"
#include "runtime/provenance/reproduce.h"

namespace osac::provenance {

namespace {

constexpr std::string_view functions = R"bash(
# check PATH SHA-256 WHOSE: stops if a file has other content.
check() {
  if [ "$(sha256sum < "$1" | cut -d ' ' -f 1)" != "$2" ]; then
    echo "reproduce.sh: $1 is not $3" >&2
    exit 1
  fi
}
# input PATH [SHA-256]: links a file from the folder of inputs to here, and checks it.
input() {
  mkdir -p -- "$(dirname -- "./$1")"
  ln -sfn -- "$inputs/$1" "./$1"
  if [ "$#" -gt 1 ]; then check "./$1" "$2" "what was read"; fi
}
# there PATH [SHA-256]: checks a file that is named by its absolute path.
there() {
  if [ ! -e "$1" ]; then echo "reproduce.sh: $1 is gone" >&2; exit 1; fi
  if [ "$#" -gt 1 ]; then check "$1" "$2" "what was read"; fi
}
# folder PATH: makes the folder that a file is to be in.
folder() { mkdir -p -- "$(dirname -- "./$1")"; }
command -v python >/dev/null || { python() { python3 "$@"; }; export -f python; }
)bash";

std::string step_text(const ReproductionStep& step) {
  std::string out = fmt::format("\n# {}\necho {}\n", visible(step.attempt.element), shell_quoted("== " + step.attempt.element));
  for (const auto& output : step.outputs) {
    std::string_view path = output.path;
    while (path.ends_with('/')) path.remove_suffix(1);
    out += fmt::format("folder {}\n", shell_quoted(path));
  }
  for (const auto& [name, text] : step.lists) out += fmt::format("printf '%s' {} > {}\n", shell_quoted(text), shell_quoted(name));
  out += "rm -rf OSA_SCRATCH && mkdir OSA_SCRATCH\n";
  std::string words = "env OSA_METRICS=OSA_SCRATCH/metrics OSA_SCRATCH=OSA_SCRATCH TMPDIR=\"$PWD/OSA_SCRATCH\"";
  words += fmt::format(" OSA_ATTEMPT={} OSA_ELEMENT={}", step.attempt.attempt, shell_quoted(step.attempt.element));
  for (const auto& [name, value] : step.env.variables) words += fmt::format(" {}={}", name, shell_quoted(value));
  if (!step.env.shell_prelude.empty())
    words += fmt::format(" bash --noprofile --norc -c {} osac", shell_quoted(step.env.shell_prelude + " exec \"$@\""));
  for (const std::string& word : step.env.prefix_words) words += " " + shell_quoted(word);
  return out + fmt::format("{} bash --noprofile --norc -euo pipefail -c {}\n", words, shell_quoted(step.attempt.command));
}

}  // namespace

Result<std::string> as_script(const Reproduction& reproduction, const std::string& folder) {
  if (!reproduction.obstacles.empty())
    return failure(Trouble::usage, "no script can make this again: " + reproduction.obstacles.front(),
                   reproduction.obstacles.size() > 1 ? fmt::format("and {} more reasons", reproduction.obstacles.size() - 1) : "");
  std::string out = fmt::format(
      "#!/usr/bin/env bash\n# Makes {} again, by the commands that are on record, and compares it with what was made then.\n"
      "# usage: reproduce.sh [FOLDER]    FOLDER: where the inputs are; default: the workflow's folder. Work is done in `work` beside this "
      "file.\n"
      "# shellcheck disable=SC1003,SC2016  # commands are for the shells that run them\n"
      "set -euo pipefail\nhere=$(cd \"$(dirname \"${{BASH_SOURCE[0]}}\")\" && pwd)\ninputs=$(cd \"${{1:-\"$here\"/{}}}\" && pwd)\n"
      "rm -rf \"$here/work\"\nmkdir \"$here/work\"\ncd \"$here/work\"\n{}\n",
      visible(reproduction.product.path), shell_quoted(folder.empty() ? "." : folder), functions);
  for (const ReproductionInput& input : reproduction.inputs)
    out += fmt::format("{} {}{}\n", input.file.path.starts_with('/') ? "there" : "input", shell_quoted(input.file.path),
                       input.content == Digest{} ? "" : " " + hexadecimal(input.content));
  for (const ReproductionStep& step : reproduction.steps) out += step_text(step);
  const std::string path = shell_quoted(reproduction.product.path);
  if (reproduction.product.content == Digest{})
    return out + fmt::format("\necho {}\n", shell_quoted(reproduction.product.path + ": made; no SHA-256 of it is on record"));
  return out + fmt::format("\ncheck {} {} 'what was made then'\necho {}\n", path, hexadecimal(reproduction.product.content),
                           shell_quoted(reproduction.product.path + ": the same bytes"));
}

}  // namespace osac::provenance
