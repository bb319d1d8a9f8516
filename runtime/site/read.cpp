// The site file: YAML into a Site. Every mistake is a diagnostic in the file; what is wrong keeps the value the machine gave.

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>
#include <algorithm>
#include <functional>
#include <initializer_list>
#include <map>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "compiler/expression/value.h"
#include "runtime/site/machine.h"
#include "runtime/site/site.h"
#include "runtime/site/yaml_reader.h"
#include "runtime/site/yaml_text.h"

namespace osac::site {

namespace {

constexpr std::uint64_t largest_file = 16ULL << 20;
constexpr std::int64_t one_second = 1'000'000'000;
constexpr std::int64_t hour = 3'600 * one_second;
constexpr std::int64_t shortest_pause = one_second;

class Reader : YamlReader {
 public:
  /// `folder`: of the file, with its slash: relative paths in it start there.
  Reader(Site& the_site, Diagnostics& the_diagnostics, const Sources& sources, SourceId source, std::string the_folder)
      : YamlReader(the_diagnostics, sources, source), site(the_site), folder(std::move(the_folder)) {}

  void read() {
    try {
      const std::string whole(text);
      const YAML::Node root = YAML::Load(whole);
      if (const auto second = find_second_document(whole)) return malformed(offset(*second), "something follows its end");
      if (!root.IsNull()) read_root(root);
      check_default_env();
    } catch (const YAML::Exception& error) {
      malformed(offset(error.mark), error.msg);
    }
  }

 private:
  /// A path as written in the file: relative to its folder, unless it is a URI such as docker://...
  [[nodiscard]] std::string resolved(const std::string& path) const {
    return path.starts_with('/') || path.find("://") != std::string::npos ? path : folder + path;
  }

  void read_registry(const YAML::Node& node) {
    std::string place;
    if (!read_text(node, place)) return;
    const std::string mistake = parse_registry_url(place, site.registry);
    if (mistake.empty()) return;
    site.registry = {};
    wrong(node, mistake);
  }

  void read_env(const std::string& name, const YAML::Node& node, Env& env) {
    std::vector<std::pair<std::string, Span>> ways;
    const auto enter_by = [&](EnvKind kind, std::string word, const YAML::Node& value) {
      env.kind = kind;
      ways.emplace_back(std::move(word), span(value));
    };
    record(node, "an env",
           {{"variables",
             [&](const YAML::Node& value) {
               each(value, [&](const YAML::Node& key, const YAML::Node& item) { read_variable(key, item, env); });
             }},
            {"modules",
             [&](const YAML::Node& value) {
               read_texts(value, env.modules);
               enter_by(EnvKind::module, "modules", value);
             }},
            {"conda",
             [&](const YAML::Node& value) {
               if (read_text(value, env.prefix)) env.prefix = resolved(env.prefix);
               enter_by(EnvKind::conda, "conda", value);
             }},
            {"apptainer",
             [&](const YAML::Node& value) {
               if (read_text(value, env.image)) env.image = resolved(env.image);
               enter_by(EnvKind::apptainer, "apptainer", value);
             }},
            {"binds", [&](const YAML::Node& value) {
               read_texts(value, env.binds);
               if (!node["apptainer"])
                 diagnostics.report(DiagnosticKind::site_stray_binds, span(value), name).help("say which: `apptainer: tools.sif`");
             }}});
    for (std::size_t i = 1; i < ways.size(); ++i)
      diagnostics.report(DiagnosticKind::site_env_conflict, ways[i].second, name, ways[0].first, ways[i].first)
          .label(ways[0].second, "the first way")
          .help("make two envs of it");
  }

  void read_variable(const YAML::Node& key, const YAML::Node& value, Env& env) {
    const std::string& name = key.Scalar();
    if (name.empty() || name.find('=') != std::string::npos || name.find('\0') != std::string::npos)
      return wrong(key, "name of a variable");
    if (!value.IsScalar() || value.Scalar().find('\0') != std::string::npos) return wrong(value, "plain text");
    env.variables[name] = value.Scalar();
  }

  void read_parameter(const YAML::Node& key, const YAML::Node& value) {
    std::string& out = site.parameters[key.Scalar()];
    if (value.IsScalar()) {
      out = value.Scalar();
      return;
    }
    std::vector<std::string> items;
    read_texts(value, items);
    out = "[" + fmt::format("{}", fmt::join(items, ", ")) + "]";
  }

  void read_defaults(const YAML::Node& node) {
    using expression::Kind;
    record(node, "`defaults`",
           {{"cpus", [&](const YAML::Node& value) { read_count(value, 1, site.default_cpus); }},
            {"memory", [&](const YAML::Node& value) { read_amount(value, Kind::memory, site.default_memory); }},
            {"time", [&](const YAML::Node& value) { read_amount(value, Kind::duration, site.default_time); }},
            {"env", [&](const YAML::Node& value) {
               if (read_text(value, site.default_env)) default_env = value;
             }}});
  }

  /// The envs may stand below the defaults, so this comes last.
  void check_default_env() {
    if (site.default_env.empty() || site.envs.contains(site.default_env)) return;
    std::vector<std::string_view> names;
    for (const auto& [name, env] : site.envs) names.push_back(name);
    const auto nearest = nearest_name(site.default_env, names);
    wrong(default_env, "name of an env", nearest ? fmt::format("did you mean `{}`?", *nearest) : "declare it under `envs`");
  }

  void read_partition(const YAML::Node& key, const YAML::Node& node) {
    using expression::Kind;
    Partition partition;
    partition.name = key.Scalar();
    record(node, "a partition",
           {{"time", [&](const YAML::Node& value) { read_amount(value, Kind::duration, partition.time); }},
            {"memory", [&](const YAML::Node& value) { read_amount(value, Kind::memory, partition.memory); }},
            {"cpus", [&](const YAML::Node& value) { read_count(value, 1, partition.cpus); }},
            {"gpus", [&](const YAML::Node& value) { read_count(value, 0, partition.gpus); }}});
    site.slurm.partitions.push_back(std::move(partition));
  }

  void read_slurm(const YAML::Node& node) {
    record(
        node, "`slurm`",
        {{"partitions",
          [&](const YAML::Node& value) { each(value, [&](const YAML::Node& key, const YAML::Node& item) { read_partition(key, item); }); }},
         {"account", [&](const YAML::Node& value) { read_text(value, site.slurm.account); }},
         {"qos", [&](const YAML::Node& value) { read_text(value, site.slurm.qos); }},
         {"licenses", [&](const YAML::Node& value) { read_texts(value, site.slurm.licenses); }},
         {"shared",
          [&](const YAML::Node& value) {
            read_texts(value, site.slurm.shared);
            for (std::string& path : site.slurm.shared) path = resolved(path);
          }},
         {"osac",
          [&](const YAML::Node& value) {
            if (read_text(value, site.slurm.osac)) site.slurm.osac = resolved(site.slurm.osac);
          }},
         {"max_array", [&](const YAML::Node& value) { read_count(value, 1, site.slurm.max_array); }},
         {"max_submit", [&](const YAML::Node& value) { read_count(value, 0, site.slurm.max_submit); }},
         {"window", [&](const YAML::Node& value) { read_count(value, 0, site.slurm.window); }},
         {"max_running", [&](const YAML::Node& value) { read_count(value, 1, site.slurm.max_running); }}});
  }

  void read_time_of_day(const YAML::Node& node, std::optional<std::int64_t>& out) {
    const auto time = node.IsScalar() ? parse_time_of_day(node.Scalar()) : std::nullopt;
    if (!time) return wrong(node, "time of day", "write it like `\"08:00\"`; it is UTC");
    out = time;
  }

  /// A time between two looks, or until nobody looks any more.
  void read_pause(const YAML::Node& node, std::int64_t& out) {
    std::int64_t pause = 0;
    const std::size_t before = diagnostics.error_count();
    read_amount(node, expression::Kind::duration, pause);
    if (diagnostics.error_count() > before) return;
    if (pause < shortest_pause) return wrong(node, "duration of at least a second");
    out = pause;
  }

  void read_start(const YAML::Node& node) {
    Start& start = site.start;
    record(node, "`start`",
           {{"not_before", [&](const YAML::Node& value) { read_time_of_day(value, start.not_before); }},
            {"not_after", [&](const YAML::Node& value) { read_time_of_day(value, start.not_after); }},
            {"files", [&](const YAML::Node& value) { read_texts(value, start.files); }},
            {"max_queued",
             [&](const YAML::Node& value) {
               std::int64_t most = -1;
               read_count(value, 0, most);
               if (most >= 0) start.max_queued = most;
             }},
            {"retry_every", [&](const YAML::Node& value) { read_pause(value, start.retry_every); }},
            {"give_up_after", [&](const YAML::Node& value) { read_pause(value, start.give_up_after); }},
            {"due", [&](const YAML::Node& value) { read_time_of_day(value, start.due); }}});
  }

  static bool has_control(const std::string& text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  }

  void read_event(const YAML::Node& node, std::vector<Event>& events) {
    Event event{};
    const std::size_t before = diagnostics.error_count();
    read_choice<Event>(node, "event", {{"done", Event::done}, {"failed", Event::failed}, {"late", Event::late}}, event);
    if (diagnostics.error_count() == before) events.push_back(event);
  }

  void read_notification(const YAML::Node& node) {
    Notification one;
    const std::size_t errors = diagnostics.error_count();
    std::vector<std::pair<std::string, Span>> ways;
    const auto way = [&](std::string word, const YAML::Node& value) { ways.emplace_back(std::move(word), span(value)); };
    record(node, "a notification",
           {{"on",
             [&](const YAML::Node& value) {
               if (!value.IsSequence()) return wrong(value, "list", "write a list: `[done, failed, late]`");
               for (const YAML::Node& item : value) read_event(item, one.on);
             }},
            {"mail",
             [&](const YAML::Node& value) {
               read_texts(value, one.mail);
               for (std::size_t i = 0; i < one.mail.size(); ++i)
                 if (has_control(one.mail[i]) || one.mail[i].starts_with('-')) wrong(value[i], "mail address");
               way("mail", value);
             }},
            {"webhook",
             [&](const YAML::Node& value) {
               const bool is_url = value.IsScalar() && (value.Scalar().starts_with("https://") || value.Scalar().starts_with("http://"));
               if (!is_url || has_control(value.Scalar())) return wrong(value, "web address", "it begins with `https://`");
               one.webhook = value.Scalar();
               way("webhook", value);
             }},
            {"command", [&](const YAML::Node& value) {
               read_texts(value, one.command);
               way("command", value);
             }}});
    if (diagnostics.error_count() > errors) return;
    if (ways.size() != 1) return wrong(node, "notification", "say one of `mail`, `webhook` and `command`; make a list entry of each");
    if (one.on.empty()) return wrong(node, "notification", "say of what: `on: [failed, late]`");
    site.notifications.push_back(std::move(one));
  }

  void read_root(const YAML::Node& root) {
    using expression::Kind;
    const auto named = [&](const YAML::Node& node, const Entry& entry) { each(node, entry); };
    record(
        root, "a site file",
        {{"cpus", [&](const YAML::Node& value) { read_count(value, 1, site.cpus); }},
         {"memory", [&](const YAML::Node& value) { read_amount(value, Kind::memory, site.memory); }},
         {"gpus", [&](const YAML::Node& value) { read_count(value, 0, site.gpus); }},
         {"slots",
          [&](const YAML::Node& value) {
            named(value, [&](const YAML::Node& key, const YAML::Node& count) { read_count(count, 0, site.slots[key.Scalar()]); });
          }},
         {"envs",
          [&](const YAML::Node& value) {
            named(value, [&](const YAML::Node& key, const YAML::Node& env) { read_env(key.Scalar(), env, site.envs[key.Scalar()]); });
          }},
         {"parameters",
          [&](const YAML::Node& value) {
            named(value, [&](const YAML::Node& key, const YAML::Node& item) { read_parameter(key, item); });
          }},
         {"hash_policy",
          [&](const YAML::Node& value) {
            read_choice<HashPolicy>(value, "hash policy", {{"stat", HashPolicy::stat}, {"content", HashPolicy::content}}, site.hash_policy);
          }},
         {"durability",
          [&](const YAML::Node& value) {
            read_choice<Durability>(value, "durability",
                                    {{"full", Durability::full}, {"data", Durability::data}, {"none", Durability::none}}, site.durability);
          }},
         {"defaults", [&](const YAML::Node& value) { read_defaults(value); }},
         {"slurm", [&](const YAML::Node& value) { read_slurm(value); }},
         {"start", [&](const YAML::Node& value) { read_start(value); }},
         {"registry", [&](const YAML::Node& value) { read_registry(value); }},
         {"grace", [&](const YAML::Node& value) { read_amount(value, Kind::duration, site.grace); }},
         {"notify",
          [&](const YAML::Node& value) {
            if (!value.IsSequence()) return wrong(value, "list", "write a list: `- {on: [failed], mail: [me@example.org]}`");
            for (const YAML::Node& item : value) read_notification(item);
          }},
         {"sendmail", [&](const YAML::Node& value) { read_text(value, site.sendmail); }}});
  }

  void malformed(std::size_t at, const std::string& why) {
    const auto place = begin + static_cast<std::uint32_t>(at);
    diagnostics.report(DiagnosticKind::site_malformed, Span{place, place}, why);
  }

  Site& site;  // NOLINT: lives for one file
  const std::string folder;
  YAML::Node default_env;  // where the site's default env is named
};

}  // namespace

std::string_view event_name(Event event) {
  switch (event) {
    case Event::done:
      return "done";
    case Event::failed:
      return "failed";
    case Event::late:
      return "late";
  }
  return "";
}

std::optional<std::int64_t> parse_time_of_day(std::string_view text) {
  std::int64_t time = 0;
  std::int64_t unit = hour;
  const std::vector<std::string_view> parts = split(text, ':');
  if (parts.size() < 2 || parts.size() > 3) return std::nullopt;
  for (const std::string_view part : parts) {
    if (part.size() != 2 || part.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    const int number = (part[0] - '0') * 10 + (part[1] - '0');
    if (number >= (unit == hour ? 24 : 60)) return std::nullopt;
    time += number * unit;
    unit /= 60;
  }
  return time;
}

std::string time_of_day_text(std::int64_t time) {
  const std::int64_t seconds = time / one_second;
  const std::string text = fmt::format("{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
  return seconds % 60 == 0 ? text : fmt::format("{}:{:02}", text, seconds % 60);
}

Site detect() {
  Site site;
  site.cpus = affinity_cpus();
  if (const auto quota = cgroup_cpus("")) site.cpus = std::min(site.cpus, *quota);
  site.memory = physical_memory();
  if (const auto limit = cgroup_memory("")) site.memory = std::min(site.memory, *limit);
  site.gpus = count_gpus("");
  site.origin = "this machine";
  return site;
}

Site read(const std::string& path, Sources& sources, Diagnostics& diagnostics) {
  Site site = detect();
  auto text = read_file(path, largest_file);
  if (!text) {
    diagnostics.report_without_place(DiagnosticKind::site_unreadable, text.error().what);
    return site;
  }
  if (const auto malformed = find_malformed_utf8(*text)) {
    diagnostics.report_without_place(DiagnosticKind::site_unreadable,
                                     fmt::format("`{}` is no text: byte {} is not UTF-8", path, *malformed));
    return site;
  }
  site.origin = path;
  site.content = sha256(*text);
  hide_passwords(*text);  // whoever shows a line of it shows none
  if (!sources.has_room(text->size())) {
    diagnostics.report_without_place(DiagnosticKind::site_unreadable, "there is no room for `" + path + "` beside the other sources");
    return site;
  }
  const SourceId source = sources.add(path, std::move(*text));
  const auto slash = path.rfind('/');
  Reader reader(site, diagnostics, sources, source, slash == std::string::npos ? "" : path.substr(0, slash + 1));
  reader.read();
  return site;
}

}  // namespace osac::site
