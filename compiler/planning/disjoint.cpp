// Disjoint paths: by proof where templates allow it, else by hashing every path of the datasets in question. Linear, but for one sort of
// hashes.

#include <algorithm>

#include "compiler/base/hash.h"
#include "compiler/base/text.h"
#include "compiler/planning/certificates.h"
#include "compiler/planning/path_checks.h"

namespace osac::planning {

namespace {

/// Where elements of a dataset are, or are published.
struct Place {
  std::uint32_t dataset;
  bool is_published;
  ExprId path;  ///< folded
  Span span;
  std::vector<PathPart> parts;
};

struct Entry {
  std::uint64_t hash;
  std::uint32_t place;
  std::uint32_t element;
};

class Disjointness {
 public:
  Disjointness(const Frame& frame, Folder& fold, const Draft& draft) : frame_(frame), program_(frame.context.program), draft_(draft) {
    for (std::uint32_t d = 0; d < program_.datasets.size(); ++d) {
      for (const ExprId path : program::paths_of(program_.datasets[d])) {
        const bool is_published = !places_.empty() && places_.back().dataset == d;
        places_.push_back({d, is_published, fold(path), program_.expressions[path].span, split_template(frame, fold(path))});
        patterns_.push_back(make_pattern(places_.back().parts));
      }
    }
  }

  void run() {
    find_suspects();
    if (std::find(is_hashed_.begin(), is_hashed_.end(), std::uint8_t{1}) == is_hashed_.end()) return;
    hash_paths();
    report_equal();
    if (checks_nesting_) report_nested();
  }

 private:
  [[nodiscard]] const program::Dataset& dataset(std::uint32_t place) const { return program_.datasets[places_[place].dataset]; }
  [[nodiscard]] const Family& family(std::uint32_t place) const { return draft_.datasets[places_[place].dataset].family; }
  [[nodiscard]] std::string_view name(std::uint32_t place) const { return frame_.context.text(dataset(place).name); }
  [[nodiscard]] Span span(std::uint32_t place) const { return places_[place].span; }
  [[nodiscard]] std::string element(const Entry& entry) const {
    return element_name(frame_, name(entry.place), dataset(entry.place).dimensions, family(entry.place), entry.element);
  }
  [[nodiscard]] bool are_external(std::uint32_t a, std::uint32_t b) const { return dataset(a).is_external && dataset(b).is_external; }
  [[nodiscard]] bool is_certified(std::uint32_t place) const { return planning::is_certified(program_, places_[place].dataset); }

  /// Places about which the templates alone prove too little.
  void find_suspects() {
    const auto count = static_cast<std::uint32_t>(places_.size());
    is_hashed_.assign(count, 0);
    for (std::uint32_t a = 0; a < count; ++a) {
      if (family(a).count == 0 || is_certified(a)) continue;
      if (family(a).count > 1 && !is_injective(frame_, patterns_[a], family(a).basis)) is_hashed_[a] = 1;
      checks_nesting_ = checks_nesting_ || (is_hashed_[a] != 0 && patterns_[a].is_open && !dataset(a).is_external);
    }
    for_each_near_pair(patterns_, [&](std::uint32_t a, std::uint32_t b) {
      if (family(a).count == 0 || family(b).count == 0 || is_certified(a) || is_certified(b)) return;
      if (are_external(a, b) || !may_meet(patterns_[a], patterns_[b])) return;
      is_hashed_[a] = is_hashed_[b] = 1;
      const bool same_depth = !patterns_[a].is_open && !patterns_[b].is_open && !patterns_[a].climbs && !patterns_[b].climbs &&
                              patterns_[a].segments.size() == patterns_[b].segments.size();
      checks_nesting_ = checks_nesting_ || !same_depth;
    });
  }

  [[nodiscard]] std::string path(const Entry& entry) { return normalized(writers_[entry.place]->path(entry.element)); }

  void hash_paths() {
    writers_.resize(places_.size());
    std::string text;
    for (std::uint32_t p = 0; p < places_.size(); ++p) {
      if (is_hashed_[p] == 0) continue;
      writers_[p] = std::make_unique<PathWriter>(frame_, places_[p].path, family(p));
      for (std::uint32_t i = 0; i < family(p).count; ++i) {
        text.clear();
        writers_[p]->write(i, text);
        entries_.push_back({checksum(normalized(text)), p, i});
      }
    }
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      if (a.hash != b.hash) return a.hash < b.hash;
      return a.place != b.place ? a.place < b.place : a.element < b.element;
    });
  }

  struct Finding {
    Entry first, second;
    std::uint64_t count = 0;
  };
  using Findings = std::map<std::pair<std::uint32_t, std::uint32_t>, Finding>;
  /// The example shown is that of the lowest elements, whatever the hashes' order.
  static void add(Findings& findings, const Entry& a, const Entry& b) {
    Finding& finding = findings[{a.place, b.place}];
    const bool is_lower = std::pair(a.element, b.element) < std::pair(finding.first.element, finding.second.element);
    if (finding.count++ == 0 || is_lower) finding.first = a, finding.second = b;
  }

  void report_equal() {
    Findings findings;
    for (std::size_t begin = 0; begin < entries_.size();) {
      std::size_t end = begin + 1;
      while (end < entries_.size() && entries_[end].hash == entries_[begin].hash) ++end;
      for (std::size_t i = begin + 1; i < end; ++i) {
        // Of a run of equal paths each is compared with its neighbour: enough to find every place that takes part.
        const Entry& a = entries_[i - 1];
        const Entry& b = entries_[i];
        if (a.place != b.place && are_external(a.place, b.place)) continue;
        if (path(a) == path(b)) add(findings, a, b);
      }
      begin = end;
    }
    for (const auto& [pair, finding] : findings) report(finding);
  }

  static bool are_numbers(const std::vector<PathPart>& parts) {
    return std::all_of(parts.begin(), parts.end(), [](const PathPart& part) { return !part.is_hole || part.alphabet == Alphabet::digits; });
  }

  void report(const Finding& finding) {
    const auto [a, b] = std::pair(finding.first.place, finding.second.place);
    if (places_[b].is_published) return report_published(finding, finding.second, finding.first);
    if (places_[a].is_published) return report_published(finding, finding.first, finding.second);
    Diagnostics& diagnostics = frame_.context.diagnostics;
    const std::string where = visible(path(finding.first));
    if (a != b) {
      auto builder = diagnostics.report(DiagnosticKind::path_overlap, span(b), element(finding.first), element(finding.second), where);
      builder.label(span(a), meaning(a));
      add_count(builder, finding);
      builder.help(dataset(a).is_external != dataset(b).is_external
                       ? "what is external is never written: give what is made a folder of its own"
                       : "give each dataset a folder or a name of its own");
      return;
    }
    auto builder = diagnostics.report(DiagnosticKind::path_collision, span(a), element(finding.first), element(finding.second), where);
    builder.help(help_for_collision(a));
    add_count(builder, finding);
  }

  /// What a place is called where it is shown beside another one.
  [[nodiscard]] std::string meaning(std::uint32_t place) const {
    return fmt::format("the {}path of `{}`", places_[place].is_published ? "published " : "", name(place));
  }

  [[nodiscard]] std::string help_for_collision(std::uint32_t place) const {
    const std::vector<PathPart>& parts = places_[place].parts;
    std::vector<std::string> forgotten;
    for (const std::uint32_t d : forgotten_keys(frame_, parts, family(place).basis))
      forgotten.push_back(fmt::format("`{{{}}}`", frame_.context.text(program_.dimensions[d].name)));
    if (!forgotten.empty()) return fmt::format("the path lacks {}: write it into the template", join_words(forgotten));
    return are_numbers(parts) ? "separate the keys in the template by a character that is no digit, such as `_`"
                              : "separate the keys in the template by `/`, which no key may hold";
  }

  /// What is published would be where something else is, or where it is itself.
  void report_published(const Finding& finding, const Entry& published, const Entry& other) {
    Diagnostics& diagnostics = frame_.context.diagnostics;
    const std::string where = visible(path(published));
    const bool is_own = places_[other.place].dataset == places_[published.place].dataset;
    if (is_own && other.element == published.element) {
      auto builder = diagnostics.report(DiagnosticKind::published_in_place, span(published.place), element(published), where);
      add_count(builder, finding);
      builder.help("leave the clause out, or publish to another folder");
      return;
    }
    auto builder = diagnostics.report(DiagnosticKind::published_overlap, span(published.place), element(published), where, element(other),
                                      places_[other.place].is_published ? " published, too" : "");
    if (other.place != published.place) builder.label(span(other.place), meaning(other.place));
    add_count(builder, finding);
    builder.help(other.place == published.place ? help_for_collision(other.place) : "give what is published a folder of its own");
  }
  static void add_count(DiagnosticBuilder& builder, const Finding& finding) {
    if (finding.count > 1) builder.note(fmt::format("{} likewise", count_of(finding.count - 1, "more pair")));
  }

  /// Every folder on the way to a path is looked up among the paths.
  void report_nested() {
    Findings findings;
    for (const Entry& inner : entries_) {
      const std::string text = path(inner);
      for (auto slash = text.rfind('/'); slash != std::string::npos && slash > 0; slash = text.rfind('/', slash - 1)) {
        const std::string folder = text.substr(0, slash);
        const std::uint64_t hash = checksum(folder);
        auto outer = std::lower_bound(entries_.begin(), entries_.end(), hash, [](const Entry& e, std::uint64_t h) { return e.hash < h; });
        for (; outer != entries_.end() && outer->hash == hash; ++outer)
          if (!are_external(outer->place, inner.place) && path(*outer) == folder) add(findings, *outer, inner);
      }
    }
    for (const auto& [pair, finding] : findings) {
      auto builder = frame_.context.diagnostics.report(DiagnosticKind::nested_paths, span(finding.second.place), element(finding.second),
                                                       visible(path(finding.second)), element(finding.first), visible(path(finding.first)));
      if (finding.first.place != finding.second.place) builder.label(span(finding.first.place), meaning(finding.first.place));
      add_count(builder, finding);
      builder.help("a path is a file or a folder: give one of them another name, or a folder beside it");
    }
  }

  const Frame& frame_;
  const program::Program& program_;
  const Draft& draft_;
  std::vector<Place> places_;
  std::vector<PathPattern> patterns_;  ///< of the places
  std::vector<std::uint8_t> is_hashed_;
  bool checks_nesting_ = false;
  std::vector<std::unique_ptr<PathWriter>> writers_;
  std::vector<Entry> entries_;
};

}  // namespace

void check_disjointness(const Frame& frame, Folder& fold, const Draft& draft) { Disjointness(frame, fold, draft).run(); }

}  // namespace osac::planning
