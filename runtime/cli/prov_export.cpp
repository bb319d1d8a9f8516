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

  Result<int> by_key(const Format& format) {
    const std::string folder = arguments_.draw.output.empty() ? std::string(plan_.workflow()) + "-provenance" : arguments_.draw.output;
    if (folder == "-") return failure(Trouble::usage, "--by writes a file for each key, and needs a folder", "name one with -o");
    const auto count = export_by_key(plan_, records_, choice_, {arguments_.past.by, folder, std::string(format.name)});
    if (!count) return tl::unexpected(count.error());
    tell(fmt::format("wrote {} to {}\n", count_of(*count, "file"), folder));
    return exit_done;
  }

  const Arguments& arguments_;  // NOLINT: lives for one call
  const Past& past_;            // NOLINT
  const plan::Plan& plan_;      // NOLINT
  provenance::Records records_;
  Choice choice_;
};

}  // namespace

Result<std::uint32_t> find_dimension(const plan::Plan& plan, const std::string& wanted) {
  std::vector<std::string_view> names;
  for (std::uint32_t i = 0; i < plan.dimensions().size(); ++i) {
    names.push_back(plan.text(plan.dimensions()[i].name));
    if (names.back() == wanted) return i;
  }
  const auto nearest = nearest_name(wanted, names);
  return failure(Trouble::usage, fmt::format("--by `{}`: the workflow has no such dimension", visible(wanted)),
                 nearest ? fmt::format("did you mean `{}`?", *nearest) : "");
}

Result<std::vector<KeyPlaces>> places_by_key(const plan::Plan& plan, const provenance::Records& records, const std::string& dimension) {
  const auto found = find_dimension(plan, dimension);
  if (!found) return tl::unexpected(found.error());
  std::vector<KeyPlaces> all(plan.dimensions()[*found].record_count);
  for (std::uint32_t place = 0; place < records.elements.size(); ++place) {
    const plan::ElementRef ref = plan.element(records.elements[place]);
    const std::uint32_t record = plan.record(plan.tasks()[ref.task].family, ref.element, *found);
    if (record < all.size()) all[record].places.push_back(place);
  }
  std::vector<KeyPlaces> keys;
  for (std::uint32_t record = 0; record < all.size(); ++record)
    if (!all[record].places.empty())
      keys.push_back({record, file_name(plan::record_name(plan, *found, record)), std::move(all[record].places)});
  return keys;
}

Result<std::size_t> export_by_key(const plan::Plan& plan, const provenance::Records& records, provenance::Choice choice,
                                  const ByKey& what) {
  const auto keys = places_by_key(plan, records, what.dimension);
  if (!keys) return tl::unexpected(keys.error());
  const Format* const format = format_named(what.format);
  if (auto made = step::make_folders(what.folder); !made) return tl::unexpected(made.error());
  const auto wanted = std::move(choice.elements);
  choice.with_origins = choice.collapsed = true;
  std::size_t count = 0;
  for (const KeyPlaces& key : *keys) {
    choice.elements.emplace();
    for (const std::uint32_t place : key.places)
      if (const std::uint32_t element = records.elements[place]; !wanted || std::binary_search(wanted->begin(), wanted->end(), element))
        choice.elements->push_back(element);
    if (choice.elements->empty()) continue;
    const auto selection = provenance::select_for_export(plan, records, choice);
    if (!selection) return tl::unexpected(selection.error());
    if (auto written = write_document(*format, *selection, what.folder + "/" + key.file_name + std::string(format->ending)); !written)
      return tl::unexpected(written.error());
    ++count;
  }
  return count;
}

int export_provenance(const Arguments& arguments, const Past& past) {
  const auto code = Exporter(arguments, past).run();
  return code ? *code : report(code.error());
}

}  // namespace osac::cli
