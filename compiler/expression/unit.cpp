#include "compiler/expression/unit.h"

#include <algorithm>
#include <array>

namespace osac::expression {

namespace {

constexpr double second = 1e9;
constexpr double hour = 3600 * second;
constexpr double day = 24 * hour;
constexpr double kibi = 1024;

constexpr Unit duration(std::string_view name, double factor) { return {name, Kind::duration, factor}; }
constexpr Unit memory(std::string_view name, double factor) { return {name, Kind::memory, factor}; }
constexpr Unit real(std::string_view name) { return {name, Kind::real, 1}; }

constexpr std::array units = {
    duration("ns", 1),
    duration("us", 1e3),
    duration("ms", 1e6),
    duration("s", second),
    duration("min", 60 * second),
    duration("h", hour),
    duration("d", day),
    duration("day", day),
    duration("days", day),
    duration("night", day),
    duration("nights", day),
    duration("week", 7 * day),
    duration("weeks", 7 * day),
    memory("B", 1),
    memory("kB", 1e3),
    memory("KB", 1e3),
    memory("MB", 1e6),
    memory("GB", 1e9),
    memory("TB", 1e12),
    memory("PB", 1e15),
    memory("KiB", kibi),
    memory("MiB", kibi* kibi),
    memory("GiB", kibi* kibi* kibi),
    memory("TiB", kibi* kibi* kibi* kibi),
    memory("PiB", kibi* kibi* kibi* kibi* kibi),
    real("arcsec"),
    real("arcmin"),
    real("deg"),
    real("rad"),
    real("mag"),
    real("adu"),
    real("e"),
    real("pix"),
    real("px"),
    real("K"),
    real("C"),
    real("m"),
    real("mm"),
    real("um"),
    real("nm"),
    real("cm"),
    real("km"),
    real("Hz"),
    real("kHz"),
    real("MHz"),
    real("GHz"),
    real("eV"),
    real("keV"),
    real("MeV"),
    real("GeV"),
    real("TeV"),
    real("V"),
    real("mV"),
    real("A"),
    real("W"),
    real("Jy"),
    real("mJy"),
    real("ct"),
    real("counts"),
    real("percent"),
};

}  // namespace

std::span<const Unit> all_units() { return units; }

std::optional<Unit> find_unit(std::string_view word) {
  const auto found = std::find_if(units.begin(), units.end(), [&](const Unit& unit) { return unit.name == word; });
  if (found == units.end()) return std::nullopt;
  return *found;
}

}  // namespace osac::expression
