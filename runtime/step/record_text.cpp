#include "runtime/step/record_text.h"

#include <fmt/format.h>
#include <array>

#include "compiler/base/text.h"

namespace osac::step {

namespace {

bool is_plain(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f || c == '"' || c == '\\') return false;
  }
  return true;
}

void append_text(std::string& out, std::string_view text) {
  if (is_plain(text)) {
    out += '"';
    out += text;
    out += '"';
  } else if (!find_malformed_utf8(text)) {
    out += json_quoted(text);
  } else {
    out += R"({"hex":")";
    for (const char c : text) fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(c));
    out += "\"}";
  }
}

/// One JSON object being written. Fields with the value that a reader assumes anyway are left out.
class Fields {
 public:
  enum class At { start, middle };
  explicit Fields(std::string& out, At at = At::start) : out_(out), first_(at == At::start) {}

  void text(std::string_view name, std::string_view value) {
    if (!value.empty()) append_text(key(name), value);
  }
  template <typename Integer>
  void number(std::string_view name, Integer value, Integer assumed = 0) {
    if (value == assumed) return;
    const fmt::format_int digits(value);
    key(name).append(digits.data(), digits.size());
  }
  void flag(std::string_view name, bool value) {
    if (value) key(name) += "true";
  }
  void digest(std::string_view name, const Digest& value) {
    if (value != Digest{}) text(name, hexadecimal(value));
  }
  void texts(std::string_view name, const std::vector<std::string>& values) {
    list(name, values, [this](const std::string& value) { append_text(out_, value); });
  }
  template <typename T, typename F>
  void objects(std::string_view name, const std::vector<T>& values, F&& write) {
    list(name, values, [&](const T& value) {
      out_ += '{';
      Fields fields(out_);
      write(fields, value);
      out_ += '}';
    });
  }
  /// A value that the caller writes.
  std::string& key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += '"';
    out_ += name;
    out_ += "\":";
    return out_;
  }

 private:
  template <typename T, typename F>
  void list(std::string_view name, const std::vector<T>& values, F&& write) {
    if (values.empty()) return;
    key(name) += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out_ += ',';
      write(values[i]);
    }
    out_ += ']';
  }
  std::string& out_;
  bool first_;
};

void write_state(Fields& fields, const FileState& state) {
  fields.number("size", state.size, std::int64_t{-1});
  fields.number("mtime", state.mtime);
  fields.number("ctime", state.ctime);
  fields.number("inode", state.inode);
  fields.number("device", state.device);
  fields.digest("sha256", state.content);
  fields.flag("directory", state.is_directory);
}

template <typename FileRecord>
void write_file(Fields& fields, const FileRecord& file) {
  fields.text("port", file.port);
  fields.text("path", file.path);
  write_state(fields, file.state);
}

void write_end(Fields& fields, const EndRecord& end) {
  fields.text("execution", end.execution);
  fields.text("element", end.element);
  fields.number("attempt", end.attempt);
  fields.text("outcome", outcome_name(end.outcome));
  if (end.failure != FailureClass::none) fields.text("class", class_name(end.failure));
  fields.flag("empty", end.is_empty);
  fields.flag("tainted", end.is_tainted);
  fields.number("exit", end.exit_code);
  fields.number("signal", end.signal);
  fields.text("reason", end.reason);
  fields.digest("fingerprint", end.fingerprint);
  fields.text("command", end.command);
  fields.text("tool", end.tool);
  fields.text("env", end.env);
  fields.text("log", end.log);
  fields.text("host", end.host);
  fields.number("started", end.started);
  fields.number("ended", end.ended);
  fields.number("cpu_time", end.cpu_time);
  fields.number("peak_memory", end.peak_memory);
  fields.number("cpus", end.cpus);
  fields.number("memory", end.memory);
  fields.objects("inputs", end.inputs, [](Fields& inner, const InputRecord& input) {
    write_file(inner, input);
    inner.number("branch", input.branch);
  });
  fields.objects("outputs", end.outputs, write_file<OutputRecord>);
  fields.objects("metrics", end.metrics, [](Fields& inner, const MetricRecord& metric) {
    inner.text("name", metric.name);
    inner.text("json", metric.json);
  });
  fields.texts("warnings", end.warnings);
  fields.text("plan", end.plan);
  fields.number("rung", end.rung);
  fields.text("version", end.tool_version);
  fields.objects("lookups", end.lookups, [](Fields& inner, const LookupRecord& lookup) {
    inner.text("port", lookup.port);
    inner.text("chosen", lookup.chosen);
    inner.text("runner_up", lookup.runner_up);
  });
}

template <typename F>
std::string fields_written_by(F&& write) {
  std::string out;
  out.reserve(512);
  Fields fields(out, Fields::At::middle);
  write(fields);
  return out;
}

}  // namespace

std::string json_text(std::string_view text) {
  std::string out;
  append_text(out, text);
  return out;
}

std::string fields_of(const JournalHeader& record) {
  return fields_written_by([&](Fields& fields) {
    fields.number("v", record.version);
    fields.text("osac", record.osac_version);
    fields.text("host", record.host);
    fields.text("boot", record.boot);
    fields.number("pid", record.pid);
    fields.number("pid_start", record.pid_start);
  });
}

std::string fields_of(const ExecutionStart& record) {
  return fields_written_by([&](Fields& fields) {
    fields.text("execution", record.execution);
    fields.text("plan", record.plan);
    fields.text("workflow", record.workflow);
    fields.text("host", record.host);
    fields.text("user", record.user);
    fields.text("osac", record.osac_version);
    fields.number("pid", record.pid);
    fields.number("time", record.time);
    fields.texts("arguments", record.arguments);
    fields.text("site", record.site);
    fields.digest("site_sha256", record.site_content);
    fields.text("called_in", record.called_in);
  });
}

std::string fields_of(const PlanRecord& record) {
  return fields_written_by([&](Fields& fields) {
    fields.text("plan", record.plan);
    fields.text("workflow", record.workflow);
    fields.objects("parameters", record.parameters, [](Fields& inner, const PlanRecord::Parameter& parameter) {
      inner.text("name", parameter.name);
      inner.text("value", parameter.value);
    });
    fields.objects("sources", record.sources, [](Fields& inner, const PlanRecord::Source& source) {
      inner.text("name", source.name);
      inner.digest("sha256", source.content);
    });
    fields.objects("tasks", record.tasks, [](Fields& inner, const PlanRecord::Task& task) {
      inner.text("name", task.name);
      inner.texts("parameters", task.parameters);
    });
  });
}

std::string fields_of(const ExecutionEnd& record) {
  return fields_written_by([&](Fields& fields) {
    fields.text("execution", record.execution);
    fields.number("time", record.time);
    fields.number("exit", record.exit_code);
  });
}

std::string fields_of(const AttemptStart& record) {
  return fields_written_by([&](Fields& fields) {
    fields.text("execution", record.execution);
    fields.text("element", record.element);
    fields.number("attempt", record.attempt);
    fields.number("time", record.time);
    fields.number("pid", record.pid);
    fields.number("pid_start", record.pid_start);
    fields.text("scratch", record.scratch);
  });
}

std::string fields_of(const PublishIntent& record) {
  return fields_written_by([&](Fields& fields) {
    fields.text("execution", record.execution);
    fields.text("element", record.element);
    fields.number("attempt", record.attempt);
    fields.objects("moves", record.moves, [](Fields& inner, const PublishIntent::Move& move) {
      inner.text("from", move.from);
      inner.text("to", move.to);
      write_state(inner, move.state);
    });
    std::string& out = fields.key("end");
    out += '{';
    Fields inner(out);
    write_end(inner, record.end);
    out += '}';
  });
}

std::string fields_of(const EndRecord& record) {
  return fields_written_by([&](Fields& fields) { write_end(fields, record); });
}

std::string fields_of(const Removal& record) {
  return fields_written_by([&](Fields& fields) {
    fields.text("element", record.element);
    fields.text("path", record.path);
    fields.number("time", record.time);
  });
}

std::string fields_of(const Closed& record) {
  return fields_written_by([&](Fields& fields) {
    fields.text("key", record.key);
    fields.text("plan", record.plan);
    fields.text("user", record.user);
    fields.text("host", record.host);
    fields.number("time", record.time);
    fields.number("elements", record.elements);
    fields.number("published", record.published);
    fields.objects("accepted", record.accepted, [](Fields& inner, const Closed::Accepted& accepted) {
      inner.text("query", accepted.query);
      inner.text("reason", accepted.reason);
      inner.texts("elements", accepted.elements);
    });
    fields.texts("missing", record.missing);
  });
}

std::string fields_of(const Reopened& record) {
  return fields_written_by([&](Fields& fields) {
    fields.text("key", record.key);
    fields.text("user", record.user);
    fields.text("host", record.host);
    fields.text("reason", record.reason);
    fields.number("time", record.time);
  });
}

std::string fields_of(const FinalFile& record) {
  return fields_written_by([&](Fields& fields) {
    fields.text("key", record.key);
    fields.text("element", record.element);
    fields.text("from", record.from);
    fields.text("to", record.to);
    fields.flag("link", record.is_link);
    fields.flag("done", record.is_done);
    write_state(fields, record.state);
    fields.number("time", record.time);
  });
}

}  // namespace osac::step
