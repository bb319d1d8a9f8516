#include "runtime/slurm/protocol.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "compiler/base/text.h"
#include "runtime/step/json_scanner.h"
#include "runtime/step/system.h"

namespace osac::slurm {

namespace {

// ---- units: header, arrays, first members, members, units of elements; 4-byte numbers as this machine has them

constexpr std::string_view units_name = "osac-units";
struct UnitsHeader {
  char name[12];
  std::uint32_t version;
  Digest plan;
  std::uint32_t array_count, unit_count, member_count, element_count;
};
static_assert(sizeof(UnitsHeader) == 64);

void append(std::string& out, std::span<const std::uint32_t> numbers) {
  out.append(reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes());
}

// ---- known

struct KnownRow {
  std::uint32_t dataset, element;
  std::int64_t size, mtime, ctime;
  std::uint64_t inode, device;
  Digest content;
  std::uint32_t is_directory, reserved;
};
static_assert(sizeof(KnownRow) == 88);

// ---- settings: one line of JSON a setting, as the journals' scanner reads it

std::string texts(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += fmt::format("{}{}", out.empty() ? "" : ",", json_quoted(item));
  return "[" + out + "]";
}

std::string entry_text(const site::Entry& entry) {
  std::string variables;
  for (const auto& [name, value] : entry.variables)
    variables += fmt::format("{}{},{}", variables.empty() ? "" : ",", json_quoted(name), json_quoted(value));
  return fmt::format("{{\"name\":{},\"prefix\":{},\"prelude\":{},\"variables\":[{}],\"identity\":{}}}", json_quoted(entry.name),
                     texts(entry.prefix_words), json_quoted(entry.shell_prelude), variables, json_quoted(entry.identity));
}

std::string text_of(step::JsonScanner& scanner) {
  std::string text;
  scanner.text(text);
  return text;
}

site::Entry entry_of(step::JsonScanner& scanner) {
  site::Entry entry;
  scanner.object([&](std::string_view name) {
    if (name == "name") {
      entry.name = text_of(scanner);
    } else if (name == "prefix") {
      scanner.list([&] { entry.prefix_words.push_back(text_of(scanner)); });
    } else if (name == "prelude") {
      entry.shell_prelude = text_of(scanner);
    } else if (name == "variables") {
      std::vector<std::string> pairs;
      scanner.list([&] { pairs.push_back(text_of(scanner)); });
      for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) entry.variables[pairs[i]] = pairs[i + 1];
    } else if (name == "identity") {
      entry.identity = text_of(scanner);
    } else {
      scanner.skip();
    }
  });
  return entry;
}

}  // namespace

std::string settings_text(const Settings& settings) {
  std::string text = fmt::format(
      "{{\"version\":{},\"plan\":{},\"state\":{},\"durability\":{},\"hash_policy\":{},\"grace\":{},\"cpus\":{},\"memory\":{},\"time\":{},"
      "\"envs\":[",
      protocol_version, json_quoted(settings.plan), json_quoted(settings.state), static_cast<int>(settings.durability),
      static_cast<int>(settings.hash_policy), settings.grace, settings.default_cpus, settings.default_memory, settings.default_time);
  bool is_first = true;
  for (std::size_t task = 0; task < settings.envs.size(); ++task) {
    if (!settings.envs[task]) continue;
    text += fmt::format("{}{{\"task\":{},\"entry\":{}}}", is_first ? "" : ",", task, entry_text(*settings.envs[task]));
    is_first = false;
  }
  text += "],\"earlier\":[";
  for (const Settings::Earlier& one : settings.earlier)
    text += fmt::format("{}{{\"folder\":{},\"array\":{}}}", text.back() == '[' ? "" : ",", json_quoted(one.folder), one.array);
  text += "],\"limits\":[";
  for (const Settings::Limits& one : settings.limits)
    text += fmt::format("{}[{},{},{},{},{}]", text.back() == '[' ? "" : ",", one.cpus, one.memory, one.time, one.gpus, one.job);
  return text + fmt::format("],\"goes_on\":{},\"site\":{},\"site_sha256\":\"{}\"}}\n", settings.goes_on ? 1 : 0, json_quoted(settings.site),
                            hexadecimal(settings.site_content));
}

namespace {

Settings::Earlier earlier_of(step::JsonScanner& scanner) {
  Settings::Earlier earlier;
  scanner.object([&](std::string_view name) {
    if (name == "folder")
      scanner.text(earlier.folder);
    else if (name == "array")
      earlier.array = scanner.integer<std::uint32_t>();
    else
      scanner.skip();
  });
  return earlier;
}

Settings::Limits limits_of(step::JsonScanner& scanner) {
  std::vector<std::int64_t> numbers;
  scanner.list([&] { numbers.push_back(scanner.integer<std::int64_t>()); });
  if (numbers.size() != 5) throw step::ScanTrouble{"limits are five numbers"};
  return {numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]};
}

}  // namespace

Result<Settings> parse_settings(std::string_view text) {
  Settings settings;
  std::uint32_t version = 0;
  try {
    step::JsonScanner scanner(trim(text));
    scanner.object([&](std::string_view name) {
      if (name == "version") {
        version = scanner.integer<std::uint32_t>();
      } else if (name == "plan") {
        settings.plan = text_of(scanner);
      } else if (name == "state") {
        settings.state = text_of(scanner);
      } else if (name == "durability") {
        settings.durability = static_cast<site::Durability>(std::min(2, scanner.integer<int>()));
      } else if (name == "hash_policy") {
        settings.hash_policy = scanner.integer<int>() == 0 ? site::HashPolicy::stat : site::HashPolicy::content;
      } else if (name == "grace") {
        settings.grace = scanner.integer<std::int64_t>();
      } else if (name == "cpus") {
        settings.default_cpus = scanner.integer<std::int64_t>();
      } else if (name == "memory") {
        settings.default_memory = scanner.integer<std::int64_t>();
      } else if (name == "time") {
        settings.default_time = scanner.integer<std::int64_t>();
      } else if (name == "goes_on") {
        settings.goes_on = scanner.integer<int>() != 0;
      } else if (name == "site") {
        settings.site = text_of(scanner);
      } else if (name == "site_sha256") {
        settings.site_content = parse_digest(text_of(scanner));
      } else if (name == "earlier") {
        scanner.list([&] { settings.earlier.push_back(earlier_of(scanner)); });
      } else if (name == "limits") {
        scanner.list([&] { settings.limits.push_back(limits_of(scanner)); });
      } else if (name == "envs") {
        scanner.list([&] {
          std::size_t task = 0;
          site::Entry entry;
          scanner.object([&](std::string_view field) {
            if (field == "task")
              task = scanner.integer<std::uint32_t>();
            else if (field == "entry")
              entry = entry_of(scanner);
            else
              scanner.skip();
          });
          if (settings.envs.size() <= task) settings.envs.resize(task + 1);
          settings.envs[task] = std::move(entry);
        });
      } else {
        scanner.skip();
      }
    });
  } catch (const step::ScanTrouble& trouble) {
    return failure(Trouble::damaged, "`settings` is damaged: " + trouble.what);
  }
  if (version != protocol_version)
    return failure(Trouble::environment,
                   fmt::format("the scripts are of protocol version {}, this osa-step of {}", version, protocol_version),
                   "make the scripts again with `osac compile --target slurm`");
  return settings;
}

std::string units_bytes(const Digest& plan, const Arrangement& arrangement) {
  UnitsHeader header{};
  std::memcpy(header.name, units_name.data(), units_name.size());
  header.version = protocol_version;
  header.plan = plan;
  header.array_count = static_cast<std::uint32_t>(arrangement.arrays.size());
  header.unit_count = arrangement.unit_count();
  header.member_count = static_cast<std::uint32_t>(arrangement.members.size());
  header.element_count = static_cast<std::uint32_t>(arrangement.unit_of.size());
  std::vector<std::uint32_t> arrays;
  for (const Array& array : arrangement.arrays) {
    arrays.push_back(array.first_unit);
    arrays.push_back(array.unit_count);
  }
  std::string out(reinterpret_cast<const char*>(&header), sizeof header);
  append(out, arrays);
  append(out, arrangement.first_member);
  append(out, arrangement.members);
  append(out, arrangement.unit_of);
  return out;
}

Result<MappedFile> MappedFile::open(const std::string& path) {
  step::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (!file.exists() || ::fstat(file.number(), &info) != 0) return system_failure(errno, "open", path);
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size == 0) return MappedFile(std::string_view());
  void* const at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number(), 0);
  if (at == MAP_FAILED) return system_failure(errno, "map", path);
  return MappedFile(std::string_view(static_cast<const char*>(at), size));
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

Result<UnitFile> UnitFile::open(const std::string& path, const Digest& plan) {
  auto mapped = MappedFile::open(path);
  if (!mapped) return tl::unexpected(mapped.error());
  UnitFile file(std::move(*mapped));
  const std::string_view bytes = file.file_.bytes();
  UnitsHeader header{};
  if (bytes.size() >= sizeof header) std::memcpy(&header, bytes.data(), sizeof header);
  if (std::string_view(header.name, units_name.size()) != units_name)
    return failure(Trouble::damaged, "`" + path + "` is no list of units");
  if (header.version != protocol_version)
    return failure(Trouble::environment,
                   fmt::format("the scripts are of protocol version {}, this osa-step of {}", header.version, protocol_version),
                   "make the scripts again with `osac compile --target slurm`");
  if (header.plan != plan) return failure(Trouble::damaged, "`" + path + "` belongs to another plan");
  const std::uint64_t numbers = std::uint64_t{2} * header.array_count + header.unit_count + 1 + header.member_count + header.element_count;
  if (bytes.size() != sizeof header + numbers * sizeof(std::uint32_t)) return failure(Trouble::damaged, "`" + path + "` is cut short");
  const auto* at = reinterpret_cast<const std::uint32_t*>(bytes.data() + sizeof header);
  const auto take = [&](std::size_t count) { return std::span(std::exchange(at, at + count), count); };
  file.arrays_ = take(std::size_t{2} * header.array_count);
  file.first_member_ = take(header.unit_count + std::size_t{1});
  file.members_ = take(header.member_count);
  file.unit_of_ = take(header.element_count);
  return file;
}

std::span<const std::uint32_t> UnitFile::elements(std::uint32_t array, std::uint32_t index) const {
  if (array >= array_count() || index >= arrays_[array * std::size_t{2} + 1]) return {};
  const std::size_t unit = std::size_t{arrays_[array * std::size_t{2}]} + index;
  if (unit + 1 >= first_member_.size()) return {};
  const std::size_t begin = first_member_[unit];
  const std::size_t end = first_member_[unit + 1];
  return begin <= end && end <= members_.size() ? members_.subspan(begin, end - begin) : std::span<const std::uint32_t>();
}

std::optional<std::pair<std::uint32_t, std::uint32_t>> UnitFile::place(std::uint32_t element) const {
  if (element >= unit_of_.size() || unit_of_[element] == nothing) return std::nullopt;
  const std::uint32_t unit = unit_of_[element];
  std::uint32_t low = 0;
  for (std::uint32_t high = array_count(); low + 1 < high;) {
    const std::uint32_t middle = low + (high - low) / 2;
    (arrays_[middle * std::size_t{2}] <= unit ? low : high) = middle;
  }
  return std::pair(low, unit - arrays_[low * std::size_t{2}]);
}

std::string known_bytes(std::span<const KnownFile> files) {
  std::string out;
  out.reserve(files.size() * sizeof(KnownRow));
  for (const KnownFile& file : files) {
    const step::FileState& state = file.state;
    const KnownRow row{file.dataset,
                       file.element,
                       state.size,
                       state.mtime,
                       state.ctime,
                       state.inode,
                       state.device,
                       state.content,
                       state.is_directory ? 1U : 0U,
                       0};
    out.append(reinterpret_cast<const char*>(&row), sizeof row);
  }
  return out;
}

Result<KnownFiles> KnownFiles::open(const std::string& path) {
  auto mapped = MappedFile::open(path);
  if (!mapped) return tl::unexpected(mapped.error());
  if (mapped->bytes().size() % sizeof(KnownRow) != 0) return failure(Trouble::damaged, "`" + path + "` is cut short");
  return KnownFiles(std::move(*mapped));
}

std::optional<step::FileState> KnownFiles::find(std::uint32_t dataset, std::uint32_t element) const {
  const std::span rows(reinterpret_cast<const KnownRow*>(file_.bytes().data()), file_.bytes().size() / sizeof(KnownRow));
  const auto found = std::ranges::lower_bound(rows, std::pair(dataset, element), {},
                                              [](const KnownRow& row) { return std::pair(row.dataset, row.element); });
  if (found == rows.end() || found->dataset != dataset || found->element != element) return std::nullopt;
  step::FileState state;
  state.size = found->size;
  state.mtime = found->mtime;
  state.ctime = found->ctime;
  state.inode = found->inode;
  state.device = found->device;
  state.content = found->content;
  state.is_directory = found->is_directory != 0;
  return state;
}

std::string journal_name(std::uint32_t array, std::uint32_t index, std::uint32_t attempt) {
  return fmt::format("journal/run-slurm-{}.{}.{}.j1", array, index, attempt);
}

}  // namespace osac::slurm
