#include "runtime/local/supervisor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "compiler/base/check.h"
#include "compiler/base/text.h"
#include "runtime/local/tree.h"
#include "runtime/step/system.h"

namespace osac::local {

namespace {

constexpr std::int64_t never = INT64_MAX;
constexpr std::int64_t millisecond = 1'000'000;
// how often a tree without its leader is looked at: soon at first, then less and less
constexpr std::int64_t first_look = 2 * millisecond;
constexpr std::int64_t longest_look = 50 * millisecond;
// a process that survives KILL this long is stuck in the kernel: it is reported, not waited for
constexpr std::int64_t patience = 10'000 * millisecond;
constexpr std::size_t most_named = 5;

enum class Phase : std::uint8_t { running, lingering, terminated, killed };

struct Job {
  void* token = nullptr;
  Mark mark;
  step::Descriptor handle;  // pidfd
  Phase phase = Phase::running;
  bool leader_has_ended = false;
  std::int64_t deadline = never;  // of the phase
  std::int64_t next_look = never;
  std::int64_t look_pause = first_look;
  step::Exit exit;
};

std::int64_t now() { return runtime::system_clock().monotonic(); }
std::int64_t nanoseconds(const timeval& time) { return time.tv_sec * 1'000'000'000 + time.tv_usec * 1'000; }

/// How many processes the kernel has ended for want of memory since it started.
std::int64_t out_of_memory_count() {
  const std::string text = step::read_small_file("/proc/vmstat");
  const auto at = text.find("\noom_kill ");
  return at == std::string::npos ? 0 : std::atoll(text.c_str() + at + 10);
}

}  // namespace

struct Supervisor::Inside {
  Settings settings;
  Ended ended;
  Interrupted interrupted;
  step::Descriptor poll, wake;
  std::thread thread;
  Subreaper subreaper;
  Programs programs;
  Adopted adopted;
  std::int64_t seen_out_of_memory = 0;

  std::atomic<bool> is_stopping{false};
  std::atomic<int> starting{0};                // processes that may be there already and are not in `jobs`; goes down with the mutex held
  std::atomic<std::int64_t> next_wake{never};  // when the thread looks at its jobs by itself
  std::mutex mutex;                            // over all below
  bool is_over = false, stop_wanted = false;
  std::unordered_map<std::int64_t, Job> jobs;  // by leader; few: those that run now
  int interrupt_level = 0;

  void wake_up() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake.number(), &one, sizeof one);
  }

  // ---- one job; the mutex is held

  void signal_tree(const Job& job, int signal, std::span<const step::ProcessInfo> all) {
    // the whole group at once first, so that nobody in it can start another in between; its number is the leader's as long as that is not
    // waited for
    if (!job.leader_has_ended) ::kill(static_cast<pid_t>(-job.mark.leader), signal);
    for (const step::ProcessInfo& process : tree_of(job.mark, all))
      if (job.leader_has_ended || process.session != job.mark.leader) send(process, signal);
  }

  void terminate(Job& job, std::span<const step::ProcessInfo> all) {
    if (job.phase == Phase::terminated || job.phase == Phase::killed) return;
    job.phase = Phase::terminated;
    job.deadline = now() + settings.grace;
    signal_tree(job, SIGTERM, all);
  }

  void kill_now(Job& job, std::span<const step::ProcessInfo> all) {
    if (job.phase != Phase::killed) {
      job.phase = Phase::killed;
      job.deadline = now() + patience;
    }
    signal_tree(job, SIGKILL, all);
    if (job.leader_has_ended) job.next_look = now() + first_look;
  }

  void leader_ended(Job& job) {
    int status = 0;
    rusage usage{};
    const pid_t pid = static_cast<pid_t>(job.mark.leader);
    if (::wait4(pid, &status, WNOHANG, &usage) != pid) return;  // not yet: the descriptor will tell again
    // before it is closed: its number may be used again at once
    if (job.handle.exists()) ::epoll_ctl(poll.number(), EPOLL_CTL_DEL, job.handle.number(), nullptr);
    job.handle = {};
    job.leader_has_ended = true;
    job.exit.code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    job.exit.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    job.exit.cpu_time = nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime);
    job.exit.peak_memory = std::int64_t{usage.ru_maxrss} * 1024;
    const bool may_be_memory = job.phase == Phase::running && (job.exit.signal == SIGKILL || job.exit.code == 128 + SIGKILL);
    if (may_be_memory) {
      const std::int64_t count = out_of_memory_count();
      job.exit.out_of_memory = count > seen_out_of_memory;
      seen_out_of_memory = count;
    }
    if (job.phase == Phase::running) {
      job.phase = Phase::lingering;
      job.deadline = now() + settings.linger;
    }
    job.next_look = now();
  }

  bool is_gone(const Job& job) {
    const auto is_leader = [this](std::int64_t pid) {
      const auto found = jobs.find(pid);
      return found != jobs.end() && !found->second.leader_has_ended;
    };
    return !adopted.any_of(job.mark, is_leader, [this] { return starting == 0; });
  }

  /// What its time brings for a job: true if it is over.
  bool advance(Job& job) {
    const std::int64_t time = now();
    if (!job.leader_has_ended && !job.handle.exists()) {  // there were no descriptors left
      job.next_look = time + longest_look;
      leader_ended(job);
    }
    if (job.leader_has_ended && time >= job.next_look) {
      if (is_gone(job)) return true;
      job.next_look = time + job.look_pause;
      job.look_pause = std::min(2 * job.look_pause, longest_look);
      if (job.phase == Phase::killed) kill_now(job, step::list_processes());  // those that were started meanwhile
    }
    if (time < job.deadline) return false;
    const auto all = step::list_processes();
    switch (job.phase) {
      case Phase::running:
        job.exit.timed_out = true;
        terminate(job, all);
        return false;
      case Phase::lingering:
        name_left_behind(job, all);
        terminate(job, all);
        return false;
      case Phase::terminated:
        kill_now(job, all);
        return false;
      case Phase::killed:
        name_left_behind(job, all);
        return true;
    }
    return true;
  }

  static void name_left_behind(Job& job, std::span<const step::ProcessInfo> all) {
    if (!job.exit.left_behind.empty()) return;
    for (const step::ProcessInfo& process : tree_of(job.mark, all)) {
      if (job.exit.left_behind.size() == most_named) return;
      job.exit.left_behind.push_back(fmt::format("pid {} `{}`", process.pid, step::command_of(process.pid)));
    }
  }

  // ---- all jobs; the mutex is held

  void stop_all(int level) {
    is_stopping = true;
    if (jobs.empty()) return;
    const auto all = step::list_processes();
    for (auto& [pid, job] : jobs) {
      job.exit.cancelled = job.exit.cancelled || job.phase == Phase::running || job.phase == Phase::lingering;
      if (level >= 2)
        kill_now(job, all);
      else
        terminate(job, all);
    }
  }

  using Over = std::vector<std::pair<void*, step::Exit>>;
  /// Advances what is due and takes out what is over; sets when to look again.
  void advance_all(Over& over) {
    std::int64_t next = never;
    const std::int64_t time = now();
    for (auto at = jobs.begin(); at != jobs.end();) {
      Job& job = at->second;
      const bool is_due = time >= job.deadline || time >= job.next_look;
      if (is_due && advance(job)) {
        over.emplace_back(job.token, std::move(job.exit));
        at = jobs.erase(at);
        continue;
      }
      next = std::min({next, job.deadline, job.next_look});
      ++at;
    }
    next_wake = next;
  }

  // ---- the thread

  [[nodiscard]] int timeout() const {
    const std::int64_t next = next_wake;
    if (next == never) return -1;
    return static_cast<int>(std::clamp<std::int64_t>((next - now() + millisecond - 1) / millisecond, 0, 1'000'000));
  }

  int read_interrupts() const {
    std::uint64_t count = 0;
    return ::read(settings.interrupts, &count, sizeof count) == sizeof count ? static_cast<int>(std::min<std::uint64_t>(count, 2)) : 0;
  }

  void run() {
    epoll_event events[64];
    while (true) {
      const int count = ::epoll_wait(poll.number(), events, 64, timeout());
      Over over;
      int told_level = 0;
      {
        const std::lock_guard lock(mutex);
        if (is_over) return;
        for (int i = 0; i < count; ++i) {
          const auto tag = static_cast<std::int64_t>(events[i].data.u64);
          if (tag > 0) {
            if (const auto job = jobs.find(tag); job != jobs.end() && !job->second.leader_has_ended) leader_ended(job->second);
          } else if (tag == 0) {
            std::uint64_t ignored = 0;
            [[maybe_unused]] const auto read = ::read(wake.number(), &ignored, sizeof ignored);
          } else if (const int more = read_interrupts(); more > 0) {
            interrupt_level = std::min(2, interrupt_level + more);
            told_level = interrupt_level;
            stop_all(interrupt_level);
          }
        }
        if (stop_wanted && !is_stopping) stop_all(1);
        advance_all(over);
      }
      if (told_level > 0) interrupted(told_level);
      for (auto& [token, exit] : over) ended(token, exit);
    }
  }
};

Supervisor::Supervisor(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}

Result<std::unique_ptr<Supervisor>> Supervisor::start(Settings settings, Ended ended, Interrupted interrupted) {
  auto inside = std::make_unique<Inside>();
  inside->settings = std::move(settings);
  inside->ended = std::move(ended);
  inside->interrupted = std::move(interrupted);
  inside->seen_out_of_memory = out_of_memory_count();
  inside->poll = step::Descriptor(::epoll_create1(EPOLL_CLOEXEC));
  inside->wake = step::Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!inside->poll.exists() || !inside->wake.exists()) return system_failure(errno, "wait for", "processes");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = 0;
  ::epoll_ctl(inside->poll.number(), EPOLL_CTL_ADD, inside->wake.number(), &event);
  if (inside->settings.interrupts >= 0) {
    event.data.u64 = static_cast<std::uint64_t>(-1);
    ::epoll_ctl(inside->poll.number(), EPOLL_CTL_ADD, inside->settings.interrupts, &event);
  }
  Inside* const at = inside.get();
  inside->thread = std::thread([at] { at->run(); });
  return std::unique_ptr<Supervisor>(new Supervisor(std::move(inside)));
}

Supervisor::~Supervisor() {
  {
    const std::lock_guard lock(inside_->mutex);
    inside_->is_over = true;
  }
  inside_->wake_up();
  inside_->thread.join();
}

Spawned Supervisor::launch(void* token, const step::Process& process, const std::string& element,
                           const std::function<void(std::int64_t)>& started) {
  ++inside_->starting;
  const Spawned spawned = spawn(process, inside_->programs);
  if (spawned.pid == 0) {
    const std::lock_guard lock(inside_->mutex);
    --inside_->starting;
    return spawned;
  }
  started(spawned.pid);
  watch(token, spawned.pid, element, process.time_limit);
  return spawned;
}

void Supervisor::watch(void* token, std::int64_t pid, const std::string& element, std::int64_t time_limit) {
  Inside& in = *inside_;
  step::Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0U)));
  const int number = handle.number();
  bool has_to_look = false;
  {
    const std::lock_guard lock(in.mutex);
    Job& job = in.jobs[pid];
    --in.starting;
    job.token = token;
    job.mark = {pid, in.settings.execution, element};
    job.handle = std::move(handle);
    job.deadline = time_limit > 0 ? now() + time_limit : never;
    if (in.is_stopping) {  // started while everything was being stopped
      job.exit.cancelled = true;
      const auto all = step::list_processes();
      if (in.interrupt_level >= 2)
        in.kill_now(job, all);
      else
        in.terminate(job, all);
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = static_cast<std::uint64_t>(pid);
    const bool is_watched = number >= 0 && ::epoll_ctl(in.poll.number(), EPOLL_CTL_ADD, number, &event) == 0;
    if (!is_watched) {
      job.handle = {};
      job.next_look = now();
    }
    has_to_look = std::min(job.deadline, job.next_look) < in.next_wake;
  }
  if (has_to_look) in.wake_up();
}

void Supervisor::stop() {
  {
    const std::lock_guard lock(inside_->mutex);
    inside_->stop_wanted = true;
  }
  inside_->wake_up();
}

bool Supervisor::is_stopping() const { return inside_->is_stopping; }

}  // namespace osac::local
