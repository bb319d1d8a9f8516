// The graph sequences; it does not wait. Its two async nodes hand their work to others: `start` to a hand that makes the attempt's folder
// and starts the process, from where the supervisor takes over; `finish` to a hand that judges and publishes. When they are done, they put
// the attempt into the inbox. The thread that called sleeps on the inbox, gives what is in it to the graph, and lets the graph run until it
// is empty.
//
// So no TBB worker ever exists: an arena of one slot. Workers that wait in the graph spin before they sleep, and take that time from the
// tasks' processes. Measured (3,104 `cp`, two at a time, two cores that others used as well): 8.0 s of CPU with four slots, 5.4 s with one
// slot whose thread waits in the graph, 4.2 s this way.

#include "runtime/local/flow.h"

#include <fmt/format.h>
#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/task_arena.h>
#include <sys/stat.h>
#include <cstring>

#include "compiler/base/check.h"
#include "runtime/local/hands.h"
#include "runtime/local/supervisor.h"

namespace osac::local {

namespace {

namespace flow = oneapi::tbb::flow;

// apart from each other, so that no start waits behind a disk; more than cpus, so that records of several attempts go to disk in one group
constexpr std::size_t starting_hands = 4;
constexpr std::size_t finishing_hands = 8;

/// What others tell the graph.
struct Message {
  enum class Kind : std::uint8_t { process_ended, finished, interrupted, planned };
  Kind kind;
  Running* running = nullptr;
  int level = 0;                              ///< of an interrupt: 1, 2
  std::shared_ptr<Replanned> replanned = {};  ///< of a planning
};

/// From any thread to the one that drives the graph.
class Inbox {
 public:
  void put(const Message& message) {
    {
      const std::lock_guard lock(mutex_);
      messages_.push_back(message);
    }
    changed_.notify_one();
  }
  std::vector<Message> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !messages_.empty(); });
    return std::exchange(messages_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Message> messages_;
};

/// What the serial node hears of.
struct Event {
  Running* running = nullptr;  ///< an attempt that has ended or has another process; owned by the message
  int interrupt = 0;
  std::shared_ptr<Replanned> replanned = {};
};

class Flow {
 public:
  Flow(Conductor& conductor, const Surroundings& surroundings, const std::function<int()>& interrupted_by)
      : conductor_(conductor),
        around_(surroundings),
        interrupted_by_(interrupted_by),
        start_(graph_, flow::unlimited,
               [this](Running* running, Hand::gateway_type&) noexcept { starting_.give([this, running] { start(*running); }); }),
        finish_(graph_, flow::unlimited,
                [this](Running* running, Hand::gateway_type&) noexcept { finishing_.give([this, running] { finish(*running); }); }),
        advance_(graph_, flow::serial, [this](const Event& event, Advance::output_ports_type& ports) noexcept { advance(event, ports); }),
        tidy_(graph_, flow::serial, [this](const Unneeded& file) noexcept {
          finishing_.give([this, file] { remove(file); });
          return flow::continue_msg{};
        }) {
    flow::make_edge(start_, finish_);
    flow::make_edge(finish_, arrive_);
    flow::make_edge(arrive_, advance_);
    flow::make_edge(flow::output_port<0>(advance_), start_);
    flow::make_edge(flow::output_port<1>(advance_), tidy_);
  }

  Status run(int interrupts) {
    Supervisor::Settings settings;
    settings.grace = around_.config.grace;
    settings.linger = around_.config.linger;
    settings.execution = around_.config.execution;
    settings.interrupts = interrupts;
    auto supervisor = Supervisor::start(
        std::move(settings),
        [this](void* token, const step::Exit& exit) {
          auto* const running = static_cast<Running*>(token);
          running->exit = exit;
          inbox_.put({Message::Kind::process_ended, running});
        },
        [this](int level) {
          inbox_.put({Message::Kind::interrupted, nullptr, level});
        });
    if (!supervisor) return tl::unexpected(supervisor.error());
    supervisor_ = std::move(*supervisor);
    advance_.try_put(Event{});
    graph_.wait_for_all();
    while (in_flight_ > 0) {
      for (const Message& message : inbox_.take()) deliver(message);
      graph_.wait_for_all();
    }
    supervisor_.reset();
    return {};
  }

 private:
  using Hand = flow::async_node<Running*, Running*>;
  using Advance = flow::multifunction_node<Event, std::tuple<Running*, Unneeded>>;
  using Arrive = flow::function_node<Running*, Event>;
  using Tidy = flow::function_node<Unneeded>;

  void deliver(const Message& message) {
    switch (message.kind) {
      case Message::Kind::process_ended:
        if (conductor_.process_ended(*message.running)) advance_.try_put(Event{});
        start_.gateway().try_put(message.running);
        return;
      case Message::Kind::finished:
        finish_.gateway().try_put(message.running);
        return;
      case Message::Kind::interrupted:
        advance_.try_put(Event{nullptr, message.level});
        return;
      case Message::Kind::planned:
        advance_.try_put(Event{nullptr, 0, message.replanned});
        return;
    }
  }

  // ---- in the hands' threads

  /// Makes the attempt's folder, or takes its next process, and starts that. The supervisor tells when that has ended.
  void start(Running& running) {
    if (!running.process) take(running, running.attempt->begin());
    if (running.end) return inbox_.put({Message::Kind::finished, &running});
    const step::Process process = std::move(*running.process);
    running.process.reset();
    running.exit = {};
    if (supervisor_->is_stopping()) {
      running.exit.cancelled = true;
      return inbox_.put({Message::Kind::process_ended, &running});
    }
    const Spawned spawned = supervisor_->launch(&running, process, running.name, [&](std::int64_t pid) {
      // without this record a later osac does not find the process by its pid, but still by its variables
      (void)running.attempt->started(pid);
    });
    if (spawned.pid != 0) return;  // from here on `running` is the supervisor's
    running.exit.code = spawned.exit_code;
    running.exit.start_error = spawned.error;
    inbox_.put({Message::Kind::process_ended, &running});
  }

  /// Judges, publishes, records: there may be a next process, or it is the end.
  void finish(Running& running) {
    take(running, running.attempt->ended(running.exit));
    inbox_.put({Message::Kind::finished, &running});
  }

  static void take(Running& running, step::Attempt::Next next) {
    running.process = std::move(next.process);
    running.end = std::move(next.end);
    OSAC_CHECK(running.process.has_value() != running.end.has_value(), "an attempt has neither ended nor a process to start");
  }

  /// A temporary file that has been read for the last time: recorded, then deleted.
  void remove(const Unneeded& file) {
    struct stat info {};
    if (::lstat(file.path.c_str(), &info) != 0) return;
    if (!around_.journal.append(step::Removal{file.element, file.path, around_.clock.wall()})) return;
    (void)remove_temporary(file.path);  // if it stays, then until the next time it is made and read
  }

  void plan_again(const registry::MadeFiles& made) {
    inbox_.put({Message::Kind::planned, nullptr, 0, std::make_shared<Replanned>(around_.options.replan(made))});
  }

  // ---- in the graph

  void advance(const Event& event, Advance::output_ports_type& ports) {
    if (event.interrupt > 0) interrupt(event.interrupt);
    if (event.running != nullptr && event.running->process) {  // verify
      std::get<0>(ports).try_put(event.running);
    } else if (event.running != nullptr) {
      const std::unique_ptr<Running> running(event.running);
      --in_flight_;
      conductor_.ended(*running);
    }
    if (event.replanned) {
      --in_flight_;
      conductor_.grow(std::move(*event.replanned));
    }
    for (auto& running : conductor_.next()) {
      ++in_flight_;
      std::get<0>(ports).try_put(running.release());
    }
    if (conductor_.wants_growth()) {
      ++in_flight_;
      finishing_.give([this, made = conductor_.begin_growth()] { plan_again(made); });
    }
    if (conductor_.trouble()) {
      conductor_.cancel("nothing more can be made: " + conductor_.trouble()->what);
      supervisor_->stop();
    }
    for (const Unneeded& file : conductor_.take_unneeded()) std::get<1>(ports).try_put(file);
  }

  void interrupt(int level) {
    const char* const name = ::sigabbrev_np(interrupted_by_());
    const double seconds = static_cast<double>(around_.config.grace) / 1e9;
    if (level == 1)
      conductor_.cancel(fmt::format("SIG{}: starting nothing more; what runs was told to end and has {:.0f} s for it (again: at once)",
                                    name == nullptr ? "?" : name, seconds));
    else
      conductor_.note("ending everything at once");
  }

  Conductor& conductor_;
  const Surroundings& around_;
  const std::function<int()>& interrupted_by_;
  std::uint32_t in_flight_ = 0;  // attempts, and plannings, that have been started and have not come back
  Inbox inbox_;
  std::unique_ptr<Supervisor> supervisor_;
  flow::graph graph_;
  Hand start_, finish_;
  Arrive arrive_{graph_, flow::unlimited, [](Running* running) noexcept { return Event{running, 0}; }};
  Advance advance_;
  Tidy tidy_;
  Hands starting_{starting_hands}, finishing_{finishing_hands};  // last: their threads end before all that they use
};

}  // namespace

Status run_flow(Conductor& conductor, const Surroundings& surroundings, int interrupts, const std::function<int()>& interrupted_by) {
  oneapi::tbb::task_arena arena(1);
  Status status;
  arena.execute([&] { status = Flow(conductor, surroundings, interrupted_by).run(interrupts); });
  return status;
}

}  // namespace osac::local
