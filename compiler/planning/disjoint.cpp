// Disjoint paths: by proof where templates allow it, else by hashing every path of the datasets in question. Linear, but for one sort of
// hashes.

#include <algorithm>

#include "compiler/base/hash.h"
#include "compiler/base/text.h"
#include "compiler/planning/certificates.h"
#include "compiler/planning/path_checks.h"

namespace osac::planning {

namespace {

struct Entry {
  std::uint64_t hash;
  std::uint32_t dataset;
  std::uint32_t element;
};

class Disjointness {
 public:
  Disjointness(const Frame& frame, Folder& fold, const Draft& draft) : frame_(frame), program_(frame.context.program), draft_(draft) {
    for (const auto& dataset : program_.datasets) {
      paths_.push_back(fold(dataset.path));
      parts_.push_back(split_template(frame, paths_.back()));
      patterns_.push_back(make_pattern(parts_.back()));
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
  [[nodiscard]] const Family& family(std::uint32_t d) const { return draft_.datasets[d].family; }
  [[nodiscard]] std::string_view name(std::uint32_t d) const { return frame_.context.text(program_.datasets[d].name); }
  [[nodiscard]] Span span(std::uint32_t d) const { return program_.expressions[program_.datasets[d].path].span; }
  [[nodiscard]] std::string element(const Entry& entry) const {
    const program::Dataset& dataset = program_.datasets[entry.dataset];
    return element_name(frame_, name(entry.dataset), dataset.dimensions, family(entry.dataset), entry.element);
  }
  [[nodiscard]] bool are_external(std::uint32_t a, std::uint32_t b) const {
    return program_.datasets[a].is_external && program_.datasets[b].is_external;
  }

  /// Datasets about which the templates alone prove too little.
  void find_suspects() {
    const auto count = static_cast<std::uint32_t>(program_.datasets.size());
    is_hashed_.assign(count, 0);
    for (std::uint32_t a = 0; a < count; ++a) {
      if (family(a).count == 0 || is_certified(program_, a)) continue;
      if (family(a).count > 1 && !is_injective(frame_, patterns_[a], family(a).basis)) is_hashed_[a] = 1;
      checks_nesting_ = checks_nesting_ || (is_hashed_[a] != 0 && patterns_[a].is_open && !program_.datasets[a].is_external);
    }
    for_each_near_pair(patterns_, [&](std::uint32_t a, std::uint32_t b) {
      if (family(a).count == 0 || family(b).count == 0 || is_certified(program_, a) || is_certified(program_, b)) return;
      if (are_external(a, b) || !may_meet(patterns_[a], patterns_[b])) return;
      is_hashed_[a] = is_hashed_[b] = 1;
      const bool same_depth = !patterns_[a].is_open && !patterns_[b].is_open && !patterns_[a].climbs && !patterns_[b].climbs &&
                              patterns_[a].segments.size() == patterns_[b].segments.size();
      checks_nesting_ = checks_nesting_ || !same_depth;
    });
  }

  [[nodiscard]] std::string path(const Entry& entry) { return normalized(writers_[entry.dataset]->path(entry.element)); }

  void hash_paths() {
    writers_.resize(program_.datasets.size());
    std::string text;
    for (std::uint32_t d = 0; d < program_.datasets.size(); ++d) {
      if (is_hashed_[d] == 0) continue;
      writers_[d] = std::make_unique<PathWriter>(frame_, paths_[d], family(d));
      for (std::uint32_t i = 0; i < family(d).count; ++i) {
        text.clear();
        writers_[d]->write(i, text);
        entries_.push_back({checksum(normalized(text)), d, i});
      }
    }
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      if (a.hash != b.hash) return a.hash < b.hash;
      return a.dataset != b.dataset ? a.dataset < b.dataset : a.element < b.element;
    });
  }

  struct Finding {
    Entry first, second;
    std::uint64_t count = 0;
  };
  using Findings = std::map<std::pair<std::uint32_t, std::uint32_t>, Finding>;
  /// The example shown is that of the lowest elements, whatever the hashes' order.
  static void add(Findings& findings, const Entry& a, const Entry& b) {
    Finding& finding = findings[{a.dataset, b.dataset}];
    const bool is_lower = std::pair(a.element, b.element) < std::pair(finding.first.element, finding.second.element);
    if (finding.count++ == 0 || is_lower) finding.first = a, finding.second = b;
  }

  void report_equal() {
    Findings findings;
    for (std::size_t begin = 0; begin < entries_.size();) {
      std::size_t end = begin + 1;
      while (end < entries_.size() && entries_[end].hash == entries_[begin].hash) ++end;
      for (std::size_t i = begin + 1; i < end; ++i) {
        // Of a run of equal paths each is compared with its neighbour: enough to find every dataset that takes part.
        const Entry& a = entries_[i - 1];
        const Entry& b = entries_[i];
        if (a.dataset != b.dataset && are_external(a.dataset, b.dataset)) continue;
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
    Diagnostics& diagnostics = frame_.context.diagnostics;
    const auto [a, b] = std::pair(finding.first.dataset, finding.second.dataset);
    const std::string where = visible(path(finding.first));
    if (a != b) {
      auto builder = diagnostics.report(DiagnosticKind::path_overlap, span(b), element(finding.first), element(finding.second), where);
      builder.label(span(a), fmt::format("the path of `{}`", name(a)));
      add_count(builder, finding);
      builder.help(program_.datasets[a].is_external != program_.datasets[b].is_external
                       ? "what is external is never written: give what is made a folder of its own"
                       : "give each dataset a folder or a name of its own");
      return;
    }
    auto builder = diagnostics.report(DiagnosticKind::path_collision, span(a), element(finding.first), element(finding.second), where);
    std::vector<std::string> forgotten;
    for (const std::uint32_t d : forgotten_keys(frame_, parts_[a], family(a).basis))
      forgotten.push_back(fmt::format("`{{{}}}`", frame_.context.text(program_.dimensions[d].name)));
    if (!forgotten.empty())
      builder.help(fmt::format("the path lacks {}: write it into the template", join_words(forgotten)));
    else
      builder.help(are_numbers(parts_[a]) ? "separate the keys in the template by a character that is no digit, such as `_`"
                                          : "separate the keys in the template by `/`, which no key may hold");
    add_count(builder, finding);
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
          if (!are_external(outer->dataset, inner.dataset) && path(*outer) == folder) add(findings, *outer, inner);
      }
    }
    for (const auto& [pair, finding] : findings) {
      auto builder = frame_.context.diagnostics.report(DiagnosticKind::nested_paths, span(finding.second.dataset), element(finding.second),
                                                       visible(path(finding.second)), element(finding.first), visible(path(finding.first)));
      if (finding.first.dataset != finding.second.dataset)
        builder.label(span(finding.first.dataset), fmt::format("the path of `{}`", name(finding.first.dataset)));
      add_count(builder, finding);
      builder.help("a path is a file or a folder: give one of them another name, or a folder beside it");
    }
  }

  const Frame& frame_;
  const program::Program& program_;
  const Draft& draft_;
  std::vector<ExprId> paths_;
  std::vector<std::vector<PathPart>> parts_;
  std::vector<PathPattern> patterns_;
  std::vector<std::uint8_t> is_hashed_;
  bool checks_nesting_ = false;
  std::vector<std::unique_ptr<PathWriter>> writers_;
  std::vector<Entry> entries_;
};

}  // namespace

void check_disjointness(const Frame& frame, Folder& fold, const Draft& draft) { Disjointness(frame, fold, draft).run(); }

}  // namespace osac::planning
