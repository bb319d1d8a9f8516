// How an env is entered, and whether it can be: everything is looked for before a task is started in it.

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "compiler/base/hash.h"
#include "compiler/base/text.h"
#include "runtime/site/site.h"

namespace osac::site {

namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string search_path() {
  const std::string path = variable("PATH");
  return path.empty() ? "/usr/local/bin:/usr/bin:/bin" : path;
}

bool is_file(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

bool is_folder(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

/// The path of a program on PATH; "" if it is not there.
std::string find_program(std::string_view name) {
  const std::string path = search_path();
  for (const std::string_view folder : split(path, ':')) {
    const std::string candidate = std::string(folder.empty() ? "." : folder) + "/" + std::string(name);
    if (is_file(candidate) && ::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return "";
}

/// The script that defines the shell function `module`: Environment Modules or Lmod, as the login shell knows it or where packages put it.
std::string find_module_script() {
  std::vector<std::string> candidates;
  for (const char* home : {"LMOD_PKG", "MODULESHOME"})
    if (const std::string folder = variable(home); !folder.empty()) candidates.push_back(folder + "/init/bash");
  for (const char* path :
       {"/etc/profile.d/lmod.sh", "/etc/profile.d/modules.sh", "/usr/share/lmod/lmod/init/bash", "/usr/share/modules/init/bash"})
    candidates.emplace_back(path);
  const auto found = std::find_if(candidates.begin(), candidates.end(), is_file);
  return found == candidates.end() ? "" : *found;
}

/// SHA-256 of a file's content, read in pieces; "" if it cannot be read.
std::string content_identity(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return "";
  Sha256 hash;
  std::string piece(1 << 20, '\0');
  while (file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    hash.add(std::string_view(piece).substr(0, static_cast<std::size_t>(file.gcount())));
  }
  return hexadecimal(hash.finish());
}

/// Which image it is: its content if the site wants that, else its size and time. A URI is its own identity.
std::string image_identity(const Site& site, const std::string& image) {
  struct stat info {};
  if (::stat(image.c_str(), &info) != 0) return image;
  if (site.hash_policy == HashPolicy::content && S_ISREG(info.st_mode)) return content_identity(image);
  return fmt::format("{} {}.{:09}", info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

struct Enterer {
  const Site& site;
  const std::string& name;
  const Env& env;
  Entry entry;

  [[nodiscard]] tl::unexpected<Error> missing(const std::string& what, std::string help) const {
    return failure(Trouble::environment, fmt::format("cannot enter the env `{}`: {}", visible(name), what), std::move(help));
  }

  [[nodiscard]] std::string where_to_change() const {
    return fmt::format("put it there, or correct `{}` in {}", visible(name), visible(site.origin));
  }

  Status enter_modules() {
    const std::string script = find_module_script();
    if (script.empty())
      return missing("there is no command `module` on this machine", "install Environment Modules or Lmod, or set MODULESHOME");
    if (find_program("bash").empty()) return missing("`module` needs `bash`, which is not there", "install bash");
    // The user's own module folders: commands do not inherit the variable.
    if (const std::string path = variable("MODULEPATH"); !path.empty()) entry.variables.try_emplace("MODULEPATH", path);
    entry.shell_prelude = ". " + shell_quoted(script) + " &&";
    if (!env.modules.empty()) entry.shell_prelude += " module load";
    for (const std::string& module : env.modules) entry.shell_prelude += " " + shell_quoted(module);
    if (!env.modules.empty()) entry.shell_prelude += " &&";
    entry.identity += fmt::format("modules {}\n", fmt::join(env.modules, " "));
    return {};
  }

  Status enter_conda() {
    if (!is_folder(env.prefix + "/bin"))
      return missing(fmt::format("there is no conda environment at `{}`", visible(env.prefix)), where_to_change());
    const auto own = entry.variables.find("PATH");
    const std::string prefix = std::filesystem::absolute(env.prefix).string();  // commands may change their folder
    entry.variables["PATH"] = prefix + "/bin:" + (own == entry.variables.end() ? search_path() : own->second);
    entry.variables["CONDA_PREFIX"] = prefix;
    // Each change of an environment is recorded there; an environment of another make (a venv) has only its path.
    entry.identity += fmt::format("conda {} {}\n", env.prefix, content_identity(env.prefix + "/conda-meta/history"));
    return {};
  }

  Status enter_apptainer() {
    std::string program = find_program("apptainer");
    if (program.empty()) program = find_program("singularity");
    if (program.empty())
      return missing("there is no program `apptainer` on this machine", "install Apptainer, or choose another kind of env");
    const bool is_uri = env.image.find("://") != std::string::npos;
    if (!is_uri && !is_file(env.image) && !is_folder(env.image))
      return missing(fmt::format("there is no image `{}`", visible(env.image)), where_to_change());
    entry.prefix_words = {program, "exec"};
    for (const std::string& bind : env.binds) entry.prefix_words.insert(entry.prefix_words.end(), {"--bind", bind});
    // A container has variables of its own (PATH above all). Those of the site go in by this prefix: `--env` would cut a value at its
    // commas.
    const std::string lead = program.ends_with("/apptainer") ? "APPTAINERENV_" : "SINGULARITYENV_";
    entry.variables.clear();
    for (const auto& [variable_name, value] : env.variables) entry.variables[lead + variable_name] = value;
    entry.prefix_words.push_back(env.image);
    entry.identity += fmt::format("apptainer {} {}\n", fmt::join(env.binds, " "), image_identity(site, env.image));
    return {};
  }

  Status enter() {
    entry.variables = env.variables;
    for (const auto& [variable_name, value] : env.variables) entry.identity += fmt::format("{}={}\n", variable_name, value);
    switch (env.kind) {
      case EnvKind::variables:
        return {};
      case EnvKind::module:
        return enter_modules();
      case EnvKind::conda:
        return enter_conda();
      case EnvKind::apptainer:
        return enter_apptainer();
    }
    return {};
  }
};

}  // namespace

Result<Entry> enter(const Site& site, const std::string& declared) {
  const std::string& env = declared.empty() ? site.default_env : declared;
  if (env.empty()) return Entry{};
  const auto found = site.envs.find(env);
  if (found == site.envs.end()) {
    std::vector<std::string_view> names;
    for (const auto& [name, known] : site.envs) names.push_back(name);
    const auto nearest = nearest_name(env, names);
    return failure(Trouble::usage, fmt::format("the site knows no env `{}` ({})", visible(env), visible(site.origin)),
                   nearest ? fmt::format("did you mean `{}`?", *nearest) : std::string("declare it in the site file, under `envs`"));
  }
  Enterer enterer{site, found->first, found->second, {}};
  enterer.entry.name = env;
  if (const Status status = enterer.enter(); !status) return tl::unexpected(status.error());
  return std::move(enterer.entry);
}

}  // namespace osac::site
