#include "runtime/cli/checkers.h"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <functional>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "compiler/tables/json_scanner.h"
#include "runtime/cli/program.h"

namespace osac::cli {

namespace {

namespace fs = std::filesystem;
using lint::ScriptLanguage;
using lint::ScriptRemark;
using tables::JsonScanner;

/// How osac starts shells: a failing `cd` ends the command, and shellcheck has nothing to say about it.
constexpr std::string_view shell_prelude = "set -eu\n";

/// Prints place and message of the first syntax error of each file; tabs between.
constexpr const char* python_check = R"py(import ast, sys
for path in sys.argv[1:]:
    try:
        with open(path, encoding="utf-8") as file:
            compile(file.read(), path, "exec", ast.PyCF_ONLY_AST)
    except (SyntaxError, ValueError) as error:
        line, column = getattr(error, "lineno", 1) or 1, getattr(error, "offset", 1) or 1
        end_line, end_column = getattr(error, "end_lineno", None) or line, getattr(error, "end_offset", None) or 0
        print(path, line, column, end_line, end_column, str(getattr(error, "msg", error)).replace("\n", " "), sep="\t")
)py";

std::size_t to_number(std::string_view text) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The script that a checker's file is of: "FOLDER/12.sh".
std::size_t number_of(std::string_view path) { return to_number(path.substr(path.rfind('/') + 1)); }

// ---- what shellcheck prints: {"comments": [{...}, ...]}

/// Reads the members of an object; `member` has to take each value.
bool read_object(JsonScanner& json, const std::function<bool(std::string_view name)>& member) {
  if (!json.expect('{')) return false;
  if (json.take('}')) return true;
  do {
    tables::Cell name;
    if (!json.string(name) || !json.expect(':') || !member(name.text)) return false;
  } while (json.take(','));
  return json.expect('}');
}

bool read_list(JsonScanner& json, const std::function<bool()>& item) {
  if (!json.expect('[')) return false;
  if (json.take(']')) return true;
  do {
    if (!item()) return false;
  } while (json.take(','));
  return json.expect(']');
}

struct Fields {
  std::size_t line = 1, end_line = 1, column = 1, end_column = 1, code = 0;
  std::string file, level, message, replacement, insertion_point;

  /// Takes a member that both remarks and replacements may have.
  bool take(std::string_view name, const tables::Cell& cell) {
    std::string scratch;
    const std::string text(tables::plain_text(cell, scratch));
    for (const auto& [key, number] :
         {std::pair{"line", &line}, {"endLine", &end_line}, {"column", &column}, {"endColumn", &end_column}, {"code", &code}})
      if (name == key) *number = to_number(text);
    for (const auto& [key, slot] : {std::pair{"file", &file},
                                    {"level", &level},
                                    {"message", &message},
                                    {"replacement", &replacement},
                                    {"insertionPoint", &insertion_point}})
      if (name == key) *slot = text;
    return true;
  }
  /// The lines of the prelude are not the script's.
  [[nodiscard]] ScriptRemark::Place begin() const { return {line - 1, column}; }
  [[nodiscard]] ScriptRemark::Place end() const { return {end_line - 1, end_column}; }
};

bool read_replacement(JsonScanner& json, std::vector<ScriptRemark::Replacement>& fix) {
  Fields fields;
  const bool fine = read_object(json, [&](std::string_view name) {
    tables::Cell cell;
    return json.value(cell) && fields.take(name, cell);
  });
  fix.push_back({fields.begin(), fields.end(), fields.replacement});
  return fine;
}

bool read_fix(JsonScanner& json, std::vector<ScriptRemark::Replacement>& fix) {
  tables::Cell none;
  if (json.peek() != '{') return json.value(none);
  return read_object(json, [&](std::string_view name) {
    if (name != "replacements") return json.value(none);
    return read_list(json, [&] { return read_replacement(json, fix); });
  });
}

bool read_remark(JsonScanner& json, std::vector<ScriptRemark>& remarks) {
  Fields fields;
  ScriptRemark remark;
  const bool fine = read_object(json, [&](std::string_view name) {
    if (name == "fix") return read_fix(json, remark.fix);
    tables::Cell cell;
    return json.value(cell) && fields.take(name, cell);
  });
  remark.script = number_of(fields.file);
  remark.begin = fields.begin();
  remark.end = fields.end();
  remark.code = fmt::format("SC{}", fields.code);
  remark.message = fields.message;
  remark.is_style = fields.level == "style";
  if (fields.line > 1) remarks.push_back(std::move(remark));
  return fine;
}

bool read_shellcheck(std::string_view text, std::vector<ScriptRemark>& remarks) {
  JsonScanner json(text, 0);
  return read_object(json, [&](std::string_view name) {
    tables::Cell other;
    if (name != "comments") return json.value(other);
    return read_list(json, [&] { return read_remark(json, remarks); });
  });
}

void read_python(std::string_view text, std::vector<ScriptRemark>& remarks) {
  for (const std::string_view line : split(text, '\n')) {
    const std::vector<std::string_view> parts = split(line, '\t');
    if (parts.size() != 6) continue;
    ScriptRemark remark;
    remark.script = number_of(parts[0]);
    remark.begin = {to_number(parts[1]), to_number(parts[2])};
    remark.end = {to_number(parts[3]), to_number(parts[4])};
    if (remark.end.column == 0) remark.end = {remark.begin.line, remark.begin.column + 1};
    remark.message = std::string(parts[5]);
    remarks.push_back(std::move(remark));
  }
}

/// A new folder that goes with this.
struct TemporaryFolder {
  std::string path;
  TemporaryFolder() {
    const char* root = std::getenv("TMPDIR");
    std::string name = std::string(root != nullptr && *root != '\0' ? root : "/tmp") + "/osac-lint-XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) path = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path.empty()) fs::remove_all(path, ignored);
  }
};

std::vector<std::string> command_of(ScriptLanguage language) {
  switch (language) {
    case ScriptLanguage::bash:
    case ScriptLanguage::sh:
      // Not followed are files that a script sources; a variable that nothing sets may come from the environment.
      return {"shellcheck", "--norc", "--format=json1", language == ScriptLanguage::sh ? "--shell=sh" : "--shell=bash",
              "--exclude=SC1090,SC1091,SC2154"};
    case ScriptLanguage::python:
      return {"python3", "-I", "-W", "ignore", "-c", python_check};
  }
  return {};
}

}  // namespace

std::vector<ScriptRemark> ProgramCheckers::ask(ScriptLanguage language, std::span<const lint::Script> scripts, const std::string& folder) {
  std::vector<std::string> words = command_of(language);
  const std::size_t words_before = words.size();
  for (std::size_t i = 0; i < scripts.size(); ++i) {
    if (scripts[i].language != language) continue;
    words.push_back(fmt::format("{}/{}", folder, i));
    const std::string text = (language == ScriptLanguage::python ? "" : std::string(shell_prelude)) + scripts[i].text;
    if (auto status = write_file(words.back(), text); !status) {
      trouble_ = status.error().what;
      return {};
    }
  }
  if (words.size() == words_before) return {};
  const std::string program = words.front();
  const auto answer = run_program(std::move(words));
  std::vector<ScriptRemark> remarks;
  if (!answer) {
    trouble_ = answer.error().what;
  } else if (!*answer) {
    if (std::find(missing_.begin(), missing_.end(), program) == missing_.end()) missing_.push_back(program);
  } else if (language == ScriptLanguage::python ? (*answer)->exit_code != 0 : !read_shellcheck((*answer)->out, remarks)) {
    trouble_ = fmt::format("{} failed: {}", program, visible(trim((*answer)->err)));
  } else if (language == ScriptLanguage::python) {
    read_python((*answer)->out, remarks);
  }
  return remarks;
}

std::vector<ScriptRemark> ProgramCheckers::check(std::span<const lint::Script> scripts) {
  const TemporaryFolder folder;
  if (folder.path.empty()) {
    trouble_ = "cannot make a folder under TMPDIR";
    return {};
  }
  std::vector<ScriptRemark> remarks;
  for (const ScriptLanguage language : {ScriptLanguage::bash, ScriptLanguage::sh, ScriptLanguage::python})
    for (ScriptRemark& remark : ask(language, scripts, folder.path))
      if (remark.script < scripts.size()) remarks.push_back(std::move(remark));
  return remarks;
}

}  // namespace osac::cli
