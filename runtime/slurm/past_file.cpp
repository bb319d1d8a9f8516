#include "runtime/slurm/past_file.h"

#include <fmt/format.h>
#include <algorithm>
#include <cstring>

namespace osac::slurm {

namespace {

constexpr std::string_view past_name = "osac-past";
struct PastHeader {
  char name[12];
  std::uint32_t version;
  std::uint64_t row_count, journal_bytes;
};
static_assert(sizeof(PastHeader) == 32 && sizeof(PastRow) == 56);

}  // namespace

std::string past_bytes(const Past& past) {
  std::string journals;
  for (const std::string& journal : past.journals) journals.append(journal).push_back('\0');
  PastHeader header{};
  std::memcpy(header.name, past_name.data(), past_name.size());
  header.version = protocol_version;
  header.row_count = past.rows.size();
  header.journal_bytes = journals.size();
  std::string out(reinterpret_cast<const char*>(&header), sizeof header);
  out.append(reinterpret_cast<const char*>(past.rows.data()), past.rows.size() * sizeof(PastRow));
  return out + journals;
}

Result<PastFile> PastFile::open(const std::string& path) {
  auto mapped = MappedFile::open(path);
  if (!mapped) return tl::unexpected(mapped.error());
  PastFile file(std::move(*mapped));
  const std::string_view bytes = file.file_.bytes();
  PastHeader header{};
  if (bytes.size() >= sizeof header) std::memcpy(&header, bytes.data(), sizeof header);
  if (std::string_view(header.name, past_name.size()) != past_name)
    return failure(Trouble::damaged, "`" + path + "` does not tell what came before");
  if (header.version != protocol_version)
    return failure(Trouble::environment,
                   fmt::format("the scripts are of protocol version {}, this osa-step of {}", header.version, protocol_version),
                   "make the scripts again with `osac compile --target slurm`");
  const std::uint64_t left = bytes.size() - sizeof header;
  if (header.row_count > left / sizeof(PastRow) || header.row_count * sizeof(PastRow) + header.journal_bytes != left)
    return failure(Trouble::damaged, "`" + path + "` is cut short");
  file.rows_ = std::span(reinterpret_cast<const PastRow*>(bytes.data() + sizeof header), header.row_count);
  file.journals_ = bytes.substr(sizeof header + header.row_count * sizeof(PastRow));
  return file;
}

const PastRow* PastFile::find(std::uint32_t element) const {
  const auto found = std::ranges::lower_bound(rows_, element, {}, &PastRow::element);
  return found == rows_.end() || found->element != element ? nullptr : &*found;
}

std::string PastFile::journal(std::uint32_t number) const {
  std::string_view left = journals_;
  for (; number > 0; --number) left.remove_prefix(std::min(left.size(), left.find('\0') + 1));
  return std::string(left.substr(0, left.find('\0')));
}

}  // namespace osac::slurm
