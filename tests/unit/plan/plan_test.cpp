#include "compiler/plan/plan.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "compiler/plan/edges.h"
#include "compiler/plan/format.h"
#include "compiler/plan/resolve.h"
#include "tests/unit/plan/samples.h"

using namespace osac;
using namespace osac::test;

namespace {

/// Asks a plan everything there is to ask: nothing of it may crash.
std::size_t read_all(const plan::Plan& plan) {
  std::size_t bytes = plan::print(plan, true).size() + plan::print_json(plan).size() + plan::verify(plan).size();
  const plan::Edges edges = plan::make_edges(plan);
  bytes += edges.dependents.size() + plan::topological_order(plan, edges).size() + plan::count_consumers(plan).size();
  for (std::uint32_t i = 0; i < plan.element_count(); ++i) {
    const plan::ElementRef ref = plan.element(i);
    bytes += plan::element_file_name(plan, ref).size();
    if (const auto text = plan::identity_text(plan, ref)) bytes += text->size();
    if (const auto resources = plan::resources(plan, ref)) bytes += resources->slots.size();
    if (const auto found = plan::find_element(plan, plan::element_name(plan, ref))) bytes += found->element;
    bytes += plan::input_files(plan, ref).size();
    if (const auto outcomes = plan::check_expects(plan, ref, {{0, 3.0}})) bytes += outcomes->size();
  }
  return bytes;
}

/// Makes the checksums of a damaged plan right again, so that only the checks of its rows stand between it and the reader.
void repair(std::string& bytes) {
  plan::format::Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  for (std::uint32_t i = 0; i < header.section_count; ++i) {
    char* const place = bytes.data() + sizeof header + i * sizeof(plan::format::Section);
    plan::format::Section section;
    std::memcpy(&section, place, sizeof section);
    if (section.offset > bytes.size() || section.count > bytes.size() || section.count * section.row_size > bytes.size() - section.offset)
      continue;
    section.checksum = checksum(std::string_view(bytes).substr(section.offset, section.count * section.row_size));
    std::memcpy(place, &section, sizeof section);
  }
  header.checksum = 0;
  std::memcpy(bytes.data(), &header, sizeof header);
  const std::size_t head = sizeof header + header.section_count * sizeof(plan::format::Section);
  if (head > bytes.size()) return;
  header.checksum = checksum(std::string_view(bytes).substr(0, head));
  std::memcpy(bytes.data(), &header, sizeof header);
}

std::string error_of(std::string bytes) {
  const auto plan = plan::Plan::from_bytes(std::move(bytes));
  return plan ? "" : plan.error().what;
}

}  // namespace

TEST_CASE("a plan knows its families, producers and numbers") {
  const plan::Plan plan = night().plan();
  CHECK(plan.workflow() == "night");
  CHECK(plan.element_count() == 13);
  REQUIRE(plan.find_task("reduce") == 1U);
  REQUIRE(plan.find_task("summarise") == 4U);
  CHECK_FALSE(plan.find_task("reduc"));
  CHECK(plan.element(2) == plan::ElementRef{1, 0});
  CHECK(plan.element(12) == plan::ElementRef{4, 0});
  for (std::uint32_t i = 0; i < plan.element_count(); ++i) CHECK(plan.global(plan.element(i)) == i);
  const std::uint32_t part = *plan.find_dataset("part");
  CHECK(plan.producer(part, 4) == plan::ElementRef{*plan.find_task("split"), 2});
  CHECK_FALSE(plan.producer(*plan.find_dataset("raw"), 0));
  CHECK(plan::verify(plan).empty());
}

TEST_CASE("records are found through parents and implied dimensions") {
  const plan::Plan plan = night().plan();
  const auto& part = plan.datasets()[*plan.find_dataset("part")].family;
  CHECK(plan.record(part, 4, 2) == 4);  // itself
  CHECK(plan.record(part, 4, 1) == 2);  // its exposure
  CHECK(plan.record(part, 4, 0) == 0);  // the filter of that
  const auto& stack = plan.datasets()[*plan.find_dataset("stack")].family;
  CHECK(plan.record(stack, 1, 1) == plan::no_element);  // a filter determines no exposure
}

TEST_CASE("the same data gives the same bytes, and the id is of the content") {
  const std::string bytes = plan::serialize(night().data());
  CHECK(bytes == plan::serialize(night().data()));
  const plan::Plan plan = night().plan();
  CHECK(plan.bytes() == bytes);
  CHECK(plan.id() == sha256(std::string_view(bytes).substr(sizeof(plan::format::Header))));
}

TEST_CASE("what nothing refers to leaves no trace in a plan") {
  plan::PlanData data = night().data();
  plan::PlanData plain = night().data();
  plain.strings.intern("an unrelated declaration");
  expression::Node node;
  node.type = expression::Type::of(expression::Kind::integer);
  node.bits = 42;
  plain.nodes.push_back(node);
  CHECK(plan::serialize(plain) == plan::serialize(data));
}

TEST_CASE("places in the source leave no trace in a plan") {
  plan::PlanData data = night().data();
  for (auto& node : data.nodes) node.span = {17, 23};
  CHECK(plan::serialize(data) == plan::serialize(night().data()));
}

TEST_CASE("a plan is mapped from its file, and another version is refused by number") {
  const std::string folder = std::filesystem::temp_directory_path() / ("osac-plan-test-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  const std::string path = folder + "/plan";
  std::string bytes = plan::serialize(night().data());
  std::ofstream(path, std::ios::binary) << bytes;
  {
    const auto plan = plan::Plan::open(path);
    REQUIRE(plan);
    CHECK(plan->bytes() == bytes);
  }
  bytes[8] = 9;
  std::ofstream(path, std::ios::binary) << bytes;
  const auto other = plan::Plan::open(path);
  REQUIRE_FALSE(other);
  CHECK(other.error().what == "cannot use the plan `" + path + "`: it was written by another osac: format 9, this one reads 2");
  CHECK(other.error().trouble == Trouble::damaged);
  const auto none = plan::Plan::open(folder + "/none");
  REQUIRE_FALSE(none);
  CHECK(none.error().what == "cannot open `" + folder + "/none`: no such file or directory");
  const auto directory = plan::Plan::open(folder);
  REQUIRE_FALSE(directory);
  CHECK(directory.error().what == "cannot use the plan `" + folder + "`: it is no regular file");
  std::ofstream(path, std::ios::binary | std::ios::trunc).close();
  CHECK_FALSE(plan::Plan::open(path));
  std::filesystem::remove_all(folder);
}

TEST_CASE("damage is told by what it is") {
  const std::string bytes = plan::serialize(night().data());
  CHECK(error_of("") == "cannot use the plan `(in memory)`: it is not a plan");
  CHECK(error_of("#!/bin/sh\n" + bytes) == "cannot use the plan `(in memory)`: it is not a plan");
  CHECK(error_of(bytes.substr(0, 2000)).find("it is cut short: 2,000 of ") != std::string::npos);
  CHECK(error_of(bytes + "x") == "cannot use the plan `(in memory)`: it has 1 bytes after its end");
  std::string flipped = bytes;
  flipped[bytes.size() - 100] ^= 1;
  CHECK(error_of(flipped) == "cannot use the plan `(in memory)`: the content of section 13 is not what was written");
}

TEST_CASE("no truncation of a plan is taken for a plan") {
  const std::string bytes = plan::serialize(night().data());
  for (std::size_t size = 0; size < bytes.size(); ++size) REQUIRE_FALSE(error_of(bytes.substr(0, size)).empty());
}

TEST_CASE("a flipped bit anywhere is found, or changes nothing that is read") {
  const std::string bytes = plan::serialize(night().data());
  const plan::Plan whole = night().plan();
  std::mt19937 random(20260701);
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = bytes;
    damaged[random() % bytes.size()] ^= static_cast<char>(1U << (random() % 8));
    const auto plan = plan::Plan::from_bytes(damaged);
    if (plan) CHECK(plan::print(*plan, true) == plan::print(whole, true));
  }
}

TEST_CASE("a plan whose damage has right checksums is refused or can be read without a crash") {
  const auto sample = GENERATE(0, 1);
  const std::string bytes = plan::serialize(sample == 0 ? night().data() : late().data());
  std::mt19937 random(20260702);
  std::size_t read = 0;
  int opened = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = bytes;
    const std::size_t head = sizeof(plan::format::Header) + (i % 4 == 0 ? 0 : plan::format::section_kinds * sizeof(plan::format::Section));
    for (auto flips = 1 + random() % 3; flips > 0; --flips) {
      const std::size_t at = head + random() % (bytes.size() - head);
      damaged[at] = random() % 2 == 0 ? static_cast<char>(random()) : static_cast<char>(damaged[at] + 1);
    }
    repair(damaged);
    const auto plan = plan::Plan::from_bytes(std::move(damaged));
    if (!plan) continue;
    ++opened;
    read += read_all(*plan);
  }
  CHECK(opened > 100);  // the checks of rows let through what only elements could tell
  CHECK(read > 0);
}

TEST_CASE("expressions that evaluation could not trust are refused") {
  const auto problem = [](auto&& change) {
    plan::PlanData data = night().data();
    for (auto& node : data.nodes)
      if (node.op == expression::Op::hole) change(node);
    return error_of(plan::serialize(data));
  };
  const std::string refused = "cannot use the plan `(in memory)`: ";
  CHECK(problem([](expression::Node&) {}).empty());
  CHECK(problem([](expression::Node& hole) {
          hole.op = expression::Op::call;
          hole.index = static_cast<std::uint32_t>(expression::Builtin::replace);
        }) == refused + "a function has another number of arguments");
  plan::PlanData keys = night().data();
  for (auto& node : keys.nodes)
    if (node.op == expression::Op::key) node.type = expression::Type::of(expression::Kind::duration);
  CHECK(error_of(plan::serialize(keys)) == refused + "a key or attribute is not of its column's type");
  CHECK(problem([](expression::Node& hole) { hole.op = expression::Op::add; }) == refused + "an operation lacks an operand");
  CHECK(problem([](expression::Node& hole) { hole.index = 99; }) == refused + "a hole stands nowhere");
  CHECK(problem([](expression::Node& hole) { hole.bits = 1; }) == refused + "a format does not fit what it is for");
}

TEST_CASE("verify finds what open leaves to it") {
  plan::PlanData data = night().data();
  const auto problem = [](const plan::PlanData& wrong) {
    const auto plan = plan::Plan::from_bytes(plan::serialize(wrong));
    REQUIRE(plan);
    return plan::verify(*plan);
  };
  CHECK(problem(data).empty());
  plan::PlanData unsorted = night().data();
  std::swap(unsorted.scalars[unsorted.columns[unsorted.dimensions[1].key_column].values.first],
            unsorted.scalars[unsorted.columns[unsorted.dimensions[1].key_column].values.first + 1]);
  CHECK(problem(unsorted) == "the keys of `exposure` are not sorted");
  plan::PlanData unmade = night().data();
  for (auto& row : unmade.datasets)
    if (unmade.strings.text(row.family.name) == "stack") row.producer = 0;
  CHECK(problem(unmade) == "`stack[filter=g]` is not made by `coadd[filter=g]`, which writes it");
  plan::PlanData level = night().data();
  level.tasks[1].level = 0;
  CHECK(problem(level) == "`reduce` reads what `make_flat` makes, but is not after it");
}
