#include "compiler/planning/database_query.h"

namespace osac::planning {

namespace {

/// The log or journal beside a database that holds changes; "" if there is none. A journal whose first byte is 0 has been dealt with.
std::string unfinished(const World& world, const std::string& path) {
  const std::string log = path + "-wal";
  if (world.size(log).value_or(0) > 0) return log;
  const std::string journal = path + "-journal";
  if (world.size(journal).value_or(0) == 0) return {};
  const auto bytes = world.read(journal);
  const bool is_done = bytes && (bytes->empty() || bytes->front() == '\0');
  return is_done ? std::string{} : journal;
}

}  // namespace

std::optional<tables::Query> make_query(Context& context, Folder& fold, const program::Table& table, const std::string& path) {
  tables::Query query;
  if (table.format != program::TableFormat::sqlite) return query;
  const Node& node = fold.expressions()[fold(table.query)];
  if (node.op != Op::constant) return std::nullopt;
  query.text = context.text(Symbol{static_cast<std::uint32_t>(node.bits)});
  query.span = context.program.expressions[table.query].span;
  query.unfinished = unfinished(context.world, path);
  return query;
}

}  // namespace osac::planning
