#include "runtime/registry/registry_place.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <thread>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "runtime/registry/registry.h"

namespace osac::registry {

namespace {

constexpr int patience_ms = 10'000;
constexpr std::uint64_t largest_file = 65536;

std::string place_file(const std::string& state_folder) { return state_folder + "/registry.place"; }

struct Kept {
  std::string origin, inode, url;
};

Kept read_kept(const std::string& state_folder) {
  Kept kept;
  const auto text = read_file(place_file(state_folder), largest_file);
  if (!text) return kept;
  for (const std::string_view line : split(*text, '\n')) {
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, blank);
    std::string* const field = name == "origin" ? &kept.origin : name == "inode" ? &kept.inode : name == "registry" ? &kept.url : nullptr;
    if (field != nullptr) *field = line.substr(blank + 1);
  }
  return kept;
}

Status write_kept(const std::string& state_folder, const Kept& kept) {
  return step::write_new_file(place_file(state_folder),
                              fmt::format("origin {}\ninode {}\nregistry {}\n", kept.origin, kept.inode, kept.url));
}

std::string inode_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? std::to_string(info.st_ino) : "";
}

Result<std::string> new_origin() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return system_failure(errno, "read", "random bytes");
  std::string name;
  for (const unsigned char byte : bytes) name += fmt::format("{:02x}", byte);
  return name;
}

bool is_own(const Kept& kept, const std::string& state_folder) { return !kept.origin.empty() && kept.inode == inode_of(state_folder); }

/// What is kept, with a name of its own for a folder that has none, or is a copy. Under the lock.
Result<Kept> own_kept(const std::string& state_folder) {
  Kept kept = read_kept(state_folder);
  if (is_own(kept, state_folder)) return kept;
  auto origin = new_origin();
  if (!origin) return tl::unexpected(origin.error());
  kept.origin = std::move(*origin);
  kept.inode = inode_of(state_folder);
  if (auto written = write_kept(state_folder, kept); !written) return tl::unexpected(written.error());
  return kept;
}

}  // namespace

std::string registry_file(const std::string& state_folder) { return state_folder + "/registry.sqlite"; }

Result<step::Descriptor> lock_registry(const std::string& state_folder, int patience) {
  const std::string path = state_folder + "/registry.lock";
  step::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!file.exists()) return system_failure(errno, "open", path);
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  constexpr int pause_ms = 20;
  for (int waited = 0;; waited += pause_ms) {
    if (::fcntl(file.number(), F_OFD_SETLK, &whole) == 0) return file;
    if (errno != EAGAIN && errno != EACCES && errno != EINTR) return system_failure(errno, "lock", path);
    if (waited >= patience)
      return failure(Trouble::busy, "another osac is writing to `" + registry_file(state_folder) + "`",
                     "give the command again when that has ended");
    std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
  }
}

Result<RegistryPlace> registry_place(const std::string& state_folder) {
  RegistryPlace place;
  const Kept kept = read_kept(state_folder);
  if (const std::string wrong = site::parse_registry_url(kept.url, place.url); !wrong.empty())
    return failure(Trouble::damaged, fmt::format("`{}` names no registry: it wants a {}", place_file(state_folder), wrong),
                   "delete that file, and give the execution's command again");
  if (place.url.kind == site::RegistryKind::sqlite) return place;
  place.origin = kept.origin;
  if (is_own(kept, state_folder)) return place;
  const auto lock = lock_registry(state_folder, patience_ms);
  if (!lock) return tl::unexpected(lock.error());
  const auto own = own_kept(state_folder);
  if (!own) return tl::unexpected(own.error());
  place.origin = own->origin;
  return place;
}

Status choose_registry(const std::string& state_folder, const site::RegistryUrl& url) {
  if (::access(state_folder.c_str(), F_OK) != 0 || read_kept(state_folder).url == url.text) return {};
  const auto lock = lock_registry(state_folder, patience_ms);
  if (!lock) return tl::unexpected(lock.error());
  auto kept = own_kept(state_folder);
  if (!kept) return tl::unexpected(kept.error());
  kept->url = url.text;
  return write_kept(state_folder, *kept);
}

}  // namespace osac::registry
