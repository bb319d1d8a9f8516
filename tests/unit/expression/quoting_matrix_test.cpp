// Hostile values through real shells and interpreters: each arrives as it is, or is refused; none is ever run.

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "support.h"
#include "tests/support/temporary_folder.h"

using namespace osac::expression;
using namespace std::string_literals;
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> hostile_values = {"a b",
                                                 "a  b*",
                                                 "; touch PWN",
                                                 "$(touch PWN)",
                                                 "`touch PWN`",
                                                 "'; touch PWN; '",
                                                 "\"; touch PWN; \"",
                                                 "a\nb",
                                                 "a\ntouch PWN\nb",
                                                 "-n",
                                                 "--help",
                                                 "\u00e9\u2603",
                                                 "\\",
                                                 "$HOME",
                                                 "${IFS}x",
                                                 "!x",
                                                 "#c",
                                                 "a'b\"c",
                                                 "*",
                                                 "~",
                                                 "EOF\ntouch PWN\ncat <<EOF",
                                                 "%s%n",
                                                 "a[$(touch PWN)]",
                                                 "x&&touch PWN",
                                                 "|touch PWN",
                                                 "\t",
                                                 "'",
                                                 "\\'",
                                                 "a\\\nb",
                                                 "",
                                                 "EOF",
                                                 "x\nEOF",
                                                 "\nEOF\ntouch PWN",
                                                 "\tEOF",
                                                 "a=b",
                                                 "if",
                                                 "{a,b}",
                                                 "~root",
                                                 "a\r\nb",
                                                 "\n",
                                                 "\n\n",
                                                 "${0+}",
                                                 "$((1/0))",
                                                 "\xff\xfe",
                                                 "12"};

/// A context: the command, and what it writes for a value.
struct Context {
  std::string name;
  std::string command;
  std::string before;
  std::string after;
};
const std::vector<Context> contexts = {
    {"bare", "show {x}", "", "\1"},
    {"double quotes", "show \"{x}\"", "", "\1"},
    {"single quotes", "show '{x}'", "", "\1"},
    {"within a word", "show pre{x}post", "pre", "post\1"},
    {"within double quotes", "show \"pre{x}post\"", "pre", "post\1"},
    {"within single quotes", "show 'pre{x}post'", "pre", "post\1"},
    {"here-document", "cat <<EOF\n{x}\nEOF\n", "", "\n"},
    {"here-document, within a line", "cat <<EOF\npre {x} post\nEOF\n", "pre ", " post\n"},
    {"here-document without tabs", "cat <<-EOF\n\t{x}\n\tEOF\n", "", "\n"},
    {"here-document without expansion", "cat <<'EOF'\n- {x}\nEOF\n", "- ", "\n"},
    {"command substitution", "show \"$(printf '%s.' {x})\"", "", ".\1"},
    {"quotes in a substitution in quotes", "show \"$(printf '%s.' \"{x}\")\"", "", ".\1"},
    {"assignment", "v={x}; show \"$v\"", "", "\1"},
    {"here-document in a substitution", "show \"$(cat <<EOF\n{x}.\nEOF\n)\"", "", ".\1"},
    {"case pattern", "case \"$v\" in {x}) show no;; *) show {x};; esac", "", "\1"},
    {"comment", "show y # {x}\n", "y\1", ""},
    {"arithmetic", "show $(( {x} + 0 ))", "", "\1"},
};

constexpr std::string_view prologue = "v=none\nshow() { for a in \"$@\"; do printf '%s\\1' \"$a\"; done; }\n";

class Folder {
 public:
  /// Runs a script with `interpreter` in the folder and returns what it wrote.
  std::string run(const std::string& interpreter, const std::string& script) const {
    std::ofstream(path / "script", std::ios::binary) << script;
    const std::string command = "cd '" + path.string() + "' && LC_ALL=C.UTF-8 " + interpreter + " ./script > output 2> errors < /dev/null";
    const int status = std::system(command.c_str());
    std::stringstream output;
    output << std::ifstream(path / "output", std::ios::binary).rdbuf();
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? output.str() : "failed: " + output.str();
  }
  [[nodiscard]] bool was_attacked() const { return fs::exists(path / "PWN"); }

 private:
  osac::test::TemporaryFolder folder_;
  fs::path path = folder_.path;
};

bool is_there(const std::string& program) { return std::system(("command -v " + program + " > /dev/null 2>&1").c_str()) == 0; }

}  // namespace

TEST_CASE("a value is one word in every shell context, or is refused") {
  const std::string shell = GENERATE("dash"s, "bash"s);
  if (!is_there(shell)) return;
  const Folder folder;
  std::size_t arrived = 0;
  for (const Context& context : contexts) {
    const std::string command = std::string(prologue) + context.command;
    const ShellScan scan = scan_shell(parts_of(command));
    INFO(shell << ", " << context.name);
    REQUIRE(scan.problems.empty());
    REQUIRE(scan.needs_shell);
    for (const std::string& value : hostile_values) {
      std::string problem;
      const std::string script = rendered(command, scan.contexts, Value(value), Type::of(Kind::text), problem);
      INFO(script);
      if (!problem.empty()) {
        const bool may_refuse = context.name == "arithmetic" || value.find_first_of("\n\r") != std::string::npos;
        CHECK(may_refuse);
        continue;
      }
      CHECK(folder.run(shell, script) == (context.name == "comment" ? context.before : context.before + value + context.after));
      REQUIRE_FALSE(folder.was_attacked());
      ++arrived;
    }
  }
  CHECK(arrived == 703);
}

TEST_CASE("every byte but NUL is one word in every shell context") {
  const std::string shell = GENERATE("dash"s, "bash"s);
  if (!is_there(shell)) return;
  const Folder folder;
  for (const Context& context : contexts) {
    if (context.name == "comment" || context.name == "arithmetic") continue;
    INFO(shell << ", " << context.name);
    const ShellScan scan = scan_shell(parts_of(std::string(prologue) + context.command));
    std::string script(prologue);
    std::string expected;
    for (int byte = 2; byte < 256; ++byte) {  // 1 separates the arguments that come out
      const std::string value(1, static_cast<char>(byte));
      std::string problem;
      const std::string command = rendered(context.command, scan.contexts, Value(value), Type::of(Kind::text), problem);
      if (!problem.empty()) {
        CHECK((byte == '\n' || byte == '\r'));
        continue;
      }
      script += command + "\n";
      expected += context.before + value + context.after;
    }
    CHECK(folder.run(shell, script) == expected);
  }
}

TEST_CASE("a list is one word an item outside quotes, and one word inside") {
  const Folder folder;
  std::vector<Value> items;
  std::string separate;
  std::string joined;
  for (const std::string& value : hostile_values) {
    items.emplace_back(value);
    separate += value + "\1";
    joined += (joined.empty() ? "" : " ") + value;
  }
  for (const std::string shell : {"dash", "bash"}) {
    if (!is_there(shell)) continue;
    for (const std::string command : {"show {x}", "show \"{x}\"", "show '{x}'"}) {
      const std::string text = std::string(prologue) + command;
      std::string problem;
      const std::string script = rendered(text, scan_shell(parts_of(text)).contexts, Value(items), Type::of(Kind::text).list(), problem);
      CHECK(folder.run(shell, script) == (command == "show {x}" ? separate : joined + "\1"));
    }
  }
}

TEST_CASE("a path that begins with a dash is no option") {
  std::string problem;
  CHECK(quoted("-rf"s, Type::of(Kind::path), "", HoleContext::shell_bare, problem) == "./-rf");
  CHECK(quoted("-rf"s, Type::of(Kind::file), "", HoleContext::shell_double, problem) == "./-rf");
  CHECK(quoted("-rf"s, Type::of(Kind::text), "", HoleContext::shell_bare, problem) == "-rf");
}

// ---- scripts

namespace {

struct ScriptContext {
  std::string language;
  std::string program;   ///< the interpreter to run it with
  std::string prologue;  ///< what goes before
  std::string script;    ///< writes the value's bytes and a semicolon
};
const std::string python_show = "import sys, os\ndef show(text):\n    sys.stdout.buffer.write(os.fsencode(text) + b';')\n";
const std::vector<ScriptContext> script_contexts = {
    {"python", "python3", python_show, "show({x})\n"},
    {"python", "python3", python_show, "show(\"{x}\")\n"},
    {"python", "python3", python_show, "show('{x}')\n"},
    {"python", "python3", python_show, "show('''{x}''')\n"},
    {"python3.11", "python3", python_show, "x = [{x}]  # {x}\nshow(x[0])\n"},
    {"perl", "perl", "use strict;\n", "print {x}, ';';\n"},
    {"perl", "perl", "use strict;\n", "print \"{x}\", ';';\n"},
    {"perl", "perl", "use strict; my $v;\n", "$v = '{x}'; print $v, ';';\n"},
    {"node", "node", "", "process.stdout.write({x} + ';');\n"},
    {"node", "node", "", "process.stdout.write(\"{x}\" + ';');\n"},
    {"node", "node", "", "process.stdout.write('{x}' + ';');\n"},
    {"ruby", "ruby", "", "print({x}, ';')\n"},
    {"ruby", "ruby", "", "print(\"{x}\", ';')\n"},
    {"Rscript", "Rscript", "", "cat({x}, ';', sep='')\n"},
    {"bash", "bash", "", "printf '%s;' {x}\n"},
    {"sh", "dash", "", "printf '%s;' '{x}'\n"},
};

}  // namespace

TEST_CASE("a value is one text in a script of each language") {
  const Folder folder;
  for (const ScriptContext& context : script_contexts) {
    if (!is_there(context.program)) continue;
    std::vector<ContextProblem> problems;
    const auto found = scan_script(context.language, parts_of(context.script), problems);
    REQUIRE(problems.empty());
    const Language language = find_language(context.language);
    std::string all;  // one script that writes all values: interpreters take long to start
    std::string expected;
    for (const std::string& value : hostile_values) {
      if (language == Language::javascript && value == "\xff\xfe") continue;  // no bytes there
      std::string problem;
      const std::string script = rendered(context.script, found, Value(value), Type::of(Kind::text), problem, language);
      INFO(script);
      if (!problem.empty()) {
        CHECK((context.script.find("= '{x}'") != std::string::npos && value.find('\r') != std::string::npos));
        continue;
      }
      all += script;
      expected += value + ";";
    }
    INFO(all);
    CHECK(folder.run(context.program, context.prologue + all) == expected);
    REQUIRE_FALSE(folder.was_attacked());
  }
}
