#include "runtime/site/site.h"
#include "tests/unit/site/folder.h"

using namespace osac;
using namespace osac::site;
using namespace osac::site::test;

namespace {

using Words = std::vector<std::string>;
using Variables = std::map<std::string, std::string>;

Site site_with(const std::string& name, Env env) {
  Site site;
  site.origin = "site.yaml";
  site.envs[name] = std::move(env);
  return site;
}

Env conda(const std::string& prefix) {
  Env env;
  env.kind = EnvKind::conda;
  env.prefix = prefix;
  return env;
}

Env image(const std::string& path) {
  Env env;
  env.kind = EnvKind::apptainer;
  env.image = path;
  env.binds = {"/data:/data:ro"};
  env.variables = {{"A", "1,2"}};
  return env;
}

Env modules(Words names) {
  Env env;
  env.kind = EnvKind::module;
  env.modules = std::move(names);
  return env;
}

}  // namespace

TEST_CASE("who names no env gets the default one, if there is any") {
  Env env;
  env.variables = {{"A", "1"}};
  Site site = site_with("plain", env);
  CHECK(enter(site, "").value().name.empty());
  site.default_env = "plain";
  const auto entry = enter(site, "");
  REQUIRE(entry);
  CHECK(entry->name == "plain");
  CHECK(entry->variables == env.variables);
  CHECK(entry->identity == enter(site, "plain").value().identity);
}

TEST_CASE("an env of variables sets them, and they are its identity") {
  Env env;
  env.variables = {{"A", "1"}, {"B", "x y"}};
  const auto entry = enter(site_with("plain", env), "plain");
  REQUIRE(entry);
  CHECK(entry->variables == env.variables);
  CHECK(entry->prefix_words.empty());
  CHECK(entry->shell_prelude.empty());
  CHECK(entry->identity == "A=1\nB=x y\n");
}

TEST_CASE("an env that the site does not know is an error with the nearest name") {
  const auto entry = enter(site_with("tools", Env{}), "tool");
  REQUIRE(!entry);
  CHECK(entry.error().what == "the site knows no env `tool` (site.yaml)");
  CHECK(entry.error().help == "did you mean `tools`?");
  CHECK(entry.error().trouble == Trouble::usage);
  CHECK(enter(Site{}, "x").error().help == "declare it in the site file, under `envs`");
}

TEST_CASE("a conda environment comes first in PATH, and its history is its identity") {
  const Folder folder;
  const Variable path("PATH", "/usr/bin");
  folder.write("env/bin/python", "");
  folder.write("env/conda-meta/history", "one");
  const std::string prefix = folder.path + "/env";
  const auto entry = enter(site_with("lst", conda(prefix)), "lst");
  REQUIRE(entry);
  CHECK(entry->variables == Variables{{"CONDA_PREFIX", prefix}, {"PATH", prefix + "/bin:/usr/bin"}});
  CHECK(entry->prefix_words.empty());
  const std::string before = entry->identity;
  folder.write("env/conda-meta/history", "two");
  CHECK(enter(site_with("lst", conda(prefix)), "lst")->identity != before);
}

TEST_CASE("a conda environment that is not there is an error") {
  const auto entry = enter(site_with("lst", conda("/nonexistent")), "lst");
  REQUIRE(!entry);
  CHECK(entry.error().what == "cannot enter the env `lst`: there is no conda environment at `/nonexistent`");
  CHECK(entry.error().help == "put it there, or correct `lst` in site.yaml");
  CHECK(entry.error().trouble == Trouble::environment);
}

TEST_CASE("a container is entered by apptainer, with binds and variables") {
  const Folder folder;
  const std::string program = folder.write("bin/apptainer", "#!/bin/sh\n", true);
  const std::string file = folder.write("tools.sif", "image");
  const Variable path("PATH", folder.path + "/bin");
  const auto entry = enter(site_with("tools", image(file)), "tools");
  REQUIRE(entry);
  CHECK(entry->prefix_words == Words{program, "exec", "--bind", "/data:/data:ro", file});
  CHECK(entry->variables == Variables{{"APPTAINERENV_A", "1,2"}});
  CHECK(entry->shell_prelude.empty());
}

TEST_CASE("singularity does where apptainer is missing") {
  const Folder folder;
  const std::string program = folder.write("bin/singularity", "#!/bin/sh\n", true);
  const Variable path("PATH", folder.path + "/bin");
  const auto entry = enter(site_with("tools", image("docker://debian:12")), "tools");
  REQUIRE(entry);
  CHECK(entry->prefix_words == Words{program, "exec", "--bind", "/data:/data:ro", "docker://debian:12"});
  CHECK(entry->variables == Variables{{"SINGULARITYENV_A", "1,2"}});
  CHECK(entry->identity == "A=1,2\napptainer /data:/data:ro docker://debian:12\n");
}

TEST_CASE("an image that changes changes the identity; by content only if the site wants that") {
  const Folder folder;
  folder.write("bin/apptainer", "#!/bin/sh\n", true);
  const Variable path("PATH", folder.path + "/bin");
  const std::string file = folder.write("tools.sif", "image");
  Site site = site_with("tools", image(file));
  site.hash_policy = HashPolicy::content;
  const std::string before = enter(site, "tools")->identity;
  std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
  CHECK(enter(site, "tools")->identity == before);
  folder.write("tools.sif", "other");
  CHECK(enter(site, "tools")->identity != before);
  site.hash_policy = HashPolicy::stat;
  const std::string by_time = enter(site, "tools")->identity;
  std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now() + std::chrono::hours(2));
  CHECK(enter(site, "tools")->identity != by_time);
}

TEST_CASE("a missing program or image is said before anything starts") {
  const Folder folder;
  const Variable path("PATH", folder.path + "/bin");
  CHECK(enter(site_with("tools", image("/x.sif")), "tools").error().what ==
        "cannot enter the env `tools`: there is no program `apptainer` on this machine");
  folder.write("bin/apptainer", "no program: not executable");
  CHECK(enter(site_with("tools", image("/x.sif")), "tools").error().help == "install Apptainer, or choose another kind of env");
  folder.write("bin/apptainer", "#!/bin/sh\n", true);
  CHECK(enter(site_with("tools", image("/nonexistent.sif")), "tools").error().what ==
        "cannot enter the env `tools`: there is no image `/nonexistent.sif`");
}

TEST_CASE("modules are loaded in a shell, before the command") {
  const Folder folder;
  const std::string script = folder.write("the modules/init/bash", "module() { echo \"$@\" >> \"$LOG\"; [ \"$2\" != bad ]; }\n");
  const Variable home("MODULESHOME", folder.path + "/the modules");
  const Variable lmod("LMOD_PKG", "");
  const Variable module_path("MODULEPATH", "/apps/modules");
  const auto entry = enter(site_with("cern", modules({"gcc/12", "a b"})), "cern");
  REQUIRE(entry);
  CHECK(entry->shell_prelude == ". '" + script + "' && module load gcc/12 'a b' &&");
  CHECK(entry->variables == Variables{{"MODULEPATH", "/apps/modules"}});
  CHECK(entry->identity == "modules gcc/12 a b\n");
}

TEST_CASE("a command does not start when its modules cannot be loaded") {
  const Folder folder;
  folder.write("init/bash", "module() { [ \"$2\" = good ]; }\n");
  const Variable home("MODULESHOME", folder.path);
  const Variable lmod("LMOD_PKG", "");
  const auto runs = [&](const std::string& module) {
    const auto entry = enter(site_with("cern", modules({module})), "cern");
    REQUIRE(entry);
    const std::string script = folder.write("run.sh", entry->shell_prelude + " touch \"$1\"\n");
    const std::string mark = folder.path + "/ran-" + module;
    return std::system(("bash '" + script + "' '" + mark + "'").c_str()) == 0 && std::filesystem::exists(mark);
  };
  CHECK(runs("good"));
  CHECK(!runs("bad"));
}

TEST_CASE("without a module command the env cannot be entered") {
  if (std::filesystem::exists("/etc/profile.d/modules.sh") || std::filesystem::exists("/etc/profile.d/lmod.sh") ||
      std::filesystem::exists("/usr/share/modules/init/bash") || std::filesystem::exists("/usr/share/lmod/lmod/init/bash"))
    return;  // this machine has one
  const Variable home("MODULESHOME", "");
  const Variable lmod("LMOD_PKG", "");
  CHECK(enter(site_with("cern", modules({"gcc"})), "cern").error().what ==
        "cannot enter the env `cern`: there is no command `module` on this machine");
}
