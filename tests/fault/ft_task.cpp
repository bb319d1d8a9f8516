// ft-task: the program that fault tests run as every task. What it writes is a pure function of its name and its inputs' contents, so that harness.py can
// work out every byte that has to exist; it writes slowly, in pieces, straight into the file, as bad programs do. Its starts and ends go to a
// log by single appends, and a lock per activity shows two of them at once, whoever their parents are.
//
//   ft-task --log FILE --activity NAME [--input FILE|FOLDER...] [--output FILE|FOLDER...] [--pause MS] [--mode MODE]
//   modes: ok; half-exit, half-segv: ends after half of the output; stubborn: writes half, ignores TERM, has a child that does, too, and goes on for ever;
//          daemon: ends well, but leaves a process behind that writes to the output a second later; loiter: leaves one that only keeps the log open;
//          wait: says that it has started (NAME.started beside the log), waits for NAME.go, and reads its inputs then; wait-after: after reading them

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <vector>

namespace {

struct Options {
  std::string log, activity, mode = "ok";
  std::vector<std::string> inputs, outputs;
  int pause = 0;  // milliseconds in all
};

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "ft-task: %s: %s\n", what.c_str(), std::strerror(errno));
  std::exit(9);
}

void sleep_milliseconds(int count) {
  timespec rest{count / 1000, count % 1000 * 1'000'000L};
  while (::nanosleep(&rest, &rest) != 0 && errno == EINTR) {
  }
}

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "-" : value;
}

void log_line(const Options& options, const char* event) {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  char host[64] = "?";
  ::gethostname(host, sizeof host - 1);
  std::ostringstream line;
  line << event << ' ' << variable("OSA_EXECUTION") << ' ' << options.activity << ' ' << variable("OSA_ATTEMPT") << ' ' << ::getpid() << ' ' << host << ' '
       << now.tv_sec * 1'000'000'000LL + now.tv_nsec << '\n';
  const std::string text = line.str();
  const int log = ::open(options.log.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (log < 0 || ::write(log, text.data(), text.size()) != static_cast<ssize_t>(text.size())) fail("cannot log");
  ::close(log);
}

/// Held by this process and all it forks, for as long as any of them lives.
void take_lock(const Options& options) {
  const int lock = ::open((options.log + ".locks/" + options.activity).c_str(), O_RDWR | O_CREAT, 0666);
  if (lock < 0) fail("cannot open its lock");
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) log_line(options, "overlap");
}

std::uint64_t hash_bytes(std::uint64_t hash, const std::string& bytes) {
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return (hash ^ 0xffU) * 0x100000001b3ULL;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) fail("cannot read " + path);
  return text.str();
}

bool is_folder(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

std::uint64_t hash_inputs(const Options& options) {
  std::uint64_t hash = hash_bytes(0xcbf29ce484222325ULL, options.activity);
  for (const std::string& input : options.inputs) {
    if (!is_folder(input)) {
      hash = hash_bytes(hash, read_file(input));
      continue;
    }
    for (int i = 0; i < 4; ++i) hash = hash_bytes(hash, read_file(input + "/part" + std::to_string(i)));
  }
  return hash;
}

std::string content(const Options& options, std::uint64_t hash, std::size_t number) {
  char line[32];
  std::snprintf(line, sizeof line, "%016llx\n", static_cast<unsigned long long>(hash));
  std::string text = options.activity + " " + std::to_string(number) + " " + line;
  std::uint64_t state = hash + number;
  for (int i = 0; i < 64; ++i) {
    state += 0x9e3779b97f4a7c15ULL;  // splitmix64
    std::uint64_t mixed = state;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
    std::snprintf(line, sizeof line, "%016llx\n", static_cast<unsigned long long>(mixed ^ (mixed >> 31)));
    text += line;
  }
  return text;
}

void write_slowly(const std::string& path, const std::string& text, std::size_t upto, int pause) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (file < 0) fail("cannot open " + path);
  constexpr std::size_t pieces = 8;
  for (std::size_t at = 0; at < std::min(upto, text.size());) {
    const std::size_t size = std::min(text.size() / pieces + 1, text.size() - at);
    if (::write(file, text.data() + at, size) != static_cast<ssize_t>(size)) fail("cannot write " + path);
    at += size;
    sleep_milliseconds(pause / static_cast<int>(pieces));
  }
  ::close(file);
}

void write_outputs(const Options& options, std::uint64_t hash, bool half) {
  for (std::size_t i = 0; i < options.outputs.size(); ++i) {
    const std::string& path = options.outputs[i];
    if (!is_folder(path)) {
      const std::string text = content(options, hash, i);
      write_slowly(path, text, half ? text.size() / 2 : text.size(), options.pause);
      continue;
    }
    for (std::size_t part = 0; part < (half ? 2U : 4U); ++part)
      write_slowly(path + "/part" + std::to_string(part), content(options, hash, 100 + part), std::string::npos, options.pause / 4);
  }
}

void wait_to_go(const Options& options) {
  const std::string stem = options.log + "." + options.activity;
  ::close(::open((stem + ".started").c_str(), O_WRONLY | O_CREAT, 0666));
  while (::access((stem + ".go").c_str(), F_OK) != 0) sleep_milliseconds(5);
}

/// Away from session, parent and signals, as a daemon would.
void leave_behind(const Options& options, bool writes) {
  if (::fork() != 0) return;
  ::setsid();
  if (::fork() != 0) ::_exit(0);
  ::signal(SIGTERM, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  if (writes) {
    ::close(1);
    ::close(2);
    sleep_milliseconds(1000);
    const int file = ::open(options.outputs[0].c_str(), O_WRONLY | O_APPEND);
    if (file >= 0) (void)!::write(file, "late\n", 5);
  }
  sleep_milliseconds(3'600'000);
  ::_exit(0);
}

[[noreturn]] void be_stubborn() {
  ::signal(SIGTERM, SIG_IGN);
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  if (::fork() == 0) ::setsid();
  while (true) sleep_milliseconds(10'000);
}

Options parse(int count, char** words) {
  Options options;
  std::string name;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word.starts_with("--")) {
      name = word;
      continue;
    }
    if (name == "--log") options.log = word;
    if (name == "--activity") options.activity = word;
    if (name == "--mode") options.mode = word;
    if (name == "--pause") options.pause = std::atoi(word.c_str());
    if (name == "--input") options.inputs.push_back(word);
    if (name == "--output") options.outputs.push_back(word);
  }
  return options;
}

}  // namespace

int main(int count, char** words) {
  const Options options = parse(count, words);
  take_lock(options);
  log_line(options, "start");
  const bool is_half = options.mode.starts_with("half") || options.mode == "stubborn";
  if (options.mode == "wait") wait_to_go(options);
  const std::uint64_t hash = hash_inputs(options);
  if (options.mode == "wait-after") wait_to_go(options);
  write_outputs(options, hash, is_half);
  if (options.mode == "half-exit") return 1;
  if (options.mode == "half-segv") ::raise(SIGSEGV);
  if (options.mode == "stubborn") be_stubborn();
  if (options.mode == "daemon" || options.mode == "loiter") leave_behind(options, options.mode == "daemon");
  log_line(options, "end");
  return 0;
}
