// The supervisor by itself, without TBB, so that the thread sanitizer sees all of it; and what is tried again.

#include <condition_variable>
#include <csignal>
#include <thread>

#include "runtime/local/retry.h"
#include "runtime/local/supervisor.h"
#include "tests/unit/local/support.h"

using namespace osac;
using namespace osac::local;
using namespace osac::local::test;

namespace {

/// Exits by token, waited for.
struct Exits {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::uintptr_t, step::Exit> all;
  void add(void* token, const step::Exit& exit) {
    const std::lock_guard lock(mutex);
    all[reinterpret_cast<std::uintptr_t>(token)] = exit;
    changed.notify_all();
  }
  void wait_for(std::size_t count) {
    std::unique_lock lock(mutex);
    REQUIRE(changed.wait_for(lock, std::chrono::seconds(60), [&] { return all.size() == count; }));
  }
};

struct Watch {
  Folder folder;
  Exits exits;
  std::unique_ptr<Supervisor> supervisor;
  explicit Watch(std::int64_t grace = 200'000'000) {
    Supervisor::Settings settings;
    settings.grace = grace;
    settings.linger = 100'000'000;
    settings.execution = "20261121T050000-test" + std::to_string(::getpid());
    execution = settings.execution;
    auto started = Supervisor::start(
        settings, [this](void* token, const step::Exit& exit) { exits.add(token, exit); }, [](int) {});
    REQUIRE(started);
    supervisor = std::move(*started);
  }
  std::string execution;
  Spawned shell(std::uintptr_t token, const std::string& text, std::int64_t limit = 0) {
    const std::string element = "e" + std::to_string(token);
    step::Process process;
    process.argv = {"sh", "-c", text};
    process.environment = {"PATH=/usr/bin:/bin", "OSA_EXECUTION=" + execution, "OSA_ELEMENT=" + element};
    process.log = "log";
    process.time_limit = limit;
    return supervisor->launch(reinterpret_cast<void*>(token), process, element, [](std::int64_t) {});
  }
};

}  // namespace

TEST_CASE("no exit is lost, whoever starts processes and however short they are") {
  Watch watch;
  constexpr std::uintptr_t each = 60;
  std::vector<std::thread> starters;
  for (std::uintptr_t t = 0; t < 4; ++t)
    starters.emplace_back([&watch, t] {
      for (std::uintptr_t i = 0; i < each; ++i) watch.shell(1 + t * each + i, "exit " + std::to_string(i % 7));
    });
  for (std::thread& starter : starters) starter.join();
  watch.exits.wait_for(4 * each);
  for (const auto& [token, exit] : watch.exits.all) {
    CHECK(exit.code == static_cast<std::int32_t>((token - 1) % each % 7));
    CHECK(exit.left_behind.empty());
  }
}

TEST_CASE("an exit says how the process ended and what it took") {
  Watch watch;
  watch.shell(1, "kill -9 $$");
  watch.shell(2, "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exit 3");
  watch.exits.wait_for(2);
  CHECK(watch.exits.all[1].signal == 9);
  CHECK(watch.exits.all[1].code == 0);
  CHECK_FALSE(watch.exits.all[1].out_of_memory);
  CHECK(watch.exits.all[2].signal == 0);
  CHECK(watch.exits.all[2].code == 3);
  CHECK(watch.exits.all[2].cpu_time > 1'000'000);
  CHECK(watch.exits.all[2].peak_memory > 100'000);
}

TEST_CASE("a double fork into another session belongs to the element that it came from") {
  Watch watch;
  watch.shell(1, "(setsid sh -c 'exec sleep 651' &) ; exit 0");
  watch.shell(2, "sleep 0.3; exit 0");
  watch.exits.wait_for(2);
  REQUIRE(watch.exits.all[1].left_behind.size() == 1);
  CHECK(watch.exits.all[1].left_behind[0].ends_with(" `sleep 651`"));
  CHECK(watch.exits.all[2].left_behind.empty());
}

TEST_CASE("stop ends all, and what is started afterwards") {
  Watch watch;
  watch.shell(1, "sleep 652");
  watch.shell(2, "trap '' TERM; touch ready; while true; do sleep 0.05; done");
  while (!fs::exists("ready")) std::this_thread::yield();
  watch.supervisor->stop();
  while (!watch.supervisor->is_stopping()) std::this_thread::yield();
  watch.shell(3, "sleep 653");
  watch.exits.wait_for(3);
  for (const std::uintptr_t token : {1U, 2U, 3U}) {
    CHECK(watch.exits.all[token].cancelled);
    CHECK_FALSE(watch.exits.all[token].timed_out);
  }
  CHECK(watch.exits.all[1].signal == SIGTERM);
  CHECK(watch.exits.all[2].signal == SIGKILL);
}

TEST_CASE("what cannot be started says why at once") {
  Watch watch;
  step::Process process;
  process.log = "log";
  process.argv = {"/no/such/program"};
  const auto missing = watch.supervisor->launch(nullptr, process, "e", [](std::int64_t) { FAIL("it did not start"); });
  CHECK(missing.exit_code == 127);
  CHECK(missing.error == "`/no/such/program` was not found, or the interpreter that its first line names was not");
  write("text", "nothing to execute");
  process.argv = {"./text"};
  const auto denied = watch.supervisor->launch(nullptr, process, "e", [](std::int64_t) { FAIL("it did not start"); });
  CHECK(denied.exit_code == 126);
  process.argv = {"/bin/true", std::string(3'000'000, 'x')};
  const auto large = watch.supervisor->launch(nullptr, process, "e", [](std::int64_t) { FAIL("it did not start"); });
  CHECK(large.exit_code == 126);
  CHECK(large.error.substr(0, 54) == "the command is too long for this system: 3,000,011 byt");
}

TEST_CASE("causes, counts and codes decide about another attempt") {
  osac::test::PlanMaker maker;
  const auto a = maker.dataset("a", {}, "a");
  const auto b = maker.dataset("b", {}, "b");
  const auto c = maker.dataset("c", {}, "c");
  maker.task("any").out("a", a).retry(2).shell("x");
  maker.task("memory").out("b", b).retry(1, 1 | 2).shell("x");
  maker.task("codes").out("c", c).retry_on_exit(1, {4}).shell("x");
  const plan::Plan plan = maker.plan();
  const auto wants = [&](std::uint32_t task, step::FailureClass failure, std::uint32_t attempt = 1, std::int32_t code = 1,
                         std::int32_t signal = 0) {
    step::EndRecord record;
    record.outcome = step::Outcome::failed;
    record.failure = failure;
    record.attempt = attempt;
    record.exit_code = code;
    record.signal = signal;
    return wants_retry(plan, plan.tasks()[task], record);
  };
  using step::FailureClass;
  CHECK(wants(0, FailureClass::exit));
  CHECK(wants(0, FailureClass::output, 2));
  CHECK_FALSE(wants(0, FailureClass::exit, 3));
  CHECK_FALSE(wants(0, FailureClass::environment));
  CHECK_FALSE(wants(0, FailureClass::cancelled));
  CHECK(wants(1, FailureClass::memory));
  CHECK(wants(1, FailureClass::timeout));
  CHECK_FALSE(wants(1, FailureClass::exit));
  CHECK_FALSE(wants(1, FailureClass::memory, 2));
  CHECK(wants(2, FailureClass::exit, 1, 4));
  CHECK_FALSE(wants(2, FailureClass::exit, 1, 5));
  CHECK_FALSE(wants(2, FailureClass::exit, 1, 0, 9));
  CHECK_FALSE(wants(2, FailureClass::memory, 1, 4));
}
