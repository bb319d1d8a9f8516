// A crate's files on disk: as a folder, or as a zip archive by libarchive.

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "runtime/provenance/export_ro_crate.h"
#include "runtime/step/system.h"

namespace osac::provenance {

namespace {

constexpr std::int64_t no_time = 315'532'800;  // 1980-01-01, the first time that zip knows: the same bytes each time

class Zip {
 public:
  explicit Zip(const std::string& path) : path_(path), archive_(archive_write_new(), archive_write_free) {}

  Status open() {
    if (archive_write_set_format_zip(archive_.get()) != ARCHIVE_OK ||
        archive_write_open_filename(archive_.get(), path_.c_str()) != ARCHIVE_OK)
      return trouble();
    return {};
  }
  Status add(const std::string& name, const std::string& bytes) {
    if (auto begun = begin(name, static_cast<std::int64_t>(bytes.size())); !begun) return begun;
    return put(bytes.data(), bytes.size());
  }
  Status add_file(const std::string& name, const std::string& from) {
    std::error_code error;
    const auto size = std::filesystem::file_size(from, error);
    if (error) return failure(Trouble::environment, fmt::format("cannot read `{}`: {}", visible(from), error.message()));
    if (auto begun = begin(name, static_cast<std::int64_t>(size)); !begun) return begun;
    std::ifstream file(from, std::ios::binary);
    std::array<char, 1 << 16> part{};
    while (file.read(part.data(), part.size()) || file.gcount() > 0)
      if (auto written = put(part.data(), static_cast<std::size_t>(file.gcount())); !written) return written;
    return file.bad() ? failure(Trouble::environment, fmt::format("cannot read `{}`", visible(from))) : Status();
  }
  Status close() { return archive_write_close(archive_.get()) == ARCHIVE_OK ? Status() : trouble(); }

 private:
  Status trouble() {
    const char* const said = archive_error_string(archive_.get());
    return failure(Trouble::environment, fmt::format("cannot write `{}`: {}", visible(path_), said == nullptr ? "unknown trouble" : said));
  }
  Status begin(const std::string& name, std::int64_t size) {
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(), archive_entry_free);
    archive_entry_copy_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_size(entry.get(), size);
    archive_entry_set_mtime(entry.get(), no_time, 0);
    return archive_write_header(archive_.get(), entry.get()) >= ARCHIVE_WARN ? Status() : trouble();  // warnings: names of no charset
  }
  Status put(const char* bytes, std::size_t size) {
    return archive_write_data(archive_.get(), bytes, size) == static_cast<la_ssize_t>(size) ? Status() : trouble();
  }

  std::string path_;
  std::unique_ptr<archive, int (*)(archive*)> archive_;
};

}  // namespace

Status write_crate_folder(const Crate& crate, const std::string& folder) {
  std::error_code error;
  if (std::filesystem::exists(folder, error) &&
      (!std::filesystem::is_directory(folder, error) || !std::filesystem::is_empty(folder, error)))
    return failure(Trouble::usage, fmt::format("`{}` is there already", visible(folder)),
                   "a crate gets a folder of its own: name another one");
  for (const CrateFile& file : crate.files) {
    const std::filesystem::path path = std::filesystem::path(folder) / file.name;
    if (auto made = step::make_folders(path.parent_path().string()); !made) return made;
    if (file.from.empty()) {
      if (auto written = write_file(path.string(), file.bytes); !written) return written;
    } else if (!std::filesystem::copy_file(file.from, path, error)) {
      return failure(Trouble::environment,
                     fmt::format("cannot copy `{}` to `{}`: {}", visible(file.from), visible(path.string()), error.message()));
    }
  }
  return {};
}

Status write_crate_zip(const Crate& crate, const std::string& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error) && !std::filesystem::is_regular_file(path, error))
    return failure(Trouble::usage, fmt::format("`{}` is no file that a crate could replace", visible(path)));
  const std::string part = path + ".part";
  Zip zip(part);
  Status done = zip.open();
  for (const CrateFile& file : crate.files)
    if (done) done = file.from.empty() ? zip.add(file.name, file.bytes) : zip.add_file(file.name, file.from);
  if (done) done = zip.close();
  if (done) std::filesystem::rename(part, path, error);
  if (done && error) done = failure(Trouble::environment, fmt::format("cannot write `{}`: {}", visible(path), error.message()));
  if (!done) std::filesystem::remove(part, error);
  return done;
}

}  // namespace osac::provenance
