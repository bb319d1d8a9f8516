// The files of elements.

#include "compiler/plan/path_template.h"
#include "compiler/plan/resolve.h"

namespace osac::plan {

std::string dataset_path(const Plan& plan, std::uint32_t dataset, std::uint32_t element) {
  std::string path;
  plan.path_template(dataset).append(plan, element, path);
  return path;
}

void PathWriter::append(std::uint32_t element, std::string& out) const { template_.append(plan_, element, out); }

std::span<const InputRow> port_rows(const Plan& plan, const TaskRow& task, std::uint32_t row) {
  const auto inputs = plan.inputs(task);
  std::size_t end = row + std::size_t{1};
  while (end < inputs.size() && inputs[end].branch > inputs[row].branch) ++end;
  return inputs.subspan(row, end - row);
}

namespace {

std::uint32_t branch_of(const InputRow& input) { return input.branch; }
std::uint32_t branch_of(const OutputRow&) { return 0; }

template <typename Port>
std::vector<FileUse> files_of(const Plan& plan, std::span<const Port> ports, std::uint32_t element) {
  std::vector<FileUse> files;
  for (std::uint32_t row = 0; row < ports.size(); ++row) {
    const std::uint32_t dataset = ports[row].dataset;
    const std::uint32_t branch = branch_of(ports[row]);
    plan.for_each(ports[row].relation, element, plan.datasets()[dataset].family.count, [&](std::uint32_t target) {
      files.push_back({dataset, target, row - branch, branch, dataset_path(plan, dataset, target)});
    });
  }
  return files;
}

}  // namespace

std::vector<FileUse> input_files(const Plan& plan, ElementRef ref) {
  return files_of(plan, plan.inputs(plan.tasks()[ref.task]), ref.element);
}

std::vector<FileUse> output_files(const Plan& plan, ElementRef ref) {
  return files_of(plan, plan.outputs(plan.tasks()[ref.task]), ref.element);
}

}  // namespace osac::plan
