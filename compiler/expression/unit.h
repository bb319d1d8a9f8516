#pragma once
// The closed set of unit words. A number followed by one of them, on the same line, is a quantity.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "compiler/expression/type.h"

namespace osac::expression {

struct Unit {
  std::string_view name;
  Kind kind;      ///< duration, memory, or real for all other (arcsec, deg, mag, adu, pix, K, m, Hz, ...)
  double factor;  ///< in nanoseconds or bytes; 1 for real units: they are names, not converted
};

/// ns us ms s min h d day days night nights week weeks; B kB KB MB GB TB PB KiB MiB GiB TiB PiB; arcsec arcmin deg rad mag adu e pix px
/// K C m mm um nm cm km Hz kHz MHz GHz eV keV MeV GeV TeV V mV A W Jy mJy ct counts percent.
std::optional<Unit> find_unit(std::string_view word);
/// All unit words, in that order; for suggestions and the reference.
std::span<const Unit> all_units();

}  // namespace osac::expression
