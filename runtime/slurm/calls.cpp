// The file `calls`: a line of JSON that says how many there are, a line of JSON a call, then the lines for scontrol as they are.

#include "runtime/slurm/calls.h"

#include <fmt/format.h>

#include "compiler/base/text.h"
#include "runtime/slurm/protocol.h"
#include "runtime/step/json_scanner.h"

namespace osac::slurm {

namespace {

std::string texts(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += fmt::format("{}{}", out.empty() ? "" : ",", json_quoted(item));
  return "[" + out + "]";
}

struct Head {
  std::uint32_t version = 0;
  std::size_t calls = 0, lines = 0;
};

Head parse_head(std::string_view text) {
  Head head;
  step::JsonScanner scanner(text);
  scanner.object([&](std::string_view name) {
    if (name == "version")
      head.version = scanner.integer<std::uint32_t>();
    else if (name == "calls")
      head.calls = scanner.integer<std::size_t>();
    else if (name == "lines")
      head.lines = scanner.integer<std::size_t>();
    else
      scanner.skip();
  });
  return head;
}

Call parse_call(std::string_view text) {
  Call call;
  step::JsonScanner scanner(text);
  const auto list = [&](std::vector<std::string>& items) {
    scanner.list([&] {
      items.emplace_back();
      scanner.text(items.back());
    });
  };
  scanner.object([&](std::string_view name) {
    if (name == "name")
      scanner.text(call.name);
    else if (name == "tasks")
      call.tasks = scanner.integer<std::uint32_t>();
    else if (name == "options")
      list(call.options);
    else if (name == "dependency")
      scanner.text(call.dependency);
    else if (name == "command")
      list(call.command);
    else
      scanner.skip();
  });
  if (call.name.empty() || !scanner.at_end()) throw step::ScanTrouble{"a call without a name"};
  return call;
}

tl::unexpected<Error> damaged(const std::string& what) { return failure(Trouble::damaged, "`calls` is damaged: " + what); }

}  // namespace

std::string calls_text(const Calls& calls) {
  std::string text =
      fmt::format("{{\"version\":{},\"calls\":{},\"lines\":{}}}\n", protocol_version, calls.calls.size(), calls.lines.size());
  for (const Call& call : calls.calls)
    text += fmt::format("{{\"name\":{},\"tasks\":{},\"options\":{},\"dependency\":{},\"command\":{}}}\n", json_quoted(call.name),
                        call.tasks, texts(call.options), json_quoted(call.dependency), texts(call.command));
  for (const std::string& line : calls.lines) text += line + "\n";
  return text;
}

Result<Calls> parse_calls(std::string_view text) {
  if (!text.ends_with('\n')) return damaged("its end is missing");
  std::vector<std::string_view> lines = split(text, '\n');
  lines.pop_back();
  Calls calls;
  try {
    const Head head = parse_head(lines[0]);
    if (head.version != protocol_version)
      return failure(Trouble::environment,
                     fmt::format("the scripts are of protocol version {}, this osac of {}", head.version, protocol_version),
                     "go on with the osac that made them");
    if (lines.size() - 1 < head.calls || lines.size() - 1 - head.calls != head.lines)
      return damaged(fmt::format("it has {} instead of {}", count_of(lines.size() - 1, "line"), head.calls + head.lines));
    for (std::size_t i = 0; i < head.calls; ++i) calls.calls.push_back(parse_call(lines[1 + i]));
    calls.lines.assign(lines.begin() + static_cast<std::ptrdiff_t>(1 + head.calls), lines.end());
  } catch (const step::ScanTrouble& trouble) {
    return damaged(trouble.what);
  }
  return calls;
}

std::string without_places(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '@' ? std::string("@@") : std::string(1, c);
  return out;
}

std::string filled(std::string_view text, const std::function<std::string(std::string_view place)>& value) {
  std::string out;
  for (;;) {
    const auto begin = text.find('@');
    const auto end = begin == std::string_view::npos ? begin : text.find('@', begin + 1);
    if (end == std::string_view::npos) return out += text;
    out += text.substr(0, begin);
    const std::string_view place = text.substr(begin + 1, end - begin - 1);
    out += place.empty() ? "@" : value(place);
    text.remove_prefix(end + 1);
  }
}

}  // namespace osac::slurm
