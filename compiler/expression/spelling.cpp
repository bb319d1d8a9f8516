#include "compiler/expression/spelling.h"

namespace osac::expression {

Type resource_type(Resource resource) {
  switch (resource) {
    case Resource::memory:
    case Resource::disk:
      return Type::of(Kind::memory);
    case Resource::time:
      return Type::of(Kind::duration);
    case Resource::cpus:
    case Resource::gpus:
      break;
  }
  return Type::of(Kind::integer);
}

std::string_view operator_text(Op op) {
  switch (op) {
    case Op::add:
      return "+";
    case Op::subtract:
      return "-";
    case Op::multiply:
      return "*";
    case Op::divide:
      return "/";
    case Op::modulo:
      return "%";
    case Op::equal:
      return "==";
    case Op::not_equal:
      return "!=";
    case Op::less:
      return "<";
    case Op::less_equal:
      return "<=";
    case Op::greater:
      return ">";
    case Op::greater_equal:
      return ">=";
    case Op::logical_and:
      return "and";
    case Op::logical_or:
      return "or";
    case Op::in:
      return "in";
    case Op::constant:
    case Op::list:
    case Op::parameter:
    case Op::key:
    case Op::attribute:
    case Op::port_path:
    case Op::port_count:
    case Op::port_field:
    case Op::dataset_field:
    case Op::resource:
    case Op::scratch:
    case Op::negate:
    case Op::logical_not:
    case Op::range:
    case Op::conditional:
    case Op::call:
    case Op::text:
    case Op::hole:
      break;
  }
  return {};
}

}  // namespace osac::expression
