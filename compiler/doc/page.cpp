#include "compiler/doc/page.h"

#include "compiler/doc/written.h"

namespace osac::doc {

namespace {

/// How a workflow is started, with the parameters that have to be given.
void write_use_of_workflow(Writer& writer) {
  std::string command = "osac run " + writer.subject.name;
  for (const auto& [param, declaration] : all_of<syntax::ParamDecl>(writer.tree))
    if (!param->default_value && !param->type.is_optional) {
      std::string name = writer.text(param->name);
      for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      command += " --" + writer.text(param->name) + " " + name;
    }
  writer.page.push_back(Code{"sh", command});
}

void write_use_of_module(Writer& writer) {
  const auto tools = all_of<syntax::ToolDecl>(writer.tree);
  std::string line = "import " + writer.subject.name;
  if (!tools.empty()) line += " (" + writer.text(tools.front().first->name) + ")";
  writer.page.push_back(Code{"osa", line});
  Table table{{"tool", "what it does"}, {}};
  for (const auto& [tool, declaration] : tools) {
    const std::string name = writer.text(tool->name);
    table.rows.push_back({"", {{link(name, name)}, line_of(first_sentence(declaration->doc))}});
  }
  if (tools.size() > 1) writer.table(std::move(table));
}

}  // namespace

std::string page(const Subject& subject, Format format) {
  Writer writer(subject);
  const bool is_workflow = writer.tree.workflow.has_value();
  const std::string title = is_workflow ? writer.text(*writer.tree.workflow) : subject.name;
  writer.heading(1, title);
  writer.comment(writer.tree.doc);
  is_workflow ? write_use_of_workflow(writer) : write_use_of_module(writer);
  for (void (*part)(Writer&) :
       {write_parameters, write_names, write_tables, write_dimensions, write_datasets, write_tasks, write_goals, write_tools})
    part(writer);
  return format == Format::html ? to_html(writer.page, title) : to_markdown(writer.page);
}

}  // namespace osac::doc
