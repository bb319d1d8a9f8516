#include "compiler/semantics/modules.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace osac::semantics {

namespace {

/// Words that mean something in every task; a declaration of the same name could not be seen there.
constexpr std::array<std::string_view, 6> reserved_words = {"cpus", "memory", "time", "disk", "gpus", "scratch"};

std::string_view word_of(EntryKind kind) {
  switch (kind) {
    case EntryKind::parameter:
      return "parameter";
    case EntryKind::let:
      return "let";
    case EntryKind::enumeration:
      return "enum";
    case EntryKind::table:
      return "table";
    case EntryKind::dimension:
      return "dimension";
    case EntryKind::relation:
      return "relation";
    case EntryKind::tool:
      return "tool";
    case EntryKind::module:
      return "module";
    case EntryKind::failed:
      return "name";
  }
  return "name";
}

/// Whether `name` stands under an import of another module.
bool is_exported(const Entry& entry) {
  return !entry.is_import && (entry.kind == EntryKind::tool || entry.kind == EntryKind::let || entry.kind == EntryKind::enumeration);
}

struct Collector {
  Context& context;
  std::uint32_t module = 0;

  [[nodiscard]] bool is_workflow() const { return module == 0; }
  ModuleScope& scope() { return context.scopes[module]; }

  void report_duplicate(std::string_view what, const syntax::Name& name, Span first) {
    if (is_missing(name)) return;
    context.report(Kind::duplicate_declaration, name.span, what, context.text(name.symbol)).label(first, "first declared here");
  }

  void declare(const syntax::Name& name, Entry entry) {
    entry.span = name.span;
    if (is_missing(name)) return;
    const auto [place, is_new] = scope().names.emplace(name.symbol, entry);
    if (!is_new) report_duplicate(word_of(entry.kind), name, place->second.span);
  }

  void refuse_reserved(const syntax::Name& name) {
    const std::string_view text = context.text(name.symbol);
    if (std::find(reserved_words.begin(), reserved_words.end(), text) == reserved_words.end()) return;
    context.report(Kind::reserved_name, name.span, text).help("inside tasks this word is what the attempt was given; choose another name");
  }

  void add(const syntax::ParamDecl& decl, const syntax::Declaration& declaration) {
    refuse_reserved(decl.name);
    declare(decl.name, {EntryKind::parameter, static_cast<std::uint32_t>(context.parameters.size()), {}, false, false});
    context.parameters.push_back({module, &decl, &declaration.doc, Progress::waiting, {}});
  }

  void add(const syntax::LetDecl& decl, const syntax::Declaration&) {
    refuse_reserved(decl.name);
    declare(decl.name, {EntryKind::let, static_cast<std::uint32_t>(context.lets.size()), {}, false, false});
    context.lets.push_back({module, &decl, Progress::waiting, {}});
  }

  /// An enum's types are told apart by its symbol: the second one of a name carries its module's.
  Symbol enum_symbol(Symbol name) {
    const auto& enums = context.program.enums;
    const bool taken = std::any_of(enums.begin(), enums.end(), [&](const program::Enum& other) { return other.name == name; });
    if (!taken || is_workflow()) return name;
    return context.strings.intern(fmt::format("{}.{}", context.modules[module].name, context.text(name)));
  }

  void add(const syntax::EnumDecl& decl, const syntax::Declaration&) {
    declare(decl.name, {EntryKind::enumeration, static_cast<std::uint32_t>(context.program.enums.size()), {}, false, false});
    program::Enum made{enum_symbol(decl.name.symbol), {}, decl.name.span};
    std::map<Symbol, Span> first;
    for (const syntax::Name& member : decl.members) {
      const auto [place, is_new] = first.emplace(member.symbol, member.span);
      if (is_new) {
        made.members.push_back(member.symbol);
      } else {
        report_duplicate("enum member", member, place->second);
      }
    }
    context.program.enums.push_back(std::move(made));
    context.enum_modules.push_back(module);
  }

  void add(const syntax::TableDecl& decl, const syntax::Declaration& declaration) {
    if (!is_workflow()) return;
    const TableId id{static_cast<std::uint32_t>(context.program.tables.size())};
    declare(decl.name, {EntryKind::table, id.index, {}, false, false});
    program::Table made;
    made.name = decl.name.symbol;
    made.span = decl.name.span;
    made.doc = declaration.doc;
    context.program.tables.push_back(std::move(made));
    context.tables.push_back({&decl, id});
  }

  void add(const syntax::DimensionDecl& decl, const syntax::Declaration& declaration) {
    if (!is_workflow()) return;
    refuse_reserved(decl.name);
    const DimensionId id{static_cast<std::uint32_t>(context.program.dimensions.size())};
    declare(decl.name, {EntryKind::dimension, id.index, {}, false, false});
    program::Dimension made;
    made.name = decl.name.symbol;
    made.span = decl.name.span;
    made.doc = declaration.doc;
    context.program.dimensions.push_back(std::move(made));
    context.dimensions.push_back({&decl, id});
  }

  void add(const syntax::RelationDecl& decl, const syntax::Declaration& declaration) {
    if (!is_workflow()) return;
    const RelationId id{static_cast<std::uint32_t>(context.program.relations.size())};
    declare(decl.name, {EntryKind::relation, id.index, {}, false, false});
    program::Relation made;
    made.name = decl.name.symbol;
    made.span = decl.name.span;
    made.doc = declaration.doc;
    context.program.relations.push_back(std::move(made));
    context.relations.push_back({&decl, id});
  }

  void add(const syntax::DatasetDecl& decl, const syntax::Declaration& declaration) {
    if (!is_workflow()) return;
    const DatasetId id{static_cast<std::uint32_t>(context.program.datasets.size())};
    const auto [place, is_new] = scope().datasets.emplace(decl.name.symbol, id);
    if (!is_new) report_duplicate("dataset", decl.name, context.program.datasets[place->second.index].span);
    program::Dataset made;
    made.name = decl.name.symbol;
    made.span = decl.name.span;
    made.doc = declaration.doc;
    context.program.datasets.push_back(std::move(made));
    context.datasets.push_back({&decl, id});
  }

  void add(const syntax::TaskDecl& decl, const syntax::Declaration& declaration) {
    if (!is_workflow()) return;
    const program::TaskId id{static_cast<std::uint32_t>(context.program.tasks.size())};
    const auto [place, is_new] = scope().tasks.emplace(decl.name.symbol, id);
    if (!is_new) report_duplicate("task", decl.name, context.program.tasks[place->second.index].span);
    program::Task made;
    made.name = decl.name.symbol;
    made.span = decl.name.span;
    made.doc = declaration.doc;
    made.tool = Symbol::none();
    made.env = Symbol::none();
    made.version = Symbol::none();
    context.program.tasks.push_back(std::move(made));
    context.tasks.push_back({&decl, id});
  }

  void add(const syntax::ToolDecl& decl, const syntax::Declaration&) {
    declare(decl.name, {EntryKind::tool, static_cast<std::uint32_t>(context.tools.size()), {}, false, false});
    context.tools.push_back({module, &decl, false});
  }

  void add(const syntax::CertifyDecl&, const syntax::Declaration&) {}
  void add(const syntax::GoalDecl&, const syntax::Declaration&) {}
  void add(const syntax::ImportDecl&, const syntax::Declaration&) {}

  /// The module that an import names; none if loading it failed (and was reported).
  [[nodiscard]] std::optional<std::uint32_t> find_module(const syntax::QualifiedName& name) const {
    const std::string text = written(context, name);
    for (std::uint32_t i = 1; i < context.modules.size(); ++i) {
      if (context.modules[i].name == text) return i;
    }
    return std::nullopt;
  }

  void import_name(const syntax::Name& name, const std::optional<std::uint32_t>& from, const syntax::QualifiedName& module_name) {
    Entry entry;
    entry.is_import = true;
    if (from) {
      const auto& names = context.scopes[*from].names;
      const auto found = names.find(name.symbol);
      if (found != names.end() && is_exported(found->second)) {
        entry.kind = found->second.kind;
        entry.index = found->second.index;
      } else {
        report_not_exported(name, names, module_name);
      }
    }
    declare(name, entry);
  }

  void report_not_exported(const syntax::Name& name, const std::map<Symbol, Entry>& names, const syntax::QualifiedName& module_name) {
    std::vector<std::string_view> candidates;
    for (const auto& [symbol, entry] : names) {
      if (is_exported(entry)) candidates.push_back(context.text(symbol));
    }
    auto report = context.report(Kind::unknown_import, name.span, written(context, module_name), context.text(name.symbol));
    if (names.count(name.symbol) > 0) report.note("a module's tools, enums, constants and functions can be imported; nothing else");
    suggest_or_list(context, report, name, candidates, "it has");
  }

  void follow(const syntax::ImportDecl& decl) {
    if (decl.module.parts.empty()) return;  // the parser has reported it
    const auto from = find_module(decl.module);
    for (const syntax::Name& name : decl.names) import_name(name, from, decl.module);
    if (!decl.names.empty() && !decl.alias) return;
    Entry entry;
    entry.is_import = true;
    if (from) {
      entry.kind = EntryKind::module;
      entry.index = *from;
    }
    declare(decl.alias ? *decl.alias : decl.module.parts.back(), entry);
  }
};

}  // namespace

std::string written(const Context& context, const syntax::QualifiedName& name) {
  std::string text;
  for (const syntax::Name& part : name.parts) {
    if (!text.empty()) text += '.';
    text += context.text(part.symbol);
  }
  return text;
}

void collect_names(Context& context) {
  context.scopes.resize(context.modules.size());
  Collector collector{context};
  for (std::uint32_t i = 0; i < context.modules.size(); ++i) {
    collector.module = i;
    for (const syntax::Declaration& declaration : context.tree(i).declarations) {
      std::visit([&](const auto& decl) { collector.add(decl, declaration); }, declaration.kind);
    }
  }
  // After all declarations, so that a module's own names are there whatever the order of the files.
  for (std::uint32_t i = 0; i < context.modules.size(); ++i) {
    collector.module = i;
    for (const syntax::Declaration& declaration : context.tree(i).declarations) {
      if (const auto* import = std::get_if<syntax::ImportDecl>(&declaration.kind)) collector.follow(*import);
    }
  }
  context.table_failed.resize(context.program.tables.size());
  context.dimension_failed.resize(context.program.dimensions.size());
  context.relation_failed.resize(context.program.relations.size());
  context.dataset_failed.resize(context.program.datasets.size());
  context.producers.resize(context.program.datasets.size());
  context.consumers.resize(context.program.datasets.size());
}

std::optional<std::uint32_t> find_tool(Context& context, std::uint32_t module, const syntax::QualifiedName& name) {
  if (name.parts.empty() || is_missing(name.parts.back())) return std::nullopt;
  std::uint32_t in = module;
  bool is_foreign = false;
  for (std::size_t i = 0; i + 1 < name.parts.size(); ++i) {
    Entry* entry = is_foreign ? nullptr : find_name(context, in, name.parts[i].symbol);
    if (entry != nullptr && entry->kind == EntryKind::failed) return std::nullopt;
    if (entry == nullptr || entry->kind != EntryKind::module) {
      std::vector<std::string_view> candidates;
      for (const auto& [symbol, other] : context.scopes[in].names) {
        if (other.kind == EntryKind::module) candidates.push_back(context.text(symbol));
      }
      report_unknown_name(context, name.parts[i], "module", candidates);
      return std::nullopt;
    }
    in = entry->index;
    is_foreign = true;
  }
  const syntax::Name& last = name.parts.back();
  Entry* entry = find_name(context, in, last.symbol);
  if (entry != nullptr && entry->kind == EntryKind::failed) return std::nullopt;
  if (entry != nullptr && entry->kind == EntryKind::tool && (!is_foreign || !entry->is_import)) {
    context.tools[entry->index].is_used = true;
    return entry->index;
  }
  std::vector<std::string_view> candidates;
  for (const auto& [symbol, other] : context.scopes[in].names) {
    if (other.kind == EntryKind::tool) candidates.push_back(context.text(symbol));
  }
  report_unknown_name(context, last, "tool", candidates, "tools");
  return std::nullopt;
}

}  // namespace osac::semantics
