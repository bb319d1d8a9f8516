// How programs are asked for their versions, whatever they do then.

#include "runtime/step/tool_version.h"

#include <catch2/catch.hpp>

#include "compiler/base/text.h"

using namespace osac;

namespace {

constexpr std::int64_t second = 1'000'000'000;

step::ToolVersion ask(const std::string& command, const site::Entry& env = {}) { return step::ask_version(command, env, 5 * second); }

}  // namespace

TEST_CASE("The first line that says something is the version") {
  CHECK(ask("echo; echo '  Tool 1.2  '; echo more").text == "Tool 1.2");
  CHECK(ask("echo 3.1 >&2").text == "3.1");  // only if there is nothing else
  CHECK(ask("echo noise >&2; echo 3.2").text == "3.2");
  CHECK(ask("printf 'a\\tb\\001\\377c'").text == visible("a\tb\001\377c"));
  const std::string text = ask("printf '\303\251%.0s' $(seq 500)").text;
  CHECK(text.size() == 200);
  CHECK_FALSE(find_malformed_utf8(text));
}

TEST_CASE("It is asked in the task's env") {
  site::Entry env;
  env.variables["RELEASE"] = "v7";
  CHECK(ask("echo $RELEASE", env).text == "v7");
  env.shell_prelude = "export RELEASE=v8 &&";
  CHECK(ask("echo $RELEASE", env).text == "v8");
  env.shell_prelude.clear();
  env.prefix_words = {"env", "RELEASE=v9"};
  CHECK(ask("echo $RELEASE", env).text == "v9");
}

TEST_CASE("A program that gives none is unknown, and why is said") {
  const auto problem = [](const std::string& command) {
    const step::ToolVersion version = ask(command);
    CHECK(version.text.empty());
    return version.problem;
  };
  CHECK(problem("echo 1.0; echo 'no such option' >&2; exit 3") ==
        "`echo 1.0; echo 'no such option' >&2; exit 3` exits with 3: no such option");
  CHECK(problem("true") == "`true` prints nothing");
  CHECK(problem("kill -9 $$") == "`kill -9 $$` was ended by a signal");
  CHECK(problem("no_such_program_at_all --version").find("exits with 127: ") != std::string::npos);
  CHECK(step::ask_version("sleep 60", {}, second).problem == "`sleep 60` took longer than 1 s");
  CHECK(problem("yes").find("`yes` ") == 0);  // an endless text is no endless memory
}
