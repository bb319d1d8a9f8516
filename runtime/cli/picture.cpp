#include "runtime/cli/picture.h"

#include <fmt/format.h>
#include <filesystem>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "compiler/emit/graph.h"
#include "runtime/cli/session.h"

namespace osac::cli {

std::string output_of(const DrawArguments& draw, const std::string& name) {
  return draw.output.empty() ? name + "." + (draw.format.empty() ? "pdf" : draw.format) : draw.output;
}

std::string link_base(const std::string& output, const std::string& folder) {
  std::error_code error;
  const auto whole = [&](const std::filesystem::path& path) {
    auto found = std::filesystem::weakly_canonical(std::filesystem::absolute(path, error), error);
    return found.empty() ? path : found;
  };
  const std::filesystem::path own = output == "-" ? std::filesystem::path(".") : std::filesystem::path(output).parent_path();
  const std::string relative = whole(folder.empty() ? "." : folder).lexically_relative(whole(own.empty() ? "." : own)).string();
  return relative == "." ? "" : relative;
}

int write_picture(const std::string& dot, const DrawArguments& draw, const std::string& output) {
  std::string wanted = draw.format;
  if (const auto ending = output.rfind('.'); wanted.empty() && ending != std::string::npos) wanted = output.substr(ending + 1);
  emit::GraphFormat format = emit::GraphFormat::pdf;
  if (wanted == "dot") {
    format = emit::GraphFormat::dot;
  } else if (wanted == "svg") {
    format = emit::GraphFormat::svg;
  } else if (wanted == "png") {
    format = emit::GraphFormat::png;
  } else if (wanted != "pdf") {
    return report_usage("`" + visible(output) + "` does not say which format it shall have",
                        "end it in .pdf, .svg, .png or .dot, or give --format");
  }
  auto picture = emit::render_graph(dot, format);
  if (!picture) return report(picture.error());
  if (output == "-") return print_result(*picture);
  if (auto status = write_file(output, *picture); !status) return report(status.error());
  tell(fmt::format("wrote {}\n", output));
  return exit_done;
}

}  // namespace osac::cli
