#include "runtime/slurm/submission.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <limits>

#include "compiler/base/text.h"
#include "compiler/records/json.h"
#include "runtime/step/journal_file.h"
#include "runtime/step/system.h"

namespace osac::slurm {

namespace {

using records::Json;

constexpr std::string_view kind_start = "submission-start";
constexpr std::string_view kind_intent = "submit-intent";
constexpr std::string_view kind_answer = "submitted";
constexpr std::string_view kind_refusal = "refused";
constexpr std::string_view kind_progress = "progress";
constexpr std::string_view kind_cancelled = "cancelled";

std::string journal_path(const std::string& folder) { return folder + "/submission.j1"; }

std::string_view progress_name(Progress progress) {
  switch (progress) {
    case Progress::begun:
      return "begun";
    case Progress::submitted:
      return "submitted";
    case Progress::released:
      return "released";
    case Progress::closed:
      return "closed";
  }
  return "";
}

std::optional<Progress> progress_named(std::string_view name) {
  for (const Progress progress : {Progress::begun, Progress::submitted, Progress::released, Progress::closed})
    if (progress_name(progress) == name) return progress;
  return std::nullopt;
}

std::string fields_of(const SubmissionStart& start) {
  std::string arguments;
  for (const std::string& word : start.arguments) arguments += (arguments.empty() ? "" : ",") + json_quoted(word);
  return fmt::format(
      ",\"number\":{},\"execution\":{},\"plan\":{},\"workflow\":{},\"osac\":{},\"root\":{},\"arguments\":[{}],\"called_in\":{},\"user\":{},"
      "\"host\":{},\"time\":{}",
      start.number, json_quoted(start.execution), json_quoted(start.plan), json_quoted(start.workflow), json_quoted(start.osac),
      json_quoted(start.root), arguments, json_quoted(start.called_in), json_quoted(start.user), json_quoted(start.host), start.time);
}

/// The members of a record by name; what has another type than asked for is as if it were not there.
class Fields {
 public:
  explicit Fields(std::string_view json) : document_(json) {}
  [[nodiscard]] bool is_good() const { return document_.root() && document_.root()->kind() == Json::Kind::object; }
  [[nodiscard]] std::string text(std::string_view name) const {
    std::string out;
    find(name, Json::Kind::text, [&](const Json& value) { out = value.text(); });
    return out;
  }
  template <typename Number>
  [[nodiscard]] Number number(std::string_view name) const {
    std::int64_t out = 0;
    find(name, Json::Kind::integer, [&](const Json& value) { out = value.integer(); });
    const bool fits = out >= 0 && static_cast<std::uint64_t>(out) <= std::numeric_limits<Number>::max();
    return fits ? static_cast<Number>(out) : 0;
  }
  [[nodiscard]] std::vector<std::string> texts(std::string_view name) const {
    std::vector<std::string> out;
    find(name, Json::Kind::list, [&](const Json& list) {
      list.each([&](const Json& item) {
        if (item.kind() == Json::Kind::text) out.push_back(item.text());
      });
    });
    return out;
  }

 private:
  template <typename Use>
  void find(std::string_view name, Json::Kind kind, Use&& use) const {
    document_.root()->members([&](const std::string& key, const Json& value) {
      if (key == name && value.kind() == kind) use(value);
    });
  }
  records::JsonDocument document_;
};

JobRecord& job_of(Submission& submission, const std::string& name) {
  const auto found = std::find_if(submission.jobs.begin(), submission.jobs.end(), [&](const JobRecord& job) { return job.name == name; });
  if (found != submission.jobs.end()) return *found;
  submission.jobs.push_back({name, 0, 0, false, {}});
  return submission.jobs.back();
}

/// Adds a record to what is known; "" or what is wrong with it.
std::string fold(Submission& submission, std::string_view kind, std::int64_t time, std::string_view json) {
  const Fields fields(json);
  if (!fields.is_good()) return "it is no JSON object";
  if (kind == kind_start) {
    SubmissionStart& start = submission.start;
    start.number = fields.number<std::uint32_t>("number");
    start.execution = fields.text("execution");
    start.plan = fields.text("plan");
    start.workflow = fields.text("workflow");
    start.osac = fields.text("osac");
    start.root = fields.text("root");
    start.arguments = fields.texts("arguments");
    start.called_in = fields.text("called_in");
    start.user = fields.text("user");
    start.host = fields.text("host");
    start.time = fields.number<std::int64_t>("time");
    return start.execution.empty() ? "it names no execution" : "";
  }
  if (kind == kind_progress) {
    const auto progress = progress_named(fields.text("reached"));
    if (!progress) return "it names no progress";
    submission.progress = *progress;
    return "";
  }
  if (kind == kind_cancelled) {
    submission.is_cancelled = true;
    return "";
  }
  if (kind != kind_intent && kind != kind_answer && kind != kind_refusal) return "";  // of a newer osac
  const std::string name = fields.text("name");
  if (name.empty()) return "it names no job";
  JobRecord& job = job_of(submission, name);
  job.time = time;
  job.job = kind == kind_answer ? fields.number<std::uint64_t>("job") : 0;
  job.is_refused = kind == kind_refusal;
  job.text = fields.text("text");
  return "";
}

struct ReadJournal {
  Submission submission;
  std::uint64_t end = 0;  ///< of the good records
  std::uint64_t next = 0;
};

/// Nothing if it has not even begun: then nothing was asked of Slurm.
Result<std::optional<ReadJournal>> read_journal(const std::string& folder) {
  const std::string path = journal_path(folder);
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return system_failure(errno, "read", path);
  }
  auto file = step::JournalFile::open(path);
  if (!file) return tl::unexpected(file.error());
  ReadJournal read;
  read.submission.folder = folder;
  while (true) {
    const auto record = file->next();
    if (!record) return tl::unexpected(record.error());
    if (!*record) break;
    if (const std::string wrong = fold(read.submission, (*record)->kind, (*record)->time, (*record)->json); !wrong.empty())
      return file->nonsense(**record, wrong);
  }
  read.end = file->end_of_good();
  read.next = file->next_sequence();
  if (read.submission.start.execution.empty()) return std::nullopt;
  return read;
}

/// The folders of submissions by their numbers.
Result<std::vector<std::pair<std::uint32_t, std::string>>> folders_in(const std::string& parent) {
  std::vector<std::pair<std::uint32_t, std::string>> folders;
  DIR* const listing = ::opendir(parent.c_str());
  if (listing == nullptr) {
    if (errno == ENOENT) return folders;
    return system_failure(errno, "read the folder", parent);
  }
  while (const dirent* entry = ::readdir(listing)) {
    const std::string_view name(entry->d_name);
    std::uint32_t number = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
    if (name.size() >= 4 && parsed.ec == std::errc{} && parsed.ptr == name.data() + name.size() && number > 0)
      folders.emplace_back(number, parent + "/" + std::string(name));
  }
  ::closedir(listing);
  std::sort(folders.begin(), folders.end());
  return folders;
}

}  // namespace

const JobRecord* Submission::job(const std::string& name) const {
  const auto found = std::find_if(jobs.begin(), jobs.end(), [&](const JobRecord& job) { return job.name == name; });
  return found == jobs.end() ? nullptr : &*found;
}

std::string Submission::token_prefix() const { return fmt::format("osac-{}-{:04}-", start.execution, start.number); }

Result<std::vector<Submission>> read_submissions(const std::string& state_folder) {
  const auto folders = folders_in(state_folder + "/slurm");
  if (!folders) return tl::unexpected(folders.error());
  std::vector<Submission> submissions;
  for (const auto& [number, folder] : *folders) {
    auto read = read_journal(folder);
    if (!read) return tl::unexpected(read.error());
    if (*read) submissions.push_back(std::move((*read)->submission));
  }
  return submissions;
}

Result<const Submission*> find_submission(const std::vector<Submission>& all, const std::string& folder) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [name = step::name_of(folder)](const Submission& one) { return step::name_of(one.folder) == name; });
  if (found == all.end()) return failure(Trouble::usage, "`" + visible(folder) + "` is no submission");
  return &*found;
}

Result<SubmissionJournal> SubmissionJournal::create(const std::string& state_folder, SubmissionStart start, const runtime::Clock& clock,
                                                    const Fill& fill) {
  const std::string parent = state_folder + "/slurm";
  if (auto made = step::make_folders(parent); !made) return tl::unexpected(made.error());
  const auto folders = folders_in(parent);
  if (!folders) return tl::unexpected(folders.error());
  SubmissionJournal journal;
  journal.clock_ = &clock;
  start.number = folders->empty() ? 1 : folders->back().first + 1;
  journal.submission_.folder = fmt::format("{}/{:04}", parent, start.number);
  if (::mkdir(journal.submission_.folder.c_str(), 0777) != 0) return system_failure(errno, "make the folder", journal.submission_.folder);
  start.time = clock.wall();
  if (fill)
    if (auto filled = fill(journal.submission_.folder); !filled) {
      (void)step::remove_tree(journal.submission_.folder);
      return tl::unexpected(filled.error());
    }
  step::fail_point("submission-filled");

  step::JournalHeader header;
  header.version = step::journal_version;
  header.host = step::host_name();
  header.boot = step::boot_id();
  header.pid = ::getpid();
  header.pid_start = step::process_start(header.pid).value_or(0);
  const std::string path = journal_path(journal.submission_.folder);
  journal.file_ = step::Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666));
  if (!journal.file_.exists()) return system_failure(errno, "create", path);
  std::string first;
  step::append_frame(first, journal.next_++, start.time, step::kind_header, step::fields_of(header));
  if (!step::write_all(journal.file_.number(), first)) return system_failure(errno, "write", path);
  if (auto written = journal.append(kind_start, slurm::fields_of(start)); !written) return tl::unexpected(written.error());
  journal.submission_.start = std::move(start);
  for (const std::string& folder : {journal.submission_.folder, parent})
    if (auto synced = step::sync_folder(folder); !synced) return tl::unexpected(synced.error());
  return journal;
}

Result<SubmissionJournal> SubmissionJournal::open(const Submission& submission, const runtime::Clock& clock) {
  auto read = read_journal(submission.folder);
  if (!read) return tl::unexpected(read.error());
  const std::string path = journal_path(submission.folder);
  if (!*read) return failure(Trouble::damaged, "`" + path + "` does not begin as the journal of a submission");
  SubmissionJournal journal;
  journal.clock_ = &clock;
  journal.submission_ = std::move((*read)->submission);
  journal.next_ = (*read)->next;
  journal.file_ = step::Descriptor(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  if (!journal.file_.exists()) return system_failure(errno, "open", path);
  struct stat info {};
  const auto end = static_cast<off_t>((*read)->end);
  if (::fstat(journal.file_.number(), &info) != 0 || (info.st_size > end && ::ftruncate(journal.file_.number(), end) != 0))
    return system_failure(errno, "cut off the torn end of", path);
  return journal;
}

/// Known only once it is written.
Status SubmissionJournal::append(std::string_view kind, const std::string& fields, Sync sync) {
  const std::string path = journal_path(submission_.folder);
  const std::int64_t time = clock_->wall();
  std::string frame;
  step::append_frame(frame, next_, time, kind, fields);
  const bool is_written = step::write_all(file_.number(), frame) && (sync == Sync::with_next || ::fdatasync(file_.number()) == 0);
  if (!is_written) return system_failure(errno, "write", path);
  ++next_;
  const std::string wrong = fold(submission_, kind, time, "{" + fields.substr(1) + "}");
  return wrong.empty() ? Status{} : failure(Trouble::damaged, "the record of a submission cannot be read again: " + wrong);
}

Status SubmissionJournal::intend(const std::string& name) { return append(kind_intent, ",\"name\":" + json_quoted(name)); }

Status SubmissionJournal::answered(const std::string& name, std::uint64_t job) {
  return append(kind_answer, fmt::format(",\"name\":{},\"job\":{}", json_quoted(name), job), Sync::with_next);
}

Status SubmissionJournal::refused(const std::string& name, const std::string& text) {
  return append(kind_refusal, fmt::format(",\"name\":{},\"text\":{}", json_quoted(name), json_quoted(text)));
}

Status SubmissionJournal::reached(Progress progress) {
  return append(kind_progress, fmt::format(",\"reached\":\"{}\"", progress_name(progress)));
}

Status SubmissionJournal::cancelled() { return append(kind_cancelled, ",\"all\":true"); }

}  // namespace osac::slurm
