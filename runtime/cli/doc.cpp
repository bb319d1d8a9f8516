// osac doc: a reference page of a module or workflow.

#include <unistd.h>

#include "compiler/base/files.h"
#include "compiler/doc/page.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/session.h"

namespace osac::cli {

namespace {

/// "std.gnuastro": what can only be the name of a module.
bool is_module_name(const std::string& word) { return !word.ends_with(".osa") && word.find('/') == std::string::npos && word != "-"; }

/// Gives one text in place of a file that is not there.
class ImportingText final : public driver::SourceFiles {
 public:
  explicit ImportingText(std::string module) : text_("import " + std::move(module) + "\n") {}
  [[nodiscard]] Result<std::optional<std::string>> read(const std::string& path) const override {
    if (path == name) return text_;
    if (::access(path.c_str(), F_OK) != 0) return std::nullopt;
    return read_file(path).map([](std::string text) { return std::optional(std::move(text)); });
  }
  [[nodiscard]] std::string shown(const std::string& path) const override { return path == name ? "the command line" : path; }
  static constexpr const char* name = "osac doc";

 private:
  std::string text_;
};

/// A text of ours imports the module, so that it is found as imports are.
std::unique_ptr<driver::Compilation> compile_module(const Arguments& arguments) {
  const ImportingText files(arguments.doc.module);
  driver::Request request;
  request.file = ImportingText::name;
  request.files = &files;
  request.module_paths = arguments.workflow.module_paths;
  request.until = driver::Stage::parse;
  auto compilation = driver::compile(request);
  if (compilation->modules.size() > 1) {
    compilation->modules.erase(compilation->modules.begin());
    compilation->program = program::Program{};
  }
  return compilation;
}

std::unique_ptr<driver::Compilation> compile_file(const Arguments& arguments) {
  driver::Request request;
  request.file = arguments.doc.module;
  request.module_paths = arguments.workflow.module_paths;
  request.until = driver::Stage::analyse;
  return driver::compile(request);
}

}  // namespace

int run_doc(const Arguments& arguments) {
  const DocArguments& doc = arguments.doc;
  const bool is_module = is_module_name(doc.module);
  const auto compilation = is_module ? compile_module(arguments) : compile_file(arguments);
  if (compilation->diagnostics.has_errors() || !compilation->program) {
    print_diagnostics(compilation->diagnostics, compilation->sources, arguments.common);
    return exit_diagnostics;
  }
  const std::string file = doc.module.substr(doc.module.rfind('/') + 1);
  const bool is_workflow = compilation->modules.front().tree.workflow.has_value();
  const std::string name = is_module || is_workflow ? file : file.substr(0, file.rfind('.'));
  const bool is_html = doc.format.empty() ? doc.output.ends_with(".html") : doc.format == "html";
  const std::string page = doc::page({compilation->modules, *compilation->program, compilation->sources, compilation->strings, name},
                                     is_html ? doc::Format::html : doc::Format::markdown);
  if (doc.output.empty() || doc.output == "-") return print_result(page);
  if (auto status = write_file(doc.output, page); !status) return report(status.error());
  tell("wrote " + doc.output + "\n");
  return exit_done;
}

}  // namespace osac::cli
