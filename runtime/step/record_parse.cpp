#include "runtime/step/record_parse.h"

#include <array>
#include <limits>
#include <utility>

#include "runtime/step/json_scanner.h"

namespace osac::step {

namespace {

using Name = std::string_view;

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

template <typename Integer>
void read_between(JsonScanner& json, Integer& out, std::int64_t low, std::int64_t high) {
  const auto number = json.integer<std::int64_t>();
  if (number < low || number > high) throw ScanTrouble{"the number " + std::to_string(number) + " is out of its range"};
  out = static_cast<Integer>(number);
}
void read_attempt(JsonScanner& json, std::uint32_t& out) { read_between(json, out, 0, 1'000'000'000); }
void read_pid(JsonScanner& json, std::int64_t& out) { read_between(json, out, 0, std::int64_t{1} << 31); }

void read(JsonScanner& json, std::string& out) { json.text(out); }
void read(JsonScanner& json, bool& out) { out = json.flag(); }
void read(JsonScanner& json, std::uint64_t& out) { out = json.integer<std::uint64_t>(); }
void read(JsonScanner& json, std::int64_t& out) { out = json.integer<std::int64_t>(); }
void read(JsonScanner& json, std::int32_t& out) { out = json.integer<std::int32_t>(); }
void read(JsonScanner& json, Digest& out) {
  out = parse_digest(json.plain_text());
  if (out == Digest{}) throw ScanTrouble{"a digest is not 64 hexadecimal digits"};
}
void read(JsonScanner& json, Outcome& out) {
  const Name name = json.plain_text();
  for (const Outcome outcome : {Outcome::succeeded, Outcome::failed, Outcome::timed_out, Outcome::cancelled, Outcome::lost})
    if (outcome_name(outcome) == name) return void(out = outcome);
  throw ScanTrouble{"the outcome is none that this osac knows"};
}
void read(JsonScanner& json, FailureClass& out) {
  const Name name = json.plain_text();
  for (int number = 0; number <= static_cast<int>(FailureClass::cancelled); ++number)
    if (class_name(static_cast<FailureClass>(number)) == name) return void(out = static_cast<FailureClass>(number));
  throw ScanTrouble{"the failure class is none that this osac knows"};
}

template <typename T, typename F>
void read_list(JsonScanner& json, std::vector<T>& out, F&& read_item) {
  json.list([&] { read_item(json, out.emplace_back()); });
}
void read(JsonScanner& json, std::vector<std::string>& out) {
  read_list(json, out, [](JsonScanner& item, std::string& text) { item.text(text); });
}

/// A field of a file's state, or one that nobody knows.
void read_state(JsonScanner& json, Name name, FileState& state) {
  if (name == "size") return read_between(json, state.size, -1, largest);
  if (name == "mtime") return read(json, state.mtime);
  if (name == "ctime") return read(json, state.ctime);
  if (name == "inode") return read(json, state.inode);
  if (name == "device") return read(json, state.device);
  if (name == "sha256") return read(json, state.content);
  if (name == "directory") return read(json, state.is_directory);
  json.skip();
}

void read_output(JsonScanner& json, OutputRecord& file) {
  json.object([&](Name name) {
    if (name == "port") return read(json, file.port);
    if (name == "path") return read(json, file.path);
    read_state(json, name, file.state);
  });
}

void read_input(JsonScanner& json, InputRecord& file) {
  json.object([&](Name name) {
    if (name == "port") return read(json, file.port);
    if (name == "path") return read(json, file.path);
    if (name == "branch") return read_attempt(json, file.branch);
    read_state(json, name, file.state);
  });
}

void read_metric(JsonScanner& json, MetricRecord& metric) {
  json.object([&](Name name) {
    if (name == "name") return read(json, metric.name);
    if (name == "json") return read(json, metric.json);
    json.skip();
  });
}

void read_lookup(JsonScanner& json, LookupRecord& lookup) {
  json.object([&](Name name) {
    if (name == "port") return read(json, lookup.port);
    if (name == "chosen") return read(json, lookup.chosen);
    if (name == "runner_up") return read(json, lookup.runner_up);
    json.skip();
  });
}

void read_accepted(JsonScanner& json, Closed::Accepted& accepted) {
  json.object([&](Name name) {
    if (name == "query") return read(json, accepted.query);
    if (name == "reason") return read(json, accepted.reason);
    if (name == "elements") return read(json, accepted.elements);
    json.skip();
  });
}

void read_parameter(JsonScanner& json, PlanRecord::Parameter& parameter) {
  json.object([&](Name name) {
    if (name == "name") return read(json, parameter.name);
    if (name == "value") return read(json, parameter.value);
    json.skip();
  });
}

void read_source(JsonScanner& json, PlanRecord::Source& source) {
  json.object([&](Name name) {
    if (name == "name") return read(json, source.name);
    if (name == "sha256") return read(json, source.content);
    json.skip();
  });
}

void read_task(JsonScanner& json, PlanRecord::Task& task) {
  json.object([&](Name name) {
    if (name == "name") return read(json, task.name);
    if (name == "parameters") return read(json, task.parameters);
    json.skip();
  });
}

void read_move(JsonScanner& json, PublishIntent::Move& move) {
  json.object([&](Name name) {
    if (name == "from") return read(json, move.from);
    if (name == "to") return read(json, move.to);
    read_state(json, name, move.state);
  });
}

void read_end_numbers(JsonScanner& json, Name name, EndRecord& end) {
  if (name == "exit") return read(json, end.exit_code);
  if (name == "signal") return read(json, end.signal);
  if (name == "started") return read(json, end.started);
  if (name == "ended") return read(json, end.ended);
  if (name == "cpu_time") return read(json, end.cpu_time);
  if (name == "peak_memory") return read(json, end.peak_memory);
  if (name == "cpus") return read(json, end.cpus);
  if (name == "memory") return read(json, end.memory);
  if (name == "plan") return read(json, end.plan);
  if (name == "rung") return read_attempt(json, end.rung);
  json.skip();
}

void read_end_field(JsonScanner& json, Name name, EndRecord& end, bool& has_outcome) {
  if (name == "execution") return read(json, end.execution);
  if (name == "element") return read(json, end.element);
  if (name == "attempt") return read_attempt(json, end.attempt);
  if (name == "outcome") return has_outcome = true, read(json, end.outcome);
  if (name == "class") return read(json, end.failure);
  if (name == "empty") return read(json, end.is_empty);
  if (name == "tainted") return read(json, end.is_tainted);
  if (name == "reason") return read(json, end.reason);
  if (name == "fingerprint") return read(json, end.fingerprint);
  if (name == "command") return read(json, end.command);
  if (name == "tool") return read(json, end.tool);
  if (name == "env") return read(json, end.env);
  if (name == "log") return read(json, end.log);
  if (name == "host") return read(json, end.host);
  if (name == "inputs") return read_list(json, end.inputs, read_input);
  if (name == "outputs") return read_list(json, end.outputs, read_output);
  if (name == "metrics") return read_list(json, end.metrics, read_metric);
  if (name == "warnings") return read(json, end.warnings);
  if (name == "version") return read(json, end.tool_version);
  if (name == "lookups") return read_list(json, end.lookups, read_lookup);
  read_end_numbers(json, name, end);
}

void read_end(JsonScanner& json, EndRecord& end) {
  bool has_outcome = false;
  json.object([&](Name name) { read_end_field(json, name, end, has_outcome); });
  if (!has_outcome || end.element.empty()) throw ScanTrouble{"it names no element or no outcome"};
}

void read_outline_output(JsonScanner& json, EndOutline& end) {
  if (end.output_count == end.outputs.size()) end.outputs.emplace_back();
  OutputRecord& output = end.outputs[end.output_count++];
  output.path.clear();
  output.state = {};
  json.object([&](Name name) {
    if (name == "path") return read(json, output.path);
    read_state(json, name, output.state);
  });
}

void read_outline_field(JsonScanner& json, Name name, EndOutline& end, bool& has_outcome) {
  if (name == "element") return read(json, end.element);
  if (name == "outcome") return has_outcome = true, read(json, end.outcome);
  if (name == "empty") return read(json, end.is_empty);
  if (name == "tainted") return read(json, end.is_tainted);
  if (name == "fingerprint") return read(json, end.fingerprint);
  if (name == "started") return read(json, end.started);
  if (name == "ended") return read(json, end.ended);
  if (name == "outputs") return json.list([&] { read_outline_output(json, end); });
  json.skip();
}

template <typename F>
std::string guarded(std::string_view text, F&& read_record) {
  try {
    JsonScanner json(text);
    read_record(json);
    return json.at_end() ? "" : "there is something after its end";
  } catch (const ScanTrouble& trouble) {
    return trouble.what;
  }
}

}  // namespace

std::string parse_record(std::string_view text, JournalHeader& record) {
  return guarded(text, [&](JsonScanner& json) {
    json.object([&](Name name) {
      if (name == "v") return read_between(json, record.version, 1, 1'000'000);
      if (name == "osac") return read(json, record.osac_version);
      if (name == "host") return read(json, record.host);
      if (name == "boot") return read(json, record.boot);
      if (name == "pid") return read_pid(json, record.pid);
      if (name == "pid_start") return read(json, record.pid_start);
      json.skip();
    });
  });
}

std::string parse_record(std::string_view text, ExecutionStart& record) {
  return guarded(text, [&](JsonScanner& json) {
    json.object([&](Name name) {
      if (name == "execution") return read(json, record.execution);
      if (name == "plan") return read(json, record.plan);
      if (name == "workflow") return read(json, record.workflow);
      if (name == "host") return read(json, record.host);
      if (name == "user") return read(json, record.user);
      if (name == "osac") return read(json, record.osac_version);
      if (name == "pid") return read_pid(json, record.pid);
      if (name == "time") return read(json, record.time);
      if (name == "arguments") return read(json, record.arguments);
      if (name == "site") return read(json, record.site);
      if (name == "site_sha256") return read(json, record.site_content);
      if (name == "called_in") return read(json, record.called_in);
      json.skip();
    });
  });
}

std::string parse_record(std::string_view text, PlanRecord& record) {
  return guarded(text, [&](JsonScanner& json) {
    json.object([&](Name name) {
      if (name == "plan") return read(json, record.plan);
      if (name == "workflow") return read(json, record.workflow);
      if (name == "parameters") return read_list(json, record.parameters, read_parameter);
      if (name == "sources") return read_list(json, record.sources, read_source);
      if (name == "tasks") return read_list(json, record.tasks, read_task);
      json.skip();
    });
    if (record.plan.empty()) throw ScanTrouble{"it names no plan"};
  });
}

std::string parse_record(std::string_view text, ExecutionEnd& record) {
  return guarded(text, [&](JsonScanner& json) {
    json.object([&](Name name) {
      if (name == "execution") return read(json, record.execution);
      if (name == "time") return read(json, record.time);
      if (name == "exit") return read(json, record.exit_code);
      json.skip();
    });
  });
}

std::string parse_record(std::string_view text, AttemptStart& record) {
  return guarded(text, [&](JsonScanner& json) {
    json.object([&](Name name) {
      if (name == "execution") return read(json, record.execution);
      if (name == "element") return read(json, record.element);
      if (name == "attempt") return read_attempt(json, record.attempt);
      if (name == "time") return read(json, record.time);
      if (name == "pid") return read_pid(json, record.pid);
      if (name == "pid_start") return read(json, record.pid_start);
      if (name == "scratch") return read(json, record.scratch);
      json.skip();
    });
  });
}

std::string parse_record(std::string_view text, PublishIntent& record) {
  return guarded(text, [&](JsonScanner& json) {
    json.object([&](Name name) {
      if (name == "execution") return read(json, record.execution);
      if (name == "element") return read(json, record.element);
      if (name == "attempt") return read_attempt(json, record.attempt);
      if (name == "moves") return read_list(json, record.moves, read_move);
      if (name == "end") return read_end(json, record.end);
      json.skip();
    });
    if (record.element.empty() || record.end.element.empty()) throw ScanTrouble{"it names no element"};
  });
}

std::string parse_record(std::string_view text, EndRecord& record) {
  return guarded(text, [&](JsonScanner& json) { read_end(json, record); });
}

std::string parse_record(std::string_view text, Removal& record) {
  return guarded(text, [&](JsonScanner& json) {
    json.object([&](Name name) {
      if (name == "element") return read(json, record.element);
      if (name == "path") return read(json, record.path);
      if (name == "time") return read(json, record.time);
      json.skip();
    });
  });
}

std::string parse_record(std::string_view text, Closed& record) {
  return guarded(text, [&](JsonScanner& json) {
    json.object([&](Name name) {
      if (name == "key") return read(json, record.key);
      if (name == "plan") return read(json, record.plan);
      if (name == "user") return read(json, record.user);
      if (name == "host") return read(json, record.host);
      if (name == "time") return read(json, record.time);
      if (name == "elements") return read(json, record.elements);
      if (name == "published") return read(json, record.published);
      if (name == "accepted") return read_list(json, record.accepted, read_accepted);
      if (name == "missing") return read(json, record.missing);
      json.skip();
    });
    if (record.key.empty()) throw ScanTrouble{"it names no night"};
  });
}

std::string parse_record(std::string_view text, Reopened& record) {
  return guarded(text, [&](JsonScanner& json) {
    json.object([&](Name name) {
      if (name == "key") return read(json, record.key);
      if (name == "user") return read(json, record.user);
      if (name == "host") return read(json, record.host);
      if (name == "reason") return read(json, record.reason);
      if (name == "time") return read(json, record.time);
      json.skip();
    });
    if (record.key.empty()) throw ScanTrouble{"it names no night"};
  });
}

std::string parse_record(std::string_view text, FinalFile& record) {
  return guarded(text, [&](JsonScanner& json) {
    json.object([&](Name name) {
      if (name == "key") return read(json, record.key);
      if (name == "element") return read(json, record.element);
      if (name == "from") return read(json, record.from);
      if (name == "to") return read(json, record.to);
      if (name == "link") return read(json, record.is_link);
      if (name == "done") return read(json, record.is_done);
      if (name == "time") return read(json, record.time);
      read_state(json, name, record.state);
    });
    if (record.from.empty() || record.to.empty()) throw ScanTrouble{"it names no file"};
  });
}

std::string parse_record(std::string_view text, EndOutline& record) {
  record.element.clear();
  record.outcome = Outcome::succeeded;
  record.is_empty = record.is_tainted = false;
  record.fingerprint = {};
  record.started = record.ended = 0;
  record.output_count = 0;
  return guarded(text, [&](JsonScanner& json) {
    bool has_outcome = false;
    json.object([&](Name name) { read_outline_field(json, name, record, has_outcome); });
    if (!has_outcome || record.element.empty()) throw ScanTrouble{"it names no element or no outcome"};
  });
}

}  // namespace osac::step
