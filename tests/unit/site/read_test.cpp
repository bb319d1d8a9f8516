#include "compiler/diagnostics/render.h"
#include "runtime/site/site.h"
#include "tests/unit/site/folder.h"

using namespace osac;
using namespace osac::site;
using namespace osac::site::test;

namespace {

struct Case {
  Folder folder;
  Sources sources;
  Diagnostics diagnostics;
  Site site;

  explicit Case(const std::string& text) { site = site::read(folder.write("site.yaml", text), sources, diagnostics); }

  /// What was reported, with the folder's name taken out.
  [[nodiscard]] std::string said(DiagnosticFormat format = DiagnosticFormat::line) const {
    std::string text = render(diagnostics, sources, {format, false});
    for (auto at = text.find(folder.path); at != std::string::npos; at = text.find(folder.path)) text.erase(at, folder.path.size() + 1);
    return text;
  }
};

}  // namespace

TEST_CASE("a site file with everything in it is read") {
  const Case c(R"(# our cluster
cpus: 32
memory: 128 GiB
gpus: 2
slots: {licence: 4, archive: 10}
envs:
  plain:
    variables: {OMP_NUM_THREADS: 1, NAME: "a b"}
  cern:
    modules: [gcc/12, root]
  lst: {conda: envs/lst}
  tools: {apptainer: /images/tools.sif, binds: ["/data:/data:ro"], variables: {A: b}}
  remote: {apptainer: "docker://debian:12"}
parameters:
  base: /data
  nights: [2024-09-18, 2024-09-19]
hash_policy: content
durability: data
defaults: {cpus: 2, memory: 1 GiB, time: 2 h, env: lst}
grace: 30 s
slurm:
  account: cta
  qos: high
  shared: [/fefs, home]
  licenses: [archive]
  osac: /shared/bin/osac
  partitions: {short: {time: 4 h, cpus: 8}, long: {memory: 1 GiB, gpus: 0}}
  max_array: 10001
  max_submit: 500
  window: 0
  max_running: 40
start:
  not_before: "20:00"
  not_after: 06:30:15
  files: ["{base}/{date:%Y%m%d}/over"]
  max_queued: 0
  retry_every: 5 min
  give_up_after: 2 days
  due: "12:00"
)");
  CHECK(c.said() == "");
  const std::int64_t hour = 3'600'000'000'000;
  CHECK(c.site.slurm == Slurm{{{"short", 4 * hour, 0, 8, 0}, {"long", 0, std::int64_t{1} << 30, 0, 0}},
                              "cta",
                              "high",
                              {"archive"},
                              {"/fefs", c.folder.path + "/home"},
                              "/shared/bin/osac",
                              10001,
                              500,
                              0,
                              40});
  const std::int64_t minute = hour / 60;
  CHECK(c.site.start.has_conditions());
  CHECK(c.site.start.not_before == 20 * hour);
  CHECK(c.site.start.not_after == 6 * hour + 30 * minute + minute / 4);
  CHECK(c.site.start.files == std::vector<std::string>{"{base}/{date:%Y%m%d}/over"});
  CHECK(c.site.start.max_queued == 0);
  CHECK(c.site.start.retry_every == 5 * minute);
  CHECK(c.site.start.give_up_after == 48 * hour);
  CHECK(c.site.start.due == 12 * hour);
  CHECK(c.site.cpus == 32);
  CHECK(c.site.memory == std::int64_t{128} << 30);
  CHECK(c.site.gpus == 2);
  CHECK(c.site.slots == std::map<std::string, std::int64_t>{{"archive", 10}, {"licence", 4}});
  CHECK(c.site.envs.size() == 5);
  CHECK(c.site.envs.at("plain").kind == EnvKind::variables);
  CHECK(c.site.envs.at("plain").variables == std::map<std::string, std::string>{{"NAME", "a b"}, {"OMP_NUM_THREADS", "1"}});
  CHECK(c.site.envs.at("cern").kind == EnvKind::module);
  CHECK(c.site.envs.at("cern").modules == std::vector<std::string>{"gcc/12", "root"});
  CHECK(c.site.envs.at("lst").kind == EnvKind::conda);
  CHECK(c.site.envs.at("lst").prefix == c.folder.path + "/envs/lst");
  CHECK(c.site.envs.at("tools").kind == EnvKind::apptainer);
  CHECK(c.site.envs.at("tools").image == "/images/tools.sif");
  CHECK(c.site.envs.at("tools").binds == std::vector<std::string>{"/data:/data:ro"});
  CHECK(c.site.envs.at("remote").image == "docker://debian:12");
  CHECK(c.site.parameters == std::map<std::string, std::string>{{"base", "/data"}, {"nights", "[2024-09-18, 2024-09-19]"}});
  CHECK(c.site.hash_policy == HashPolicy::content);
  CHECK(c.site.durability == Durability::data);
  CHECK(c.site.default_cpus == 2);
  CHECK(c.site.default_memory == 1 << 30);
  CHECK(c.site.default_time == 7'200'000'000'000);
  CHECK(c.site.default_env == "lst");
  CHECK(c.site.grace == 30'000'000'000);
  CHECK(c.site.origin == c.folder.path + "/site.yaml");
}

TEST_CASE("what a site file does not say is as the machine has it") {
  const Site machine = detect();
  for (const char* text : {"", "# nothing\n", "{}\n", "gpus: 0\n"}) {
    const Case c(text);
    CHECK(c.said() == "");
    CHECK(c.site.cpus == machine.cpus);
    CHECK(c.site.memory == machine.memory);
    CHECK(c.site.durability == Durability::full);
    CHECK(c.site.hash_policy == HashPolicy::stat);
    CHECK(c.site.default_cpus == 1);
  }
}

TEST_CASE("the default env is one of the envs") {
  const Case c("defaults: {env: plian}\nenvs: {plain: {}}\n");
  CHECK(c.said(DiagnosticFormat::text) ==
        "error[site-wrong-value]: `plian` is no name of an env\n"
        " --> site.yaml:1:17\n"
        "1 | defaults: {env: plian}\n"
        "  |                 ^^^^^\n"
        "help: did you mean `plain`?\n"
        "\n"
        "1 error\n");
  CHECK(Case("defaults: {env: any}\n").said() == "site.yaml:1:17: error[site-wrong-value]: `any` is no name of an env\n");
}

TEST_CASE("mistakes in a site file are diagnostics in it") {
  const Case c(R"(cpu: 3
cpus: many
memory: 16
slots: {licence: -1}
colour: red
cpus: 4
)");
  CHECK(c.said(DiagnosticFormat::text) ==
        "error[site-unknown-key]: a site file has no key `cpu`\n"
        " --> site.yaml:1:1\n"
        "1 | cpu: 3\n"
        "  | ^^^\n"
        "help: did you mean `cpus`?\n"
        "\n"
        "error[site-wrong-value]: `many` is no count of at least 1\n"
        " --> site.yaml:2:7\n"
        "2 | cpus: many\n"
        "  |       ^^^^\n"
        "\n"
        "error[site-wrong-value]: `16` is no amount of memory\n"
        " --> site.yaml:3:9\n"
        "3 | memory: 16\n"
        "  |         ^^\n"
        "help: write it with a unit, like `16 GiB`\n"
        "\n"
        "error[site-wrong-value]: `-1` is no count\n"
        " --> site.yaml:4:18\n"
        "4 | slots: {licence: -1}\n"
        "  |                  ^^\n"
        "\n"
        "error[site-unknown-key]: a site file has no key `colour`\n"
        " --> site.yaml:5:1\n"
        "5 | colour: red\n"
        "  | ^^^^^^\n"
        "note: its keys are `cpus`, `memory`, `gpus`, `slots`, `envs`, `parameters`, `hash_policy`, `durability`, `defaults`, `slurm`, `start`, "
        "`registry`, `grace`, `notify` and `sendmail`\n"
        "\n"
        "error[site-duplicate-key]: `cpus` is given twice\n"
        " --> site.yaml:6:1\n"
        "2 | cpus: many\n"
        "  | ---- given before\n"
        "6 | cpus: 4\n"
        "  | ^^^^\n"
        "\n"
        "6 errors\n");
}

TEST_CASE("mistakes in envs and policies are diagnostics, too") {
  const Case c(R"(envs:
  a: {conda: /x, modules: [m]}
  b: {binds: [/d]}
  c: {variables: {"X=Y": 1, Z: [1]}}
  d: {modules: gcc}
  e: 5
  f: {images: a.sif}
hash_policy: mtime
defaults: {time: 2}
parameters: {x: {y: 1}}
grace: [10 s]
)");
  CHECK(c.said() ==
        "site.yaml:2:27: error[site-env-conflict]: the env `a` is entered in two ways: by `conda` and by `modules`\n"
        "site.yaml:3:14: error[site-stray-binds]: the env `b` has `binds` but no `apptainer` image\n"
        "site.yaml:4:19: error[site-wrong-value]: `X=Y` is no name of a variable\n"
        "site.yaml:4:32: error[site-wrong-value]: `[...]` is no plain text\n"
        "site.yaml:5:16: error[site-wrong-value]: `gcc` is no list\n"
        "site.yaml:6:6: error[site-wrong-value]: `5` is no mapping\n"
        "site.yaml:7:7: error[site-unknown-key]: an env has no key `images`\n"
        "site.yaml:8:14: error[site-wrong-value]: `mtime` is no hash policy\n"
        "site.yaml:9:18: error[site-wrong-value]: `2` is no duration\n"
        "site.yaml:10:17: error[site-wrong-value]: `{...}` is no list\n"
        "site.yaml:11:8: error[site-wrong-value]: `[...]` is no duration\n");
}

TEST_CASE("a site file that is no YAML, or no mapping, is refused with a place") {
  CHECK(Case("cpus: [1\n").said() == "site.yaml:2:1: error[site-malformed]: this is no YAML: end of sequence flow not found\n");
  CHECK(Case("- cpus\n").said() == "site.yaml:1:1: error[site-wrong-value]: `[...]` is no mapping\n");
  CHECK(Case("cpus: 1\n---\ncpus: 2\n").said() == "site.yaml:2:1: error[site-malformed]: this is no YAML: something follows its end\n");
}

TEST_CASE("a site file that cannot be read is an error without a place, the machine stays") {
  Sources sources;
  Diagnostics diagnostics;
  const Site site = read("/nonexistent/site.yaml", sources, diagnostics);
  CHECK(render(diagnostics, sources, {}) ==
        "error[site-unreadable]: cannot open `/nonexistent/site.yaml`: no such file or directory\n\n1 error\n");
  CHECK(site.cpus == detect().cpus);
  CHECK(Case("cpus: \xff\n").said() == "error[site-unreadable]: `site.yaml` is no text: byte 6 is not UTF-8\n");
}

TEST_CASE("times of day are hours and minutes, and perhaps seconds") {
  const std::int64_t minute = 60'000'000'000;
  CHECK(parse_time_of_day("00:00") == 0);
  CHECK(parse_time_of_day("08:05") == (8 * 60 + 5) * minute);
  CHECK(parse_time_of_day("23:59:59") == 24 * 60 * minute - minute / 60);
  for (const char* const text : {"", "8:00", "24:00", "08:60", "08:00:60", "08", "08:00:00:00", "-1:00", "ab:cd", "08:00 "})
    CHECK(!parse_time_of_day(text));
  CHECK(time_of_day_text(0) == "00:00");
  CHECK(time_of_day_text((8 * 60 + 5) * minute + minute / 2) == "08:05:30");
}

TEST_CASE("what start conditions cannot be is said") {
  const Case c("start: {not_before: 8, retry_every: 0 s, max_queued: many, files: none, due: noon}\n");
  CHECK(c.said() == R"(site.yaml:1:21: error[site-wrong-value]: `8` is no time of day
site.yaml:1:37: error[site-wrong-value]: `0 s` is no duration of at least a second
site.yaml:1:54: error[site-wrong-value]: `many` is no count
site.yaml:1:67: error[site-wrong-value]: `none` is no list
site.yaml:1:78: error[site-wrong-value]: `noon` is no time of day
)");
  CHECK(!c.site.start.has_conditions());
  CHECK(c.site.start.retry_every == 600'000'000'000);
}
