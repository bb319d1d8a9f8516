#include "runtime/local/tree.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <charconv>
#include <csignal>
#include <unordered_set>

#include "compiler/base/text.h"
#include "runtime/base/clock.h"
#include "runtime/step/system.h"

namespace osac::local {

namespace {

constexpr std::int64_t longest_unclear = 100'000'000;  // nanoseconds

constexpr std::string_view execution_variable = "OSA_EXECUTION=";
constexpr std::string_view element_variable = "OSA_ELEMENT=";

std::string proc_file(std::int64_t pid, const char* name) { return "/proc/" + std::to_string(pid) + "/" + name; }

/// The variables a process was started with; empty if it is gone or not ours.
std::pair<std::string, std::string> variables_of(std::int64_t pid) {
  std::pair<std::string, std::string> found;
  const std::string environment = step::read_small_file(proc_file(pid, "environ"));
  for (const std::string_view variable : split(environment, '\0')) {
    if (variable.starts_with(execution_variable)) found.first = variable.substr(execution_variable.size());
    if (variable.starts_with(element_variable)) found.second = variable.substr(element_variable.size());
  }
  return found;
}

std::vector<std::int64_t> numbers_in(std::string_view text) {
  std::vector<std::int64_t> numbers;
  for (const std::string_view word : split(text, ' ')) {
    std::int64_t number = 0;
    if (std::from_chars(word.data(), word.data() + word.size(), number).ec == std::errc{}) numbers.push_back(number);
  }
  return numbers;
}

std::string read_from_start(int descriptor) {
  std::string text;
  char block[4096];
  while (true) {
    const ssize_t count = ::pread(descriptor, block, sizeof block, static_cast<off_t>(text.size()));
    if (count <= 0) return text;
    text.append(block, static_cast<std::size_t>(count));
  }
}

}  // namespace

Subreaper::Subreaper() {
  ::prctl(PR_GET_CHILD_SUBREAPER, &before_);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}
Subreaper::~Subreaper() { ::prctl(PR_SET_CHILD_SUBREAPER, before_); }

Adopted::Adopted() {
  const std::string path = "/proc/self/task/" + std::to_string(::getpid()) + "/children";
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
}
Adopted::~Adopted() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

/// A process that starts another program has no environment for a moment: for a while that is waited for.
Adopted::Origin Adopted::origin_of(std::int64_t pid) {
  auto [execution, element] = variables_of(pid);
  const bool is_clear = !execution.empty();
  return {::getsid(static_cast<pid_t>(pid)), std::move(execution), std::move(element),
          is_clear ? 0 : runtime::system_clock().monotonic() + longest_unclear};
}

void Adopted::forget_ended(const std::vector<std::int64_t>& now) {
  if (known_.size() <= now.size()) return;
  const std::unordered_set<std::int64_t> living(now.begin(), now.end());
  std::erase_if(known_, [&](const auto& entry) { return !living.contains(entry.first); });
}

std::vector<std::int64_t> Adopted::list() const {
  if (descriptor_ >= 0) return numbers_in(read_from_start(descriptor_));
  std::vector<std::int64_t> children;
  for (const step::ProcessInfo& process : step::list_processes())
    if (process.parent == ::getpid()) children.push_back(process.pid);
  return children;
}

bool Adopted::any_of(const Mark& mark, const std::function<bool(std::int64_t)>& is_leader, const std::function<bool()>& may_reap) {
  std::vector<std::int64_t> children;
  std::unordered_set<std::int64_t> ended;
  // what one of them leaves behind comes to us as it ends, perhaps after the list was read: until there is a list in which none has ended
  for (bool has_new = true; has_new;) {
    has_new = false;
    children = list();
    std::erase_if(children, is_leader);
    if (children.empty()) return false;
    const int keep = may_reap() ? 0 : WNOWAIT;
    std::erase_if(children, [&](std::int64_t pid) {
      siginfo_t info{};
      const bool has_ended = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | keep) != 0 || info.si_pid != 0;
      if (has_ended && ended.insert(pid).second) has_new = true;
      return has_ended;
    });
  }
  forget_ended(children);
  bool found = false;
  for (const std::int64_t pid : children) {
    auto known = known_.find(pid);
    if (known == known_.end()) known = known_.emplace(pid, origin_of(pid)).first;
    Origin& origin = known->second;
    const std::int64_t unclear_until = origin.unclear_until;
    if (unclear_until > 0) {  // perhaps it has become clear
      origin = origin_of(pid);
      origin.unclear_until = std::min(origin.unclear_until, unclear_until);
    }
    // while it is unclear it may be anybody's
    const bool is_unclear = origin.unclear_until > runtime::system_clock().monotonic();
    found = found || is_unclear || origin.session == mark.leader || (origin.execution == mark.execution && origin.element == mark.element);
  }
  return found;
}

std::vector<step::ProcessInfo> tree_of(const Mark& mark, std::span<const step::ProcessInfo> all) {
  std::unordered_set<std::int64_t> found;
  for (const step::ProcessInfo& process : all) {
    if (process.pid == mark.leader || process.session == mark.leader) {
      found.insert(process.pid);
    } else if (process.parent == ::getpid()) {
      const auto [execution, element] = variables_of(process.pid);
      if (execution == mark.execution && element == mark.element) found.insert(process.pid);
    }
  }
  for (bool grows = true; grows;) {
    grows = false;
    for (const step::ProcessInfo& process : all)
      if (found.contains(process.parent) && found.insert(process.pid).second) grows = true;
  }
  std::vector<step::ProcessInfo> tree;
  for (const step::ProcessInfo& process : all)
    if (found.contains(process.pid) && !process.is_zombie) tree.push_back(process);
  return tree;
}

void send(const step::ProcessInfo& process, int signal) {
  // between looking and sending its pid may have gone to another: the descriptor holds on to the one that we then know to be the right one
  const step::Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(process.pid), 0U)));
  if (step::process_start(process.pid) != process.start) return;
  if (handle.exists())
    ::syscall(SYS_pidfd_send_signal, handle.number(), signal, nullptr, 0U);
  else
    ::kill(static_cast<pid_t>(process.pid), signal);
}

}  // namespace osac::local
