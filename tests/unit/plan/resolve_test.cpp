#include "compiler/plan/resolve.h"

#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "tests/unit/plan/samples.h"

using namespace osac;
using namespace osac::test;

namespace {

std::string error_of(const plan::Plan& plan, std::string_view name) {
  const auto found = plan::find_element(plan, name);
  REQUIRE_FALSE(found);
  CHECK(found.error().trouble == Trouble::usage);
  return found.error().what + (found.error().help.empty() ? "" : " | " + found.error().help);
}

std::vector<std::string> paths(const std::vector<plan::FileUse>& uses) {
  std::vector<std::string> out;
  for (const auto& use : uses) out.push_back(std::to_string(use.port) + ' ' + use.path);
  return out;
}

plan::ElementRef at(const plan::Plan& plan, std::string_view name) {
  const auto found = plan::find_element(plan, name);
  REQUIRE(found);
  return *found;
}

}  // namespace

TEST_CASE("elements are named by their keys, with parents, and quoted where needed") {
  const plan::Plan plan = night().plan();
  CHECK(plan::element_name(plan, {*plan.find_task("reduce"), 3}) == "reduce[exposure=16]");
  CHECK(plan::element_name(plan, {*plan.find_task("coadd"), 1}) == "coadd[filter=\"r band\"]");
  CHECK(plan::element_name(plan, {*plan.find_task("summarise"), 0}) == "summarise");
  CHECK(plan::dataset_element_name(plan, *plan.find_dataset("part"), 4) == "part[exposure=5,detector=7]");
  CHECK(plan::element_keys(plan, {*plan.find_task("coadd"), 1}) == std::vector<std::pair<std::string, std::string>>{{"filter", "r band"}});
}

TEST_CASE("a dimension declared without its parent is named with it") {
  PlanMaker m;
  const auto run = m.dimension("run", std::vector<std::int64_t>{5, 6});
  const auto subrun = m.dimension_in(run, "subrun", {{0, 0}, {0, 1}, {1, 0}});
  const auto file = m.dataset("file", {subrun}, "{run}.{subrun}");
  m.task("make", {subrun}).out("file", file).run("touch {file}");
  const plan::Plan plan = m.plan();
  CHECK(plan::element_name(plan, {0, 2}) == "make[run=6,subrun=0]");
  CHECK(at(plan, "make[subrun=0, run=6]") == plan::ElementRef{0, 2});
  CHECK(plan::element_file_name(plan, {0, 2}) == "make@6,0");
  CHECK(plan::dataset_path(plan, 0, 1) == "5.1");
}

TEST_CASE("every element is found by its name") {
  const plan::Plan plan = night().plan();
  std::set<std::string> files;
  for (std::uint32_t i = 0; i < plan.element_count(); ++i) {
    const auto found = plan::find_element(plan, plan::element_name(plan, plan.element(i)));
    REQUIRE(found);
    CHECK(plan.global(*found) == i);
    files.insert(plan::element_file_name(plan, plan.element(i)));
  }
  CHECK(files.size() == plan.element_count());
}

TEST_CASE("names are read with blanks, quotes and escapes, and what others determine may be left out or given") {
  const plan::Plan plan = night().plan();
  const std::uint32_t coadd = *plan.find_task("coadd");
  CHECK(at(plan, "  coadd [ filter = r band ] ") == plan::ElementRef{coadd, 1});
  CHECK(at(plan, "coadd[filter=\"r\\u0020band\"]") == plan::ElementRef{coadd, 1});
  CHECK(at(plan, "coadd[filter=\"g\"]") == plan::ElementRef{coadd, 0});
  CHECK(at(plan, "reduce[exposure=0016]") == plan::ElementRef{*plan.find_task("reduce"), 3});
}

TEST_CASE("a name that is none is told by what is wrong with it") {
  const plan::Plan plan = night().plan();
  CHECK(error_of(plan, "redcue[exposure=1]") == "no task named `redcue` | did you mean `reduce`?");
  CHECK(error_of(plan, "x") == "no task named `x`");
  CHECK(error_of(plan, "reduce") == "an element of `reduce` needs its exposure | write `reduce[exposure=...]`");
  CHECK(error_of(plan, "reduce[run=1]") == "`reduce` has no dimension `run` | write `reduce[exposure=...]`");
  CHECK(error_of(plan, "reduce[exposure=3]") == "there is no exposure `3`");
  CHECK(error_of(plan, "reduce[exposure=one]") == "there is no exposure `one`");
  CHECK(error_of(plan, "reduce[exposure=1, exposure=2]") == "`exposure` is given twice");
  CHECK(error_of(plan, "summarise[filter=g]") == "`summarise` has no dimension `filter` | write `summarise`");
  const std::string help = " | write `task[dimension=key, ...]`";
  CHECK(error_of(plan, "reduce[exposure=1") == "`reduce[exposure=1` is no element: it ends where `,` or `]` should be" + help);
  CHECK(error_of(plan, "reduce[exposure]") == "`reduce[exposure]` is no element: there is `]` where `=` and a key should be" + help);
  CHECK(error_of(plan, "reduce[exposure=1]x") == "`reduce[exposure=1]x` is no element: there is `x` where its end should be" + help);
  CHECK(error_of(plan, "") == "`` is no element: it ends where a task's name should be" + help);
  CHECK(error_of(plan, "coadd[filter=\"g]") == "`coadd[filter=\"g]` is no element: there is `\"g]` where a key should be" + help);
}

TEST_CASE("an element that the plan left out is not found") {
  PlanMaker m;
  const auto run = m.dimension("run", std::vector<std::int64_t>{5, 6, 7});
  const auto file = m.dataset("file", {run}, "{run}");
  m.task_at("make", run, {0, 2}).out("file", file).run("touch {file}");
  const plan::Plan plan = m.plan();
  CHECK(at(plan, "make[run=7]") == plan::ElementRef{0, 1});
  CHECK(error_of(plan, "make[run=6]") == "`make` has no element at run 6 in this plan | see `osac why` for what left it out");
}

TEST_CASE("dimensions that others determine must agree when they are given") {
  PlanMaker m;
  const auto band = m.dimension("band", std::vector<std::string>{"g", "r"});
  const auto visit = m.dimension("visit", std::vector<std::int64_t>{1, 2});
  m.implies(visit, band, {1, 0});
  const auto file = m.dataset("file", {visit, band}, "{band}/{visit}");
  m.task("make", {visit, band}).out("file", file).run("touch {file}");
  const plan::Plan plan = m.plan();
  CHECK(plan::element_name(plan, {0, 0}) == "make[visit=1,band=r]");
  CHECK(at(plan, "make[visit=1]") == plan::ElementRef{0, 0});
  CHECK(at(plan, "make[band=r,visit=1]") == plan::ElementRef{0, 0});
  CHECK(error_of(plan, "make[visit=1, band=g]") == "`make[visit=1,band=r]` has band `r`, not `g`");
}

TEST_CASE("file names of elements are plain, different and short") {
  PlanMaker m;
  const std::vector<std::string> keys = {
      "%41", "A", "a,b", "a/b", "a@b", "a b", "\xc3\xa9", std::string(300, 'x'), std::string(299, 'x') + "y"};
  std::vector<std::string> sorted = keys;
  std::sort(sorted.begin(), sorted.end());
  const auto name = m.dimension("name", sorted);
  const auto file = m.dataset("file", {name}, "{name}");
  m.task("make", {name}).out("file", file).run("touch {file}");
  const plan::Plan plan = m.plan();
  std::set<std::string> names;
  for (std::uint32_t i = 0; i < plan.element_count(); ++i) {
    const std::string own = plan::element_file_name(plan, {0, i});
    CHECK(own.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-%@,~") == std::string::npos);
    CHECK(own.size() <= 120);
    names.insert(own);
    CHECK(at(plan, plan::element_name(plan, {0, i})) == plan::ElementRef{0, i});
  }
  CHECK(names.size() == keys.size());
  CHECK(plan::element_file_name(plan, {0, 0}) == "make@%2541");
}

TEST_CASE("paths are written from keys and attributes") {
  const plan::Plan plan = night().plan();
  CHECK(plan::dataset_path(plan, *plan.find_dataset("raw"), 3) == "data/raw/00016.fits");
  CHECK(plan::dataset_path(plan, *plan.find_dataset("flat"), 1) == "calib/flat_r band.fits");
  CHECK(plan::dataset_path(plan, *plan.find_dataset("part"), 4) == "work/5/07.fits");
  CHECK(plan::dataset_path(plan, *plan.find_dataset("stack"), 0) == "products/g/");
  CHECK(plan::dataset_path(plan, *plan.find_dataset("report"), 0) == "products/report.txt");
  std::string text = "x";
  const plan::PathWriter writer(plan, *plan.find_dataset("raw"));
  writer.append(0, text);
  writer.append(1, text);
  CHECK(text == "xdata/raw/00001.fitsdata/raw/00002.fits");
}

TEST_CASE("fast paths of integers are those of the general formatter") {
  for (const char* spec : {"", "d", "0", "05", "020", "03d", "5", ">5", "x", "+d", "<4"}) {
    PlanMaker m;
    const std::vector<std::int64_t> keys = {std::numeric_limits<std::int64_t>::min() + 1, -1234567, -12, -1, 0, 7, 99999,
                                            std::numeric_limits<std::int64_t>::max()};
    const auto key = m.dimension("key", keys);
    const auto file = m.external("file", {key}, *spec == 0 ? "{key}" : "{key:" + std::string(spec) + "}");
    m.task("make", {key}).in("file", file).run("touch {file}");
    const plan::Plan plan = m.plan();
    const auto type = expression::Type::of(expression::Kind::integer);
    for (std::uint32_t i = 0; i < keys.size(); ++i)
      CHECK(plan::dataset_path(plan, 0, i) == (*spec == 0 ? expression::to_text(keys[i], type) : expression::format(keys[i], type, spec)));
  }
}

TEST_CASE("paths hold what is worked out of keys, dates and conditions as well") {
  PlanMaker m;
  const auto run = m.dimension("run", std::vector<std::int64_t>{5, 7});
  const auto file = m.external("file", {run}, "{run:03}/{run}/{run:%Y%m%d}");
  m.task("read", {run}).in("file", file).run("cat {file}");
  plan::PlanData data = m.data();
  std::vector<std::uint32_t> holes;
  for (std::uint32_t i = 0; i < data.nodes.size() && holes.size() < 3; ++i)
    if (data.nodes[i].op == expression::Op::hole) holes.push_back(i);
  const auto integer = expression::Type::of(expression::Kind::integer);
  // The second hole holds `run + run`, of the first one's key.
  data.children.insert(data.children.end(), {0, 0});
  auto& sum = data.nodes[data.children[data.nodes[holes[1]].first_child]];
  data.children[data.children.size() - 2] = data.children[data.children.size() - 1] = data.children[data.nodes[holes[0]].first_child];
  sum.op = expression::Op::add;
  sum.type = integer;
  sum.first_child = static_cast<std::uint32_t>(data.children.size() - 2);
  sum.child_count = 2;
  // The third is a date, the same for all.
  auto& day = data.nodes[data.children[data.nodes[holes[2]].first_child]];
  day.op = expression::Op::constant;
  day.type = expression::Type::of(expression::Kind::date);
  day.bits = 20'000;
  const auto plan = plan::Plan::from_bytes(plan::serialize(data));
  REQUIRE(plan);
  CHECK(plan::dataset_path(*plan, 0, 0) == "005/10/20241004");
  CHECK(plan::dataset_path(*plan, 0, 1) == "007/14/20241004");
}

TEST_CASE("files of an element, port by port") {
  const plan::Plan plan = night().plan();
  CHECK(paths(plan::input_files(plan, at(plan, "reduce[exposure=16]"))) ==
        std::vector<std::string>{"0 data/raw/00016.fits", "1 calib/flat_r band.fits"});
  CHECK(paths(plan::output_files(plan, at(plan, "split[exposure=5]"))) == std::vector<std::string>{"0 work/5/00.fits", "0 work/5/07.fits"});
  CHECK(paths(plan::input_files(plan, at(plan, "coadd[filter=g]"))) == std::vector<std::string>{"0 work/00001.fits", "0 work/00005.fits"});
}

TEST_CASE("resources are evaluated, and 0 where nothing is said") {
  const plan::Plan plan = night().plan();
  const auto reduce = plan::resources(plan, at(plan, "reduce[exposure=1]"));
  REQUIRE(reduce);
  CHECK(reduce->cpus == 0);
  CHECK(reduce->memory == std::int64_t{2} << 30);
  CHECK(reduce->time == 600'000'000'000);
  CHECK(reduce->slots == std::vector<std::pair<std::string, std::int64_t>>{{"licence", 1}});
}

TEST_CASE("a command without a shell is a list of words") {
  const plan::Plan plan = night().plan();
  plan::CommandContext context;
  context.resources.cpus = 4;
  context.output_path = [](const plan::FileUse& use) { return "/scratch/" + use.path; };
  const auto command = plan::command(plan, at(plan, "reduce[exposure=2]"), context);
  REQUIRE(command);
  CHECK(command->kind == plan::CommandKind::words);
  CHECK(command->words == std::vector<std::string>{"reduce", "--airmass=1.25", "--threads=4", "data/raw/00002.fits",
                                                   "calib/flat_r band.fits", "/scratch/work/00002.fits"});
  CHECK(plan::command_line(*command) ==
        "reduce --airmass=1.25 --threads=4 data/raw/00002.fits 'calib/flat_r band.fits' /scratch/work/00002.fits");
}

TEST_CASE("a list is a word for each file, and a directory stands without its last slash") {
  const plan::Plan plan = night().plan();
  const auto command = plan::command(plan, at(plan, "coadd[filter=g]"), {});
  REQUIRE(command);
  CHECK(command->words == std::vector<std::string>{"swarp", "work/00001.fits", "work/00005.fits", "-d", "products/g"});
}

TEST_CASE("shell text holds each value as one word, survivors are filtered, and long lists go into a file") {
  const plan::Plan plan = night().plan();
  plan::CommandContext context;
  context.input_filter = [](const plan::FileUse& use) { return use.path != "products/g/"; };
  std::vector<std::string> listed;
  context.list_file = [&](std::uint32_t, const std::vector<std::string>& names) {
    listed = names;
    return std::string("a list");
  };
  const auto command = plan::command(plan, at(plan, "summarise"), context);
  REQUIRE(command);
  CHECK(command->text == "cat 'products/r band' 'a list' > products/report.txt");
  CHECK(listed == std::vector<std::string>{"work/1/00.fits", "work/1/01.fits", "work/2/00.fits", "work/5/00.fits", "work/5/07.fits",
                                           "work/16/00.fits"});
  CHECK(plan::command_line(*command) == command->text);
}

TEST_CASE("a list file that nobody can write is an error that names the element") {
  const plan::Plan plan = night().plan();
  const auto command = plan::command(plan, at(plan, "summarise"), {});
  REQUIRE_FALSE(command);
  CHECK(command.error().what == "the command of `summarise`: a list of names cannot be written here");
}

TEST_CASE("a script is text for its interpreter, and its line can be pasted") {
  const plan::Plan plan = night().plan();
  const auto command = plan::command(plan, at(plan, "split[exposure=2]"), {});
  REQUIRE(command);
  CHECK(command->interpreter == "python");
  CHECK(command->text == "print(\"work/00002.fits\", [\"work/2/00.fits\"])");
  CHECK(plan::command_line(*command) == "python -c 'print(\"work/00002.fits\", [\"work/2/00.fits\"])'");
  const auto verify = plan::verify_command(plan, at(plan, "split[exposure=2]"), {});
  REQUIRE(verify);
  CHECK(verify->text == "test -s work/2/00.fits");
}

TEST_CASE("the identity of a command is its text with final paths, and no attempt's") {
  const plan::Plan plan = night().plan();
  CHECK(plan::identity_text(plan, at(plan, "make_flat[filter=g]")) ==
        "words 7\n7:combine\n19:data/raw/00001.fits\n19:data/raw/00005.fits\n2:-n\n1:2\n2:-o\n17:calib/flat_g.fits\n0:\n0:\nnone "
        "0\n0:\n0:\n");
  const auto lists = plan::identity_text(plan, at(plan, "summarise"));
  REQUIRE(lists);
  CHECK(lists->find("list 6\n14:work/1/00.fits\n") != std::string::npos);
}

TEST_CASE("different commands have different identities, however words are cut") {
  const auto identity = [](const std::string& words) {
    PlanMaker m;
    m.task("make").run(words);
    return *plan::identity_text(m.plan(), {0, 0});
  };
  std::set<std::string> texts;
  for (const char* words : {"a b", "ab", "a b c", "a bc", "2:a b", "a\n1:b"}) texts.insert(identity(words));
  CHECK(texts.size() == 6);
}

TEST_CASE("expectations are checked over metrics") {
  const plan::Plan plan = night().plan();
  const auto ref = at(plan, "reduce[exposure=5]");
  const auto good = plan::check_expects(plan, ref, {{0, 25.0}});
  REQUIRE(good);
  REQUIRE(good->size() == 2);
  CHECK((*good)[0].holds);
  CHECK((*good)[1].holds);
  const auto shallow = plan::check_expects(plan, ref, {{0, 19.5}});
  REQUIRE(shallow);
  CHECK_FALSE((*shallow)[0].holds);
  CHECK_FALSE((*shallow)[0].fails);
  CHECK((*shallow)[0].message == "shallow exposure 5");
  const auto deep = plan::check_expects(plan, ref, {{0, 50.0}});
  REQUIRE(deep);
  CHECK_FALSE((*deep)[1].holds);
  CHECK((*deep)[1].fails);
  CHECK((*deep)[1].message == "expected `depth < 40`");
  const auto missing = plan::check_expects(plan, ref, {});
  REQUIRE(missing);
  CHECK_FALSE((*missing)[0].holds);
}

TEST_CASE("any text is found by the name it gives") {
  std::mt19937 random(20260703);
  for (int round = 0; round < 200; ++round) {
    std::set<std::string> keys;
    for (auto count = random() % 12; count > 0; --count) {
      std::string key;
      for (auto length = random() % 8; length > 0; --length) key += static_cast<char>(random() % 128);
      keys.insert(key);
    }
    PlanMaker m;
    const auto name = m.dimension("name", std::vector<std::string>(keys.begin(), keys.end()));
    m.task("make", {name}).run("true");
    const plan::Plan plan = m.plan();
    std::set<std::string> names;
    for (std::uint32_t i = 0; i < plan.element_count(); ++i) {
      names.insert(plan::element_file_name(plan, {0, i}));
      CHECK(plan::find_element(plan, plan::element_name(plan, {0, i})) == plan::ElementRef{0, i});
    }
    CHECK(names.size() == keys.size());
  }
}
