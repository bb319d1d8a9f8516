// osa-step: all that a compute node needs to run an array task. Started by the scripts that `osac compile --target slurm` writes.

#include <fmt/format.h>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string_view>

#include "runtime/osa_step/array_task.h"
#include "runtime/slurm/protocol.h"

namespace {

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    std::printf("osa-step %s, protocol %u\n", OSAC_VERSION, osac::slurm::protocol_version);
    return osac::osa_step::exit_done;
  }
  const auto array = argc == 5 ? number(argv[2]) : std::nullopt;
  const auto index = argc == 5 ? number(argv[3]) : std::nullopt;
  if (!array || !index) {
    std::fputs("usage: osa-step FOLDER ARRAY INDEX EXECUTION, in the workflow's folder\n", stderr);
    return osac::osa_step::exit_usage;
  }
  return osac::osa_step::run({argv[1], *array, *index, argv[4]});
}
