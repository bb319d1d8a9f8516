// osac cron: the few lines that start a workflow each day, for crontab, scrontab or systemd. It prints them, and changes nothing: whoever
// reads them appends them.

#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <ctime>

#include "compiler/base/text.h"
#include "runtime/base/clock.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/parameters.h"
#include "runtime/cli/session.h"
#include "runtime/cli/submit_folder.h"
#include "runtime/step/system.h"

namespace osac::cli {

namespace {

constexpr std::int64_t second = 1'000'000'000;

/// The parameter that is another one each day, and which.
struct Each {
  std::string name;               ///< empty: there is none
  std::string day = "yesterday";  ///< as date(1) has it
  std::string format = "%F";
};

Result<Each> parse_each(const std::string& text) {
  Each each;
  const auto equals = text.find('=');
  const auto colon = equals == std::string::npos ? equals : text.find(':', equals);
  each.name = text.substr(0, equals);
  each.day = equals == std::string::npos ? "" : text.substr(equals + 1, colon == std::string::npos ? colon : colon - equals - 1);
  if (colon != std::string::npos) each.format = text.substr(colon + 1);
  const bool is_day = each.day == "yesterday" || each.day == "today" || each.day == "tomorrow";
  const auto plain = [](char c) {
    return c == '%' || c == '-' || c == '_' || c == '.' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  };
  if (!is_day || each.format.empty() || !std::all_of(each.format.begin(), each.format.end(), plain))
    return failure(Trouble::usage, fmt::format("--each `{}` names no day", visible(text)),
                   "write it like date=yesterday, night=today or night=yesterday:%Y%m%d");
  return each;
}

/// The one named, or the only date of the workflow that has no value.
Result<Each> find_each(const Arguments& arguments, const Session& session) {
  const auto given = gather_parameters(arguments.workflow, session.site);
  if (!given) return tl::unexpected(given.error());
  std::vector<std::string> names;
  std::vector<std::string_view> all;
  const driver::Compilation& compilation = *session.compilation;
  for (const program::Parameter& parameter : compilation.program->parameters) {
    all.push_back(compilation.strings.text(parameter.name));
    const std::string name(all.back());
    const bool is_date = parameter.type.kind == expression::Kind::date && !parameter.type.is_list;
    if (is_date && !parameter.default_value.exists() && !parameter.type.is_optional && !given->contains(name)) names.push_back(name);
  }
  Each each;
  if (!arguments.cron.each.empty()) {
    auto parsed = parse_each(arguments.cron.each);
    if (!parsed) return parsed;
    each = std::move(*parsed);
    if (std::find(all.begin(), all.end(), each.name) == all.end()) {
      const auto nearest = nearest_name(each.name, all);
      return failure(Trouble::usage, fmt::format("--each: there is no parameter `{}`", visible(each.name)),
                     nearest ? fmt::format("did you mean `{}`?", *nearest) : "");
    }
    return each;
  }
  if (names.size() > 1)
    return failure(Trouble::usage, fmt::format("{} are dates without value", join_words(names)),
                   "say which one is another one each day: --each NAME=yesterday");
  if (names.size() == 1) each.name = names.front();
  return each;
}

/// Words of the command line that are for `osac cron` alone.
bool is_own(const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  constexpr std::array<std::string_view, 5> own{"--at", "--each", "--format", "--runs-on", "--log"};
  return std::find(own.begin(), own.end(), name) != own.end();
}

/// The workflow's file is named from its folder, and so is what else is a path; all else is passed on as it was given.
std::vector<std::string> passed_on(const Arguments& arguments, const std::string& folder) {
  constexpr std::array<std::string_view, 3> paths{"--site", "--params", "--path"};
  std::vector<std::string> words;
  bool has_file = false;
  for (std::size_t i = 0; i < arguments.words.size(); ++i) {
    const std::string& word = arguments.words[i];
    const auto equals = word.find('=');
    if (is_own(word)) {
      if (equals == std::string::npos) ++i;
      continue;
    }
    if (word == arguments.workflow.file && !has_file) {
      has_file = true;
      words.push_back(step::name_of(word));
      continue;
    }
    const bool is_path = std::find(paths.begin(), paths.end(), word.substr(0, equals)) != paths.end();
    if (is_path && folder != ".") {  // seen from another folder
      words.push_back(equals == std::string::npos ? word : word.substr(0, equals + 1) + absolute(word.substr(equals + 1)));
      if (equals == std::string::npos && i + 1 < arguments.words.size()) words.push_back(absolute(arguments.words[++i]));
      continue;
    }
    words.push_back(word);
  }
  return words;
}

/// The command for sh, on one line.
std::string shell_line(const Arguments& arguments, const Each& each, const std::string& folder, const std::string& workflow) {
  const bool is_slurm = arguments.cron.runs_on == "slurm";
  std::string line =
      fmt::format("cd {} && {} {}", shell_quoted(absolute(folder)), shell_quoted(program_of(site::Site{})), is_slurm ? "submit" : "run");
  for (const std::string& word : passed_on(arguments, folder)) line += " " + shell_quoted(word);
  if (!each.name.empty()) line += fmt::format(" --{} \"$(date -u -d {} +{})\"", each.name, each.day, each.format);
  const std::string log = arguments.cron.log.empty() ? workflow + "-cron.log" : absolute(arguments.cron.log);
  return line + fmt::format(" >> {} 2>&1", shell_quoted(log));
}

// ---- each format has its own way to escape

/// cron(8) ends a command at `%` unless a `\` stands before it, and takes that away. In single quotes a `\` of the text itself is kept
/// apart.
std::string for_crontab(const std::string& line) {
  std::string out;
  for (const char c : line) {
    if (c == '%') out += out.ends_with('\\') ? "''\\" : "\\";
    out += c;
  }
  return out;
}

/// systemd.service(5): quotes and backslashes as in C, `%` and `$` doubled.
std::string for_systemd(const std::string& line) {
  std::string out = "\"";
  for (const char c : line) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '%' || c == '$') out += c;
    out += c;
  }
  return out + "\"";
}

/// When it is `time` UTC by this machine's clock, now.
struct LocalTime {
  std::int64_t time = 0;
  std::string zone;  ///< "+0100"; empty: it is UTC
};
LocalTime local_time(std::int64_t time) {
  constexpr std::int64_t day = 86'400;
  const std::time_t now = static_cast<std::time_t>(runtime::system_clock().wall() / second);
  std::tm parts{};
  ::localtime_r(&now, &parts);
  LocalTime local{((time / second + parts.tm_gmtoff) % day + day) % day * second, {}};
  if (parts.tm_gmtoff == 0) return local;
  std::array<char, 16> zone{};
  std::strftime(zone.data(), zone.size(), "%z", &parts);
  local.zone = zone.data();
  return local;
}

std::string fields_of(const LocalTime& local) {
  const std::int64_t minutes = local.time / second / 60;
  return fmt::format("{} {} * * *", minutes % 60, minutes / 60);
}

std::string headline(const std::string& workflow, std::int64_t time, const LocalTime& local) {
  std::string line = fmt::format("# osac: {}, each day at {} UTC", workflow, site::time_of_day_text(time));
  if (!local.zone.empty())
    line +=
        fmt::format("; cron goes by this machine's clock, now at UTC{}: after a change of it the line is to be changed, too", local.zone);
  return line + "\n";
}

std::string systemd_units(const std::string& workflow, std::int64_t time, const std::string& line) {
  return fmt::format(
      "# ~/.config/systemd/user/osac-{0}.service\n"
      "[Unit]\nDescription=osac: {0}\n\n[Service]\nType=oneshot\nExecStart=/bin/sh -c {1}\n\n"
      "# ~/.config/systemd/user/osac-{0}.timer; then: systemctl --user enable --now osac-{0}.timer\n"
      "[Unit]\nDescription=osac: {0}, each day at {2} UTC\n\n[Timer]\nOnCalendar=*-*-* {2}:00 UTC\nPersistent=true\n\n"
      "[Install]\nWantedBy=timers.target\n",
      workflow, for_systemd(line), site::time_of_day_text(time));
}

}  // namespace

int run_cron(const Arguments& arguments) {
  const auto time = site::parse_time_of_day(arguments.cron.at);
  if (!time || *time / second % 60 != 0)
    return report_usage(fmt::format("--at `{}` is no time of day", visible(arguments.cron.at)), "write it like 08:00, in UTC");
  int exit_code = exit_done;
  SessionOptions options;
  options.shows_warnings = false;
  const auto session = open_session(arguments, driver::Stage::analyse, exit_code, options);
  if (!session) return exit_code;
  if (session->opened) return report_usage("a plan file is of one day", "name the .osa file");
  const auto each = find_each(arguments, *session);
  if (!each) return report(each.error());
  const std::string workflow(session->compilation->strings.text(session->compilation->program->name));
  const std::string line = shell_line(arguments, *each, session->folder, workflow);
  if (line.find_first_of("\n\r") != std::string::npos || line.find('\0') != std::string::npos)
    return report_usage("a path or value with a line break in it cannot stand in such a line");
  if (arguments.cron.format == "systemd") return print_result(systemd_units(workflow, *time, line));
  const LocalTime local = local_time(*time);
  std::string out = headline(workflow, *time, local);
  if (arguments.cron.format == "scrontab") out += "#SCRON --time=01:00:00 --mem=2048M --output=/dev/null\n";
  out += fmt::format("{} {}\n", fields_of(local), arguments.cron.format == "crontab" ? for_crontab(line) : line);
  return print_result(out);
}

}  // namespace osac::cli
