#include "runtime/local/flow.h"

#include <fmt/format.h>
#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <sys/stat.h>
#include <cstring>

namespace osac::local {

namespace {

namespace flow = oneapi::tbb::flow;

// publishing waits for disks: more of it at a time than cpus, so that records go to disk in groups
constexpr std::size_t finishers = 4;

/// What the serial node hears of.
struct Event {
  Running* ended = nullptr;  ///< an attempt; owned by the message
  int interrupt = 0;         ///< 1, 2
  bool is_start = false;
};

class Flow {
 public:
  Flow(Conductor& conductor, const Surroundings& surroundings, const std::function<int()>& interrupted_by)
      : conductor_(conductor),
        around_(surroundings),
        interrupted_by_(interrupted_by),
        start_(graph_, flow::unlimited, [this](Running* running, Start::gateway_type& gateway) noexcept { start(running, gateway); }),
        finish_(graph_, finishers, [this](Running* running, Finish::output_ports_type& ports) noexcept { finish(running, ports); }),
        advance_(graph_, flow::serial, [this](const Event& event, Advance::output_ports_type& ports) noexcept { advance(event, ports); }),
        tidy_(graph_, flow::serial, [this](const plan::FileUse& use) noexcept { return remove(use); }) {
    flow::make_edge(start_, finish_);
    flow::make_edge(flow::output_port<0>(finish_), start_);
    flow::make_edge(flow::output_port<1>(finish_), advance_);
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
        std::move(settings), [this](void* token, const step::Exit& exit) { process_ended(static_cast<Running*>(token), exit); },
        [this](int level) {
          advance_.try_put(Event{nullptr, level, false});
        });
    if (!supervisor) return tl::unexpected(supervisor.error());
    supervisor_ = std::move(*supervisor);
    advance_.try_put(Event{nullptr, 0, true});
    graph_.wait_for_all();
    supervisor_.reset();
    graph_.wait_for_all();  // an interrupt may have come meanwhile
    return {};
  }

 private:
  using Start = flow::async_node<Running*, Running*>;
  using Finish = flow::multifunction_node<Running*, std::tuple<Running*, Event>>;
  using Advance = flow::multifunction_node<Event, std::tuple<Running*, plan::FileUse>>;
  using Tidy = flow::function_node<plan::FileUse>;

  /// Makes the attempt's folder, or takes its next process, and starts that. Blocks on file I/O at most.
  void start(Running* running, Start::gateway_type& gateway) {
    if (!running->process && !running->end) take(*running, running->attempt->begin());
    if (running->end) {
      gateway.try_put(running);
      return;
    }
    gateway_ = &gateway;  // always the same one
    const step::Process process = std::move(*running->process);
    running->process.reset();
    if (supervisor_->is_stopping()) {
      running->exit = {};
      running->exit.cancelled = true;
      gateway.try_put(running);
      return;
    }
    gateway.reserve_wait();
    const Spawned spawned = supervisor_->launch(running, process, running->name, [&](std::int64_t pid) {
      // without this record a later osac does not find the process by its pid, but still by its variables
      (void)running->attempt->started(pid);
    });
    if (spawned.pid != 0) return;
    running->exit = {};
    running->exit.code = spawned.exit_code;
    running->exit.start_error = spawned.error;
    gateway.try_put(running);
    gateway.release_wait();
  }

  /// From the supervisor's thread.
  void process_ended(Running* running, const step::Exit& exit) {
    running->exit = exit;
    Start::gateway_type* const gateway = gateway_;
    gateway->try_put(running);
    gateway->release_wait();
  }

  /// Judges, publishes, records: there may be a next process, or it is the end.
  void finish(Running* running, Finish::output_ports_type& ports) {
    if (!running->end) take(*running, running->attempt->ended(running->exit));
    if (running->end)
      std::get<1>(ports).try_put(Event{running, 0, false});
    else
      std::get<0>(ports).try_put(running);
  }

  static void take(Running& running, step::Attempt::Next next) {
    running.process = std::move(next.process);
    running.end = std::move(next.end);
  }

  void advance(const Event& event, Advance::output_ports_type& ports) {
    if (event.interrupt > 0) interrupt(event.interrupt);
    if (event.ended != nullptr) {
      const std::unique_ptr<Running> running(event.ended);
      conductor_.ended(*running);
    }
    for (auto& running : conductor_.next()) std::get<0>(ports).try_put(running.release());
    if (conductor_.trouble()) {
      conductor_.cancel("nothing more can be made: " + conductor_.trouble()->what);
      supervisor_->stop();
    }
    for (const plan::FileUse& use : conductor_.take_unneeded()) std::get<1>(ports).try_put(use);
  }

  void interrupt(int level) {
    const char* const name = ::sigabbrev_np(interrupted_by_());
    const double seconds = static_cast<double>(around_.config.grace) / 1e9;
    const std::string words =
        level == 1 ? fmt::format("SIG{}: starting nothing more; what runs was told to end and has {:.0f} s for it (again: at once)",
                                 name == nullptr ? "?" : name, seconds)
                   : "ending everything at once";
    conductor_.cancel(words);
    if (level > 1) conductor_.note(words);
  }

  /// A temporary file that has been read for the last time: recorded, then deleted.
  flow::continue_msg remove(const plan::FileUse& use) {
    struct stat info {};
    if (::lstat(use.path.c_str(), &info) != 0) return {};
    const auto maker = around_.plan.producer(use.dataset, use.element);
    const std::string element = maker ? plan::element_name(around_.plan, *maker) : "";
    if (!around_.journal.append(step::Removal{element, use.path, around_.clock.wall()})) return {};
    (void)remove_temporary(use.path);  // it stays, then, until the next time it is made and read
    return {};
  }

  Conductor& conductor_;
  const Surroundings& around_;
  const std::function<int()>& interrupted_by_;
  std::unique_ptr<Supervisor> supervisor_;
  std::atomic<Start::gateway_type*> gateway_{nullptr};
  flow::graph graph_;
  Start start_;
  Finish finish_;
  Advance advance_;
  Tidy tidy_;
};

}  // namespace

Status run_flow(Conductor& conductor, const Surroundings& surroundings, int interrupts, const std::function<int()>& interrupted_by) {
  oneapi::tbb::task_arena arena(static_cast<int>(finishers));
  const oneapi::tbb::global_control threads(oneapi::tbb::global_control::max_allowed_parallelism, finishers);
  Status status;
  arena.execute([&] {
    Flow flow(conductor, surroundings, interrupted_by);
    status = flow.run(interrupts);
  });
  return status;
}

}  // namespace osac::local
