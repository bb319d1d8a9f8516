#include "runtime/closing/mark.h"

#include <dirent.h>
#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <memory>

#include "compiler/base/files.h"
#include "compiler/base/markup.h"
#include "compiler/base/text.h"
#include "runtime/base/clock.h"
#include "runtime/step/record_parse.h"
#include "runtime/step/record_text.h"
#include "runtime/step/system.h"

namespace osac::closing {

namespace {

constexpr std::size_t longest_key = 80;
constexpr std::size_t digest_digits = 12;
constexpr std::uint64_t largest_mark = std::uint64_t{1} << 28;

std::string short_digest(const std::string& text) { return hexadecimal(sha256(text)).substr(0, digest_digits); }

std::string parameter_text(const plan::Plan& plan, const plan::ParameterRow& parameter) {
  std::string value = percent_encoded(plan.text(parameter.value), "-_.:+");
  if (value.ends_with(".json")) value.replace(value.size() - 5, 1, "%2E");  // as marks do
  return std::string(plan.text(parameter.name)) + "=" + value;
}

/// All parameters; if they are too many, its dates or else the first one, and a digest of all.
std::string key_of_parameters(const plan::Plan& plan) {
  std::string all;
  std::string dates;
  const auto add = [](std::string& text, const std::string& more) { text += (text.empty() ? "" : ",") + more; };
  for (const plan::ParameterRow& parameter : plan.parameters()) {
    add(all, parameter_text(plan, parameter));
    if (parameter.type.kind == expression::Kind::date) add(dates, parameter_text(plan, parameter));
  }
  if (all.empty()) return "all";
  if (all.size() <= longest_key) return all;
  std::string shown = dates.empty() ? all : dates;
  if (shown.size() > longest_key - digest_digits - 1) shown = shown.substr(0, shown.find(','));
  if (shown.size() > longest_key - digest_digits - 1) shown = shown.substr(0, shown.find('='));
  return shown.substr(0, longest_key - digest_digits - 1) + "~" + short_digest(all);
}

std::string mark_file(const std::string& state, const std::string& key) { return folder_of(state, key) + ".json"; }

Result<std::optional<step::Closed>> read_mark(const std::string& path) {
  if (::access(path.c_str(), F_OK) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return system_failure(errno, "examine", path);
  }
  const auto bytes = read_file(path, largest_mark);
  if (!bytes) return tl::unexpected(bytes.error());
  step::Closed closed;
  if (const std::string wrong = step::parse_record(trim(*bytes), closed); !wrong.empty())
    return failure(Trouble::damaged, fmt::format("`{}`, which marks a closed night, is damaged: {}", path, wrong),
                   "delete it, and close the night again");
  return closed;
}

}  // namespace

Night night_of(const plan::Plan& plan, const std::vector<std::string>& goals, const std::string& where) {
  Night night;
  night.key = night.whole = key_of_parameters(plan);
  if (goals.empty() && where.empty()) return night;
  std::vector<std::string> sorted = goals;
  std::sort(sorted.begin(), sorted.end());
  std::string part = where;
  for (const std::string& goal : sorted) part += '\0' + goal;
  night.key += "~part-" + short_digest(part);
  return night;
}

std::string folder_of(const std::string& state, const std::string& key) { return state + "/closed/" + key; }

Result<std::optional<step::Closed>> find_mark(const std::string& state, const Night& night) {
  auto mark = read_mark(mark_file(state, night.whole));
  if (!mark || *mark || night.key == night.whole) return mark;
  return read_mark(mark_file(state, night.key));
}

Status write_mark(const std::string& state, const step::Closed& closed) {
  const std::string path = mark_file(state, closed.key);
  if (auto made = step::make_folders(step::folder_of(path)); !made) return made;
  const std::string at = fmt::format("{{\"closed\":\"{}\"", runtime::utc_text(closed.time));
  if (auto written = write_file(path, at + step::fields_of(closed) + "}\n"); !written) return written;
  if (auto synced = step::sync_tree(path); !synced) return synced;
  return step::sync_folder(step::folder_of(path));
}

Status remove_mark(const std::string& state, const std::string& key) {
  const std::string path = mark_file(state, key);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_failure(errno, "delete", path);
  return step::sync_folder(step::folder_of(path));
}

Result<std::vector<step::Closed>> all_marks(const std::string& state) {
  const std::string folder = state + "/closed";
  const auto close = [](DIR* listing) { ::closedir(listing); };
  const std::unique_ptr<DIR, decltype(close)> listing(::opendir(folder.c_str()), close);
  std::vector<std::string> names;
  while (const dirent* entry = listing ? ::readdir(listing.get()) : nullptr)
    if (const std::string name = entry->d_name; name.ends_with(".json")) names.push_back(name);
  std::sort(names.begin(), names.end());
  std::vector<step::Closed> marks;
  for (const std::string& name : names) {
    auto mark = read_mark(folder + "/" + name);
    if (!mark) return tl::unexpected(mark.error());
    if (*mark) marks.push_back(std::move(**mark));
  }
  return marks;
}

std::string closed_text(const step::Closed& closed, const std::string& plan) {
  std::string time = runtime::utc_text(closed.time).substr(0, 16);
  std::replace(time.begin(), time.end(), 'T', ' ');
  std::string text = fmt::format("closed on {} UTC by {}", time, visible(closed.user));
  if (!plan.empty() && plan != closed.plan) text += ", and its plan has changed since";
  return text;
}

}  // namespace osac::closing
