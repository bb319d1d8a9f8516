#include "compiler/expression/type.h"

#include <fmt/format.h>

namespace osac::expression {

namespace {

std::string element_name(Type type, const Strings& strings) {
  switch (type.kind) {
    case Kind::error:
      return "unknown";
    case Kind::boolean:
      return "bool";
    case Kind::integer:
      return "int";
    case Kind::real:
      return type.detail == 0 ? "float" : fmt::format("float {}", strings.text(Symbol{type.detail}));
    case Kind::text:
      return "text";
    case Kind::path:
      return "path";
    case Kind::date:
      return "date";
    case Kind::time:
      switch (type.scale) {
        case TimeScale::none:
          return "time";
        case TimeScale::utc:
          return "time utc";
        case TimeScale::tai:
          return "time tai";
      }
      return "time";
    case Kind::duration:
      return "duration";
    case Kind::memory:
      return "memory";
    case Kind::enumeration:
      return std::string(strings.text(Symbol{type.detail}));
    case Kind::file:
      return "file";
    case Kind::range:
      return "range";
  }
  return "unknown";
}

}  // namespace

std::string type_name(Type type, const Strings& strings) {
  const std::string name = element_name(type, strings);
  return fmt::format("{}{}{}{}", type.is_list ? "[" : "", name, type.is_list ? "]" : "", type.is_optional ? "?" : "");
}

}  // namespace osac::expression
