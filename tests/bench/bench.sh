#!/usr/bin/env bash
# Builds the two floors and runs the benchmarks. usage: bench.sh [NAME ...]: plan run nothing start registry lst
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mkdir -p build/bench
for floor in spawn_floor stat_floor; do
  [ "build/bench/$floor" -nt "tests/bench/$floor.cpp" ] || c++ -std=c++20 -O2 -pthread "tests/bench/$floor.cpp" -o "build/bench/$floor"
done
if [ ! build/bench/open_plan -nt build/release/osac ]; then
  c++ -std=c++20 -O2 -I. tests/bench/open_plan.cpp -Wl,--start-group $(find build/release/compiler -name 'libosac_*.a') -Wl,--end-group \
    -lfmt -lcrypto -lxxhash -o build/bench/open_plan
fi
if [ ! build/bench/many_attempts -nt tests/bench/many_attempts.cpp ]; then
  c++ -std=c++20 -O2 -I. tests/bench/many_attempts.cpp -Wl,--start-group $(find build/release/compiler build/release/runtime -name 'libosac_*.a') -Wl,--end-group \
    -lfmt -lcrypto -lxxhash -o build/bench/many_attempts
fi
exec python3 tests/bench/bench.py "$@"
