#pragma once
// What the tests of this room share: a folder that goes away, a clock that counts, records with every field set.

#include <cstdlib>
#include <filesystem>
#include <string>

#include "runtime/base/clock.h"
#include "runtime/step/journal_file.h"
#include "runtime/step/record_text.h"
#include "tests/support/temporary_folder.h"

namespace osac::step::test {

using Folder = osac::test::TemporaryFolder;

/// Each look at it is `step` nanoseconds after the one before.
struct StepClock final : runtime::Clock {
  mutable std::int64_t now = 1'795'236'480'000'000'000;
  std::int64_t step = 1;
  runtime::Nanoseconds monotonic() const override { return wall(); }
  runtime::Nanoseconds wall() const override { return now += step; }
};

inline FileState some_state(std::uint64_t number) {
  return {static_cast<std::int64_t>(number) * 1000,
          1'795'236'480'123'456'789,
          1'795'236'480'123'456'790,
          number,
          2049,
          sha256(std::to_string(number)),
          number % 2 == 0};
}

inline EndRecord full_end() {
  EndRecord end;
  end.execution = "20261121T044800-7f3a91c2";
  end.element = "reduce[exposure=16]";
  end.attempt = 3;
  end.outcome = Outcome::timed_out;
  end.failure = FailureClass::timeout;
  end.is_empty = end.is_tainted = true;
  end.exit_code = 137;
  end.signal = 9;
  end.reason = "took longer than 10 min";
  end.fingerprint = sha256("f");
  end.command = "reduce --flat 'a b' -o c";
  end.tool = "std.x.y";
  end.env = "conda";
  end.log = ".osa/logs/reduce/reduce.log";
  end.host = "node12";
  end.started = 1'795'236'480'000'000'000;
  end.ended = 1'795'236'490'000'000'000;
  end.cpu_time = 12;
  end.peak_memory = std::int64_t{1} << 40;
  end.cpus = 4;
  end.memory = 1 << 30;
  end.inputs = {{"raw", "data/1.fits", some_state(5)}, {"gone", "x", {}}};
  end.outputs = {{"reduced", "work/1.fits", some_state(6)}};
  end.metrics = {{"depth", "24.5"}, {"names", R"(["a","b"])"}};
  end.warnings = {"few stars", "poor seeing"};
  end.plan = "0123";
  end.rung = 2;
  end.tool_version = "Reducer 2.1 (2026-01-02)";
  end.lookups = {{"flat", "flat[night=2026-11-20]", "night=2026-11-18"}, {"bias", "bias", ""}};
  return end;
}

}  // namespace osac::step::test
