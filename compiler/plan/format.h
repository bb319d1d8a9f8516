#pragma once
// The layout of a plan file (docs/reference/plan-format.md): a header, a table of sections, then one section a row type, each at a
// multiple of 16 bytes, little-endian, used in place. Private to this room: serialize.cpp writes it, open.cpp and check.cpp read it.
//
// Row types are the file format: none has padding that is not named, so that the same data gives the same bytes.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "compiler/plan/plan.h"

namespace osac::plan::format {

static_assert(std::endian::native == std::endian::little, "plan files are little-endian and used in place");

inline constexpr std::array<char, 8> magic = {'o', 's', 'a', 'c', 'p', 'l', 'a', 'n'};
inline constexpr std::uint32_t major_version = 2;
inline constexpr std::uint32_t minor_version = 2;
inline constexpr std::size_t alignment = 16;
/// Files up to this size are checked whole when they are opened (about 5 ms at the limit); of larger ones only the declarations.
inline constexpr std::uint64_t whole_check_limit = std::uint64_t{64} << 20;
/// Limits that keep every plan cheap to check and its expressions safe to walk.
inline constexpr std::uint32_t most_dimensions = 4'000'000;  ///< more than the largest source can declare
inline constexpr std::uint64_t most_ways = 50'000'000;       ///< pairs of dimensions of which one determines the other
inline constexpr std::uint32_t most_sections = 256;
inline constexpr std::uint32_t deepest_expression = 2'000;
inline constexpr std::uint64_t largest_expression = 10'000'000;

struct Header {
  std::array<char, 8> magic{};
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::uint64_t total_size = 0;
  std::uint32_t section_count = 0;
  std::uint32_t reserved = 0;
  Digest id{};                 ///< SHA-256 of everything behind the header
  std::uint64_t checksum = 0;  ///< XXH3 of header (with zero here) and section table
  std::uint64_t reserved_2 = 0;
};
static_assert(sizeof(Header) == 80 && std::is_trivially_copyable_v<Header> && std::has_unique_object_representations_v<Header>);

struct Section {
  std::uint32_t kind = 0;
  std::uint32_t row_size = 0;
  std::uint64_t offset = 0;
  std::uint64_t count = 0;
  std::uint64_t checksum = 0;  ///< XXH3 of its bytes
};
static_assert(sizeof(Section) == 32 && std::has_unique_object_representations_v<Section>);

/// The plan as a whole; one row.
struct WorkflowRow {
  Symbol name;
  Symbol doc;
  std::uint32_t declared_strings = 0;  ///< symbols below this are all that rows and expressions name; those above are keys and attributes
  std::uint32_t element_count = 0;     ///< of tasks
};

/// Sections in the order of the file. A reader skips kinds that it does not know (a newer minor version).
enum class SectionKind : std::uint32_t {
  workflow,
  string_offsets,  ///< u64, one more than there are strings
  string_bytes,
  nodes,
  children,
  scalars,
  indices,
  columns,
  implied,
  dimensions,
  datasets,
  tasks,
  inputs,
  outputs,
  metrics,
  expects,
  slots,
  parameters,
  sources,
  fields,
  rungs,
  certifications,
  stages,
  versions,
  parameter_uses,
  runners_up,
};
inline constexpr std::uint32_t section_kinds = 26;

/// Whether a section grows with the number of elements.
constexpr bool holds_elements(SectionKind kind) {
  return kind == SectionKind::string_offsets || kind == SectionKind::string_bytes || kind == SectionKind::scalars ||
         kind == SectionKind::indices;
}

constexpr std::uint64_t aligned(std::uint64_t offset) { return (offset + alignment - 1) / alignment * alignment; }

// A row that is all integers has unique representations exactly if it has no padding. Rows with doubles are held to their sizes.
template <typename... Rows>
constexpr bool rows_have_no_padding() {
  return ((std::is_trivially_copyable_v<Rows> && std::has_unique_object_representations_v<Rows>)&&...);
}
static_assert(rows_have_no_padding<WorkflowRow, ColumnRow, ImpliedRow, DimensionRow, FamilyRow, Relation, DatasetRow, InputRow, OutputRow,
                                   CommandRow, MetricRow, ExpectRow, SlotsRow, ParameterRow, SourceRow, FieldRow, RungRow, CertifyRow,
                                   StageRow, VersionRow, ParameterUseRow, RunnerUpRow>());
static_assert(sizeof(RetryRow) == 24 + 8 * expression::resource_count && std::is_trivially_copyable_v<RetryRow>);
static_assert(sizeof(TaskRow) == sizeof(FamilyRow) + 64 + 2 * sizeof(CommandRow) + 24 + sizeof(RetryRow) + sizeof(Array) + 8 &&
              std::is_trivially_copyable_v<TaskRow>);
// expression::Node has four unnamed bytes before `bits`; serialize.cpp writes them as zero.
static_assert(sizeof(expression::Node) == 48 && offsetof(expression::Node, bits) == 40 && std::is_trivially_copyable_v<expression::Node>);

}  // namespace osac::plan::format
