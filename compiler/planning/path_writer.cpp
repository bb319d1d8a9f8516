#include "compiler/planning/path_writer.h"

#include <algorithm>
#include <charconv>

namespace osac::planning {

namespace {

/// The width of `05` or `5d`; nothing if the format is something else.
std::optional<std::uint32_t> zero_width(std::string_view format) {
  if (format.ends_with('d')) format.remove_suffix(1);
  if (format.empty()) return 0;
  if (format[0] != '0') return std::nullopt;
  std::uint32_t width = 0;
  const auto result = std::from_chars(format.data(), format.data() + format.size(), width);
  if (result.ec != std::errc{} || result.ptr != format.data() + format.size() || width > 100) return std::nullopt;
  return width;
}

void write_integer(std::int64_t number, std::uint32_t width, std::string& out) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  std::string_view text(digits, static_cast<std::size_t>(end - digits));
  if (text.starts_with('-')) {
    out += '-';
    text.remove_prefix(1);
    width = width > 0 ? width - 1 : 0;
  }
  if (text.size() < width) out.append(width - text.size(), '0');
  out += text;
}

}  // namespace

std::optional<std::string> hole_text(const Frame& frame, ExprId hole, const Point& point) {
  const auto& expressions = frame.expressions;
  const Node& node = expressions[hole];
  const bool is_template_hole = node.op == Op::hole;
  const ExprId child = is_template_hole ? expressions.child(hole, 0) : hole;
  const Value value = expression::evaluate(expressions.pool(), child, point);
  if (value.is_absent()) return std::nullopt;
  const Type type = expressions[child].type;
  const Symbol format{static_cast<std::uint32_t>(node.bits)};
  if (!is_template_hole || !format.exists() || frame.context.text(format).empty()) return expression::to_text(value, type);
  return expression::format(value, type, frame.context.text(format));
}

PathWriter::PathWriter(const Frame& frame, ExprId path, const Family& family) : frame_(frame), family_(family), point_(frame, {&family}) {
  const auto routes = find_routes(frame.context.program, frame.axes, family.basis);
  for (PathPart& part : split_template(frame, path)) {
    Hole& hole = holes_.emplace_back();
    hole.part = std::move(part);
    if (!hole.part.is_hole) continue;
    const auto dimensions = dimensions_in(frame.expressions, hole.part.hole);
    const auto axis = coarsest(frame, family.basis, dimensions);
    if (dimensions.empty() || !axis) continue;
    const Node& node = frame.expressions[hole.part.hole];
    if (hole.part.key != none && hole.part.alphabet == Alphabet::digits && node.op == Op::hole) {
      const Symbol format{static_cast<std::uint32_t>(node.bits)};
      const auto width = zero_width(format.exists() ? frame.context.text(format) : std::string_view{});
      hole.is_integer_key = width.has_value();
      hole.width = width.value_or(0);
    }
    hole.dimension = hole.is_integer_key ? hole.part.key : *axis;
    hole.route = routes[hole.dimension];
    const std::uint32_t records = frame.axes[hole.dimension].count;
    if (!hole.is_integer_key && records <= family.count) hole.remembered.resize(records);
  }
}

void PathWriter::write_hole(Hole& hole, std::uint32_t element, std::string& out) {
  const std::uint32_t record = hole.dimension == none ? none : hole.route.follow(family_.record(hole.route.basis, element));
  if (hole.is_integer_key && record != none) {
    write_integer(frame_.axes[hole.dimension].keys[record], hole.width, out);
    return;
  }
  point_.move(0, element);
  if (record == none || hole.remembered.empty()) {
    out += text_of(hole);
    return;
  }
  std::string& text = hole.remembered[record];
  if (text.empty()) text = text_of(hole);
  out += text;
}

std::string PathWriter::text_of(const Hole& hole) const { return hole_text(frame_, hole.part.hole, point_).value_or(std::string{}); }

void PathWriter::write(std::uint32_t element, std::string& out) {
  for (Hole& hole : holes_) {
    if (hole.part.is_hole)
      write_hole(hole, element, out);
    else
      out += hole.part.literal;
  }
}

std::string PathWriter::path(std::uint32_t element) {
  std::string out;
  write(element, out);
  return out;
}

std::string normalized(std::string_view path) {
  std::string out(path.starts_with('/') ? 1 : 0, '/');
  std::size_t begin = 0;
  while (begin < path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view component = path.substr(begin, end - begin);
    begin = end + 1;
    if (component.empty() || component == ".") continue;
    const auto slash = out.rfind('/');
    const std::string_view last = slash == std::string::npos ? std::string_view(out) : std::string_view(out).substr(slash + 1);
    if (component == ".." && !last.empty() && last != "..") {
      out.resize(slash == std::string::npos ? 0 : std::max<std::size_t>(slash, out.starts_with('/') ? 1 : 0));
      continue;
    }
    if (!out.empty() && out.back() != '/') out += '/';
    out += component;
  }
  return out;
}

}  // namespace osac::planning
