#include <fmt/format.h>
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "runtime/slurm/emit.h"
#include "tests/unit/site/folder.h"
#include "tests/unit/slurm/arranged.h"

using namespace osac;
using namespace osac::slurm;
using namespace osac::slurm::test;
using osac::test::PlanMaker;

namespace {

plan::Plan chain() {
  PlanMaker m("chain");
  const auto i = m.dimension("i", std::vector<std::int64_t>{0, 1, 2});
  const auto a = m.dataset("a", {i}, "a/{i}");
  const auto b = m.dataset("b", {}, "b");
  m.task("one", {i}).out("a", a).run("x {a}");
  m.task("two").gather("a", a).out("b", b).run("y {a} {b}").memory(std::int64_t{3} << 30).time(3'600'000'000'000);
  return m.plan();
}

}  // namespace

TEST_CASE("the list of units says which elements an array task runs, and the reverse") {
  const plan::Plan plan = chain();
  const site::Site site;
  const auto arrangement = arrange(question_of(plan, site));
  REQUIRE(arrangement);
  const site::test::Folder folder;
  const std::string path = folder.write("units", units_bytes(plan.id(), *arrangement));
  const auto units = UnitFile::open(path, plan.id());
  REQUIRE(units);
  for (std::uint32_t array = 0; array < arrangement->arrays.size(); ++array) {
    for (std::uint32_t index = 0; index < arrangement->arrays[array].unit_count; ++index) {
      const auto elements = units->elements(array, index);
      CHECK(std::ranges::equal(elements, arrangement->unit(arrangement->arrays[array].first_unit + index)));
      for (const std::uint32_t element : elements) CHECK(units->place(element) == std::pair(array, index));
    }
  }
  CHECK(units->elements(0, 99).empty());
  CHECK(units->elements(99, 0).empty());
  CHECK(!units->place(99));
  CHECK(UnitFile::open(path, Digest{}).error().what.ends_with("belongs to another plan"));
  const std::string whole = units_bytes(plan.id(), *arrangement);
  for (const std::size_t length : {std::size_t{0}, std::size_t{10}, std::size_t{64}, whole.size() - 1})
    CHECK(!UnitFile::open(folder.write("cut", whole.substr(0, length)), plan.id()));
}

TEST_CASE("settings and known files are read as they were written") {
  Settings settings{"abc", ".osa/night", site::Durability::data, site::HashPolicy::content, 5, 2, 3, 4, {}};
  site::Entry entry;
  entry.prefix_words = {"apptainer", "exec", "a b\"c"};
  entry.shell_prelude = ". x &&";
  entry.variables = {{"A", "1"}, {"B", "é\n"}};
  entry.identity = "id";
  settings.envs = {std::nullopt, entry};
  settings.earlier = {{"../0001", 3}, {"../0002", 0}};
  settings.limits = {{1, 2, 3, 4, 5}, {}};
  const auto read = parse_settings(settings_text(settings));
  REQUIRE(read);
  CHECK(settings_text(*read) == settings_text(settings));
  CHECK(parse_settings(settings_text(settings))->earlier[1].folder == "../0002");
  CHECK(parse_settings(settings_text(settings))->limits == settings.limits);
  CHECK(!parse_settings("{\"version\":1}"));
  CHECK(!parse_settings("{"));

  const site::test::Folder folder;
  std::vector<KnownFile> files(3);
  for (std::uint32_t i = 0; i < 3; ++i) files[i] = {i, 7 * i, {}};
  files[2].state.size = 12;
  files[2].state.is_directory = true;
  const auto known = KnownFiles::open(folder.write("known", known_bytes(files)));
  REQUIRE(known);
  CHECK(known->find(2, 14) == files[2].state);
  CHECK(known->find(0, 0).has_value());
  CHECK(!known->find(2, 15));
  CHECK(KnownFiles::open(folder.write("none", ""))->find(0, 0) == std::nullopt);
}

TEST_CASE("a script says to people what it is, and to Slurm what it needs") {
  const plan::Plan plan = chain();
  site::Site site;
  site.slurm.partitions = {{"short", std::int64_t{7'200'000'000'000}, 0, 0, 0}};
  site.slurm.account = "cta";
  const auto arrangement = arrange(question_of(plan, site));
  REQUIRE(arrangement);
  const auto files = emit({plan, site, *arrangement, {}, {}, ".."});
  std::vector<std::string> names;
  for (const EmittedFile& file : files) names.push_back(file.name);
  CHECK(names ==
        std::vector<std::string>{"01-one.sbatch", "02-two.sbatch", "calls", "known", "past", "plan", "settings", "submit.sh", "units"});
  CHECK(files[1].bytes == "#!/bin/sh\n# 02-two: 1 array task of workflow chain, plan " + hexadecimal(plan.id()).substr(0, 12) + R"(
#
# two
#     y {a} {b}
#
# waits for: afterok:01-one

#SBATCH --array=0-0
#SBATCH --ntasks=1 --cpus-per-task=1
#SBATCH --mem=3072M
#SBATCH --time=0-01:02:00
#SBATCH --partition=short
#SBATCH --account=cta
#SBATCH --signal=B:TERM@40
#SBATCH --no-requeue --kill-on-invalid-dep=yes --export=ALL --output=/dev/null

# submit.sh gives: the workflow's folder, this one, the name of the execution
cd "$1" || exit 4
exec "$2/osa-step" "$2" 1 "$SLURM_ARRAY_TASK_ID" "$3" 2>>"$2/out/02-two.log"
)");
}

TEST_CASE("an array of more array tasks than may run at once says so") {
  const plan::Plan plan = chain();
  for (const std::int64_t most : {0, 1, 2}) {
    site::Site site;
    site.slurm.max_running = most;
    const auto arrangement = arrange(question_of(plan, site));
    REQUIRE(arrangement);
    for (const EmittedFile& file : emit({plan, site, *arrangement, {}, {}, ".."})) {
      if (!file.name.ends_with(".sbatch")) continue;
      const auto& array = *std::find_if(arrangement->arrays.begin(), arrangement->arrays.end(),
                                        [&](const Array& one) { return one.name + ".sbatch" == file.name; });
      const std::string limit = most > 0 && most < array.unit_count ? fmt::format("%{}", most) : "";
      CHECK(file.bytes.find(fmt::format("#SBATCH --array=0-{}{}\n", array.unit_count - 1, limit)) != std::string::npos);
    }
  }
}

TEST_CASE("what came before is read as it was written") {
  Past past;
  past.rows = {{3, 2, nothing, 0, 0, {}}, {5, 1, 1, 0, 4711, sha256("x")}};
  past.journals = {".osa/a b/journal/run-1.j1", ".osa/a b/slurm/0001/journal/run-slurm-0.0.1.j1"};
  const site::test::Folder folder;
  const std::string bytes = past_bytes(past);
  const auto file = PastFile::open(folder.write("past", bytes));
  REQUIRE(file);
  CHECK(file->find(4) == nullptr);
  REQUIRE(file->find(3) != nullptr);
  CHECK(file->find(3)->attempt == 2);
  REQUIRE(file->find(5) != nullptr);
  CHECK(file->find(5)->offset == 4711);
  CHECK(file->find(5)->fingerprint == past.rows[1].fingerprint);
  for (std::uint32_t i = 0; i < 2; ++i) CHECK(file->journal(i) == past.journals[i]);
  CHECK(file->journal(2).empty());
  for (std::size_t length = 0; length < bytes.size(); ++length) CHECK(!PastFile::open(folder.write("cut", bytes.substr(0, length))));
  CHECK(PastFile::open(folder.write("none", past_bytes({})))->find(0) == nullptr);
}

TEST_CASE("calls are read as they were written, whatever is in them") {
  Calls calls;
  calls.calls = {{"gate", {"--hold", "--account=a b\"@@\n"}, "", {}, 1},
                 {"01-one", {}, "afterok:@0@", {"@folder@/01-one.sbatch", "@root@"}, 3}};
  calls.lines = {"update JobId=@1@_2 Dependency=afterok:@0@"};
  const std::string text = calls_text(calls);
  const auto read = parse_calls(text);
  REQUIRE(read);
  CHECK(*read == calls);
  for (std::size_t length = 0; length < text.size(); ++length) CHECK(!parse_calls(text.substr(0, length)));
  CHECK(parse_calls(calls_text({}))->calls.empty());
}

TEST_CASE("places are filled, and nothing else is touched") {
  const auto value = [](std::string_view place) { return "<" + std::string(place) + ">"; };
  CHECK(filled("afterok:@0@:@12@_[1-2]", value) == "afterok:<0>:<12>_[1-2]");
  CHECK(filled("a@@b@root@", value) == "a@b<root>");
  CHECK(filled("", value).empty());
  CHECK(filled("lonely@", value) == "lonely@");
}

TEST_CASE("the calls of an arrangement: a gate, then the arrays; all that waits for nothing waits for the gate") {
  const plan::Plan plan = chain();
  site::Site site;
  site.slurm.account = "a b@c";
  const auto arrangement = arrange(question_of(plan, site));
  REQUIRE(arrangement);
  const Calls calls = calls_of({plan, site, *arrangement, {}, {}, ".."});
  REQUIRE(calls.calls.size() == 3);
  const std::string id = hexadecimal(plan.id()).substr(0, 12);
  CHECK(calls.calls[0] == Call{"gate",
                               {"--comment=osac " + id + " gate", "--chdir=@root@", "--hold", "--time=1", "--no-requeue",
                                "--output=/dev/null", "--account=a b@@c", "--wrap=true"},
                               "",
                               {},
                               1});
  CHECK(calls.calls[1] == Call{"01-one",
                               {"--comment=osac " + id + " 01-one", "--chdir=@root@"},
                               "afterok:@0@",
                               {"@folder@/01-one.sbatch", "@root@", "@folder@", "@execution@"},
                               3});
  CHECK(calls.calls[2].dependency == "afterok:@1@");
  CHECK(calls.lines.empty());
  const std::string script = submit_script({plan, site, *arrangement, {}, {}, ".."}, calls);
  CHECK(script.find("\nsubmit gate --hold --time=1 --no-requeue --output=/dev/null \"--account=a b@c\" --wrap=true\ngate=$id\n"
                    "array 01-one \"afterok:$gate\"\nJ1=$id\narray 02-two \"afterok:${J1}\"\nJ2=$id\n") != std::string::npos);
}

TEST_CASE("service jobs: small, in a partition that has room, and only where they are asked for") {
  const plan::Plan plan = chain();
  site::Site site;
  site.slurm.partitions = {{"tiny", std::int64_t{60'000'000'000}, 0, 0, 0}, {"long", 0, 0, 0, 0}};
  const auto arrangement = arrange(question_of(plan, site));
  REQUIRE(arrangement);
  Emission emission{plan, site, *arrangement, {}, {}, "../.."};
  const auto find = [&](std::string_view name) {
    for (EmittedFile& file : emit(emission))
      if (file.name == name) return file.bytes;
    return std::string();
  };
  CHECK(find("close.sbatch").empty());
  emission.has_service = true;
  CHECK(find("close.sbatch").find("#SBATCH --time=0-01:00:00\n#SBATCH --partition=long\n#SBATCH --requeue") != std::string::npos);
  CHECK(find("close.sbatch").ends_with("exec \"$3\" close --submission \"$2\" --automatic >>\"$2/out/service.log\" 2>&1\n"));
  CHECK(find("continue.sbatch").ends_with("exec \"$3\" submit --continue \"$2\" >>\"$2/out/service.log\" 2>&1\n"));
  site.slurm.partitions[1].time = std::int64_t{600'000'000'000};
  CHECK(find("close.sbatch").find("#SBATCH --time=0-00:01:00\n#SBATCH --partition=tiny\n") != std::string::npos);
}
