// Which elements of a plan are on their way, by submissions of the same plan or of a smaller one.

#include "runtime/slurm/live.h"

#include <unistd.h>
#include <cstdlib>

#include "compiler/base/files.h"
#include "compiler/plan/resolve.h"
#include "tests/unit/slurm/arranged.h"

using namespace osac;
using namespace osac::slurm;
using namespace osac::slurm::test;
using osac::test::PlanMaker;

namespace {

plan::Plan items(std::int64_t count) {
  PlanMaker m("items");
  std::vector<std::int64_t> keys;
  for (std::int64_t i = 0; i < count; ++i) keys.push_back(10 - count + i);  // the larger plan has more before the others
  const auto item = m.dimension("item", keys);
  const auto a = m.dataset("a", {item}, "a/{item}");
  const auto b = m.dataset("b", {item}, "b/{item}");
  m.task("one", {item}).out("a", a).run("x {a}");
  m.task("two", {item}).in("a", a).out("b", b).run("x {a} {b}");
  return m.plan();
}

Overview overview_of(std::int64_t count, std::uint32_t number, const std::vector<Fate>& fates) {
  plan::Plan plan = items(count);
  const site::Site site;
  const Question question = question_of(plan, site);
  auto arrangement = arrange(question);
  REQUIRE(arrangement);
  char name[] = "/tmp/osac-units-XXXXXX";
  ::close(::mkstemp(name));
  REQUIRE(write_file(name, units_bytes(plan.id(), *arrangement)));
  auto units = UnitFile::open(name, plan.id());
  ::unlink(name);
  REQUIRE(units);
  Overview overview{{}, std::move(plan), {}, std::move(*units), {}, {}, 0, 0, 0, 0, 0, {}, {}};
  overview.submission.folder = ".osa/items/slurm/000" + std::to_string(number);
  overview.submission.start.number = number;
  for (const Array& array : arrangement->arrays) overview.arrays.push_back(array.name);
  std::size_t at = 0;
  for (std::uint32_t array = 0; array < overview.arrays.size(); ++array)
    for (std::uint32_t index = 0; !overview.units.elements(array, index).empty(); ++index)
      for (const std::uint32_t element : overview.units.elements(array, index)) {
        ElementFate fate;
        fate.element = element;
        fate.array = array;
        fate.index = index;
        fate.job = 100 * number + array;
        fate.fate = fates[at++ % fates.size()];
        overview.waiting += fate.fate == Fate::waiting ? 1 : 0;
        overview.elements.push_back(fate);
      }
  return overview;
}

std::set<std::string> names(const plan::Plan& plan, const Live& live) {
  std::set<std::string> out;
  for (std::uint32_t element = 0; element < plan.element_count(); ++element)
    if (live.is_live[element]) out.insert(plan::element_name(plan, plan.element(element)));
  return out;
}

}  // namespace

TEST_CASE("nothing is on its way where nothing is open, or all is over") {
  const plan::Plan plan = items(4);
  CHECK(find_live(plan, {}).count == 0);
  std::vector<Overview> open;
  open.push_back(overview_of(3, 1, {Fate::ended, Fate::gone}));
  const Live live = find_live(plan, open);
  CHECK(live.count == 0);
  CHECK(live.arrays.empty());
}

TEST_CASE("elements are found by their names, whatever their numbers, with the array tasks that run them") {
  const plan::Plan plan = items(4);  // one[item=6] ... two[item=9]
  std::vector<Overview> open;
  open.push_back(
      overview_of(2, 3, {Fate::ended, Fate::waiting, Fate::gone, Fate::waiting}));  // chains of item 8 and 9: the second half waits
  const Live live = find_live(plan, open);
  CHECK(names(plan, live) == std::set<std::string>{"two[item=8]", "two[item=9]"});
  CHECK(live.count == 2);
  REQUIRE(live.arrays.size() == 1);
  CHECK(live.arrays[0].submission == 3);
  CHECK(live.arrays[0].job == 300);
  CHECK(live.arrays[0].unit_count == 2);
  CHECK(live.arrays[0].name == "01-one-two");
  REQUIRE(live.earlier.size() == 1);
  CHECK(live.earlier[0].folder == "../0003");
  CHECK(live.earlier[0].array == 0);
  REQUIRE(live.elements.size() == 2);
  CHECK(live.elements[1].index == 1);
  CHECK(std::is_sorted(live.elements.begin(), live.elements.end(), [](const LiveElement& a, const LiveElement& b) {
    return std::pair(a.live_array, a.index) < std::pair(b.live_array, b.index);
  }));
}

TEST_CASE("what is submitted next waits for what is on its way") {
  const plan::Plan plan = items(4);
  std::vector<Overview> open;
  open.push_back(overview_of(2, 1, {Fate::waiting, Fate::waiting, Fate::ended, Fate::ended}));
  const Live live = find_live(plan, open);
  CHECK(live.count == 2);
  const site::Site site;
  Question question = question_of(plan, site);
  for (std::uint32_t element = 0; element < plan.element_count(); ++element) question.to_run[element] = !live.is_live[element];
  question.live_arrays = live.arrays;
  question.live = live.elements;
  const auto arrangement = arrange(question);
  REQUIRE(arrangement);
  CHECK(arrangement->is_live(0));
  CHECK(arrangement->element_count() == plan.element_count() - 2);
}
