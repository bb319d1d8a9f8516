#include "runtime/cli/start_record.h"

#include <dirent.h>
#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "runtime/base/clock.h"
#include "runtime/cli/start.h"
#include "runtime/step/json_scanner.h"
#include "runtime/step/record_text.h"
#include "runtime/step/system.h"

namespace osac::cli {

namespace {

// as slurm::SubmitOptions: what is not in the queue in two looks so far apart is not there
constexpr std::chrono::seconds looks_apart{5};
constexpr int most_jobs = 3;  // under one name: never more than one, but for an answer that came late

std::string record_text(const Waiting& waiting) {
  std::string arguments;
  for (const std::string& word : waiting.arguments) arguments += fmt::format("{}{}", arguments.empty() ? "" : ",", step::json_text(word));
  return fmt::format(
      "{{\"version\":1,\"key\":{},\"name\":{},\"arguments\":[{}],\"called_in\":{},\"since\":{},\"next_try\":{},\"give_up\":{},\"due\":{},"
      "\"late_told\":{},\"missing\":{},\"job\":{}}}\n",
      step::json_text(waiting.key), step::json_text(waiting.name), arguments, step::json_text(waiting.called_in), waiting.since,
      waiting.next_try, waiting.give_up, waiting.due, waiting.late_told, step::json_text(waiting.missing), waiting.job);
}

Result<Waiting> parse_record(const std::string& folder, std::string_view text) {
  Waiting waiting;
  waiting.folder = folder;
  while (text.ends_with('\n')) text.remove_suffix(1);
  try {
    step::JsonScanner scanner(text);
    scanner.object([&](std::string_view name) {
      const auto take = [&](std::string_view wanted, std::string& out) { return name == wanted && (scanner.text(out), true); };
      const auto count = [&](std::string_view wanted, std::int64_t& out) {
        return name == wanted && (out = scanner.integer<std::int64_t>(), true);
      };
      if (take("key", waiting.key) || take("name", waiting.name) || take("called_in", waiting.called_in) ||
          take("missing", waiting.missing) || count("since", waiting.since) || count("next_try", waiting.next_try) ||
          count("give_up", waiting.give_up) || count("due", waiting.due))
        return;
      if (name == "late_told")
        waiting.late_told = scanner.flag();
      else if (name == "job")
        waiting.job = scanner.integer<std::uint64_t>();
      else if (name == "arguments")
        scanner.list([&] { scanner.text(waiting.arguments.emplace_back()); });
      else
        scanner.skip();
    });
    if (waiting.name.empty() || !scanner.at_end()) throw step::ScanTrouble{"it is not whole"};
  } catch (const step::ScanTrouble& trouble) {
    return failure(Trouble::damaged, fmt::format("`{}/record` is damaged: {}", folder, trouble.what),
                   "remove it: then nothing waits to start, and the next osac submit begins anew");
  }
  return waiting;
}

/// Names in a folder, sorted.
std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  if (DIR* const directory = ::opendir(folder.c_str())) {
    while (const dirent* const entry = ::readdir(directory))
      if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    ::closedir(directory);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

bool has_record(const std::string& folder) { return ::access((folder + "/record").c_str(), F_OK) == 0; }

Result<Waiting> read_record(const std::string& folder) {
  const auto text = read_file(folder + "/record");
  if (!text) return tl::unexpected(text.error());
  return parse_record(folder, *text);
}

Status keep(const Waiting& waiting) {
  if (auto made = step::make_folders(waiting.folder + "/out"); !made) return made;
  const std::string path = waiting.folder + "/record";
  if (auto written = write_file(path, record_text(waiting)); !written) return written;
  // a job whose record is lost with the power would start nothing
  if (auto synced = step::sync_tree(path); !synced) return synced;
  return step::sync_folder(waiting.folder);
}

std::uint64_t own_job() {
  const char* const text = std::getenv("SLURM_JOB_ID");
  return text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
}

Result<std::uint64_t> find_job(const slurm::Client& client, const std::string& name, int looks, std::uint64_t after) {
  for (int look = 0; look < looks; ++look) {
    if (look > 0) std::this_thread::sleep_for(looks_apart);
    const auto queue = client.queue(name);
    if (!queue) return tl::unexpected(queue.error());
    for (const slurm::Queued& job : *queue)
      if (job.name == name && !job.is_over() && job.job > after && job.job != own_job()) return job.job;
  }
  return 0;
}

std::string key_text(const std::string& key) { return key.empty() ? "" : " (" + visible(key) + ")"; }

std::string next_text(const Waiting& waiting) {
  return fmt::format("job {} tries again at {}", waiting.job, moment_text(waiting.next_try));
}

Result<std::vector<Waiting>> read_waiting(const std::string& state) {
  std::vector<Waiting> found;
  for (const std::string& name : names_in(state + "/start")) {
    const std::string folder = state + "/start/" + name;
    if (!has_record(folder)) continue;
    auto waiting = read_record(folder);
    if (!waiting) return tl::unexpected(waiting.error());
    found.push_back(std::move(*waiting));
  }
  return found;
}

std::optional<std::string> state_that_waits(const PastArguments& arguments) {
  const bool is_name = !arguments.workflow.empty() && !arguments.workflow.ends_with(".osa");
  for (const std::string& name : names_in(".osa")) {
    if (is_name && name != arguments.workflow) continue;
    const auto waiting = read_waiting(state_folder(name));
    if (waiting && !waiting->empty()) return state_folder(name);
  }
  return std::nullopt;
}

std::vector<std::string> waiting_lines(const std::vector<Waiting>& waiting, const slurm::Client& client) {
  std::vector<std::string> lines;
  for (const Waiting& one : waiting) {
    const auto job = find_job(client, one.name, 1);
    std::string line = fmt::format("waits to start{}: {}; ", key_text(one.key), one.missing);
    if (!job)
      line += "whether its job is there cannot be told: " + job.error().what;
    else if (*job == 0)
      line += "no job tries again: osac submit goes on";
    else {
      Waiting live = one;
      live.job = *job;
      line += next_text(live);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string waiting_json(const std::vector<Waiting>& waiting) {
  std::string list;
  for (const Waiting& one : waiting)
    list += fmt::format("{}{{\"key\": {}, \"missing\": {}, \"since\": {}, \"next_try\": {}, \"job\": {}}}", list.empty() ? "" : ", ",
                        json_quoted(one.key), json_quoted(one.missing), json_quoted(runtime::utc_text(one.since)),
                        json_quoted(runtime::utc_text(one.next_try)), one.job);
  return "[" + list + "]";
}

Status stop_waiting(const Waiting& record) {
  const slurm::Client client;
  for (int round = 0; round < most_jobs; ++round) {
    const auto job = find_job(client, record.name, 1);
    if (!job) return tl::unexpected(job.error());
    if (*job == 0) break;
    if (auto cancelled = client.cancel({fmt::format("{}", *job)}); !cancelled) return cancelled;
  }
  const std::string path = record.folder + "/record";
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_failure(errno, "remove", path);
  return {};
}

Result<std::size_t> stop_all_waiting(const std::string& state) {
  const auto waiting = read_waiting(state);
  if (!waiting) return tl::unexpected(waiting.error());
  for (const Waiting& one : *waiting)
    if (auto gone = stop_waiting(one); !gone) return tl::unexpected(gone.error());
  return waiting->size();
}

}  // namespace osac::cli
