#include "runtime/cli/prov_reproduce.h"

#include <sys/stat.h>

#include <fmt/format.h>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "runtime/cli/picture.h"
#include "runtime/cli/registry.h"
#include "runtime/provenance/reproduce.h"
#include "runtime/registry/archive.h"
#include "runtime/step/system.h"

namespace osac::cli {

namespace {

/// Writes `FOLDER/reproduce.sh`, and says so.
Status write_script(const provenance::Reproduction& reproduction, const std::string& folder) {
  const std::string file = folder + "/reproduce.sh";
  const auto script = provenance::as_script(reproduction, link_base(file, "."));
  if (!script) return tl::unexpected(script.error());
  if (auto made = step::make_folders(folder); !made) return made;
  if (auto written = write_file(file, *script); !written) return written;
  if (::chmod(file.c_str(), 0755) != 0) return system_failure(errno, "make executable", file);
  tell(fmt::format("wrote {}\n", file));
  return {};
}

}  // namespace

int run_prov_reproduce(const Arguments& arguments, const Past& past) {
  if (arguments.past.what.empty()) return report_usage("which file? Name one: osac prov reproduce FILE");
  int exit_code = exit_done;
  Arguments here = arguments;
  here.workflow.file = "./workflow.osa";  // the site file is looked for beside it
  const auto site = open_site(here, exit_code);
  if (!site) return exit_code;
  return ask_archive(past, [&](registry::Archive& archive) -> Result<int> {
    const auto reproduction = provenance::reproduction(*past.plan, archive, *site, arguments.past.what);
    if (!reproduction) return tl::unexpected(reproduction.error());
    if (!arguments.draw.output.empty())
      if (auto written = write_script(*reproduction, arguments.draw.output); !written) return tl::unexpected(written.error());
    const int printed = print_result(arguments.past.json ? provenance::as_json(*reproduction) : provenance::as_text(*reproduction));
    if (printed != exit_done) return printed;
    return reproduction->changes.empty() ? exit_done : exit_failed;
  });
}

}  // namespace osac::cli
