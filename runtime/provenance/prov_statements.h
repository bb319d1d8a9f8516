#pragma once
// A selection as statements of W3C PROV-DM, one after another; how they are written is the writer's business. Private to the two PROV
// exports.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/provenance/export.h"

namespace osac::provenance {

/// Kinds of statements, in the order in which they are told.
enum class Statement : std::uint8_t {
  entity,
  activity,
  agent,
  used,
  was_generated_by,
  was_associated_with,
  acted_on_behalf_of,
  was_derived_from,
  was_informed_by,
  had_member,
};
inline constexpr std::size_t statement_kinds = 10;

/// Formal arguments of a statement, in the order of PROV-N: what each is called in PROV-JSON, and whether it is a time.
struct Form {
  std::string_view json;  ///< the section of a PROV-JSON document
  std::string_view provn;
  struct Argument {
    std::string_view name;  ///< without `prov:`
    bool is_time = false;
  };
  std::vector<Argument> arguments;
  bool has_attributes = true;
};
const Form& form_of(Statement statement);

struct Attribute {
  enum class Kind : std::uint8_t { text, name /* of PROV: prov:Person */, integer, real, boolean };
  std::string key;  ///< with its prefix
  Kind kind = Kind::text;
  std::string value;  ///< numbers as they are written
};

/// One statement. An identifier or argument that is empty is left out.
struct Told {
  std::string id;
  std::vector<std::string> arguments;  ///< as the form says: identifiers and times
  std::vector<Attribute> attributes;
};

class StatementWriter {
 public:
  virtual ~StatementWriter() = default;
  virtual Status begin(Statement kind) = 0;  ///< all statements of a kind follow one another
  virtual Status tell(Statement kind, const Told& told) = 0;
  virtual Status end(Statement kind) = 0;
};

/// `urn:osac:NAME:`, what the prefix `osac` stands for.
std::string prefix_uri(const Exported& selection);

/// Tells all. Linear, but for derivations: of an activity with very many inputs and outputs they are left to its uses and generations.
Status tell_all(const Exported& selection, StatementWriter& writer);

}  // namespace osac::provenance
