// Parameters, enums, constants, tables, dimensions, datasets and goals.

#include <algorithm>
#include <map>
#include <set>

#include "compiler/doc/written.h"

namespace osac::doc {

namespace {

void add(Line& line, const Line& more) { line.insert(line.end(), more.begin(), more.end()); }

/// Names with commas, each leading to its row.
Line links(const std::vector<std::string>& names, const std::string& prefix) {
  Line line;
  for (const std::string& name : names) {
    if (!line.empty()) line.push_back(plain(", "));
    line.push_back(link(name, prefix + name));
  }
  return line;
}

std::vector<std::string> texts(const Writer& writer, const std::vector<syntax::Name>& names) {
  std::vector<std::string> out;
  for (const syntax::Name& name : names) out.push_back(writer.text(name));
  return out;
}

/// `name`, or `name(a : int, b : text) : text` of a function.
std::string signature(const Writer& writer, const syntax::LetDecl& decl) {
  std::string text = writer.text(decl.name);
  if (decl.parameters.empty()) return text;
  std::string parameters;
  for (const syntax::FunctionParam& parameter : decl.parameters)
    parameters += (parameters.empty() ? "" : ", ") + writer.text(parameter.name) + " : " + writer.written(parameter.type.span);
  return text + "(" + parameters + ")" + (decl.type ? " : " + writer.written(decl.type->span) : "");
}

/// Flags of a dataset, how long it is kept, how it is read, where it is published, when it holds.
Line traits_of(const Writer& writer, const syntax::DatasetDecl& dataset) {
  Line line;
  const auto add_trait = [&](std::initializer_list<Piece> pieces) {
    if (!line.empty()) line.push_back(plain(", "));
    line.insert(line.end(), pieces);
  };
  for (const syntax::Name& flag : dataset.flags) add_trait({plain(writer.text(flag))});
  if (dataset.keep) add_trait({plain("kept "), code(writer.written(*dataset.keep))});
  if (dataset.record_format) add_trait({plain("read as "), code(writer.text(*dataset.record_format))});
  if (dataset.published_path)
    add_trait(
        {plain(dataset.published_as_link ? "published by a link at " : "published as "), code(writer.written(*dataset.published_path))});
  if (!dataset.valid_from) return line;
  add_trait({plain("holds from "), code(writer.written(*dataset.valid_from))});
  if (dataset.valid_until) line.insert(line.end(), {plain(" until "), code(writer.written(*dataset.valid_until))});
  if (dataset.valid_until_next) line.push_back(plain(" until the next one does"));
  return line;
}

Table columns_table(const Writer& writer, const std::vector<syntax::ColumnDecl>& columns) {
  Table table{{"column", "type", "in the file", "", "meaning"}, {}};
  for (const syntax::ColumnDecl& column : columns)
    table.rows.push_back({"",
                          {{code(writer.text(column.name))},
                           {writer.type(column.type)},
                           column.source_name ? Line{code(writer.text(*column.source_name))} : Line{},
                           column.is_unique ? Line{plain("unique")} : Line{},
                           line_of(column.doc)}});
  return table;
}

}  // namespace

void write_parameters(Writer& writer) {
  Table table{{"parameter", "type", "default", "meaning"}, {}};
  for (const auto& [param, declaration] : all_of<syntax::ParamDecl>(writer.tree)) {
    const std::string name = writer.text(param->name);
    table.rows.push_back({"param-" + name,
                          {{code(writer.tree.workflow ? "--" + name : name)},
                           {writer.type(param->type)},
                           param->default_value ? Line{code(writer.written(*param->default_value))}
                                                : Line{plain(param->type.is_optional ? "none" : "has to be given")},
                           line_of(declaration->doc)}});
  }
  if (table.rows.empty()) return;
  writer.heading(2, "Parameters");
  writer.table(std::move(table));
}

void write_names(Writer& writer) {
  Table enums{{"enum", "members", "meaning"}, {}};
  for (const auto& [decl, declaration] : all_of<syntax::EnumDecl>(writer.tree)) {
    Line members;
    for (const syntax::Name& member : decl->members) {
      if (!members.empty()) members.push_back(plain(", "));
      members.push_back(code(writer.text(member)));
    }
    enums.rows.push_back({"", {{code(writer.text(decl->name))}, members, line_of(declaration->doc)}});
  }
  Table functions{{"function", "value", "meaning"}, {}};
  Table constants{{"constant", "value", "meaning"}, {}};
  for (const auto& [decl, declaration] : all_of<syntax::LetDecl>(writer.tree)) {
    Table& table = decl->parameters.empty() ? constants : functions;
    table.rows.push_back({"", {{code(signature(writer, *decl))}, {code(writer.written(decl->value))}, line_of(declaration->doc)}});
  }
  if (!enums.rows.empty()) writer.heading(2, "Enums");
  writer.table(std::move(enums));
  if (!constants.rows.empty()) writer.heading(2, "Constants");
  writer.table(std::move(constants));
  if (!functions.rows.empty()) writer.heading(2, "Functions");
  writer.table(std::move(functions));
}

void write_tables(Writer& writer) {
  const auto tables = all_of<syntax::TableDecl>(writer.tree);
  if (!tables.empty()) writer.heading(2, "Tables");
  for (const auto& [table, declaration] : tables) {
    writer.heading(3, writer.text(table->name));
    writer.comment(declaration->doc);
    Line place{code(writer.text(table->format)), plain(", read from "), code(writer.written(table->path))};
    if (table->query) add(place, {plain(" by the query "), code(writer.written(*table->query))});
    if (!table->dimensions.empty()) {
      add(place, {plain(", one for each ")});
      add(place, links(texts(writer, table->dimensions), "dimension-"));
    }
    writer.paragraph(std::move(place));
    writer.table(columns_table(writer, table->columns));
  }
}

void write_dimensions(Writer& writer) {
  Table table{{"dimension", "type", "keys", "within", "implies", "order", "meaning"}, {}};
  for (const auto& [dimension, declaration] : all_of<syntax::DimensionDecl>(writer.tree)) {
    Line keys;
    if (const auto* expression = std::get_if<syntax::ExpressionSource>(&dimension->source))
      keys = {code(writer.written(expression->value))};
    if (const auto* scan = std::get_if<syntax::ScanSource>(&dimension->source))
      keys = {plain("files that are there: "), code(writer.written(scan->pattern))};
    if (keys.empty() && dimension->type) keys = {plain("all of "), writer.type(*dimension->type)};
    if (dimension->without) add(keys, {plain(", without those in "), code(writer.text(*dimension->without))});
    const std::string name = writer.text(dimension->name);
    table.rows.push_back({"dimension-" + name,
                          {{code(name)},
                           dimension->type ? Line{writer.type(*dimension->type)} : Line{},
                           keys,
                           dimension->parent ? links({writer.text(*dimension->parent)}, "dimension-") : Line{},
                           links(texts(writer, dimension->implies), "dimension-"),
                           dimension->order_by ? Line{code(writer.written(*dimension->order_by))} : Line{},
                           line_of(declaration->doc)}});
  }
  for (const auto& [relation, declaration] : all_of<syntax::RelationDecl>(writer.tree)) {
    Line keys{plain("pairs of ")};
    add(keys, links(texts(writer, relation->dimensions), "dimension-"));
    add(keys, {plain(" in "), code(writer.text(relation->table))});
    table.rows.push_back({"", {{code(writer.text(relation->name))}, {plain("relation")}, keys, {}, {}, {}, line_of(declaration->doc)}});
  }
  if (table.rows.empty()) return;
  writer.heading(2, "Dimensions");
  writer.table(std::move(table));
}

void write_datasets(Writer& writer) {
  const program::Program& program = writer.subject.program;
  std::map<std::string, std::set<std::string>> makers;
  std::map<std::string, std::set<std::string>> readers;
  const auto dataset_name = [&](program::DatasetId id) {
    return std::string(writer.subject.strings.text(program.datasets[id.index].name));
  };
  for (const program::Task& task : program.tasks) {
    const std::string name(writer.subject.strings.text(task.name));
    for (const program::Output& output : task.outputs) makers[dataset_name(output.dataset)].insert(name);
    for (const program::Input& input : task.inputs) readers[dataset_name(input.dataset)].insert(name);
  }
  const auto tasks = [&](const std::set<std::string>& names) { return links({names.begin(), names.end()}, ""); };
  Table table{{"dataset", "for each", "path", "", "made by", "read by", "meaning"}, {}};
  for (const auto& [dataset, declaration] : all_of<syntax::DatasetDecl>(writer.tree)) {
    const std::string name = writer.text(dataset->name);
    table.rows.push_back({"dataset-" + name,
                          {{code(name)},
                           dataset->over ? links(texts(writer, dataset->over->dimensions), "dimension-") : Line{},
                           {code(writer.written(dataset->path))},
                           traits_of(writer, *dataset),
                           tasks(makers[name]),
                           tasks(readers[name]),
                           line_of(declaration->doc)}});
  }
  if (table.rows.empty()) return;
  writer.heading(2, "Datasets");
  writer.table(std::move(table));
  for (const auto& [dataset, declaration] : all_of<syntax::DatasetDecl>(writer.tree)) {
    if (dataset->record_fields.empty()) continue;
    writer.paragraph({plain("What "), link(writer.text(dataset->name), "dataset-" + writer.text(dataset->name)), plain(" holds:")});
    writer.table(columns_table(writer, dataset->record_fields));
  }
}

void write_goals(Writer& writer) {
  if (!writer.tree.workflow) return;
  const program::Program& program = writer.subject.program;
  std::vector<std::string> names;
  for (const program::DatasetId id : program.goals) names.emplace_back(writer.subject.strings.text(program.datasets[id.index].name));
  if (names.empty()) return;
  writer.heading(2, "Goals");
  Line line{plain(all_of<syntax::GoalDecl>(writer.tree).empty() ? "What no task consumes is made when none is named: "
                                                                : "Made when none is named: ")};
  add(line, links(names, "dataset-"));
  line.push_back(plain("."));
  writer.paragraph(std::move(line));
  for (const auto& [certify, declaration] : all_of<syntax::CertifyDecl>(writer.tree)) {
    const std::string dataset = writer.text(certify->dataset);
    const std::string task = writer.text(certify->task);
    writer.paragraph({plain("An element of "), link(dataset, "dataset-" + dataset), plain(" is certified once "), link(task, task),
                      plain(" has succeeded for it.")});
  }
}

}  // namespace osac::doc
