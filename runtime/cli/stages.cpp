#include "runtime/cli/stages.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "compiler/base/text.h"
#include "compiler/driver/load.h"
#include "compiler/plan/resolve.h"
#include "runtime/cli/jobs.h"
#include "runtime/cli/session.h"

namespace osac::cli {

namespace {

class Compiler {
 public:
  Compiler(driver::Request request, const FindMade& find, const Render& render)
      : request_(std::move(request)), find_(find), render_(render), folder_(driver::folder_of(request_.file)) {}

  StagedCompilation run() {
    for (;;) {
      StagedCompilation made = compile(~std::size_t{0});
      if (!made.compilation->diagnostics.has_errors()) {
        set_unusable_aside(made);
        made.wrong.insert(made.wrong.begin(), wrong_.begin(), wrong_.end());
        return made;
      }
      const auto culprit = find_culprit(made.made.list());
      if (!culprit) return made;
      refused_.insert(culprit->path);
      wrong_.push_back({*culprit, render_(made.compilation->diagnostics, made.compilation->sources)});
    }
  }

 private:
  /// With the first so many files only, in the order of their paths.
  StagedCompilation compile(std::size_t most) {
    StagedCompilation out;
    request_.made = [&](std::string_view workflow, const std::string& path) -> std::optional<std::string> {
      if (refused_.contains(path) ||
          (most < order_.size() && std::find(order_.begin(), order_.begin() + at(most), path) == order_.begin() + at(most)))
        return std::nullopt;
      auto file = find_(workflow, path);
      if (!file) return std::nullopt;
      auto bytes = registry::read_made(*file, folder_);
      if (bytes) out.made.add(std::move(*file));
      return bytes;
    };
    out.compilation = driver::compile(request_);
    request_.made = nullptr;
    return out;
  }
  static std::ptrdiff_t at(std::size_t place) { return static_cast<std::ptrdiff_t>(place); }

  /// A file without which, of those before it, there would be no error; nothing if there is one without any.
  std::optional<registry::MadeFile> find_culprit(const std::vector<registry::MadeFile>& files) {
    order_.clear();
    for (const registry::MadeFile& file : files) order_.push_back(file.path);
    if (files.empty() || has_errors(0)) return std::nullopt;
    std::size_t good = 0;
    std::size_t bad = files.size();
    while (bad - good > 1) {
      const std::size_t middle = good + (bad - good) / 2;
      (has_errors(middle) ? bad : good) = middle;
    }
    return files[bad - 1];
  }
  bool has_errors(std::size_t most) {
    const std::size_t all = order_.size();
    return compile(std::min(most, all)).compilation->diagnostics.has_errors();
  }

  /// Files that were read, and that the plan still waits for: what is in them is wrong, which was told as a warning.
  void set_unusable_aside(StagedCompilation& made) {
    if (!made.compilation->plan) return;
    const plan::Plan& plan = *made.compilation->plan;
    std::set<std::string> unusable;
    for (const plan::StageRow& stage : plan.stages())
      for (const std::uint32_t element : plan.indices(stage.elements)) {
        std::string path = plan::dataset_path(plan, stage.dataset, element);
        if (made.made.find(path) != nullptr) unusable.insert(std::move(path));
      }
    for (const std::string& path : unusable) {
      made.wrong.push_back({*made.made.find(path), report_on(*made.compilation, path)});
      made.made.remove(path);
    }
  }

  std::string report_on(const driver::Compilation& compilation, const std::string& path) const {
    const std::string shown = visible(folder_ == "." ? path : folder_ + "/" + path);
    Diagnostics own;
    own.take(compilation.diagnostics, [&](const Diagnostic& diagnostic) {
      return diagnostic.kind == DiagnosticKind::unusable_product &&
             std::any_of(diagnostic.notes.begin(), diagnostic.notes.end(),
                         [&](const std::string& note) { return note.find("`" + shown + "`") != std::string::npos; });
    });
    return render_(own, compilation.sources);
  }

  driver::Request request_;
  const FindMade& find_;
  const Render& render_;
  const std::string folder_;
  std::set<std::string> refused_;
  std::vector<std::string> order_;  // while a culprit is looked for
  std::vector<local::WrongFile> wrong_;
};

}  // namespace

StagedCompilation compile_staged(driver::Request request, const FindMade& find, const Render& render) {
  return Compiler(std::move(request), find, render).run();
}

FindMade find_recorded(const std::string& folder) {
  // by workflow; null if its records cannot be read: then nothing stands, and whoever executes it says what is wrong with them
  auto known = std::make_shared<std::map<std::string, std::unique_ptr<registry::RecordedOutputs>, std::less<>>>();
  return [folder, known](std::string_view workflow, const std::string& path) -> std::optional<registry::MadeFile> {
    auto at = known->find(workflow);
    if (at == known->end()) {
      const std::string state = (folder == "." ? "" : folder + "/") + state_folder(workflow);
      const auto journals = open_journals(state);  // what array tasks have made, they have made
      auto history = journals ? registry::read_history(state, *journals) : tl::unexpected(journals.error());
      at = known->emplace(workflow, history ? std::make_unique<registry::RecordedOutputs>(std::move(*history)) : nullptr).first;
    }
    return at->second ? at->second->find(path) : std::nullopt;
  };
}

local::Replan make_replan(driver::Request request, Render render) {
  for (std::string& path : request.module_paths) path = std::filesystem::absolute(path).string();
  request.file = request.file.substr(request.file.rfind('/') + 1);
  return [request = std::move(request), render = std::move(render)](const registry::MadeFiles& made) {
    const FindMade find = [&](std::string_view, const std::string& path) {
      const registry::MadeFile* const file = made.find(path);
      return file == nullptr ? std::optional<registry::MadeFile>() : *file;
    };
    StagedCompilation staged = compile_staged(request, find, render);
    local::Replanned replanned;
    replanned.wrong = std::move(staged.wrong);
    if (staged.compilation->plan) {
      replanned.plan = std::make_shared<const plan::Plan>(std::move(*staged.compilation->plan));
    } else {
      replanned.report = render(staged.compilation->diagnostics, staged.compilation->sources);
    }
    return replanned;
  };
}

}  // namespace osac::cli
