// Opens a plan and works out one element: its command and the paths of its files. Prints the fastest of some repeats in microseconds; each
// opens the plan anew. usage: open_plan FILE.plan ELEMENT
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "compiler/plan/resolve.h"

using namespace osac;

namespace {

/// The bytes of the command and of all paths, so that nothing of the work can be left out.
std::size_t resolve(const char* file, const char* name) {
  const auto plan = plan::Plan::open(file);
  if (!plan) {
    std::fprintf(stderr, "%s\n", plan.error().what.c_str());
    return 0;
  }
  const auto element = plan::find_element(*plan, name);
  if (!element) {
    std::fprintf(stderr, "%s\n", element.error().what.c_str());
    return 0;
  }
  const auto command = plan::command(*plan, *element, {});
  if (!command) return 0;
  std::size_t bytes = plan::command_line(*command).size();
  for (const auto& files : {plan::input_files(*plan, *element), plan::output_files(*plan, *element)})
    for (const auto& use : files) bytes += use.path.size();
  return bytes;
}

}  // namespace

int main(int, char** argv) {
  std::int64_t fastest = 0;
  for (int i = 0; i < 20; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    if (resolve(argv[1], argv[2]) == 0) return 1;
    const auto time = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin).count();
    fastest = i == 0 ? time : std::min<std::int64_t>(fastest, time);
  }
  std::printf("%lld\n", static_cast<long long>(fastest));
}
