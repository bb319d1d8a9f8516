#include "runtime/step/record_parse.h"

#include <simdjson.h>
#include <array>
#include <limits>
#include <utility>

namespace osac::step {

static_assert(parse_padding >= simdjson::SIMDJSON_PADDING);

struct RecordParser::State {
  simdjson::ondemand::parser parser;
};

RecordParser::RecordParser() : state_(std::make_unique<State>()) {}
RecordParser::~RecordParser() = default;

namespace {

using simdjson::ondemand::object;
using simdjson::ondemand::value;

/// What is wrong with a record; thrown and caught in this file only.
struct BadRecord {
  std::string what;
};

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

int hex_digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

std::string bytes_of_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) throw BadRecord{"a text in hexadecimal has an odd length"};
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = hex_digit(hex[i]);
    const int low = hex_digit(hex[i + 1]);
    if (high < 0 || low < 0) throw BadRecord{"a text in hexadecimal has other characters"};
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

void read(value json, std::string& out) {
  if (json.type() == simdjson::ondemand::json_type::object) {
    out = bytes_of_hex(json.get_object().find_field("hex").get_string());
    return;
  }
  const std::string_view text = json.get_string();
  out.assign(text);
}

void read(value json, bool& out) { out = json.get_bool(); }
void read(value json, std::uint64_t& out) { out = json.get_uint64(); }

template <typename Integer>
void read_between(value json, Integer& out, std::int64_t low, std::int64_t high) {
  const std::int64_t number = json.get_int64();
  if (number < low || number > high) throw BadRecord{"the number " + std::to_string(number) + " is out of its range"};
  out = static_cast<Integer>(number);
}
/// Times, sizes, counts: the writer's clock may be wrong, so only the range of the type.
void read_count(value json, std::int64_t& out) { read_between(json, out, -largest, largest); }

void read(value json, Digest& out) {
  const std::string_view text = json.get_string();
  out = parse_digest(text);
  if (out == Digest{}) throw BadRecord{"a digest is not 64 hexadecimal digits"};
}

void read(value json, Outcome& out) {
  const std::string_view text = json.get_string();
  for (const Outcome outcome : {Outcome::succeeded, Outcome::failed, Outcome::timed_out, Outcome::cancelled, Outcome::lost})
    if (outcome_name(outcome) == text) return void(out = outcome);
  throw BadRecord{"the outcome is none that this osac knows"};
}

void read(value json, FailureClass& out) {
  const std::string_view text = json.get_string();
  for (int number = 0; number <= static_cast<int>(FailureClass::cancelled); ++number)
    if (class_name(static_cast<FailureClass>(number)) == text) return void(out = static_cast<FailureClass>(number));
  throw BadRecord{"the failure class is none that this osac knows"};
}

void read_attempt(value json, std::uint32_t& out) { read_between(json, out, 0, 1'000'000'000); }
void read_code(value json, std::int32_t& out) {
  read_between(json, out, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max());
}
void read_pid(value json, std::int64_t& out) { read_between(json, out, 0, std::int64_t{1} << 31); }

/// Calls f(name, value) for each field of an object.
template <typename F>
void for_each_field(object json, F&& f) {
  for (auto field : json) {
    const std::string_view name = field.unescaped_key();
    f(name, field.value());
  }
}

template <typename T, typename F>
void read_list(value json, std::vector<T>& out, F&& read_one) {
  for (auto item : json.get_array()) read_one(item.value(), out.emplace_back());
}

void read_texts(value json, std::vector<std::string>& out) {
  read_list(json, out, [](value item, std::string& text) { read(item, text); });
}

/// True if `name` is a field of a file's state.
bool read_state_field(std::string_view name, value json, FileState& state) {
  if (name == "size") return read_between(json, state.size, -1, largest), true;
  if (name == "mtime") return read_between(json, state.mtime, -largest, largest), true;
  if (name == "ctime") return read_between(json, state.ctime, -largest, largest), true;
  if (name == "inode") return read(json, state.inode), true;
  if (name == "device") return read(json, state.device), true;
  if (name == "sha256") return read(json, state.content), true;
  if (name == "directory") return read(json, state.is_directory), true;
  return false;
}

template <typename FileRecord>
void read_file(value json, FileRecord& file) {
  for_each_field(json.get_object(), [&](std::string_view name, value field) {
    if (name == "port") return read(field, file.port);
    if (name == "path") return read(field, file.path);
    read_state_field(name, field, file.state);
  });
}

void read_metric(value json, MetricRecord& metric) {
  for_each_field(json.get_object(), [&](std::string_view name, value field) {
    if (name == "name") return read(field, metric.name);
    if (name == "json") return read(field, metric.json);
  });
}

void read_move(value json, PublishIntent::Move& move) {
  for_each_field(json.get_object(), [&](std::string_view name, value field) {
    if (name == "from") return read(field, move.from);
    if (name == "to") return read(field, move.to);
    read_state_field(name, field, move.state);
  });
}

void read_end_numbers(std::string_view name, value field, EndRecord& end) {
  if (name == "exit") return read_code(field, end.exit_code);
  if (name == "signal") return read_code(field, end.signal);
  if (name == "started") return read_count(field, end.started);
  if (name == "ended") return read_count(field, end.ended);
  if (name == "cpu_time") return read_count(field, end.cpu_time);
  if (name == "peak_memory") return read_count(field, end.peak_memory);
  if (name == "cpus") return read_count(field, end.cpus);
  if (name == "memory") return read_count(field, end.memory);
}

void read_end_field(std::string_view name, value field, EndRecord& end, bool& has_outcome) {
  if (name == "execution") return read(field, end.execution);
  if (name == "element") return read(field, end.element);
  if (name == "attempt") return read_attempt(field, end.attempt);
  if (name == "outcome") return has_outcome = true, read(field, end.outcome);
  if (name == "class") return read(field, end.failure);
  if (name == "empty") return read(field, end.is_empty);
  if (name == "tainted") return read(field, end.is_tainted);
  if (name == "reason") return read(field, end.reason);
  if (name == "fingerprint") return read(field, end.fingerprint);
  if (name == "command") return read(field, end.command);
  if (name == "tool") return read(field, end.tool);
  if (name == "env") return read(field, end.env);
  if (name == "log") return read(field, end.log);
  if (name == "host") return read(field, end.host);
  if (name == "inputs") return read_list(field, end.inputs, read_file<InputRecord>);
  if (name == "outputs") return read_list(field, end.outputs, read_file<OutputRecord>);
  if (name == "metrics") return read_list(field, end.metrics, read_metric);
  if (name == "warnings") return read_texts(field, end.warnings);
  read_end_numbers(name, field, end);
}

void read_end(object json, EndRecord& end) {
  bool has_outcome = false;
  for_each_field(json, [&](std::string_view name, value field) { read_end_field(name, field, end, has_outcome); });
  if (!has_outcome || end.element.empty()) throw BadRecord{"it names no element or no outcome"};
}

template <typename F>
std::string guarded(simdjson::ondemand::parser& parser, std::string_view json, F&& read_fields) {
  try {
    auto document = parser.iterate(json.data(), json.size(), json.size() + parse_padding);
    read_fields(document.get_object());
    if (!document.current_location().error()) return "there is something after its end";
    return {};
  } catch (const BadRecord& bad) {
    return bad.what;
  } catch (const simdjson::simdjson_error& error) {
    return std::string("its JSON is wrong: ") + error.what();
  }
}

}  // namespace

std::string RecordParser::parse(std::string_view json, JournalHeader& record) {
  return guarded(state_->parser, json, [&](object fields) {
    for_each_field(fields, [&](std::string_view name, value field) {
      if (name == "v") return read_between(field, record.version, 1, 1'000'000);
      if (name == "osac") return read(field, record.osac_version);
      if (name == "host") return read(field, record.host);
      if (name == "boot") return read(field, record.boot);
      if (name == "pid") return read_pid(field, record.pid);
      if (name == "pid_start") return read_count(field, record.pid_start);
    });
  });
}

std::string RecordParser::parse(std::string_view json, ExecutionStart& record) {
  return guarded(state_->parser, json, [&](object fields) {
    for_each_field(fields, [&](std::string_view name, value field) {
      if (name == "execution") return read(field, record.execution);
      if (name == "plan") return read(field, record.plan);
      if (name == "workflow") return read(field, record.workflow);
      if (name == "host") return read(field, record.host);
      if (name == "user") return read(field, record.user);
      if (name == "osac") return read(field, record.osac_version);
      if (name == "pid") return read_pid(field, record.pid);
      if (name == "time") return read_count(field, record.time);
      if (name == "arguments") return read_texts(field, record.arguments);
    });
  });
}

std::string RecordParser::parse(std::string_view json, ExecutionEnd& record) {
  return guarded(state_->parser, json, [&](object fields) {
    for_each_field(fields, [&](std::string_view name, value field) {
      if (name == "execution") return read(field, record.execution);
      if (name == "time") return read_count(field, record.time);
      if (name == "exit") return read_code(field, record.exit_code);
    });
  });
}

std::string RecordParser::parse(std::string_view json, AttemptStart& record) {
  return guarded(state_->parser, json, [&](object fields) {
    for_each_field(fields, [&](std::string_view name, value field) {
      if (name == "execution") return read(field, record.execution);
      if (name == "element") return read(field, record.element);
      if (name == "attempt") return read_attempt(field, record.attempt);
      if (name == "time") return read_count(field, record.time);
      if (name == "pid") return read_pid(field, record.pid);
      if (name == "pid_start") return read_count(field, record.pid_start);
      if (name == "scratch") return read(field, record.scratch);
    });
  });
}

std::string RecordParser::parse(std::string_view json, PublishIntent& record) {
  return guarded(state_->parser, json, [&](object fields) {
    for_each_field(fields, [&](std::string_view name, value field) {
      if (name == "execution") return read(field, record.execution);
      if (name == "element") return read(field, record.element);
      if (name == "attempt") return read_attempt(field, record.attempt);
      if (name == "moves") return read_list(field, record.moves, read_move);
      if (name == "end") return read_end(field.get_object(), record.end);
    });
  });
}

std::string RecordParser::parse(std::string_view json, EndRecord& record) {
  return guarded(state_->parser, json, [&](object fields) { read_end(fields, record); });
}

std::string RecordParser::parse(std::string_view json, Removal& record) {
  return guarded(state_->parser, json, [&](object fields) {
    for_each_field(fields, [&](std::string_view name, value field) {
      if (name == "element") return read(field, record.element);
      if (name == "path") return read(field, record.path);
      if (name == "time") return read_count(field, record.time);
    });
  });
}

}  // namespace osac::step
