// Disjointness of paths on random templates, against a comparison of all pairs: a plan is refused exactly if two elements have one path, or
// one lies inside the other, published paths among them. This holds the proofs from templates (compiler/planning/path_template.h) to the
// truth.

#include <rapidcheck.h>

#include <optional>

#include "tests/unit/planning/planned.h"

using namespace osac;

namespace {

/// Texts that try to look like something else.
const std::vector<std::string> names = {"a", "b", "a-1", "1", "-1", "a_1", "1_1", "11", "a.f"};
constexpr int first_number = -2;
constexpr int last_number = 12;

struct Part {
  std::string literal;  // or a hole:
  bool is_name = false;
  bool is_number = false;
  int width = 0;
};
using Template = std::vector<Part>;

std::string one_of(const std::vector<std::string>& list) { return *rc::gen::elementOf(list); }

/// Both keys, apart or nearly so: a template that has a chance.
Template random_sound_template() {
  const Part name{"", true, false, 0};
  const Part number{"", false, true, *rc::gen::element(0, 3)};
  const bool name_first = *rc::gen::arbitrary<bool>();
  Template parts = {{one_of({"o/", "p/", "o/a", "o/1_"}), false, false, 0}, name_first ? name : number};
  parts.push_back({one_of({"/", "/", "_", "-", "/x", ".f", "a/"}), false, false, 0});
  parts.push_back(name_first ? number : name);
  if (const std::string end = one_of({"", ".f", "_a", "/x", "1", "-"}); !end.empty()) parts.push_back({end, false, false, 0});
  return parts;
}

Template random_wild_template() {
  Template parts = {{"o/", false, false, 0}};
  const int count = *rc::gen::inRange(1, 7);
  for (int i = 0; i < count; ++i) {
    Part part;
    const int choice = *rc::gen::inRange(0, 10);
    part.is_name = choice < 2;
    part.is_number = choice == 2 || choice == 3;
    part.width = choice == 3 ? 3 : 0;
    if (choice > 3) part.literal = *rc::gen::elementOf(std::vector<std::string>{"/", "/", "_", "-", "a", "1", ".f", "/x"});
    parts.push_back(part);
  }
  if (parts.back().literal.ends_with('/')) parts.push_back({"end", false, false, 0});
  return parts;
}

Template random_template() { return *rc::gen::inRange(0, 5) > 0 ? random_sound_template() : random_wild_template(); }

std::string written(const Template& parts) {
  std::string out;
  for (const Part& part : parts) out += part.is_name ? "{s}" : part.is_number ? (part.width > 0 ? "{n:03}" : "{n}") : part.literal;
  return out;
}

std::string number(int value, int width) {
  std::string digits = std::to_string(std::abs(value));
  const int room = width - (value < 0 ? 1 : 0);
  while (static_cast<int>(digits.size()) < room) digits.insert(0, "0");
  return (value < 0 ? "-" : "") + digits;
}

/// A path in plain spelling: doubled '/' are one.
std::string rendered(const Template& parts, const std::string& name, int n) {
  std::string out;
  for (const Part& part : parts) {
    const std::string text = part.is_name ? name : part.is_number ? number(n, part.width) : part.literal;
    for (const char c : text)
      if (c != '/' || out.empty() || out.back() != '/') out += c;
  }
  return out;
}

bool meet(const std::string& a, const std::string& b) { return a == b || a.starts_with(b + "/") || b.starts_with(a + "/"); }

void refused_exactly_if_paths_meet() {
  const std::vector<Template> templates = {random_template(), random_template()};
  const auto published = *rc::gen::arbitrary<bool>() ? std::optional(random_template()) : std::nullopt;
  std::string text = "workflow w\ndimension s : text from [\"" + names[0] + "\"";
  for (std::size_t i = 1; i < names.size(); ++i) text += ", \"" + names[i] + "\"";
  text += "]\ndimension n : int from " + std::to_string(first_number) + " .. " + std::to_string(last_number) + "\n";
  std::vector<std::string> paths;
  for (std::size_t d = 0; d < templates.size(); ++d) {
    const std::string dataset = "d" + std::to_string(d);
    text += "dataset " + dataset + " for s * n = \"" + written(templates[d]) + "\"";
    if (d == 0 && published) text += " publish \"" + written(*published) + "\"";
    text += "\n";
    text += "task t" + std::to_string(d) + " for s * n { out " + dataset + " run \"touch {" + dataset + "}\" }\n";
    for (const std::string& name : names)
      for (int n = first_number; n <= last_number; ++n) {
        paths.push_back(rendered(templates[d], name, n));
        if (d == 0 && published) paths.push_back(rendered(*published, name, n));
      }
  }
  bool has_conflict = false;
  for (std::size_t i = 0; i < paths.size() && !has_conflict; ++i)
    for (std::size_t j = i + 1; j < paths.size() && !has_conflict; ++j) has_conflict = meet(paths[i], paths[j]);
  const auto made = make(text, {}, without_files());
  RC_LOG() << text << (made->lines().empty() ? "" : made->lines()[0]);
  for (const Diagnostic& diagnostic : made->diagnostics.sorted())
    RC_ASSERT(diagnostic.kind == DiagnosticKind::path_collision || diagnostic.kind == DiagnosticKind::path_overlap ||
              diagnostic.kind == DiagnosticKind::nested_paths || diagnostic.kind == DiagnosticKind::published_in_place ||
              diagnostic.kind == DiagnosticKind::published_overlap);
  RC_CLASSIFY(has_conflict, "refused");
  RC_ASSERT(made->plan.has_value() == !has_conflict);
}

}  // namespace

int main() { return rc::check("a plan is refused exactly if paths meet", refused_exactly_if_paths_meet) ? 0 : 1; }
