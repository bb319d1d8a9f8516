#include <catch2/catch.hpp>

#include "compiler/program/program.h"

using namespace osac;
using namespace osac::program;
using expression::Node;
using expression::Op;
using expression::Type;

namespace {

/// One dimension over 0 ..< 3, one dataset, one task that makes it.
struct Small {
  Strings strings;
  Program program;

  ExprId add(Op op, Type type, std::vector<ExprId> children = {}, std::uint32_t index = 0) {
    Node node;
    node.op = op;
    node.type = type;
    node.index = index;
    return program.expressions.add(node, children);
  }
  ExprId number(std::int64_t value) { return program.expressions.add_constant(value, Type::of(expression::Kind::integer)); }
  ExprId text(std::string_view value) {
    return program.expressions.add_constant(strings.intern(value).index, Type::of(expression::Kind::text));
  }

  Small() {
    program.name = strings.intern("small");
    Dimension part;
    part.name = strings.intern("part");
    part.type = Type::of(expression::Kind::integer);
    part.source = RangeSource{add(Op::range, Type::of(expression::Kind::range), {number(0), number(3)})};
    program.expressions[std::get<RangeSource>(part.source).range].extra = 1;
    program.dimensions.push_back(part);
    Dataset made;
    made.name = strings.intern("made");
    made.dimensions = made.basis = {DimensionId{0}};
    const ExprId hole = add(Op::hole, part.type, {add(Op::key, part.type)});
    made.path = add(Op::text, Type::of(expression::Kind::text), {text("made_"), hole});
    program.datasets.push_back(made);
    Task make;
    make.name = strings.intern("make");
    make.tool = make.env = Symbol::none();
    make.dimensions = make.basis = {DimensionId{0}};
    Output output;
    output.name = made.name;
    output.dataset = DatasetId{0};
    output.type = Type::of(expression::Kind::file);
    make.outputs.push_back(output);
    make.command.kind = CommandKind::words;
    const ExprId port = add(Op::hole, output.type, {add(Op::port_path, output.type)}, 1);
    make.command.words = {add(Op::text, Type::of(expression::Kind::text), {text("touch")}),
                          add(Op::text, Type::of(expression::Kind::text), {port})};
    program.tasks.push_back(make);
    program.goals = {DatasetId{0}};
  }
};

}  // namespace

TEST_CASE("a program that holds its invariants verifies") {
  Small small;
  CHECK(verify(small.program).empty());
}

TEST_CASE("verify names what is out of range or of another type") {
  Small small;
  SECTION("a goal") {
    small.program.goals = {DatasetId{4}};
    CHECK(verify(small.program) == "goals: dataset 4 of 1");
  }
  SECTION("a basis") {
    small.program.tasks[0].basis.clear();
    CHECK(verify(small.program).find("the basis is not that of the dimensions") != std::string::npos);
  }
  SECTION("a condition that is a number") {
    small.program.tasks[0].where = small.number(1);
    CHECK(verify(small.program).find("where has another type") != std::string::npos);
  }
  SECTION("a port that the task does not have") {
    small.program.tasks[0].command.words.push_back(small.add(Op::port_path, Type::of(expression::Kind::file), {}, 1));
    CHECK(verify(small.program).find("port out of range") != std::string::npos);
  }
  SECTION("an expression of error type") {
    small.program.datasets[0].path = small.program.expressions.add_constant(0, Type{});
    CHECK(verify(small.program).find("has the error type") != std::string::npos);
  }
  SECTION("a port used outside a task") {
    small.program.datasets[0].path = small.add(Op::port_path, Type::of(expression::Kind::file));
    CHECK(verify(small.program).find("port out of range") != std::string::npos);
  }
}

TEST_CASE("a program prints with the names of what it refers to") {
  Small small;
  CHECK(print(small.program, small.strings) ==
        "workflow small\n"
        "dimension part : int\n"
        "  from range 0 ..< 3\n"
        "dataset made over (part) basis (part)\n"
        "  path text(\"made_\" {part})\n"
        "task make over (part) basis (part)\n"
        "  out made = made : file\n"
        "  command words\n"
        "    text(\"touch\")\n"
        "    text({port(made) @word})\n"
        "goal made\n");
}
