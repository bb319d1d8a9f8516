#include "compiler/expression/evaluate.h"

#include <fmt/format.h>

#include <array>

#include "compiler/expression/operations.h"
#include "compiler/expression/quote.h"

namespace osac::expression {

namespace {

/// Nodes may be shared (a constant used twice, forty times over): the work is counted, so that it ends soon as well as surely.
constexpr std::uint32_t most_steps = 1'000'000;
constexpr std::uint32_t deepest = 2'000;

class Evaluator {
 public:
  Evaluator(Pool pool, const Scope& scope) : pool_(pool), scope_(scope) {}

  Value value(ExprId id) {
    const Node& node = pool_[id];
    if (++steps_ > most_steps) fail(node, "this takes more than a million steps to work out");
    if (depth_ >= deepest) fail(node, "this nests too deep");
    ++depth_;
    Value result = dispatch(node);
    --depth_;
    return result;
  }

  /// The arguments that one word gives.
  void append_word(ExprId id, std::vector<std::string>& out) {
    const Node& node = pool_[id];
    Word word;
    if (node.op == Op::text) {
      for (std::uint32_t i = 0; i < node.child_count; ++i) add_part(ExprId{pool_.child(node, i)}, word);
    } else {
      add_part(id, word);
    }
    for (std::string& argument : word.arguments) {
      if (argument.find('\0') != std::string::npos) fail(node, "the value holds a NUL byte, which no command line can hold");
      out.push_back(std::move(argument));
    }
  }

 private:
  /// The arguments of a word so far. It exists once anything but an empty list or an absent value was put into it.
  struct Word {
    std::vector<std::string> arguments;
    std::string& last() { return arguments.empty() ? arguments.emplace_back() : arguments.back(); }
  };

  [[noreturn]] static void fail(const Node& node, std::string what) { throw EvaluationError{node.span, std::move(what)}; }

  Value child(const Node& node, std::uint32_t i) { return value(ExprId{pool_.child(node, i)}); }
  Type child_type(const Node& node, std::uint32_t i) const { return pool_.nodes[pool_.child(node, i)].type; }
  /// A condition: an absent one counts as false.
  bool condition(const Node& node, std::uint32_t i) {
    const Value result = child(node, i);
    return !result.is_absent() && result.boolean();
  }

  Value dispatch(const Node& node) {
    switch (node.op) {
      case Op::constant:
        return to_value(node.bits, node.type, scope_.strings());
      case Op::parameter:
      case Op::key:
      case Op::attribute:
      case Op::port_path:
      case Op::port_count:
      case Op::port_field:
      case Op::dataset_field:
      case Op::resource:
      case Op::scratch:
        return scope_.reference(node);
      case Op::list:
        return list(node);
      case Op::negate: {
        const Value operand = child(node, 0);
        return operand.is_absent() ? operand : apply_negate({operand, child_type(node, 0)}, node.span);
      }
      case Op::logical_not:
        return !condition(node, 0);
      case Op::logical_and:
        return condition(node, 0) && condition(node, 1);
      case Op::logical_or:
        return condition(node, 0) || condition(node, 1);
      case Op::add:
      case Op::subtract:
      case Op::multiply:
      case Op::divide:
      case Op::modulo:
        return arithmetic(node);
      case Op::equal:
      case Op::not_equal:
      case Op::less:
      case Op::less_equal:
      case Op::greater:
      case Op::greater_equal:
        return apply_comparison(node.op, child(node, 0), child(node, 1));
      case Op::in:
        return membership(node);
      case Op::range:
        return range(node);
      case Op::conditional:
        return child(node, condition(node, 0) ? 1 : 2);
      case Op::call:
        return call(node);
      case Op::text:
        return template_text(node);
      case Op::hole:
        return hole_text(node);
    }
    return {};
  }

  Value list(const Node& node) {
    std::vector<Value> items;
    items.reserve(node.child_count);
    for (std::uint32_t i = 0; i < node.child_count; ++i) items.push_back(child(node, i));
    return items;
  }

  Value arithmetic(const Node& node) {
    const Value left = child(node, 0);
    const Value right = child(node, 1);
    if (left.is_absent() || right.is_absent()) return {};
    return apply_arithmetic(node.op, {left, child_type(node, 0)}, {right, child_type(node, 1)}, node.span);
  }

  Value membership(const Node& node) {
    const Value item = child(node, 0);
    const Value whole = child(node, 1);
    if (item.is_absent() || whole.is_absent()) return false;
    if (child_type(node, 1).kind == Kind::range) {
      return item.integer() >= whole.list()[0].integer() && item.integer() < whole.list()[1].integer();
    }
    for (const Value& each : whole.list()) {
      if (compare(item, each) == 0) return true;
    }
    return false;
  }

  Value range(const Node& node) {
    const std::int64_t low = child(node, 0).integer();
    std::int64_t high = child(node, 1).integer();
    if (node.extra == 0 && __builtin_add_overflow(high, 1, &high)) fail(node, "the range ends beyond 64 bits");
    return std::vector<Value>{low, high};
  }

  Value call(const Node& node) {
    const auto builtin = static_cast<Builtin>(node.index);
    std::vector<Value> arguments;
    std::vector<Type> types;
    for (std::uint32_t i = 0; i < node.child_count; ++i) {
      arguments.push_back(child(node, i));
      types.push_back(child_type(node, i));
      if (arguments.back().is_absent() && builtin != Builtin::exists) return {};
    }
    return apply_builtin(builtin, arguments, types, scope_, node.span);
  }

  // ---- templates

  Value template_text(const Node& node) {
    std::string text;
    for (std::uint32_t i = 0; i < node.child_count; ++i) {
      text += part_text(ExprId{pool_.child(node, i)});
      if (text.size() > largest_text) fail(node, "the text grows beyond 64 MiB");
    }
    return text;
  }

  /// A part of a template as text: a hole is quoted for its place.
  std::string part_text(ExprId id) {
    const Node& node = pool_[id];
    if (node.op == Op::hole) return hole_text(node);
    return to_text(value(id), node.type);
  }

  std::string_view format_of(const Node& hole) const { return scope_.strings().text(Symbol{static_cast<std::uint32_t>(hole.bits)}); }

  /// A hole's value and type; of `{files:list}` the path of the file of names.
  Value hole_value(const Node& hole, Type& type) {
    Value held = child(hole, 0);
    type = child_type(hole, 0);
    if ((hole.extra & hole_list) == 0) return held;
    std::vector<Value> names;
    if (const auto* items = std::get_if<std::vector<Value>>(&held.held))
      names = *items;
    else if (!held.is_absent())
      names.push_back(held);
    type = Type::of(Kind::path);
    return scope_.list_file(hole, names);
  }

  std::string hole_text(const Node& hole) {
    Type type;
    const Value held = hole_value(hole, type);
    if ((hole.extra & hole_raw) != 0) return format(held, type, format_of(hole));
    std::string problem;
    std::string text = quoted(held, type, format_of(hole), static_cast<HoleContext>(hole.index), problem, language_of_hole(hole));
    if (!problem.empty()) fail(hole, std::move(problem));
    return text;
  }

  void add_part(ExprId id, Word& word) {
    const Node& node = pool_[id];
    if (node.op != Op::hole || (node.extra & hole_raw) != 0) {
      word.last() += part_text(id);
      return;
    }
    Type type;
    const Value held = hole_value(node, type);
    const auto* items = std::get_if<std::vector<Value>>(&held.held);
    if (static_cast<HoleContext>(node.index) != HoleContext::word || items == nullptr) {
      const bool is_quoted = static_cast<HoleContext>(node.index) != HoleContext::word;
      if (is_quoted || !held.is_absent()) add_text(format(held, type, format_of(node)), type, word);  // "" is an argument
      return;
    }
    for (const Value& item : *items) {
      if (&item != items->data()) word.arguments.emplace_back();
      add_text(format(item, type.element(), format_of(node)), type, word);
    }
  }

  /// A path at the start of an argument is never an option.
  static void add_text(const std::string& text, Type type, Word& word) {
    const bool is_path = type.kind == Kind::path || type.kind == Kind::file;
    if (is_path && word.last().empty() && text.starts_with('-')) word.last() += "./";
    word.last() += text;
  }

  Pool pool_;
  const Scope& scope_;
  std::uint32_t steps_ = 0;
  std::uint32_t depth_ = 0;
};

}  // namespace

Value evaluate(Pool pool, ExprId id, const Scope& scope) { return Evaluator(pool, scope).value(id); }

std::vector<std::string> evaluate_words(Pool pool, std::span<const ExprId> words, const Scope& scope) {
  Evaluator evaluator(pool, scope);
  std::vector<std::string> arguments;
  for (const ExprId word : words) evaluator.append_word(word, arguments);
  return arguments;
}

}  // namespace osac::expression
