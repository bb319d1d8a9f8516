#include "runtime/step/processes.h"

#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <memory>
#include <thread>
#include <unordered_map>

#include "compiler/base/text.h"
#include "runtime/step/system.h"

namespace osac::step {

namespace {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

constexpr std::string_view mark = "OSA_EXECUTION=";

bool parse_stat(std::int64_t pid, ProcessInfo& info) {
  const std::string text = read_small_file("/proc/" + std::to_string(pid) + "/stat");
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos || name_end + 2 > text.size()) return false;
  const auto fields = split(std::string_view(text).substr(name_end + 2), ' ');  // from field 3 on
  if (fields.size() < 20) return false;
  const auto number = [&](std::size_t field) {
    std::int64_t value = 0;
    std::from_chars(fields[field - 3].data(), fields[field - 3].data() + fields[field - 3].size(), value);
    return value;
  };
  info = {pid, number(4), number(6), number(22), fields[0] == "Z" || fields[0] == "X"};
  return true;
}

bool has_mark(std::int64_t pid, const std::unordered_set<std::string>& executions) {
  if (executions.empty()) return false;
  const std::string environment = read_small_file("/proc/" + std::to_string(pid) + "/environ");
  for (const std::string_view variable : split(environment, '\0'))
    if (variable.starts_with(mark) && executions.contains(std::string(variable.substr(mark.size())))) return true;
  return false;
}

/// osac itself and what started it: a shell that a task of a dead run opened may well be what starts the next one.
std::unordered_set<std::int64_t> own_line(const std::vector<ProcessInfo>& all) {
  std::unordered_map<std::int64_t, std::int64_t> parents;
  for (const ProcessInfo& process : all) parents[process.pid] = process.parent;
  std::unordered_set<std::int64_t> line;
  for (std::int64_t pid = ::getpid(); pid > 0 && line.insert(pid).second;) {
    const auto found = parents.find(pid);
    pid = found == parents.end() ? 0 : found->second;
  }
  return line;
}

/// A signal for exactly this process: between looking and sending its pid may have gone to another.
void send(const ProcessInfo& process, int signal) {
  const Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(process.pid), 0U)));
  if (process_start(process.pid) != process.start) return;
  if (handle.exists())
    ::syscall(SYS_pidfd_send_signal, handle.number(), signal, nullptr, 0U);
  else
    ::kill(static_cast<pid_t>(process.pid), signal);
}

}  // namespace

std::vector<ProcessInfo> list_processes() {
  std::vector<ProcessInfo> all;
  const auto close = [](DIR* folder) { ::closedir(folder); };
  const std::unique_ptr<DIR, decltype(close)> folder(::opendir("/proc"), close);
  while (const dirent* entry = folder ? ::readdir(folder.get()) : nullptr) {
    const std::string_view name(entry->d_name);
    std::int64_t pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (parsed.ec != std::errc{} || parsed.ptr != name.data() + name.size()) continue;
    if (ProcessInfo info; parse_stat(pid, info)) all.push_back(info);
  }
  return all;
}

std::string command_of(std::int64_t pid) {
  std::string text = read_small_file("/proc/" + std::to_string(pid) + "/cmdline");
  if (text.empty()) {
    text = read_small_file("/proc/" + std::to_string(pid) + "/comm");
    return "[" + visible(trim(text)) + "]";
  }
  while (!text.empty() && text.back() == '\0') text.pop_back();
  std::replace(text.begin(), text.end(), '\0', ' ');
  return visible(text.size() > 80 ? text.substr(0, 80) + "..." : text);
}

std::vector<ProcessInfo> find_processes(const Wanted& wanted) {
  const std::vector<ProcessInfo> all = list_processes();
  const auto own = own_line(all);
  std::unordered_set<std::int64_t> found;
  for (const ProcessInfo& process : all) {
    const bool is_leader =
        std::find(wanted.leaders.begin(), wanted.leaders.end(), std::pair(process.pid, process.start)) != wanted.leaders.end();
    if (is_leader || (!process.is_zombie && has_mark(process.pid, wanted.executions))) found.insert(process.pid);
  }
  for (bool grows = true; grows;) {
    grows = false;
    for (const ProcessInfo& process : all)
      if ((found.contains(process.parent) || found.contains(process.session)) && found.insert(process.pid).second) grows = true;
  }
  std::vector<ProcessInfo> result;
  for (const ProcessInfo& process : all)
    if (found.contains(process.pid) && !process.is_zombie && !own.contains(process.pid)) result.push_back(process);
  return result;
}

std::vector<ProcessInfo> end_processes(const Wanted& wanted, std::int64_t grace, std::int64_t patience) {
  const auto start = steady_clock::now();
  std::unordered_set<std::int64_t> told;
  while (true) {
    const auto found = find_processes(wanted);
    const auto waited = steady_clock::now() - start;
    if (found.empty() || waited > nanoseconds(grace + patience)) return found;
    const bool is_last_warning = waited > nanoseconds(grace);
    for (const ProcessInfo& process : found)
      if (is_last_warning || told.insert(process.pid).second) send(process, is_last_warning ? SIGKILL : SIGTERM);
    std::this_thread::sleep_for(std::chrono::milliseconds(told.size() < 100 ? 10 : 50));
  }
}

}  // namespace osac::step
