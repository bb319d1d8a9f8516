#include "runtime/step/input_records.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <array>

#include "compiler/base/files.h"
#include "compiler/base/text.h"
#include "compiler/records/read_record.h"

namespace osac::step {

namespace {

// a record is some numbers and names; what is larger was taken for one by mistake
constexpr std::int64_t largest_record = std::int64_t{64} << 20;

Result<std::string> read_text(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && info.st_size > largest_record)
    return failure(Trouble::damaged,
                   fmt::format("it has {} bytes, more than a record may have ({})", grouped(info.st_size), grouped(largest_record)));
  return read_file(path);
}

}  // namespace

Result<expression::Value> InputRecords::field(const plan::FileUse& file, std::uint32_t field) {
  const plan::FieldRow& row = plan_.fields(plan_.datasets()[file.dataset])[field];
  auto known = texts_.find(file.path);
  if (known == texts_.end()) known = texts_.emplace(file.path, read_text(file.path)).first;
  const std::string name =
      fmt::format("the record `{}` of `{}`", visible(file.path), plan_.text(plan_.datasets()[file.dataset].family.name));
  if (!known->second) return failure(Trouble::damaged, fmt::format("{} cannot be read: {}", name, known->second.error().what));
  const std::array<records::Field, 1> wanted = {records::Field{plan_.text(row.source), row.type, {}}};
  auto values = records::read_record(*known->second, wanted);
  if (!values) return failure(Trouble::damaged, fmt::format("{}: {}", name, values.error().what));
  return std::move(values->front());
}

}  // namespace osac::step
