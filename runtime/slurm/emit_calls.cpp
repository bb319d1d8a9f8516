// An arrangement as calls of sbatch and lines for scontrol; and these as a shell script.

#include <fmt/format.h>

#include "compiler/base/text.h"
#include "runtime/slurm/dependency_text.h"
#include "runtime/slurm/emit.h"

namespace osac::slurm {

namespace {

constexpr std::string_view gate_dependency = "afterok:@0@";

class Caller {
 public:
  explicit Caller(const Emission& emission) : emission_(emission), arrangement_(emission.arrangement) {}

  Calls run() {
    if (arrangement_.array_count() == 0) return std::move(calls_);
    add_gate();
    for (auto i = static_cast<std::uint32_t>(arrangement_.live_arrays.size()); i < arrangement_.arrays.size(); ++i) add_array(i);
    for (const Line& line : arrangement_.lines) {
      const std::pair range(line.first, line.last);
      calls_.lines.push_back(fmt::format("update JobId={}{} Dependency={}", job(line.array),
                                         indices_text({&range, 1}, arrangement_.arrays[line.array].unit_count), dependency(line.clauses)));
    }
    return std::move(calls_);
  }

 private:
  [[nodiscard]] std::string job(std::uint32_t array) const {
    if (arrangement_.is_live(array)) return fmt::format("{}", arrangement_.live_arrays[array].job);
    return fmt::format("@{}@", array - arrangement_.live_arrays.size() + 1);
  }

  /// Nothing starts before the gate is open: what waits for nothing of this submission waits for the gate itself.
  [[nodiscard]] std::string dependency(Clauses some) const {
    const auto clauses = arrangement_.of(some);
    std::string text = dependency_text(clauses, arrangement_.arrays, [this](std::uint32_t array) { return job(array); });
    for (const Clause& clause : clauses)
      if (!arrangement_.is_live(clause.array)) return text;
    return text.empty() ? std::string(gate_dependency) : fmt::format("{},{}", gate_dependency, text);
  }

  [[nodiscard]] std::vector<std::string> options_for(const std::string& name) const {
    return {fmt::format("--comment=osac {} {}", hexadecimal(emission_.plan.id()).substr(0, 12), without_places(name)), "--chdir=@root@"};
  }

  /// Of a job that does nothing.
  void add_idle_options(std::vector<std::string>& options) const {
    const site::Slurm& slurm = emission_.site.slurm;
    for (const char* const option : {"--time=1", "--no-requeue", "--output=/dev/null"}) options.emplace_back(option);
    if (!slurm.partitions.empty()) options.push_back("--partition=" + without_places(slurm.partitions.front().name));
    if (!slurm.account.empty()) options.push_back("--account=" + without_places(slurm.account));
    if (!slurm.qos.empty()) options.push_back("--qos=" + without_places(slurm.qos));
    options.emplace_back("--wrap=true");
  }

  void add_gate() {
    Call call{"gate", options_for("gate")};
    call.options.emplace_back("--hold");
    add_idle_options(call.options);
    calls_.calls.push_back(std::move(call));
  }

  void add_array(std::uint32_t number) {
    const Array& array = arrangement_.arrays[number];
    Call call{array.name, options_for(array.name), dependency(array.clauses)};
    call.tasks = array.unit_count;
    if (array.is_join) {
      call.options.emplace_back("--kill-on-invalid-dep=yes");
      add_idle_options(call.options);
    } else {
      call.command = {fmt::format("@folder@/{}.sbatch", without_places(array.name)), "@root@", "@folder@", "@execution@"};
    }
    calls_.calls.push_back(std::move(call));
  }

  const Emission& emission_;        // NOLINT: lives for one call
  const Arrangement& arrangement_;  // NOLINT
  Calls calls_;
};

// ---- in shell

constexpr std::string_view submit_functions = R"(
# Undoes everything if something fails: nothing has started before the gate is released.
jobs=
undo() {
  trap - EXIT
  echo "submit.sh: not submitted; cancelling what was" >&2
  [ -z "$jobs" ] || scancel $jobs || true
  scancel --name="$token-$name" || true
  exit 75
}
trap undo EXIT
trap 'exit 1' HUP INT TERM

# submit NAME [OPTION...] [SCRIPT...]: the job's number is in $id afterwards
submit() {
  name=$1
  shift
  id=$(sbatch --parsable --job-name="$token-$name" --comment="osac $plan $name" --chdir="$root" "$@")
  id=${id%%;*}
  case $id in '' | *[!0-9]*) echo "submit.sh: sbatch gave no job number but '$id'" >&2; exit 1 ;; esac
  jobs="$jobs $id"
}

# array NAME DEPENDENCY
array() { submit "$1" --dependency="$2" "$here/$1.sbatch" "$root" "$here" "$execution"; }
)";
constexpr std::size_t shared_options = 2;  // of every call: `submit` gives them

std::string variable(std::string_view place) {
  if (place == "root") return "$root";
  if (place == "folder") return "$here";
  if (place == "execution") return "$execution";
  return place == "0" ? "$gate" : fmt::format("${{J{}}}", place);
}

/// A text with places as one word of a shell script.
std::string word(std::string_view text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '$' || c == '`') quoted += '\\';
    quoted += c;
  }
  return "\"" + filled(quoted, variable) + "\"";
}

std::string call_in_shell(const Call& call, std::size_t number) {
  const bool is_array = !call.command.empty();
  if (is_array) return fmt::format("array {} {}\nJ{}=$id\n", call.name, word(call.dependency), number);
  std::string out = "submit " + call.name;
  for (std::size_t i = shared_options; i < call.options.size(); ++i)
    out += " " + (call.options[i].find('@') == std::string::npos ? shell_quoted(call.options[i]) : word(call.options[i]));
  if (!call.dependency.empty()) out += " --dependency=" + word(call.dependency);
  return out + (number == 0 ? "\ngate=$id\n" : fmt::format("\nJ{}=$id\n", number));
}

}  // namespace

Calls calls_of(const Emission& emission) { return Caller(emission).run(); }

std::string submit_script(const Emission& emission, const Calls& calls) {
  const Arrangement& arrangement = emission.arrangement;
  std::string out = "#!/bin/sh\n";
  out += fmt::format("# Submits workflow {}: {}, {}. Needs sbatch, scontrol and scancel.\n", emission.plan.workflow(),
                     count_of(arrangement.array_count(), "array"), count_of(arrangement.array_task_count(), "array task"));
  out += "# All wait for a gate, a held job that is released when everything is in.\nset -eu\n";
  out += "here=$(cd \"$(dirname \"$0\")\" && pwd)\n";
  out += fmt::format("root=$(cd \"$here\"/{} && pwd)\n", shell_quoted(emission.root));
  out += fmt::format("plan={}\n", hexadecimal(emission.plan.id()).substr(0, 12));
  out += "execution=$(date -u +%Y%m%dT%H%M%S)-$(printf %08x $$)\ntoken=osac-$execution\nname=gate\n";
  out += "export LC_ALL=C\nmkdir -p \"$here/out\" \"$here/journal\"\n";
  out += submit_functions;
  out += '\n';
  for (std::size_t i = 0; i < calls.calls.size(); ++i) out += call_in_shell(calls.calls[i], i);
  if (!calls.lines.empty()) {
    out += "\n# array tasks that wait for less than their whole array would\nscontrol >/dev/null <<LINES\n";
    for (const std::string& line : calls.lines) out += filled(line, variable) + "\n";
    out += "LINES\n";
  }
  out += "\nscontrol release \"$gate\"\ntrap - EXIT\n";
  out += "echo \"submitted as $execution: jobs$jobs\"\n";
  return out;
}

}  // namespace osac::slurm
