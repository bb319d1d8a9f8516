/* faultfs: makes system calls of one program fail, by LD_PRELOAD. Not for static programs.
 *
 *   FAULT_PROGRAM=osac      only in programs whose executable is called so (children inherit the variable, not the faults)
 *   FAULT=call:what:when[:glob];...
 *       call  write fsync fdatasync rename link unlink mkdir open close lock any
 *       what  an errno (ENOSPC EIO EDQUOT EACCES EROFS EMFILE EINTR ESTALE ENOLCK ENOSYS), SHORT (half of a write), KILL (SIGKILL before the call)
 *       when  N: the N-th of these calls; N+: from the N-th on; pK: K percent of them, by FAULT_SEED
 *       glob  of the path
 *   FAULT_COUNT=file        at the end, append how many state-changing calls there were (the size of a sweep)
 *   FAULT_CRASH_AT=N        SIGKILL just before the N-th state-changing call
 *
 * Calls that change state: all above but close and open for reading. Only paths inside FAULT_FOLDER count, if it is set.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum effect { GO_ON, FAIL, SHORTEN };

struct rule {
  char call[16];
  char what[16];
  int error;
  long number;
  enum { ONCE, FROM, PERCENT } mode;
  char glob[256];
  atomic_long seen;
};

static struct rule rules[16];
static int rule_count;
static atomic_long total;
static long crash_at = -1;
static int is_active;
static const char* folder;
static __thread int is_inside;

static const struct {
  const char* name;
  int number;
} errors[] = {{"ENOSPC", ENOSPC}, {"EIO", EIO},       {"EDQUOT", EDQUOT}, {"EACCES", EACCES},
              {"EROFS", EROFS},   {"EMFILE", EMFILE}, {"EINTR", EINTR},   {"ESTALE", ESTALE}, {"ENOLCK", ENOLCK}, {"ENOSYS", ENOSYS}};

static void parse_rule(const char* text) {
  struct rule* rule = &rules[rule_count];
  char when[16] = "1";
  strcpy(rule->glob, "*");
  if (sscanf(text, "%15[^:]:%15[^:]:%15[^:]:%255[^;]", rule->call, rule->what, when, rule->glob) < 2) return;
  for (size_t i = 0; i < sizeof errors / sizeof *errors; ++i)
    if (strcmp(errors[i].name, rule->what) == 0) rule->error = errors[i].number;
  rule->mode = when[0] == 'p' ? PERCENT : when[strlen(when) - 1] == '+' ? FROM : ONCE;
  rule->number = atol(when[0] == 'p' ? when + 1 : when);
  ++rule_count;
}

/* by raw calls: nothing here may be counted, or fail, itself */
static void write_count(void) {
  const char* path = getenv("FAULT_COUNT");
  if (!is_active || path == NULL) return;
  char text[32];
  const int length = snprintf(text, sizeof text, "%ld\n", atomic_load(&total));
  const long file = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (file < 0) return;
  syscall(SYS_write, file, text, length);
  syscall(SYS_close, file);
}

__attribute__((constructor)) static void start(void) {
  const char* program = getenv("FAULT_PROGRAM");
  char executable[4096] = "";
  if (readlink("/proc/self/exe", executable, sizeof executable - 1) < 0) return;
  const char* name = strrchr(executable, '/');
  if (program != NULL && (name == NULL || strcmp(name + 1, program) != 0)) return;
  is_active = 1;
  atexit(write_count);
  folder = getenv("FAULT_FOLDER");
  if (getenv("FAULT_CRASH_AT") != NULL) crash_at = atol(getenv("FAULT_CRASH_AT"));
  srandom(getenv("FAULT_SEED") != NULL ? (unsigned)atol(getenv("FAULT_SEED")) : 1U);
  const char* text = getenv("FAULT");
  if (text == NULL) return;
  char* copy = strdup(text);
  char* rest = NULL;
  for (char* part = strtok_r(copy, ";", &rest); part != NULL && rule_count < 16; part = strtok_r(NULL, ";", &rest)) parse_rule(part);
  free(copy);
}

static int fires(struct rule* rule) {
  const long seen = atomic_fetch_add(&rule->seen, 1) + 1;
  if (rule->mode == PERCENT) return random() % 100 < rule->number;
  return rule->mode == FROM ? seen >= rule->number : seen == rule->number;
}

static int is_ours(const char* path) {
  if (folder == NULL || path == NULL) return 1;
  if (path[0] != '/') return 1; /* relative to the workflow's folder */
  return strncmp(path, folder, strlen(folder)) == 0;
}

static enum effect meet(const char* call, const char* path) {
  if (!is_active || is_inside || !is_ours(path)) return GO_ON;
  is_inside = 1;
  enum effect effect = GO_ON;
  int error = errno;
  const int changes = strcmp(call, "close") != 0;
  if (changes && atomic_fetch_add(&total, 1) + 1 == crash_at) kill(getpid(), SIGKILL);
  for (int i = 0; i < rule_count && effect == GO_ON; ++i) {
    struct rule* rule = &rules[i];
    if (strcmp(rule->call, "any") != 0 && strcmp(rule->call, call) != 0) continue;
    if (path != NULL && fnmatch(rule->glob, path, 0) != 0) continue;
    if (!fires(rule)) continue;
    if (strcmp(rule->what, "KILL") == 0) kill(getpid(), SIGKILL);
    effect = strcmp(rule->what, "SHORT") == 0 ? SHORTEN : FAIL;
    if (effect == FAIL) error = rule->error;
  }
  is_inside = 0;
  errno = error;
  return effect;
}

static const char* path_of(int file, char* buffer) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = readlink(link, buffer, 4095);
  buffer[length < 0 ? 0 : length] = '\0';
  return buffer;
}

/* terminals, pipes and event files change no state that outlives the process */
static int is_file(int file, char* buffer) {
  path_of(file, buffer);
  return buffer[0] == '/' && strncmp(buffer, "/dev/", 5) != 0 && strncmp(buffer, "/proc/", 6) != 0;
}

#define REAL(name)                \
  static __typeof__(&name) real; \
  if (real == NULL) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define ON_FILE(call, failure)                                \
  char path[4096];                                            \
  const enum effect effect = is_file(file, path) ? meet(call, path) : GO_ON; \
  if (effect == FAIL) return failure

ssize_t write(int file, const void* bytes, size_t size) {
  REAL(write);
  ON_FILE("write", -1);
  return real(file, bytes, effect == SHORTEN && size > 1 ? size / 2 : size);
}
ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) {
  REAL(pwrite64);
  ON_FILE("write", -1);
  return real(file, bytes, size, at);
}
ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
  REAL(pwrite);
  ON_FILE("write", -1);
  return real(file, bytes, size, at);
}
ssize_t writev(int file, const struct iovec* parts, int count) {
  REAL(writev);
  ON_FILE("write", -1);
  return real(file, parts, count);
}
int fsync(int file) {
  REAL(fsync);
  ON_FILE("fsync", -1);
  return real(file);
}
int fdatasync(int file) {
  REAL(fdatasync);
  ON_FILE("fdatasync", -1);
  return real(file);
}
/* locks change no state: they are not counted */
static int control(int (*real)(int, int, ...), int file, int command, void* argument) {
  const int is_lock = command == F_OFD_SETLK || command == F_OFD_SETLKW;
  for (int i = 0; is_active && is_lock && i < rule_count; ++i)
    if (strcmp(rules[i].call, "lock") == 0 && fires(&rules[i])) {
      errno = rules[i].error;
      return -1;
    }
  return real(file, command, argument);
}
#define ARGUMENT(command)              \
  va_list rest;                        \
  va_start(rest, command);             \
  void* argument = va_arg(rest, void*); \
  va_end(rest)
int fcntl(int file, int command, ...) {
  REAL(fcntl);
  ARGUMENT(command);
  return control(real, file, command, argument);
}
int fcntl64(int file, int command, ...) {
  REAL(fcntl64);
  ARGUMENT(command);
  return control(real, file, command, argument);
}
int close(int file) {
  REAL(close);
  char path[4096];
  if (is_active && file > 2 && is_file(file, path) && meet("close", path) == FAIL) {
    const int error = errno;
    real(file);
    errno = error;
    return -1;
  }
  return real(file);
}

#define ON_PATH(call, path) \
  if (meet(call, path) == FAIL) return -1

int rename(const char* from, const char* to) {
  REAL(rename);
  ON_PATH("rename", to);
  return real(from, to);
}
int renameat(int a, const char* from, int b, const char* to) {
  REAL(renameat);
  ON_PATH("rename", to);
  return real(a, from, b, to);
}
int renameat2(int a, const char* from, int b, const char* to, unsigned flags) {
  REAL(renameat2);
  ON_PATH("rename", to);
  return real(a, from, b, to, flags);
}
int link(const char* from, const char* to) {
  REAL(link);
  ON_PATH("link", to);
  return real(from, to);
}
int symlink(const char* from, const char* to) {
  REAL(symlink);
  ON_PATH("link", to);
  return real(from, to);
}
int unlink(const char* path) {
  REAL(unlink);
  ON_PATH("unlink", path);
  return real(path);
}
int unlinkat(int at, const char* path, int flags) {
  REAL(unlinkat);
  ON_PATH("unlink", path);
  return real(at, path, flags);
}
int rmdir(const char* path) {
  REAL(rmdir);
  ON_PATH("unlink", path);
  return real(path);
}
int mkdir(const char* path, mode_t mode) {
  REAL(mkdir);
  ON_PATH("mkdir", path);
  return real(path, mode);
}
int mkdirat(int at, const char* path, mode_t mode) {
  REAL(mkdirat);
  ON_PATH("mkdir", path);
  return real(at, path, mode);
}

#define OPEN(call, path, flags)                                                                                     \
  mode_t mode = 0;                                                                                                  \
  if ((flags) & (O_CREAT | O_TMPFILE)) {                                                                            \
    va_list rest;                                                                                                   \
    va_start(rest, flags);                                                                                          \
    mode = va_arg(rest, mode_t);                                                                                    \
    va_end(rest);                                                                                                   \
  }                                                                                                                 \
  if (((flags) & (O_CREAT | O_WRONLY | O_RDWR)) != 0 && strncmp(path, "/dev/", 5) != 0 && meet("open", path) == FAIL) return -1; \
  return call

int open(const char* path, int flags, ...) {
  REAL(open);
  OPEN(real(path, flags, mode), path, flags);
}
int open64(const char* path, int flags, ...) {
  REAL(open64);
  OPEN(real(path, flags, mode), path, flags);
}
int openat(int at, const char* path, int flags, ...) {
  REAL(openat);
  OPEN(real(at, path, flags, mode), path, flags);
}
int openat64(int at, const char* path, int flags, ...) {
  REAL(openat64);
  OPEN(real(at, path, flags, mode), path, flags);
}
