#pragma once
// Commands and scripts as texts that a checker of their own language can read: holes are filled with harmless words, and every byte knows
// where in the .osa text it comes from. Who runs the checker is not known here.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "compiler/base/span.h"

namespace osac::lint {

enum class ScriptLanguage : std::uint8_t { bash, sh, python };

struct Script {
  ScriptLanguage language = ScriptLanguage::bash;
  std::string text;
  /// For each byte of `text`, and its end, the offset in the sources.
  std::vector<std::uint32_t> places;
  /// What stands for holes: begin and end in `text`, in order.
  struct Filled {
    std::size_t begin, end;
  };
  std::vector<Filled> holes;
  bool is_block = false;  ///< written in """; else quotes and backslashes are escaped in the .osa text
};

/// What a checker has to say of a script. Lines and columns count from 1, columns in code points.
struct ScriptRemark {
  std::size_t script = 0;
  struct Place {
    std::size_t line = 1, column = 1;
  };
  Place begin, end;
  std::string code;  ///< "SC2086", or empty for a mistake of syntax
  std::string message;
  bool is_style = false;  ///< a matter of style
  struct Replacement {
    Place begin, end;
    std::string text;
  };
  std::vector<Replacement> fix;
};

class ScriptChecker {
 public:
  virtual ~ScriptChecker() = default;
  /// All remarks on all scripts, in any order. A checker that is not installed has none.
  virtual std::vector<ScriptRemark> check(std::span<const Script> scripts) = 0;
};

/// The bytes of a script between two places.
struct ScriptRange {
  std::size_t begin, end;
};
ScriptRange range_of(const Script& script, ScriptRemark::Place begin, ScriptRemark::Place end);

}  // namespace osac::lint
