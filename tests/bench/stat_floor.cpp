// The floor under "nothing to do": stat() of every file named on standard input, on two threads. Prints the number found.
#include <atomic>
#include <cstdio>
#include <iostream>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <vector>

int main() {
  std::vector<std::string> paths;
  for (std::string line; std::getline(std::cin, line);) paths.push_back(line);
  std::atomic<std::size_t> found{0};
  const auto work = [&](std::size_t begin, std::size_t end) {
    struct stat info {};
    std::size_t count = 0;
    for (std::size_t i = begin; i < end; ++i) count += ::stat(paths[i].c_str(), &info) == 0 ? 1 : 0;
    found += count;
  };
  std::thread other(work, 0, paths.size() / 2);
  work(paths.size() / 2, paths.size());
  other.join();
  std::printf("%zu\n", found.load());
}
