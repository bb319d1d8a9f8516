#include "compiler/driver/load.h"

#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <optional>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "compiler/driver/compile.h"
#include "compiler/syntax/parse.h"

namespace osac::driver {

namespace {

/// Where a module's text came from: the folder for its own imports, none for embedded ones.
struct Found {
  std::string path;
  std::string text;
  std::optional<std::string> folder;
};

struct Loader {
  const std::vector<std::string>& module_paths;
  const SourceFiles* files;
  Sources& sources;
  Strings& strings;
  Diagnostics& diagnostics;
  std::vector<semantics::Module> modules;
  std::vector<std::string> open;  ///< modules whose imports are being followed, outermost first

  [[nodiscard]] bool is_loaded(const std::string& name) const {
    return std::any_of(modules.begin(), modules.end(), [&](const semantics::Module& module) { return module.name == name; });
  }

  std::string qualified(const syntax::QualifiedName& name) const {
    std::string text;
    for (const syntax::Name& part : name.parts) text += (text.empty() ? "" : ".") + std::string(strings.text(part.symbol));
    return text;
  }

  /// Nothing if there is no such file.
  [[nodiscard]] Result<std::optional<std::string>> read(const std::string& path) const {
    if (files != nullptr) {
      auto text = files->read(path);
      if (text && *text && (*text)->size() > source_limit)
        return failure(Trouble::environment, fmt::format("`{}` is too large for a workflow", files->shown(path)));
      return text;
    }
    if (::access(path.c_str(), F_OK) != 0) return std::nullopt;
    auto text = read_file(path, source_limit);
    if (!text) return tl::unexpected<Error>(text.error());
    return std::move(*text);
  }
  /// Says why a text could not be read; `place` is the import that asked for it, if one did.
  void report_unreadable(const std::string& path, const Error& error, std::optional<Span> place) {
    struct stat info {};
    const bool is_too_large = files == nullptr && ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
                              static_cast<std::uint64_t>(info.st_size) > source_limit;
    if (is_too_large && place)
      diagnostics.report(DiagnosticKind::source_too_large, *place, path, info.st_size, source_limit);
    else if (is_too_large)
      diagnostics.report_without_place(DiagnosticKind::source_too_large, path, info.st_size, source_limit);
    else if (place)
      diagnostics.report(DiagnosticKind::source_unreadable, *place, error.what);
    else
      diagnostics.report_without_place(DiagnosticKind::source_unreadable, error.what);
  }
  [[nodiscard]] std::string shown(const std::string& path) const { return files == nullptr ? path : files->shown(path); }

  std::optional<Found> find(const std::string& name, const std::optional<std::string>& folder, Span place) {
    std::string relative = name;
    std::replace(relative.begin(), relative.end(), '.', '/');
    relative += ".osa";
    std::vector<std::string> folders;
    if (folder) folders.push_back(*folder);
    folders.insert(folders.end(), module_paths.begin(), module_paths.end());
    for (const std::string& candidate : folders) {
      const std::string path = candidate == "." ? relative : candidate + "/" + relative;
      auto text = read(path);
      if (text && !*text) continue;
      if (text) return Found{path, std::move(**text), folder_of(path)};
      report_unreadable(path, text.error(), place);
      return std::nullopt;
    }
    if (const auto text = embedded_module(name)) return Found{relative, std::string(*text), std::nullopt};
    report_unknown(name, place);
    return std::nullopt;
  }

  void report_unknown(const std::string& name, Span place) {
    auto report = diagnostics.report(DiagnosticKind::unknown_module, place, name);
    report.note("looked in this file's folder, in the folders given with `--path`, and in the standard library");
    const auto known = embedded_modules();
    if (const auto nearest = nearest_name(name, known))
      report.help("did you mean `" + std::string(*nearest) + "`?").fix(place, std::string(*nearest));
  }

  void add(const std::string& name, Found found) {
    if (!sources.has_room(found.text.size())) return;
    const bool is_embedded = !found.folder.has_value();
    const SourceId source = sources.add(is_embedded ? found.path : shown(found.path), std::move(found.text));
    modules.push_back({name, syntax::parse(sources, source, strings, diagnostics)});
    open.push_back(name);
    // The tree is copied out first: following an import adds modules and so moves them.
    std::vector<std::pair<std::string, Span>> imports;
    for (const syntax::Declaration& declaration : modules.back().tree.declarations)
      if (const auto* import = std::get_if<syntax::ImportDecl>(&declaration.kind))
        imports.emplace_back(qualified(import->module), import->module.span);
    for (const auto& [imported, place] : imports) follow(imported, place, found.folder);
    open.pop_back();
  }

  void follow(const std::string& name, Span place, const std::optional<std::string>& folder) {
    if (name.empty()) return;  // reported by the parser
    if (const auto begin = std::find(open.begin(), open.end(), name); begin != open.end()) {
      std::string circle;
      for (auto at = begin; at != open.end(); ++at) circle += "`" + *at + "` -> ";
      diagnostics.report(DiagnosticKind::import_cycle, place, circle + "`" + name + "`").here("closes the circle");
      return;
    }
    if (is_loaded(name)) return;
    if (auto found = find(name, folder, place)) add(name, std::move(*found));
  }
};

}  // namespace

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::vector<semantics::Module> load(const std::string& file, const std::vector<std::string>& module_paths, const SourceFiles* files,
                                    Sources& sources, Strings& strings, Diagnostics& diagnostics) {
  Loader loader{module_paths, files, sources, strings, diagnostics, {}, {}};
  auto text = files == nullptr ? read_file(file, source_limit).map([](std::string bytes) { return std::optional(std::move(bytes)); })
                               : loader.read(file);
  if (!text) {
    loader.report_unreadable(file, text.error(), std::nullopt);
    return {};
  }
  if (!*text) {
    diagnostics.report_without_place(DiagnosticKind::source_unreadable, fmt::format("there is no `{}`", loader.shown(file)));
    return {};
  }
  loader.add("", Found{file, std::move(**text), folder_of(file)});
  return std::move(loader.modules);
}

}  // namespace osac::driver
