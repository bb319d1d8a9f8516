#include "compiler/driver/folder_world.h"

#include <dirent.h>
#include <sys/stat.h>
#include <algorithm>

#include "compiler/base/files.h"

namespace osac::driver {

FolderWorld::FolderWorld(std::string folder, std::string state, std::string workflow, MadeFiles made, const SourceFiles* tables)
    : folder_(std::move(folder)), state_(std::move(state)), workflow_(std::move(workflow)), made_(std::move(made)), tables_(tables) {}

std::string FolderWorld::placed(const std::string& path) const {
  if (folder_ == "." || path.starts_with('/')) return path.empty() ? "." : path;
  return path.empty() ? folder_ : folder_ + "/" + path;
}

Result<std::string> FolderWorld::read(const std::string& path) const {
  if (tables_ == nullptr) return read_settled_file(placed(path));
  auto found = tables_->read(placed(path));
  if (!found) return tl::unexpected<Error>(found.error());
  if (!*found) return failure(Trouble::environment, fmt::format("there is no `{}`", tables_->shown(placed(path))));
  return std::move(**found);
}

std::optional<std::int64_t> FolderWorld::size(const std::string& path) const {
  struct stat info {};
  if (::stat(placed(path).c_str(), &info) != 0) return std::nullopt;
  if (S_ISDIR(info.st_mode)) return 0;
  if (!S_ISREG(info.st_mode)) return std::nullopt;
  return info.st_size;
}

std::optional<std::string> FolderWorld::read_made(const std::string& path) const { return made_ ? made_(workflow_, path) : std::nullopt; }

std::optional<std::string> FolderWorld::certificates(std::string_view dataset) const {
  auto text = read_file(placed(fmt::format("{}/certificates/{}.ecsv", state_, dataset)));
  return text ? std::optional(std::move(*text)) : std::nullopt;
}

std::vector<std::string> FolderWorld::list(const std::string& folder) const {
  std::vector<std::string> names;
  DIR* directory = ::opendir(placed(folder).c_str());
  if (directory == nullptr) return names;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  ::closedir(directory);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace osac::driver
