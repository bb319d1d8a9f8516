#include "runtime/cli/target_slurm.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <cerrno>
#include <filesystem>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "compiler/expression/value.h"
#include "runtime/slurm/known.h"

namespace osac::cli {

namespace {

namespace fs = std::filesystem;

Result<std::vector<std::optional<site::Entry>>> enter_envs(const plan::Plan& plan, const site::Site& site) {
  std::vector<std::optional<site::Entry>> entries(plan.tasks().size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const plan::TaskRow& task = plan.tasks()[i];
    auto entry = site::enter(site, std::string(task.env.exists() ? plan.text(task.env) : ""));
    if (!entry) return tl::unexpected(entry.error());
    if (entry->name.empty()) continue;
    entries[i] = std::move(*entry);
  }
  return entries;
}

/// A folder that array tasks have run in stays what it is.
Status write_folder(const std::string& folder, const std::vector<slurm::EmittedFile>& files) {
  std::error_code error;
  if (fs::exists(folder + "/journal", error))
    return failure(Trouble::usage, "`" + folder + "` was submitted before: it holds records of array tasks", "name another folder with -o");
  if (fs::exists(folder, error))
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error))
      if (entry.path().extension() == ".sbatch") fs::remove(entry.path(), error);  // of arrays that there are no more
  if (auto written = write_scripts(folder, files); !written) return written;
  const auto step = find_step();
  if (!step) return tl::unexpected(step.error());
  fs::copy_file(*step, folder + "/osa-step", fs::copy_options::overwrite_existing, error);
  return error ? system_failure(error.value(), "copy osa-step to", folder) : Status{};
}

}  // namespace

Result<std::string> find_step() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const char* const place : {"osa-step", "../libexec/osac/osa-step"})
    if (fs::exists(self / place, error)) return (self / place).string();
  return failure(Trouble::environment, "`osa-step` is not beside `osac`: nodes cannot run anything without it", "build or install it, too");
}

Result<slurm::Options> slurm_options(const CompileArguments& arguments) {
  slurm::Options options;
  options.fuses = arguments.fuse == "on";
  options.allows_waits = arguments.allow_waits;
  if (arguments.bundle.empty()) return options;
  expression::Value value;
  const auto type = expression::Type::of(expression::Kind::duration);
  if (!expression::parse_value(arguments.bundle, type, value) || value.integer() <= 0)
    return failure(Trouble::usage, "--bundle `" + arguments.bundle + "` is no duration", "write it like `10 min`");
  options.bundle = value.integer();
  return options;
}

Result<slurm::Settings> slurm_settings(const plan::Plan& plan, const site::Site& site) {
  auto envs = enter_envs(plan, site);
  if (!envs) return tl::unexpected(envs.error());
  slurm::Settings settings{hexadecimal(plan.id()), state_folder(plan.workflow()), site.durability,   site.hash_policy, site.grace,
                           site.default_cpus,      site.default_memory,           site.default_time, std::move(*envs)};
  settings.site = site.origin;
  settings.site_content = site.content;
  return settings;
}

Status write_scripts(const std::string& folder, const std::vector<slurm::EmittedFile>& files) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return system_failure(error.value(), "make the folder", folder);
  for (const slurm::EmittedFile& file : files) {
    const std::string path = folder + "/" + file.name;
    if (auto written = write_file(path, file.bytes); !written) return written;
    if (file.is_executable && ::chmod(path.c_str(), 0755) != 0) return system_failure(errno, "make executable", path);
  }
  return {};
}

int compile_slurm(const Arguments& arguments, const Session& session) {
  const plan::Plan& plan = session.plan();
  const site::Site& site = session.site;
  const auto options = slurm_options(arguments.compile);
  if (!options) return report(options.error());
  const std::string output = arguments.compile.output.empty() ? std::string(plan.workflow()) + ".slurm" : arguments.compile.output;
  std::error_code error;
  const fs::path folder = fs::weakly_canonical(fs::absolute(output, error), error);
  if (auto entered = enter_folder(session.folder); !entered) return report(entered.error());
  const fs::path root = fs::canonical(".", error).lexically_relative(folder);

  auto history = registry::read_history(state_folder(plan.workflow()));
  if (!history) return report(history.error());
  registry::State state(plan, site, std::move(*history));
  const auto decisions = state.decide({});
  if (!decisions) return report(decisions.error());
  slurm::Question question{plan, site, *options, {}, {}};
  for (const registry::Decision& decision : *decisions) question.to_run.push_back(decision.verdict != registry::Verdict::up_to_date);
  question.duration = [&](std::uint32_t element) { return state.expected_duration(element); };
  const auto arrangement = slurm::arrange(question);
  if (!arrangement) return report(arrangement.error());
  if (arguments.compile.report) return print_result(slurm::report(plan, site, *arrangement));
  if (arrangement->arrays.empty()) {
    tell(fmt::format("{}: everything is up to date, there is nothing to submit\n", plan.workflow()));
    return exit_done;
  }

  auto settings = slurm_settings(plan, site);
  if (!settings) return report(settings.error());
  const auto files =
      slurm::emit({plan, site, *arrangement, std::move(*settings), slurm::known_files(plan, question.to_run, *decisions, state.history()),
                   root.empty() ? "." : root.string(), false, slurm::past_of(plan, question.to_run, *decisions, {}, state.history())});
  if (auto written = write_folder(folder.string(), files); !written) return report(written.error());
  tell(fmt::format("wrote {}: {} in {} of {}; submit with {}/submit.sh\n", output, count_of(arrangement->element_count(), "element"),
                   count_of(arrangement->array_task_count(), "array task"), count_of(arrangement->array_count(), "array"), output));
  for (const std::string& remark : arrangement->remarks) tell("note: " + remark + "\n");
  return exit_done;
}

}  // namespace osac::cli
