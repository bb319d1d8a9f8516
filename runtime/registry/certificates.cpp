#include "runtime/registry/certificates.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <map>
#include <optional>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "runtime/step/system.h"

namespace osac::registry {

namespace {

constexpr std::string_view ending = ".ecsv";
/// The columns beside the keys, before and after them.
constexpr std::string_view number_column = "certificate";
constexpr std::array<std::string_view, 7> text_columns = {"begin", "until", "path", "content", "element", "execution", "time"};
constexpr std::size_t needed_columns = 4;  // a row that a person wrote may do without the others

std::array<std::string Certificate::*, 7> text_fields() {
  return {&Certificate::begin,   &Certificate::until,     &Certificate::path, &Certificate::content,
          &Certificate::element, &Certificate::execution, &Certificate::time};
}

// ---- reading

/// Rows of cells; quotes as in RFC 4180. Lines that begin with `#` and blank ones are left out.
class Cells {
 public:
  explicit Cells(std::string_view text) : rest_(text) {}

  std::optional<std::vector<std::string>> next() {
    while (!rest_.empty() && (rest_.front() == '#' || rest_.front() == '\n' || rest_.front() == '\r')) skip_line();
    if (rest_.empty()) return std::nullopt;
    if (delimiter_ == 0) delimiter_ = rest_.substr(0, rest_.find('\n')).find(',') != std::string_view::npos ? ',' : ' ';
    std::vector<std::string> row;
    while (true) {
      row.push_back(cell());
      if (rest_.empty() || rest_.front() == '\n') break;
      rest_.remove_prefix(1);
    }
    if (!rest_.empty()) rest_.remove_prefix(1);
    return row;
  }

 private:
  void skip_line() {
    const std::size_t end = rest_.find('\n');
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
  }
  std::string cell() {
    std::string out;
    bool is_quoted = false;
    for (; !rest_.empty(); rest_.remove_prefix(1)) {
      const char c = rest_.front();
      if (c == '"' && is_quoted && rest_.substr(1).starts_with('"')) {
        out += c;
        rest_.remove_prefix(1);
      } else if (c == '"') {
        is_quoted = !is_quoted;
      } else if (!is_quoted && (c == delimiter_ || c == '\n')) {
        break;
      } else if (c != '\r' || is_quoted) {
        out += c;
      }
    }
    return out;
  }
  std::string_view rest_;
  char delimiter_ = 0;
};

/// Which column of a file is what.
struct Columns {
  std::size_t number = 0;
  std::array<std::size_t, text_columns.size()> texts{};  // npos: not there
  std::vector<std::size_t> keys;
  std::size_t count = 0;
};
constexpr std::size_t npos = std::string::npos;

tl::unexpected<Error> damaged(const std::string& path, const std::string& what) {
  return failure(Trouble::damaged, fmt::format("the certificates in `{}` cannot be used: {}", visible(path), what),
                 "put the file right, or move it away: then they are written anew as elements are found up to date");
}

Result<Columns> columns_of(const std::string& path, const std::vector<std::string>& names, CertificateTable& table) {
  Columns columns;
  columns.count = names.size();
  columns.number = npos;
  columns.texts.fill(npos);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto known = std::find(text_columns.begin(), text_columns.end(), names[i]);
    if (names[i] == number_column) {
      columns.number = i;
    } else if (known != text_columns.end()) {
      columns.texts[static_cast<std::size_t>(known - text_columns.begin())] = i;
    } else {
      columns.keys.push_back(i);
      table.keys.push_back({names[i], ""});
    }
  }
  if (columns.number == npos) return damaged(path, fmt::format("it has no column `{}`", number_column));
  for (std::size_t i = 0; i < needed_columns; ++i)
    if (columns.texts[i] == npos) return damaged(path, fmt::format("it has no column `{}`", text_columns[i]));
  return columns;
}

Result<Certificate> row_of(const std::string& path, std::size_t number, const Columns& columns, std::vector<std::string>& cells) {
  if (cells.size() != columns.count) return damaged(path, fmt::format("row {} has {} cells, not {}", number, cells.size(), columns.count));
  Certificate row;
  const std::string& text = cells[columns.number];
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), row.number);
  if (error != std::errc{} || end != text.data() + text.size() || row.number < 1)
    return damaged(path, fmt::format("`{}` in row {} is no number of a certificate", visible(text), number));
  for (const std::size_t key : columns.keys) row.keys.push_back(std::move(cells[key]));
  const auto fields = text_fields();
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (columns.texts[i] != npos) row.*fields[i] = std::move(cells[columns.texts[i]]);
  return row;
}

// ---- writing

void append_cell(std::string_view cell, std::string& out) {
  if (cell.find_first_of(",\"\n\r# ") == std::string_view::npos) {
    out += cell;
    return;
  }
  out += '"';
  for (const char c : cell) {
    if (c == '"') out += c;
    out += c;
  }
  out += '"';
}

Status write_whole(const std::string& path, std::string_view text) {
  const std::string folder = step::folder_of(path);
  if (auto made = step::make_folders(folder); !made) return made;
  const std::string temporary = path + ".part";
  step::Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!file.exists()) return system_failure(errno, "create", temporary);
  const std::size_t half = text.size() / 2;
  bool written = step::write_all(file.number(), text.substr(0, half));
  step::fail_point("certificates_half");
  written = written && step::write_all(file.number(), text.substr(half)) && ::fsync(file.number()) == 0;
  if (!file.close() || !written) return system_failure(errno, "write", temporary);
  step::fail_point("certificates_written");
  if (::rename(temporary.c_str(), path.c_str()) != 0) return system_failure(errno, "replace", path);
  step::fail_point("certificates_renamed");
  return step::sync_folder(folder);
}

bool says_the_same(const Certificate& a, const Certificate& b) { return a.until == b.until && a.path == b.path && a.content == b.content; }

}  // namespace

std::string certificates_path(const std::string& state_folder, const std::string& dataset) {
  return fmt::format("{}/certificates/{}{}", state_folder, dataset, ending);
}

std::vector<std::string> certified_datasets(const std::string& state_folder) {
  std::vector<std::string> names;
  DIR* const directory = ::opendir((state_folder + "/certificates").c_str());
  if (directory == nullptr) return names;
  while (const dirent* const entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (name.ends_with(ending)) names.emplace_back(name.substr(0, name.size() - ending.size()));
  }
  ::closedir(directory);
  std::sort(names.begin(), names.end());
  return names;
}

Result<CertificateTable> read_certificates(const std::string& path) {
  CertificateTable table;
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return table;
  const auto text = read_file(path);
  if (!text) return tl::unexpected(text.error());
  Cells cells(*text);
  const auto names = cells.next();
  if (!names) return damaged(path, "it has no header");
  const auto columns = columns_of(path, *names, table);
  if (!columns) return tl::unexpected(columns.error());
  std::size_t number = 0;
  while (auto row = cells.next()) {
    auto certificate = row_of(path, ++number, *columns, *row);
    if (!certificate) return tl::unexpected(certificate.error());
    table.rows.push_back(std::move(*certificate));
  }
  return table;
}

std::string certificates_text(const CertificateTable& table) {
  std::string out = "# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype:\n# - {name: certificate, datatype: int64}\n";
  std::string names(number_column);
  for (const KeyColumn& key : table.keys) {
    out += fmt::format("# - {{name: {}, datatype: {}}}\n", key.name, key.datatype);
    names += "," + key.name;
  }
  for (const std::string_view column : text_columns) {
    out += fmt::format("# - {{name: {}, datatype: string}}\n", column);
    names += fmt::format(",{}", column);
  }
  out += "# schema: astropy-2.0\n" + names + "\n";
  for (const Certificate& row : table.rows) {
    out += std::to_string(row.number);
    for (const std::string& key : row.keys) out += ',', append_cell(key, out);
    for (const auto field : text_fields()) out += ',', append_cell(row.*field, out);
    out += '\n';
  }
  return out;
}

Result<std::size_t> add_certificates(const std::string& state_folder, const std::string& dataset, const CertificateTable& added) {
  const std::string path = certificates_path(state_folder, dataset);
  auto table = read_certificates(path);
  if (!table) return tl::unexpected(table.error());
  const auto same_name = [](const KeyColumn& a, const KeyColumn& b) { return a.name == b.name; };
  if (!table->rows.empty() && !std::equal(table->keys.begin(), table->keys.end(), added.keys.begin(), added.keys.end(), same_name))
    return damaged(path, fmt::format("its keys are not those that `{}` has now", dataset));
  table->keys = added.keys;
  std::map<std::pair<std::vector<std::string>, std::string>, std::size_t> places;
  std::int64_t last = 0;
  for (std::size_t i = 0; i < table->rows.size(); ++i) {
    places.emplace(std::pair(table->rows[i].keys, table->rows[i].begin), i);
    last = std::max(last, table->rows[i].number);
  }
  std::size_t changed = 0;
  for (const Certificate& row : added.rows) {
    const auto [at, is_new] = places.emplace(std::pair(row.keys, row.begin), table->rows.size());
    if (!is_new && says_the_same(table->rows[at->second], row)) continue;
    ++changed;
    if (is_new) table->rows.emplace_back().number = ++last;
    const std::int64_t number = table->rows[at->second].number;
    table->rows[at->second] = row;
    table->rows[at->second].number = number;
  }
  if (changed == 0) return changed;
  if (auto written = write_whole(path, certificates_text(*table)); !written) return tl::unexpected(written.error());
  return changed;
}

}  // namespace osac::registry
