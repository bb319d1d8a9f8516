#include "compiler/planning/path_template.h"

#include <algorithm>

namespace osac::planning {

namespace {

bool is_plain_integer_format(std::string_view format) {
  if (format.ends_with('d')) format.remove_suffix(1);
  if (format.empty()) return true;
  return format[0] == '0' && std::all_of(format.begin(), format.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Whether a date's format writes each day differently.
bool is_full_date_format(std::string_view format) {
  const auto has = [&](std::string_view conversion) { return format.find(conversion) != std::string_view::npos; };
  return format.empty() || has("%F") || (has("%Y") && ((has("%m") && has("%d")) || has("%j")));
}

/// What a value of a type writes under a format, and whether different values write different texts.
struct Writing {
  Alphabet alphabet;
  bool is_unique;
};
Writing writing_of(Type type, std::string_view format) {
  if (type.is_list || type.kind == Kind::path || type.kind == Kind::file) return {Alphabet::anything, false};
  if (format.find('/') != std::string_view::npos) return {Alphabet::anything, false};
  switch (type.kind) {
    case Kind::integer:
      return is_plain_integer_format(format) ? Writing{Alphabet::digits, true} : Writing{Alphabet::word, false};
    case Kind::text:
    case Kind::enumeration:
      return {Alphabet::word, format.empty()};
    case Kind::date:
      return {Alphabet::word, is_full_date_format(format)};
    default:
      return {Alphabet::word, false};
  }
}

PathPart make_hole(const Frame& frame, ExprId id) {
  const auto& expressions = frame.expressions;
  const Node& node = expressions[id];
  PathPart part;
  part.is_hole = true;
  part.hole = id;
  const bool is_template_hole = node.op == Op::hole;
  const Symbol symbol{static_cast<std::uint32_t>(node.bits)};
  const std::string_view format = is_template_hole && symbol.exists() ? frame.context.text(symbol) : std::string_view{};
  const Node& value = is_template_hole ? expressions[expressions.child(id, 0)] : node;
  const bool is_direct = value.op == Op::key || value.op == Op::attribute || value.op == Op::dataset_field;
  // A computed text may be empty or hold '/': nothing is known of it.
  const Writing writing = !is_direct && value.type.is_textual() ? Writing{Alphabet::anything, false} : writing_of(value.type, format);
  part.alphabet = writing.alphabet;
  if (value.op == Op::key && writing.is_unique) part.key = value.index;
  part.is_checked = writing.alphabet == Alphabet::word || value.op != Op::key;
  return part;
}

PathPart make_literal(std::string text) {
  PathPart part;
  part.literal = std::move(text);
  return part;
}

}  // namespace

std::vector<PathPart> split_template(const Frame& frame, ExprId path) {
  const auto& expressions = frame.expressions;
  const Node& node = expressions[path];
  const auto text_of = [&](const Node& constant) {
    return std::string(frame.context.text(Symbol{static_cast<std::uint32_t>(constant.bits)}));
  };
  std::vector<PathPart> parts;
  if (node.op == Op::constant) {
    parts.push_back(make_literal(text_of(node)));
  } else if (node.op != Op::text) {
    parts.push_back(make_hole(frame, path));
  } else {
    for (std::uint32_t i = 0; i < node.child_count; ++i) {
      const ExprId child = expressions.child(path, i);
      parts.push_back(expressions[child].op == Op::constant ? make_literal(text_of(expressions[child])) : make_hole(frame, child));
    }
  }
  return parts;
}

PathPattern make_pattern(const std::vector<PathPart>& parts) {
  PathPattern pattern;
  pattern.is_absolute = !parts.empty() && !parts[0].is_hole && parts[0].literal.starts_with('/');
  std::vector<PathPart> segment;
  const auto end_segment = [&] {
    const bool is_dot = segment.size() == 1 && !segment[0].is_hole && segment[0].literal == ".";
    pattern.climbs = pattern.climbs || (segment.size() == 1 && !segment[0].is_hole && segment[0].literal == "..");
    if (!segment.empty() && !is_dot) pattern.segments.push_back(std::move(segment));
    segment.clear();
  };
  for (const PathPart& part : parts) {
    if (part.is_hole && part.alphabet == Alphabet::anything) {
      pattern.is_open = true;  // what was begun of this segment proves nothing
      return pattern;
    }
    if (part.is_hole) {
      segment.push_back(part);
      continue;
    }
    std::string_view rest = part.literal;
    for (auto slash = rest.find('/'); slash != std::string_view::npos; slash = rest.find('/')) {
      if (slash > 0) segment.push_back(make_literal(std::string(rest.substr(0, slash))));
      end_segment();
      rest.remove_prefix(slash + 1);
    }
    if (!rest.empty()) segment.push_back(make_literal(std::string(rest)));
  }
  end_segment();
  return pattern;
}

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether a segment can be read in one way only: at most one word, and integers that end where a literal begins.
bool is_delimited(const std::vector<PathPart>& segment) {
  const auto is_word = [](const PathPart& part) { return part.is_hole && part.alphabet == Alphabet::word; };
  const auto words = std::count_if(segment.begin(), segment.end(), is_word);
  if (words > 1) return false;
  const auto word = static_cast<std::size_t>(std::find_if(segment.begin(), segment.end(), is_word) - segment.begin());
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (!segment[i].is_hole || i == word) continue;
    if (i < word) {  // read from the left: it ends before something that is no digit
      const bool ends = i + 1 == segment.size() || (!segment[i + 1].is_hole && !is_digit(segment[i + 1].literal.front()));
      if (!ends) return false;
    } else {  // read from the right: it begins after something that is neither digit nor sign
      const bool begins = !segment[i - 1].is_hole && !is_digit(segment[i - 1].literal.back()) && segment[i - 1].literal.back() != '-';
      if (!begins) return false;
    }
  }
  return true;
}

/// All dimensions whose keys tell elements apart: the basis with all parents.
std::vector<std::uint32_t> telling_keys(const Frame& frame, const std::vector<std::uint32_t>& basis) {
  std::vector<std::uint32_t> all;
  for (const std::uint32_t b : basis)
    for (program::DimensionId d{b}; d.exists(); d = frame.context.program.dimensions[d.index].parent)
      if (std::find(all.begin(), all.end(), d.index) == all.end()) all.push_back(d.index);
  return all;
}

}  // namespace

std::vector<std::uint32_t> forgotten_keys(const Frame& frame, const std::vector<PathPart>& parts, const std::vector<std::uint32_t>& basis) {
  std::vector<std::uint32_t> forgotten;
  for (const std::uint32_t d : telling_keys(frame, basis))
    if (std::none_of(parts.begin(), parts.end(), [&](const PathPart& part) { return part.key == d; })) forgotten.push_back(d);
  return forgotten;
}

bool is_injective(const Frame& frame, const PathPattern& pattern, const std::vector<std::uint32_t>& basis) {
  if (pattern.is_open) return false;
  std::vector<PathPart> parts;
  for (const auto& segment : pattern.segments) {
    if (!is_delimited(segment)) return false;
    parts.insert(parts.end(), segment.begin(), segment.end());
  }
  return forgotten_keys(frame, parts, basis).empty();
}

namespace {

/// A segment as characters and repeated classes, for matching two of them against each other.
struct Atom {
  char character = 0;  ///< 0: one or more of a class
  Alphabet alphabet = Alphabet::word;
};
std::vector<Atom> atoms_of(const std::vector<PathPart>& segment) {
  std::vector<Atom> atoms;
  for (const PathPart& part : segment) {
    if (part.is_hole)
      atoms.push_back({0, part.alphabet});
    else
      for (const char c : part.literal) atoms.push_back({c, Alphabet::word});
  }
  return atoms;
}

bool share_character(Atom a, Atom b) {
  if (a.character != 0 && b.character != 0) return a.character == b.character;
  if (a.character == 0 && b.character == 0) return true;
  const char c = a.character != 0 ? a.character : b.character;
  const Alphabet alphabet = a.character != 0 ? b.alphabet : a.alphabet;
  return alphabet != Alphabet::digits || is_digit(c) || c == '-';
}

/// Whether some text fits both segments: reachability in the product of two small automata.
bool segments_meet(const std::vector<PathPart>& left, const std::vector<PathPart>& right) {
  if (!left.empty() && !right.empty() && !left[0].is_hole && !right[0].is_hole) {  // nearly always enough
    const std::size_t common = std::min(left[0].literal.size(), right[0].literal.size());
    if (left[0].literal.compare(0, common, right[0].literal, 0, common) != 0) return false;
  }
  const auto a = atoms_of(left);
  const auto b = atoms_of(right);
  const std::size_t width = b.size() + 1;
  std::vector<std::uint8_t> is_seen((a.size() + 1) * width, 0);
  std::vector<std::pair<std::size_t, std::size_t>> open = {{0, 0}};
  while (!open.empty()) {
    const auto [i, j] = open.back();
    open.pop_back();
    if (is_seen[i * width + j] != 0) continue;
    is_seen[i * width + j] = 1;
    if (i == a.size() && j == b.size()) return true;
    if (i == a.size() || j == b.size() || !share_character(a[i], b[j])) continue;
    const bool a_repeats = a[i].character == 0;
    const bool b_repeats = b[j].character == 0;
    open.emplace_back(i + 1, j + 1);
    if (a_repeats) open.emplace_back(i, j + 1);
    if (b_repeats) open.emplace_back(i + 1, j);
  }
  return false;
}

}  // namespace

bool may_meet(const PathPattern& a, const PathPattern& b) {
  if (a.climbs || b.climbs) return true;
  const bool both_known = !(a.segments.empty() && a.is_open) && !(b.segments.empty() && b.is_open);
  if (both_known && a.is_absolute != b.is_absolute) return false;
  const std::size_t common = std::min(a.segments.size(), b.segments.size());
  for (std::size_t i = 0; i < common; ++i)
    if (!segments_meet(a.segments[i], b.segments[i])) return false;
  return true;
}

namespace {

/// What all paths of a pattern begin with.
std::string beginning_of(const PathPattern& pattern) {
  if (pattern.climbs) return {};
  std::string text = pattern.is_absolute ? "/" : "";
  for (std::size_t i = 0; i < pattern.segments.size(); ++i) {
    if (i > 0) text += '/';
    for (const PathPart& part : pattern.segments[i]) {
      if (part.is_hole) return text;
      text += part.literal;
    }
  }
  return pattern.segments.empty() ? std::string{} : text;
}

}  // namespace

void for_each_near_pair(const std::vector<PathPattern>& patterns, const std::function<void(std::uint32_t, std::uint32_t)>& f) {
  std::vector<std::pair<std::string, std::uint32_t>> sorted;
  for (std::uint32_t i = 0; i < patterns.size(); ++i) sorted.emplace_back(beginning_of(patterns[i]), i);
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < sorted.size(); ++i)
    for (std::size_t j = i + 1; j < sorted.size() && sorted[j].first.starts_with(sorted[i].first); ++j)
      f(std::min(sorted[i].second, sorted[j].second), std::max(sorted[i].second, sorted[j].second));
}

}  // namespace osac::planning
