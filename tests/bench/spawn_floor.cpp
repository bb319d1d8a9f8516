// The floor under every executor: starts N commands, two at a time, and waits for them; nothing else. usage: spawn_floor N SOURCE TARGET_PREFIX
#include <cstdio>
#include <cstdlib>
#include <spawn.h>
#include <string>
#include <sys/wait.h>

extern char** environ;

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const int count = std::atoi(argv[1]);
  int running = 0;
  for (int i = 0; i < count; ++i) {
    std::string target = argv[3] + std::to_string(i);
    std::string program = "cp";
    char* words[] = {program.data(), argv[2], target.data(), nullptr};
    pid_t pid = 0;
    if (posix_spawnp(&pid, "cp", nullptr, nullptr, words, environ) != 0) return 1;
    if (++running == 2) {
      wait(nullptr);
      --running;
    }
  }
  while (wait(nullptr) > 0) {
  }
}
