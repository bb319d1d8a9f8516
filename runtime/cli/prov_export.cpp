#include "runtime/cli/prov_export.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>

#include "compiler/base/markup.h"
#include "compiler/base/text.h"
#include "compiler/plan/resolve.h"
#include "runtime/cli/file_sink.h"
#include "runtime/cli/jobs.h"
#include "runtime/provenance/export_ro_crate.h"
#include "runtime/step/system.h"

namespace osac::cli {

namespace {

using provenance::Choice;
using provenance::Exported;

/// A format that is one text.
struct Format {
  std::string_view name, ending;
  Status (*write)(const Exported&, const provenance::Sink&);
};
constexpr std::array<Format, 4> formats = {{
    {"prov-json", ".json", provenance::export_prov_json},
    {"prov-n", ".provn", provenance::export_prov_n},
    {"ivoa-json", ".json", provenance::export_ivoa_json},
    {"wfformat", ".json", provenance::export_wfformat},
}};

const Format* format_named(std::string_view name) {
  const auto* const found = std::find_if(formats.begin(), formats.end(), [&](const Format& format) { return format.name == name; });
  return found == formats.end() ? nullptr : found;
}

/// As few formats as possible are guessed: only what an ending means alone.
std::string format_by_ending(const std::string& output) {
  return output.ends_with(".provn") ? "prov-n" : output.ends_with(".zip") ? "ro-crate" : "prov-json";
}

Status write_document(const Format& format, const Exported& selection, const std::string& path) {
  auto sink = FileSink::open(path);
  if (!sink) return tl::unexpected(sink.error());
  if (auto written = format.write(selection, [&](std::string_view bytes) { return sink->add(bytes); }); !written) return written;
  return sink->finish();
}

std::string activities_text(std::size_t count) { return grouped(count) + (count == 1 ? " activity" : " activities"); }

/// A key as the name of a file.
std::string file_name(std::string_view key) {
  std::string name = percent_encoded(key, "_-=,.");
  if (name.starts_with('.')) name.replace(0, 1, "%2E");  // no hidden file
  constexpr std::size_t longest = 120, hash_digits = 32;
  if (name.size() <= longest) return name;
  return name.substr(0, longest - hash_digits - 1) + "~" + hexadecimal(sha256(key)).substr(0, hash_digits);
}

class Exporter {
 public:
  Exporter(const Arguments& arguments, const Past& past) : arguments_(arguments), past_(past), plan_(*past.plan) {}

  Result<int> run() {
    const std::string& output = arguments_.draw.output;
    const std::string name = arguments_.draw.format.empty() ? format_by_ending(output) : arguments_.draw.format;
    const Format* const format = format_named(name);
    if (format == nullptr && name != "ro-crate")
      return failure(Trouble::usage, fmt::format("`{}` is no format of exports", visible(name)),
                     "one of prov-json, prov-n, ivoa-json, ro-crate, wfformat");
    auto records = provenance::collect(plan_, past_.state);
    if (!records) return tl::unexpected(records.error());
    records_ = std::move(*records);
    choice_.target = arguments_.past.what;
    choice_.with_failures = arguments_.past.failed;
    if (!arguments_.past.where.empty()) {
      auto selected = elements_where(plan_, arguments_.past.where);
      if (!selected) return tl::unexpected(selected.error());
      auto& elements = choice_.elements.emplace();
      for (std::uint32_t i = 0; i < selected->size(); ++i)
        if ((*selected)[i]) elements.push_back(i);
    }
    if (arguments_.past.with_files && format != nullptr) return failure(Trouble::usage, "--with-files is for crates", "--format ro-crate");
    if (format == nullptr) return crate();
    if (!arguments_.past.by.empty()) return by_key(*format);
    const auto selection = provenance::select_for_export(plan_, records_, choice_);
    if (!selection) return tl::unexpected(selection.error());
    if (auto written = write_document(*format, *selection, output.empty() ? "-" : output); !written) return tl::unexpected(written.error());
    if (!output.empty() && output != "-") tell(fmt::format("wrote {}: {}\n", output, activities_text(selection->activities.size())));
    return exit_done;
  }

 private:
  /// A folder, or an archive if the output's name says so.
  Result<int> crate() {
    if (!arguments_.past.by.empty()) return failure(Trouble::usage, "--by is for documents: a crate is one of the whole selection");
    const auto selection = provenance::select_for_export(plan_, records_, choice_);
    if (!selection) return tl::unexpected(selection.error());
    const auto data = arguments_.past.with_files ? provenance::DataFiles::copied : provenance::DataFiles::by_reference;
    const auto made = provenance::make_ro_crate(plan_, *selection, data);
    if (!made) return tl::unexpected(made.error());
    const std::string output = arguments_.draw.output.empty() ? std::string(plan_.workflow()) + "-crate" : arguments_.draw.output;
    auto written = output.ends_with(".zip") ? provenance::write_crate_zip(*made, output) : provenance::write_crate_folder(*made, output);
    if (!written) return tl::unexpected(written.error());
    tell(fmt::format("wrote {}: {}, {}\n", output, activities_text(selection->activities.size()), count_of(made->files.size(), "file")));
    if (made->left_out > 0)
      tell(fmt::format("note: {} not copied: gone, changed since, or outside the workflow's folder\n",
                       made->left_out == 1 ? "1 file is" : grouped(made->left_out) + " files are"));
    return exit_done;
  }

  /// A document for each key of a dimension: what has that key, and all that came from elsewhere for it; a task's elements as one.
  Result<int> by_key(const Format& format) {
    const auto dimension = find_dimension();
    if (!dimension) return tl::unexpected(dimension.error());
    const std::string folder = arguments_.draw.output.empty() ? std::string(plan_.workflow()) + "-provenance" : arguments_.draw.output;
    if (folder == "-") return failure(Trouble::usage, "--by writes a file for each key, and needs a folder", "name one with -o");
    if (auto made = step::make_folders(folder); !made) return tl::unexpected(made.error());
    const auto wanted = choice_.elements;
    std::vector<std::vector<std::uint32_t>> of_record(plan_.dimensions()[*dimension].record_count);
    for (const std::uint32_t element : records_.elements) {
      const plan::ElementRef ref = plan_.element(element);
      const std::uint32_t record = plan_.record(plan_.tasks()[ref.task].family, ref.element, *dimension);
      const bool is_wanted = !wanted || std::binary_search(wanted->begin(), wanted->end(), element);
      if (record < of_record.size() && is_wanted) of_record[record].push_back(element);
    }
    choice_.with_origins = choice_.collapsed = true;
    std::size_t count = 0;
    for (std::uint32_t record = 0; record < of_record.size(); ++record) {
      if (of_record[record].empty()) continue;
      choice_.elements = std::move(of_record[record]);
      const auto selection = provenance::select_for_export(plan_, records_, choice_);
      if (!selection) return tl::unexpected(selection.error());
      const std::string path = folder + "/" + file_name(plan::record_name(plan_, *dimension, record)) + std::string(format.ending);
      if (auto written = write_document(format, *selection, path); !written) return tl::unexpected(written.error());
      ++count;
    }
    tell(fmt::format("wrote {} to {}\n", count_of(count, "file"), folder));
    return exit_done;
  }

  Result<std::uint32_t> find_dimension() const {
    const std::string& wanted = arguments_.past.by;
    std::vector<std::string_view> names;
    for (std::uint32_t i = 0; i < plan_.dimensions().size(); ++i) {
      names.push_back(plan_.text(plan_.dimensions()[i].name));
      if (names.back() == wanted) return i;
    }
    const auto nearest = nearest_name(wanted, names);
    return failure(Trouble::usage, fmt::format("--by `{}`: the workflow has no such dimension", visible(wanted)),
                   nearest ? fmt::format("did you mean `{}`?", *nearest) : "");
  }

  const Arguments& arguments_;  // NOLINT: lives for one call
  const Past& past_;            // NOLINT
  const plan::Plan& plan_;      // NOLINT
  provenance::Records records_;
  Choice choice_;
};

}  // namespace

int export_provenance(const Arguments& arguments, const Past& past) {
  const auto code = Exporter(arguments, past).run();
  return code ? *code : report(code.error());
}

}  // namespace osac::cli
