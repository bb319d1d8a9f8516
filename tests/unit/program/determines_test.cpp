#include <catch2/catch.hpp>

#include "compiler/program/program.h"

using namespace osac;
using namespace osac::program;

namespace {

/// exposure implies night and filter; night implies season; subexposure in exposure; detector stands alone.
struct Axes {
  Program program;
  DimensionId season{0}, night{1}, filter{2}, exposure{3}, subexposure{4}, detector{5};

  Axes() {
    program.dimensions.resize(6);
    program.dimensions[night.index].implies = {{season, 0, {}}};
    program.dimensions[exposure.index].implies = {{night, 0, {}}, {filter, 1, {}}};
    program.dimensions[subexposure.index].parent = exposure;
  }
};

}  // namespace

TEST_CASE("a key determines itself, its parents and what they imply, transitively") {
  const Axes axes;
  CHECK(determined_by(axes.program, {axes.subexposure}) ==
        std::vector<DimensionId>{axes.season, axes.night, axes.filter, axes.exposure, axes.subexposure});
  CHECK(determined_by(axes.program, {axes.filter, axes.detector}) == std::vector<DimensionId>{axes.filter, axes.detector});
  CHECK(determined_by(axes.program, {}).empty());
  CHECK(determines(axes.program, {axes.exposure}, axes.season));
  CHECK_FALSE(determines(axes.program, {axes.season}, axes.exposure));
  CHECK_FALSE(determines(axes.program, {axes.exposure}, axes.detector));
}

TEST_CASE("a long chain of dimensions is followed to its end") {
  Program program;
  program.dimensions.resize(500);
  for (std::uint32_t d = 2; d < 500; ++d) program.dimensions[d].parent = DimensionId{d - 1};
  const auto all = determined_by(program, {DimensionId{499}});
  REQUIRE(all.size() == 499);
  for (std::uint32_t i = 0; i < 499; ++i) CHECK(all[i] == DimensionId{i + 1});
  CHECK(determines(program, {DimensionId{499}}, DimensionId{1}));
  CHECK_FALSE(determines(program, {DimensionId{499}}, DimensionId{0}));
  CHECK_FALSE(determines(program, {DimensionId{1}}, DimensionId{2}));
}

TEST_CASE("a basis drops what others in the list determine and keeps their order") {
  const Axes axes;
  CHECK(basis_of(axes.program, {axes.exposure, axes.subexposure}) == std::vector<DimensionId>{axes.subexposure});
  CHECK(basis_of(axes.program, {axes.night, axes.detector, axes.filter, axes.exposure}) ==
        std::vector<DimensionId>{axes.detector, axes.exposure});
  CHECK(basis_of(axes.program, {axes.night, axes.filter}) == std::vector<DimensionId>{axes.night, axes.filter});
  CHECK(basis_of(axes.program, {axes.night, axes.night}) == std::vector<DimensionId>{axes.night});
}

TEST_CASE("of two dimensions that determine each other one stays in the basis") {
  Axes axes;
  axes.program.dimensions[axes.season.index].implies = {{axes.night, 0, {}}};
  CHECK(basis_of(axes.program, {axes.season, axes.night}) == std::vector<DimensionId>{axes.night});
}

TEST_CASE("an id that names no dimension determines nothing") {
  const Axes axes;
  CHECK(determined_by(axes.program, {DimensionId::none(), DimensionId{77}}).empty());
  CHECK_FALSE(determines(axes.program, {axes.exposure}, DimensionId::none()));
}
