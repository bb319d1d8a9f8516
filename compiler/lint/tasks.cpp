// Rules for tasks and tools: causes of retries, limits, environments, gathers, inputs that the command forgets, goals.

#include <fmt/format.h>
#include <algorithm>
#include <set>

#include "compiler/lint/context.h"

namespace osac::lint {

namespace {

void check_retry(Context& context, const Body& body) {
  const auto* retry = find_clause<syntax::RetryClause>(body.clauses);
  if (retry == nullptr || !retry->causes.empty()) return;
  context.report(Kind::retry_without_cause, retry->span)
      .help("say after what another attempt may end otherwise: `on memory, timeout, lost` or `on exit 75`");
}

bool requests(const Context& context, const std::vector<syntax::Clause>& clauses, std::string_view resource) {
  return std::any_of(clauses.begin(), clauses.end(), [&](const syntax::Clause& clause) {
    const auto* request = std::get_if<syntax::ResourceClause>(&clause);
    return request != nullptr && context.text(request->resource) == resource;
  });
}

void check_limits(Context& context, const Body& body) {
  const syntax::ToolDecl* tool = tool_of(context, body);
  const auto lacks = [&](std::string_view resource) {
    return !requests(context, body.clauses, resource) && (tool == nullptr || !requests(context, tool->clauses, resource));
  };
  const bool lacks_time = lacks("time");
  const bool lacks_memory = lacks("memory");
  if (!lacks_time && !lacks_memory) return;
  const std::string_view what = lacks_time && lacks_memory ? "`time` and no `memory`" : lacks_time ? "`time`" : "`memory`";
  context.report(Kind::task_without_limits, body.name.span, context.text(body.name), what)
      .help("with `memory 2 GiB  time 10 min` as many run at once as fit, and one that hangs is ended");
}

void check_env(Context& context, const Body& body, const Body& other) {
  if (find_clause<syntax::EnvClause>(body.clauses) != nullptr) return;
  context.report(Kind::task_without_env, body.name.span, context.text(body.name))
      .label(find_clause<syntax::EnvClause>(other.clauses)->span, fmt::format("task `{}` does", context.text(other.name)))
      .help("without one it takes the programs that the shell of whoever runs it finds");
}

// ---- gathers

/// The first clause by which elements of a task may fail for what is in their data, or null.
const syntax::Clause* way_to_fail(const Context& context, const Body& producer) {
  for (const syntax::Clause& clause : producer.clauses) {
    if (std::holds_alternative<syntax::RetryClause>(clause) || std::holds_alternative<syntax::VerifyClause>(clause)) return &clause;
    if (const auto* expect = std::get_if<syntax::ExpectClause>(&clause);
        expect != nullptr && expect->action && context.text(*expect->action) == "fail")
      return &clause;
  }
  return nullptr;
}

const Body* producer_of(const std::vector<Body>& bodies, Symbol dataset) {
  for (const Body& body : bodies) {
    if (body.is_tool) continue;
    for (const syntax::Clause& clause : body.clauses) {
      const auto* out = std::get_if<syntax::OutputClause>(&clause);
      if (out == nullptr) continue;
      if (out->dataset
              ? !out->dataset->parts.empty() && out->dataset->parts.back().symbol == dataset
              : std::any_of(out->names.begin(), out->names.end(), [&](const syntax::Name& name) { return name.symbol == dataset; }))
        return &body;
    }
  }
  return nullptr;
}

void check_gather(Context& context, const std::vector<Body>& bodies, const syntax::Source& source) {
  if (source.verb != syntax::SourceVerb::all || source.dataset.parts.empty() || source.minimum || source.expected) return;
  const syntax::Name& dataset = source.dataset.parts.back();
  if (source.is_survivors) {
    context.report(Kind::survivors_without_minimum, source.survivors_span, context.text(dataset))
        .help("`survivors min 3` fails when fewer than 3 are left");
    return;
  }
  const Body* producer = producer_of(bodies, dataset.symbol);
  const syntax::Clause* failing = producer == nullptr ? nullptr : way_to_fail(context, *producer);
  if (failing == nullptr && !source.where) return;
  auto report = context.report(Kind::gather_without_minimum, source.span, context.text(dataset));
  if (failing != nullptr)
    report.label(span_of(*failing), "they may fail here").help("`survivors min 3` goes on with those that succeed, if they are 3 at least");
  else
    report.help("`min 3` refuses fewer; without it the list may be empty, if `where` leaves none");
}

// ---- inputs

bool mentions(const Context& context, const Body& body, Symbol name, const syntax::Clause* except) {
  bool found = false;
  for (const syntax::Clause& clause : body.clauses)
    if (&clause != except) for_each_name(context.tree, clause, [&](const syntax::Name& each) { found = found || each.symbol == name; });
  return found;
}

void check_inputs(Context& context, const Body& body) {
  if (find_clause<syntax::CommandClause>(body.clauses) == nullptr) return;
  for (const syntax::Clause& clause : body.clauses) {
    const auto* in = std::get_if<syntax::InputClause>(&clause);
    if (in == nullptr) continue;
    for (const syntax::Name& name : in->names)
      if (!mentions(context, body, name.symbol, &clause))
        context.report(Kind::unmentioned_input, name.span, body.is_tool ? "tool" : "task", context.text(body.name), context.text(name))
            .help("if it is there for the order only, say so in a comment: `# lint: allow unmentioned-input ...`");
  }
}

void check_goal(Context& context, const std::vector<Body>& bodies) {
  const auto& declarations = context.tree.declarations;
  const bool has_goal = std::any_of(declarations.begin(), declarations.end(), [](const syntax::Declaration& declaration) {
    return std::holds_alternative<syntax::GoalDecl>(declaration.kind);
  });
  const bool has_task = std::any_of(bodies.begin(), bodies.end(), [](const Body& body) { return !body.is_tool; });
  if (!context.tree.workflow || has_goal || !has_task) return;
  context.report(Kind::no_goal, context.tree.workflow->span, context.text(*context.tree.workflow))
      .help("`goal NAME, ...` says what it is for; without it, everything that no task consumes is made, by-products too");
}

}  // namespace

void check_tasks(Context& context) {
  const std::vector<Body> bodies = bodies_of(context.tree);
  const auto with_env = std::find_if(bodies.begin(), bodies.end(), [](const Body& body) {
    return !body.is_tool && find_clause<syntax::EnvClause>(body.clauses) != nullptr;
  });
  check_goal(context, bodies);
  for (const Body& body : bodies) {
    check_retry(context, body);
    check_inputs(context, body);
    if (body.is_tool) continue;
    check_limits(context, body);
    if (with_env != bodies.end()) check_env(context, body, *with_env);
    for (const syntax::Clause& clause : body.clauses)
      if (const auto* in = std::get_if<syntax::InputClause>(&clause); in != nullptr && in->source)
        check_gather(context, bodies, *in->source);
  }
}

}  // namespace osac::lint
