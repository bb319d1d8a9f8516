// Attempts from begin to end: what gets published and recorded, and that a failed one leaves nothing under a final name.

#include "tests/unit/step/workbench.h"

using namespace osac;
using namespace osac::step;
using namespace osac::step::test;
using osac::test::PlanMaker;

namespace {

/// One task over nothing that makes `out.txt` with a shell command.
plan::Plan one_task(const std::string& shell) {
  PlanMaker maker;
  const auto out = maker.dataset("out", {}, "made/out.txt");
  maker.task("make").out("out", out).shell(shell);
  return maker.plan();
}

}  // namespace

TEST_CASE("An attempt that has been superseded publishes nothing") {
  Workbench bench;
  const plan::Plan plan = one_task("echo new > {out}");
  write_text("made/out.txt", "of the other attempt\n");
  Request request = bench.request(plan, "make");
  request.fence = [] { return std::string("another attempt has taken over"); };
  const EndRecord end = bench.run(plan, std::move(request));
  CHECK(end.outcome == Outcome::lost);
  CHECK(end.reason == "another attempt has taken over");
  CHECK(end.outputs.empty());
  CHECK(read_text("made/out.txt") == "of the other attempt\n");
}

TEST_CASE("A success is published, recorded and cleaned up after") {
  Workbench bench;
  PlanMaker maker;
  const auto sample = maker.dimension("sample", std::vector<std::string>{"a b", "c"});
  const auto raw = maker.external("raw", {sample}, "raw/{sample}.txt");
  const auto clean = maker.dataset("clean", {sample}, "clean/{sample}.txt");
  maker.task("tidy", {sample}).in("raw", raw).out("clean", clean).run("cp {raw} {clean}").cpus(2);
  const plan::Plan plan = maker.plan();
  write_text("raw/a b.txt", "hello\n");
  write_text("raw/c.txt", "other\n");

  const EndRecord end = bench.run(plan, "tidy[sample=\"a b\"]");
  CHECK(end.reason == "");
  CHECK(end.outcome == Outcome::succeeded);
  CHECK(end.failure == FailureClass::none);
  CHECK(end.execution == bench.config.execution);
  CHECK(end.element == "tidy[sample=\"a b\"]");
  CHECK(end.attempt == 1);
  CHECK(end.command == "cp 'raw/a b.txt' 'clean/a b.txt'");
  CHECK(end.host == "node1");
  CHECK(end.cpus == 2);
  CHECK(end.exit_code == 0);
  CHECK(end.started < end.ended);
  CHECK(end.peak_memory > 0);
  REQUIRE(end.inputs.size() == 1);
  CHECK(end.inputs[0].path == "raw/a b.txt");
  REQUIRE(end.outputs.size() == 1);
  CHECK(end.outputs[0].port == "clean");
  CHECK(end.outputs[0].path == "clean/a b.txt");
  CHECK(end.outputs[0].state == *file_state("clean/a b.txt", true));
  CHECK(read_text("clean/a b.txt") == "hello\n");
  CHECK(bench.scratch().empty());
  REQUIRE(bench.ends().size() == 1);
  CHECK(fields_of(bench.ends()[0]) == fields_of(end));
}

TEST_CASE("The process writes into the scratch folder, under the file's own name") {
  Workbench bench;
  const plan::Plan plan = one_task("echo {out} > {out}");
  bench.run(plan, "make");
  CHECK(read_text("made/out.txt") == ".osa/scratch/make.1.7f3a91c2/out/out.txt\n");
}

TEST_CASE("A command without shell syntax is executed as it is, others by a strict shell, scripts by their interpreter") {
  Workbench bench;
  PlanMaker maker;
  const auto out = maker.dataset("out", {}, "out.txt");
  std::vector<std::string> argv;
  SECTION("words") {
    maker.task("make").out("out", out).run("cp /dev/null {out}");
    argv = {"cp", "/dev/null", ".osa/scratch/make.1.7f3a91c2/out/out.txt"};
  }
  SECTION("shell") {
    maker.task("make").out("out", out).shell("true > {out}");
    argv = {"/bin/bash", "--noprofile", "--norc", "-euo", "pipefail", "-c", "true > .osa/scratch/make.1.7f3a91c2/out/out.txt"};
  }
  SECTION("python") {
    maker.task("make").out("out", out).script("python", "open({out}, 'w').write('x')");
    argv = {"python3", ".osa/scratch/make.1.7f3a91c2/command.py"};
  }
  SECTION("sh") {
    maker.task("make").out("out", out).script("sh", "echo x > .osa/scratch/make.1.7f3a91c2/out/out.txt");
    argv = {"sh", "-eu", ".osa/scratch/make.1.7f3a91c2/command.sh"};
  }
  const plan::Plan plan = maker.plan();
  const EndRecord end = bench.run(plan, "make");
  CHECK(end.reason == "");
  REQUIRE(bench.processes.size() == 1);
  CHECK(bench.processes[0].argv == argv);
}

TEST_CASE("A shell command too long for an argument becomes a script") {
  Workbench bench;
  const plan::Plan plan = one_task("true " + std::string(150'000, 'x') + "\necho done > {out}");
  CHECK(bench.run(plan, "make").reason == "");
  CHECK(bench.processes[0].argv.back() == ".osa/scratch/make.1.7f3a91c2/command.sh");
  CHECK(bench.ends()[0].command.size() < 20'000);
}

TEST_CASE("An env's prelude and prefix words come before the command, which stays out of their sight") {
  Workbench bench;
  const plan::Plan plan = one_task("echo \"$GREETING $0\" > {out}");
  Request request = bench.request(plan, "make");
  request.env.shell_prelude = "export GREETING=\"it's\" &&";
  request.env.prefix_words = {"env", "EXTRA=1"};
  CHECK(bench.run(plan, request).reason == "");
  CHECK(read_text("made/out.txt") == "it's /bin/bash\n");
  const std::vector<std::string> expected = {"/bin/bash", "--noprofile", "--norc",  "-c",       "export GREETING=\"it's\" && exec \"$@\"",
                                             "osac",      "env",         "EXTRA=1", "/bin/bash"};
  CHECK(std::vector<std::string>(bench.processes[0].argv.begin(), bench.processes[0].argv.begin() + 9) == expected);
}

TEST_CASE("The environment is cleaned and says who the process is") {
  Workbench bench;
  ::setenv("OSAC_TEST_SECRET", "x", 1);
  const plan::Plan plan = one_task("env | sort > {out}; test -d \"$TMPDIR\"");
  Request request = bench.request(plan, "make", 2);
  request.env.variables = {{"COLOUR", "blue sky"}, {"LANG", "C"}};
  request.resources.cpus = 3;
  CHECK(bench.run(plan, request).reason == "");
  ::unsetenv("OSAC_TEST_SECRET");
  const std::string text = "\n" + read_text("made/out.txt");
  char* const here = ::getcwd(nullptr, 0);
  const std::string scratch = std::string(here) + "/.osa/scratch/make.2.7f3a91c2";
  std::free(here);
  CHECK(text.find("SECRET") == std::string::npos);
  for (const std::string& line :
       {std::string("COLOUR=blue sky"), std::string("LANG=C"), std::string("OMP_NUM_THREADS=3"), std::string("OSA_ATTEMPT=2"),
        std::string("OSA_ELEMENT=make"), "OSA_EXECUTION=" + bench.config.execution, "OSA_METRICS=" + scratch + "/metrics.jsonl",
        "OSA_SCRATCH=" + scratch + "/tmp.d", "TMPDIR=" + scratch + "/tmp.d"}) {
    CAPTURE(line);
    CHECK(text.find("\n" + line + "\n") != std::string::npos);
  }
}

TEST_CASE("A program is looked for in the env's PATH") {
  Workbench bench;
  write_text("bin/my-tool", "#!/bin/sh\necho mine > $1\n");
  REQUIRE(::chmod("bin/my-tool", 0755) == 0);
  PlanMaker maker;
  const auto out = maker.dataset("out", {}, "out.txt");
  maker.task("make").out("out", out).run("my-tool {out}");
  const plan::Plan plan = maker.plan();
  CHECK(bench.run(plan, "make").outcome == Outcome::failed);
  Request request = bench.request(plan, "make", 2);
  request.env.variables["PATH"] = "bin:/usr/bin:/bin";
  CHECK(bench.run(plan, request).reason == "");
  CHECK(read_text("out.txt") == "mine\n");
}

TEST_CASE("The log has a header an attempt, and a new execution replaces it") {
  Workbench bench;
  const plan::Plan plan = one_task("echo to log; echo trouble >&2; test $OSA_ATTEMPT = 2; echo x > {out}");
  CHECK(bench.run(plan, bench.request(plan, "make", 1)).exit_code == 1);
  const EndRecord end = bench.run(plan, bench.request(plan, "make", 2));
  CHECK(end.log == ".osa/logs/make/make.log");
  const auto header = [&](int attempt, const EndRecord& record) {
    return "# make attempt " + std::to_string(attempt) + " on node1 at " + runtime::utc_text(record.started) + "\n# " + record.command +
           "\nto log\ntrouble\n";
  };
  CHECK(read_text(end.log) == header(1, bench.ends()[0]) + header(2, end));
  bench.config.execution = "later";
  const EndRecord later = bench.run(plan, bench.request(plan, "make", 1));
  CHECK(read_text(end.log) == header(1, later));
}

TEST_CASE("A failure publishes nothing, keeps its scratch folder until the next, and is recorded with its reason") {
  struct Case {
    std::string command;
    std::function<void(Exit&)> change;
    Outcome outcome;
    FailureClass failure;
    std::string reason;
  };
  const Case one = GENERATE(values<Case>({
      {"echo half > {out}; exit 3", {}, Outcome::failed, FailureClass::exit, "exit code 3"},
      {"echo half > {out}; false | true; echo more", {}, Outcome::failed, FailureClass::exit, "exit code 1"},
      {"echo half > {out}; kill -SEGV $$", {}, Outcome::failed, FailureClass::exit, "ended by signal 11 (segmentation fault)"},
      {"echo half > {out}; exit 137", {}, Outcome::failed, FailureClass::exit, "exit code 137 (from a shell: signal 9 (killed))"},
      {"true", {}, Outcome::failed, FailureClass::output, "output `out` was not written (made/out.txt)"},
      {"mkdir {out}", {}, Outcome::failed, FailureClass::output, "output `out` is a folder where a file is declared (made/out.txt)"},
      {"ln -s /etc/passwd {out}", {}, Outcome::failed, FailureClass::output, "output `out` is a symbolic link (made/out.txt)"},
      {"no-such-program",
       {},
       Outcome::failed,
       FailureClass::environment,
       "exit code 127: /bin/bash: line 1: no-such-program: command not found"},
      {"echo x > {out}", [](Exit& exit) { exit.left_behind = {"pid 12 `sleep 9`"}; }, Outcome::failed, FailureClass::output,
       "left 1 process behind: pid 12 `sleep 9`"},
      {"echo x > {out}", [](Exit& exit) { exit.timed_out = true; }, Outcome::timed_out, FailureClass::timeout, "took longer than 1.0 s"},
      {"echo x > {out}", [](Exit& exit) { exit.signal = 9, exit.out_of_memory = true; }, Outcome::failed, FailureClass::memory,
       "ran out of memory: the limit is 1 GiB"},
      {"echo x > {out}", [](Exit& exit) { exit.cancelled = true; }, Outcome::cancelled, FailureClass::cancelled, "osac was told to stop"},
  }));
  CAPTURE(one.command, one.reason);
  Workbench bench;
  write_text("made/out.txt", "from before");
  const plan::Plan plan = one_task(one.command);
  Request request = bench.request(plan, "make");
  request.resources.time = 1'000'000'000;
  request.resources.memory = 1 << 30;
  const EndRecord end = bench.run(plan, request, {}, one.change);
  CHECK(end.reason == one.reason);
  CHECK(end.outcome == one.outcome);
  CHECK(end.failure == one.failure);
  CHECK(end.outputs.empty());
  CHECK(read_text("made/out.txt") == "from before");
  CHECK(bench.scratch() == (one.outcome == Outcome::cancelled ? std::vector<std::string>{} : std::vector<std::string>{"make.failed"}));
  REQUIRE(bench.ends().size() == 1);
  CHECK(fields_of(bench.ends()[0]) == fields_of(end));
  CHECK(bench.run(one_task("echo good > {out}"), "make").reason == "");
  CHECK(bench.scratch().empty());
}

TEST_CASE("A program that is not there is trouble with the environment, by name") {
  Workbench bench;
  PlanMaker maker;
  const auto out = maker.dataset("out", {}, "out.txt");
  maker.task("make").out("out", out).run("no-such-program {out}");
  const plan::Plan plan = maker.plan();
  const EndRecord end = bench.run(plan, "make");
  CHECK(end.reason == "cannot start `no-such-program`: No such file or directory");
  CHECK(end.failure == FailureClass::environment);
  CHECK(end.exit_code == 127);
}

TEST_CASE("Scratch folders of failed attempts are removed if nobody wants them") {
  Workbench bench;
  bench.config.keep_failed = false;
  CHECK(bench.run(one_task("exit 1"), "make").outcome == Outcome::failed);
  CHECK(bench.scratch().empty());
}

TEST_CASE("A scratch folder is used again by the next attempt, with nothing of the one before in it") {
  Workbench bench;
  bench.run(one_task("echo x > {out}; mkdir -p $TMPDIR/a/b; touch $TMPDIR/a/b/c; echo '{{}}' > $OSA_METRICS"), "make");
  CHECK(exists(".osa/scratch/spare-0/out"));
  const EndRecord end = bench.run(one_task("find .osa/scratch -mindepth 2 > {out}"), "make");
  CHECK(end.reason == "");
  const std::string scratch = ".osa/scratch/make.1.7f3a91c2";
  std::vector<std::string> found = {scratch + "/out", scratch + "/out/out.txt", scratch + "/tmp.d"};
  std::istringstream lines(read_text("made/out.txt"));
  std::vector<std::string> listed;
  for (std::string line; std::getline(lines, line);) listed.push_back(line);
  std::sort(listed.begin(), listed.end());
  CHECK(listed == found);
}

TEST_CASE("What a process left, removed or closed in its scratch folder does not reach the next attempt") {
  Workbench bench;
  const std::string after = "found=$(find .osa/scratch -mindepth 2 | sort); echo \"$found\" > {out}; test -d $TMPDIR; echo x > $TMPDIR/x";
  const std::string scratch = ".osa/scratch/make.1.7f3a91c2";
  for (const char* const first : {"echo x > {out}; rm -rf $TMPDIR", "echo x > {out}; rm -rf $TMPDIR; ln -s / $TMPDIR",
                                  "echo x > {out}; for i in $(seq 400); do echo $i > $(dirname {out})/a-rather-long-name-$i; done",
                                  "echo x > {out}; mkdir -p $(dirname {out})/deep/er; chmod 000 $(dirname {out})/deep; chmod 555 $TMPDIR",
                                  "echo x > {out}; mkfifo $TMPDIR/pipe; touch $(dirname $OSA_METRICS)/left"}) {
    CAPTURE(first);
    CHECK(bench.run(one_task(first), "make").reason == "");
    CHECK(bench.run(one_task(after), "make").reason == "");
    CHECK(read_text("made/out.txt") == scratch + "/out\n" + scratch + "/tmp.d\n");
  }
}

TEST_CASE("An exit code that means empty is a success without outputs") {
  Workbench bench;
  PlanMaker maker;
  const auto out = maker.dataset("out", {}, "out.txt");
  maker.task("make").out("out", out).shell("exit 4").empty_on({4, 5}).metric("depth", expression::Kind::real);
  const plan::Plan plan = maker.plan();
  const EndRecord end = bench.run(plan, "make");
  CHECK(end.outcome == Outcome::succeeded);
  CHECK(end.is_empty);
  CHECK(end.exit_code == 4);
  CHECK(end.outputs.empty());
  CHECK(!exists("out.txt"));
}

TEST_CASE("Folders are outputs, too: made empty before, replaced whole, without links that leave them") {
  Workbench bench;
  PlanMaker maker;
  const auto out = maker.dataset("out", {}, "made/parts/");
  maker.row(out).is_directory = 1;
  SECTION("good") {
    write_text("made/parts/old", "old");
    maker.task("make").out("out", out).shell("test -z \"$(ls {out})\"; mkdir {out}/sub; echo 1 > {out}/sub/one; ln -s sub/one {out}/link");
    const plan::Plan plan = maker.plan();
    const EndRecord end = bench.run(plan, "make");
    CHECK(end.reason == "");
    CHECK(end.outputs[0].path == "made/parts/");
    CHECK(end.outputs[0].state == *file_state("made/parts/", true));
    CHECK(read_text("made/parts/link") == "1\n");
    CHECK(!exists("made/parts/old"));
  }
  SECTION("a link that leaves it") {
    maker.task("make").out("out", out).shell("mkdir {out}/sub; ln -s ../../x {out}/sub/link");
    const plan::Plan plan = maker.plan();
    CHECK(bench.run(plan, "make").reason == "output `out` holds `sub/link`, a link that leaves it or a special file (made/parts)");
    CHECK(!exists("made"));
  }
}

TEST_CASE("Several outputs of one port with one file name get folders of their own") {
  Workbench bench;
  PlanMaker maker;
  const auto tile = maker.dimension("tile", std::vector<std::int64_t>{1, 2, 3});
  const auto part = maker.dataset("part", {tile}, "tiles/{tile}/image.txt");
  maker.task("cut").out("part", part).shell("i=0; for f in {part}; do i=$((i+1)); echo $i > \"$f\"; done");
  const plan::Plan plan = maker.plan();
  CHECK(bench.run(plan, "cut").reason == "");
  CHECK(read_text("tiles/1/image.txt") + read_text("tiles/2/image.txt") + read_text("tiles/3/image.txt") == "1\n2\n3\n");
}

TEST_CASE("Lists of files are written, one name a line, with survivors only") {
  Workbench bench;
  PlanMaker maker;
  const auto tile = maker.dimension("tile", std::vector<std::int64_t>{1, 2, 3});
  const auto part = maker.external("part", {tile}, "tiles/{tile} x.txt");
  const auto all = maker.dataset("all", {}, "all.txt");
  maker.task("join").survivors("parts", part).out("all", all).shell("cat {parts:list} > {all}; echo {parts} >> {all}");
  const plan::Plan plan = maker.plan();
  for (int i = 1; i <= 3; ++i) write_text("tiles/" + std::to_string(i) + " x.txt", "x");
  Request request = bench.request(plan, "join");
  request.input_uses.erase(request.input_uses.begin() + 1);
  request.inputs.erase(request.inputs.begin() + 1);
  CHECK(bench.run(plan, request).reason == "");
  CHECK(read_text("all.txt") == "tiles/1 x.txt\ntiles/3 x.txt\ntiles/1 x.txt tiles/3 x.txt\n");
}

TEST_CASE("An input that is gone stops the attempt before anything starts") {
  Workbench bench;
  PlanMaker maker;
  const auto raw = maker.external("raw", {}, "raw.txt");
  const auto mid = maker.dataset("mid", {}, "mid.txt");
  const auto out = maker.dataset("out", {}, "out.txt");
  maker.task("first").in("raw", raw).out("mid", mid).run("cp {raw} {mid}");
  maker.task("second").in("mid", mid).out("out", out).run("cp {mid} {out}");
  const plan::Plan plan = maker.plan();
  const EndRecord first = bench.run(plan, "first");
  CHECK(first.reason == "input `raw` is missing: raw.txt");
  CHECK(first.failure == FailureClass::environment);
  const EndRecord second = bench.run(plan, "second");
  CHECK(second.reason == "input `mid` is missing: mid.txt");
  CHECK(second.failure == FailureClass::lost);
  CHECK(bench.processes.empty());
  CHECK(bench.ends().size() == 2);
}

TEST_CASE("What may not be replaced is refused by name before anything starts (T28)") {
  Workbench bench;
  const plan::Plan plan = one_task("echo x > {out}");
  REQUIRE(make_folders("made"));
  std::string what;
  SECTION("fifo") {
    REQUIRE(::mkfifo("made/out.txt", 0600) == 0);
    what = "a fifo";
  }
  SECTION("link") {
    REQUIRE(::symlink("/nowhere", "made/out.txt") == 0);
    what = "a symbolic link";
  }
  SECTION("link to a folder") {
    REQUIRE(::symlink("../made", "made/out.txt") == 0);
    what = "a symbolic link";
  }
  SECTION("folder") {
    REQUIRE(make_folders("made/out.txt"));
    what = "a folder";
  }
  const EndRecord end = bench.run(plan, "make");
  CHECK(end.reason == "output `out` cannot be put at `made/out.txt`: there is " + what);
  CHECK(end.failure == FailureClass::environment);
  CHECK(bench.processes.empty());
}

TEST_CASE("A link that closing left is replaced by what is made anew, and what it leads to stays") {
  Workbench bench;
  const plan::Plan plan = one_task("echo x > {out}");
  write_text("final/out.txt", "published");
  REQUIRE(make_folders("made"));
  const char* const target = GENERATE("../final/out.txt", "../final/gone.txt");
  REQUIRE(::symlink(target, "made/out.txt") == 0);
  CHECK(bench.run(plan, "make").outcome == Outcome::succeeded);
  struct stat info {};
  REQUIRE(::lstat("made/out.txt", &info) == 0);
  CHECK(S_ISREG(info.st_mode));
  CHECK(read_text("made/out.txt") == "x\n");
  CHECK(read_text("final/out.txt") == "published");
}

TEST_CASE("An input that changes while the process runs taints the result (T43)") {
  Workbench bench;
  PlanMaker maker;
  const auto raw = maker.external("raw", {}, "raw.txt");
  const auto out = maker.dataset("out", {}, "out.txt");
  maker.task("make").in("raw", raw).out("out", out).run("cp {raw} {out}");
  const plan::Plan plan = maker.plan();
  write_text("raw.txt", "one");
  SECTION("other content") {
    const EndRecord end = bench.run(plan, bench.request(plan, "make"), [](const Process&) { write_text("raw.txt", "two"); });
    CHECK(end.outcome == Outcome::succeeded);
    CHECK(end.is_tainted);
    CHECK(end.reason == "input `raw` (raw.txt) changed while it ran");
    CHECK(bench.ends()[0].is_tainted);
  }
  SECTION("gone") {
    const EndRecord end = bench.run(plan, bench.request(plan, "make"), {}, [](Exit&) { REQUIRE(::unlink("raw.txt") == 0); });
    CHECK(end.is_tainted);
  }
  SECTION("written again with the same content") {
    const EndRecord end = bench.run(plan, bench.request(plan, "make"), [](const Process&) { write_text("raw.txt", "one"); });
    CHECK(!end.is_tainted);
    CHECK(end.reason == "");
  }
}

TEST_CASE("Verify sees the outputs before they are published, and can refuse them") {
  Workbench bench;
  PlanMaker maker;
  const auto out = maker.dataset("out", {}, "out.txt");
  maker.task("make").out("out", out).shell("echo $OSA_ATTEMPT > {out}").verify("test ! -e out.txt; echo checked; grep 2 {out}");
  const plan::Plan plan = maker.plan();
  const EndRecord refused = bench.run(plan, bench.request(plan, "make", 1));
  CHECK(refused.reason == "verify: exit code 1");
  CHECK(refused.failure == FailureClass::output);
  CHECK(!exists("out.txt"));
  const EndRecord accepted = bench.run(plan, bench.request(plan, "make", 2));
  CHECK(accepted.reason == "");
  CHECK(read_text("out.txt") == "2\n");
  CHECK(bench.processes.size() == 4);
  CHECK(bench.ends().size() == 2);
}

TEST_CASE("Outputs on another file system are made there") {
  struct stat here {};
  struct stat there {};
  if (::stat("/tmp", &here) != 0 || ::stat("/dev/shm", &there) != 0 || here.st_dev == there.st_dev) return;
  Workbench bench;
  PlanMaker maker;
  const std::string folder = "/dev/shm/osac-step-test-" + std::to_string(::getpid());
  const auto far = maker.dataset("far", {}, folder + "/new/far.txt");
  const auto near = maker.dataset("near", {}, "near.txt");
  maker.task("make").out("far", far).out("near", near).shell("echo {far} > {far}; echo n > {near}; test $OSA_ATTEMPT = 2");
  const plan::Plan plan = maker.plan();
  REQUIRE(make_folders(folder));
  CHECK(bench.run(plan, bench.request(plan, "make", 1)).exit_code == 1);
  CHECK(exists(folder + "/.osa-scratch-make.1.7f3a91c2/out/far.txt"));
  CHECK(bench.run(plan, bench.request(plan, "make", 2)).reason == "");
  CHECK(read_text(folder + "/new/far.txt") == folder + "/.osa-scratch-make.2.7f3a91c2/out/far.txt\n");
  CHECK(read_text("near.txt") == "n\n");
  CHECK(bench.scratch().empty());
  CHECK(!exists(folder + "/.osa-scratch-make.1.7f3a91c2"));
  CHECK(!exists(folder + "/.osa-scratch-make.2.7f3a91c2"));
  REQUIRE(remove_tree(folder));
}

TEST_CASE("A journal that takes no more ends the attempt as failed, and the next start finishes it") {
  Workbench bench;
  const plan::Plan plan = one_task("echo x > {out}");
  // as large as the header, the start and the intent need: the end record does not fit
  struct rlimit before {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  ::signal(SIGXFSZ, SIG_IGN);
  const std::string path = bench.journal().path();
  const EndRecord end = bench.run(plan, bench.request(plan, "make"), {}, [&](Exit&) {
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    const rlimit tight{static_cast<rlim_t>(info.st_size) + 1300, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
  });
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  CHECK(end.outcome == Outcome::failed);
  CHECK(end.failure == FailureClass::environment);
  CHECK(end.reason == "cannot write `" + path + "`: file too large; the next `osac run` will finish it");
  CHECK(bench.ends().empty());
  CHECK(read_text("made/out.txt") == "x\n");
  auto later = JournalWriter::create(".osa/journal", site::Durability::none, bench.clock);
  REQUIRE(later);
  const auto notes = recover(bench.config.layout, **later, bench.clock);
  REQUIRE(notes);
  REQUIRE(bench.ends().size() == 1);
  CHECK(bench.ends()[0].outcome == Outcome::succeeded);
}
