// Tools and tasks: ports, parameters, metrics, requests, commands.

#include <algorithm>

#include "compiler/doc/written.h"

namespace osac::doc {

namespace {

using Clauses = std::vector<syntax::Clause>;

/// The words of a clause with a capital letter, as code: what the page says of requests and the like is what was written.
void write_requests(Writer& writer, const Clauses& clauses) {
  Items items;
  Line requests;
  for (const syntax::Clause& clause : clauses) {
    const Span* span = nullptr;
    if (const auto* resource = std::get_if<syntax::ResourceClause>(&clause)) span = &resource->span;
    if (const auto* slots = std::get_if<syntax::SlotsClause>(&clause)) span = &slots->span;
    if (const auto* env = std::get_if<syntax::EnvClause>(&clause)) span = &env->span;
    if (const auto* retry = std::get_if<syntax::RetryClause>(&clause)) span = &retry->span;
    if (const auto* empty = std::get_if<syntax::EmptyClause>(&clause)) span = &empty->span;
    if (span == nullptr) continue;
    requests.push_back(requests.empty() ? plain("Requests: ") : plain(", "));
    requests.push_back(code(writer.written(*span)));
  }
  if (!requests.empty()) items.lines.push_back(std::move(requests));
  for (const syntax::Clause& clause : clauses) {
    if (const auto* expect = std::get_if<syntax::ExpectClause>(&clause))
      items.lines.push_back(
          {plain("Expects "), code(writer.written(expect->condition)),
           plain(expect->action ? ", else it is a " + std::string(writer.text(*expect->action) == "fail" ? "failure" : "warning") : "")});
    if (const auto* verify = std::get_if<syntax::VerifyClause>(&clause))
      items.lines.push_back({plain("Verified by "), code(writer.written(verify->command))});
    if (const auto* version = std::get_if<syntax::VersionClause>(&clause))
      items.lines.push_back({plain("Version by "), code(writer.written(version->command))});
  }
  if (!items.lines.empty()) writer.page.push_back(std::move(items));
}

void write_metrics(Writer& writer, const Clauses& clauses) {
  Table table{{"metric", "type", "meaning"}, {}};
  for (const syntax::Clause& clause : clauses)
    if (const auto* metric = std::get_if<syntax::MetricClause>(&clause))
      table.rows.push_back({"", {{code(writer.text(metric->name))}, {writer.type(metric->type)}, line_of(metric->doc)}});
  writer.table(std::move(table));
}

/// A block's text without the indentation of the file around it, a short one without its quotes.
std::string command_text(const Writer& writer, syntax::ExprId id) {
  std::string out;
  const auto* literal = std::get_if<syntax::TextLiteral>(&writer.tree[id].kind);
  if (literal == nullptr) return writer.written(id);
  for (const auto& part : literal->parts) {
    if (!part.hole) {
      for (const char c : part.text)
        out += c == '{' || c == '}' ? std::string(2, c) : std::string(1, c);  // as written: single ones are holes
      continue;
    }
    out += "{" + writer.written(*part.hole) + (part.format.empty() ? "" : ":" + part.format) + "}";
  }
  return out;
}

void write_command(Writer& writer, const Clauses& clauses) {
  for (const syntax::Clause& clause : clauses)
    if (const auto* command = std::get_if<syntax::CommandClause>(&clause))
      writer.page.push_back(Code{command->language ? writer.text(*command->language) : "sh", command_text(writer, command->text)});
}

// ---- tools

void write_ports(Writer& writer, const Clauses& clauses) {
  Table table{{"port", "", "type", "default", "meaning"}, {}};
  const auto add = [&](const syntax::Name& name, std::string_view role, const std::optional<syntax::TypeSyntax>& type, Line value,
                       Span span) {
    table.rows.push_back({"",
                          {{code(writer.text(name))},
                           {plain(std::string(role))},
                           type ? Line{writer.type(*type)} : Line{},
                           std::move(value),
                           line_of(writer.comment_of(span))}});
  };
  for (const syntax::Clause& clause : clauses)
    if (const auto* in = std::get_if<syntax::InputClause>(&clause))
      for (const syntax::Name& name : in->names) add(name, "in", in->type, {}, in->span);
  for (const syntax::Clause& clause : clauses)
    if (const auto* out = std::get_if<syntax::OutputClause>(&clause))
      for (const syntax::Name& name : out->names) add(name, "out", out->type, {}, out->span);
  for (const syntax::Clause& clause : clauses)
    if (const auto* param = std::get_if<syntax::ToolParamClause>(&clause))
      add(param->name, "parameter", param->type, param->default_value ? Line{code(writer.written(*param->default_value))} : Line{},
          param->span);
  writer.table(std::move(table));
}

/// How a task uses it: with all ports, and the parameters that have no default.
std::string use_of(const Writer& writer, const syntax::ToolDecl& tool) {
  std::string arguments;
  const auto add = [&](const syntax::Name& name, std::string_view value) {
    arguments += (arguments.empty() ? "" : ", ") + writer.text(name) + ": " + std::string(value);
  };
  for (const syntax::Clause& clause : tool.clauses) {
    if (const auto* in = std::get_if<syntax::InputClause>(&clause))
      for (const syntax::Name& name : in->names) add(name, writer.text(name));
    if (const auto* out = std::get_if<syntax::OutputClause>(&clause))
      for (const syntax::Name& name : out->names) add(name, writer.text(name));
    if (const auto* param = std::get_if<syntax::ToolParamClause>(&clause); param != nullptr && !param->default_value)
      add(param->name, "...");
  }
  return "use " + writer.text(tool.name) + "(" + arguments + ")";
}

// ---- tasks

std::string_view meaning_of(const program::Input& input) {
  if (input.lookup.direction != program::LookupDirection::none && input.lookup.direction != program::LookupDirection::window)
    return "one, looked up while planning";
  switch (input.cardinality) {
    case program::Cardinality::chain:
      return input.is_optional ? "its own, if there is one" : "its own";
    case program::Cardinality::broadcast:
      return input.is_optional ? "one for several elements, if there is one" : "one for several elements";
    case program::Cardinality::gather:
      return "a list";
    case program::Cardinality::relation:
      return "a list, by a relation";
  }
  return "";
}

void write_task_ports(Writer& writer, const syntax::TaskDecl& decl, const program::Task& task) {
  const program::Program& program = writer.subject.program;
  const auto dataset = [&](program::DatasetId id) {
    const std::string name(writer.subject.strings.text(program.datasets[id.index].name));
    return link(name, "dataset-" + name);
  };
  /// What was written behind the name, such as `all raw where kind == FLAT min 3`.
  const auto source_of = [&](Symbol port) -> std::string {
    for (const syntax::Clause& clause : decl.clauses) {
      const auto* in = std::get_if<syntax::InputClause>(&clause);
      if (in == nullptr || !in->source) continue;
      for (const syntax::Name& name : in->names)
        if (name.symbol == port) return writer.written(in->source->span);
    }
    return {};
  };
  Table table{{"port", "", "dataset", "files", "picked by"}, {}};
  for (const program::Input& input : task.inputs) {
    if (input.is_implicit || input.branch > 0) continue;
    const std::string source = source_of(input.name);
    table.rows.push_back({"",
                          {{code(std::string(writer.subject.strings.text(input.name)))},
                           {plain("in")},
                           {dataset(input.dataset)},
                           {plain(std::string(meaning_of(input)))},
                           source.find(' ') == std::string::npos ? Line{} : Line{code(source)}}});
  }
  for (const program::Output& output : task.outputs)
    table.rows.push_back({"",
                          {{code(std::string(writer.subject.strings.text(output.name)))},
                           {plain("out")},
                           {dataset(output.dataset)},
                           {plain(output.is_finer ? "a list" : "one")},
                           {}}});
  writer.table(std::move(table));
}

void write_domain(Writer& writer, const syntax::TaskDecl& decl) {
  Line line;
  if (decl.over) {
    line.push_back(plain("Runs for each "));
    for (std::size_t i = 0; i < decl.over->dimensions.size(); ++i) {
      if (i > 0) line.push_back(plain(decl.over->is_cross ? " with each " : ", "));
      const std::string name = writer.text(decl.over->dimensions[i]);
      line.push_back(link(name, "dimension-" + name));
    }
  } else {
    line.push_back(plain("Runs once"));
  }
  if (decl.via) line.insert(line.end(), {plain(" by way of "), code(writer.text(*decl.via))});
  if (decl.where) line.insert(line.end(), {plain(" where "), code(writer.written(*decl.where))});
  line.push_back(plain("."));
  writer.paragraph(std::move(line));
}

}  // namespace

void write_tools(Writer& writer) {
  const auto tools = all_of<syntax::ToolDecl>(writer.tree);
  if (!tools.empty()) writer.heading(2, "Tools");
  for (const auto& [tool, declaration] : tools) {
    writer.heading(3, writer.text(tool->name));
    writer.comment(declaration->doc);
    write_ports(writer, tool->clauses);
    write_metrics(writer, tool->clauses);
    write_requests(writer, tool->clauses);
    writer.page.push_back(Code{"osa", use_of(writer, *tool)});
    write_command(writer, tool->clauses);
  }
}

void write_tasks(Writer& writer) {
  const auto tasks = all_of<syntax::TaskDecl>(writer.tree);
  if (!tasks.empty()) writer.heading(2, "Tasks");
  for (const auto& [task, declaration] : tasks) {
    writer.heading(3, writer.text(task->name));
    writer.comment(declaration->doc);
    write_domain(writer, *task);
    const auto& known = writer.subject.program.tasks;
    const auto checked =
        std::find_if(known.begin(), known.end(), [&](const program::Task& each) { return each.name == task->name.symbol; });
    if (checked != known.end()) write_task_ports(writer, *task, *checked);
    write_metrics(writer, task->clauses);
    write_requests(writer, task->clauses);
    for (const syntax::Clause& clause : task->clauses)
      if (const auto* use = std::get_if<syntax::UseClause>(&clause)) writer.page.push_back(Code{"osa", writer.written(use->span)});
    write_command(writer, task->clauses);
  }
}

}  // namespace osac::doc
