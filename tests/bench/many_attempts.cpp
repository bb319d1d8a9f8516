// Writes a journal as an execution of a night leaves it: for each of N attempts its start, what it publishes and its end. Chains of three,
// a merge for each hundred of them. usage: many_attempts N > run-bench.j1

#include <cstdio>
#include <cstdlib>
#include <string>

#include "runtime/step/journal_file.h"
#include "runtime/step/record_text.h"

using namespace osac;

namespace {

constexpr std::int64_t begin = 1'790'000'000'000'000'000;
constexpr int chains_a_merge = 100;

struct Writer {
  std::string out;
  std::uint64_t sequence = 0;

  template <typename Record>
  void put(std::string_view kind, const Record& record) {
    step::append_frame(out, sequence, begin + static_cast<std::int64_t>(sequence), kind, step::fields_of(record));
    ++sequence;
    if (out.size() > (1U << 20U)) flush();
  }
  void flush() {
    std::fwrite(out.data(), 1, out.size(), stdout);
    out.clear();
  }
};

step::FileState state_of(std::uint64_t number) {
  step::FileState state;
  state.size = 8'392'320;
  state.mtime = state.ctime = begin + static_cast<std::int64_t>(number) * 1000;
  state.inode = 1'000'000 + number;
  state.device = 2049;
  for (std::size_t i = 0; i < state.content.size(); ++i)
    state.content[i] = static_cast<std::uint8_t>((number * 0x9e3779b97f4a7c15ULL) >> (i % 8 * 8)) ^ static_cast<std::uint8_t>(i);
  return state;
}

std::string file(const char* kind, std::uint64_t chain) {
  char text[64];
  std::snprintf(text, sizeof text, "products/%s/%06llu.%04llu.fits", kind, static_cast<unsigned long long>(chain / chains_a_merge),
                static_cast<unsigned long long>(chain % chains_a_merge));
  return text;
}

void attempt(Writer& writer, std::uint64_t number, const std::string& element, const std::vector<std::string>& inputs,
             const std::string& output) {
  const std::string execution = "20261121T050000-00000001";
  step::AttemptStart start;
  start.execution = execution;
  start.element = element;
  start.time = begin + static_cast<std::int64_t>(number) * 1000;
  start.pid = 4711;
  start.pid_start = 815;
  start.scratch = ".osa/night/scratch/" + std::to_string(number);
  writer.put(step::kind_attempt_start, start);
  step::EndRecord end;
  end.execution = execution;
  end.element = element;
  end.fingerprint = state_of(number + 7).content;
  end.command = "reduce --bias products/bias.fits --flat products/flat.fits";
  for (std::size_t i = 0; i < std::min<std::size_t>(inputs.size(), 3); ++i) end.command += " " + inputs[i];
  end.command += " --out " + output;
  end.tool = "reduce_frame";
  end.env = "system";
  end.log = ".osa/night/logs/reduce/" + std::to_string(number) + ".log";
  end.host = "node-17";
  end.started = start.time;
  end.ended = start.time + 1'500;
  end.cpu_time = 900'000'000;
  end.peak_memory = 66'800'000;
  end.cpus = 1;
  end.memory = 2'147'483'648;
  end.plan = std::string(64, 'a');
  for (const std::string& input : inputs) end.inputs.push_back({"frames", input, state_of(number), 0});
  end.outputs.push_back({"reduced", output, state_of(number)});
  end.metrics.push_back({"fwhm", "1.25"});
  step::PublishIntent intent;
  intent.execution = execution;
  intent.element = element;
  intent.moves.push_back({start.scratch + "/" + output, output, state_of(number)});
  intent.end = end;
  writer.put(step::kind_publish_intent, intent);
  writer.put(step::kind_end, end);
}

}  // namespace

int main(int, char** argv) {
  const std::uint64_t count = std::strtoull(argv[1], nullptr, 10);
  Writer writer;
  writer.put(step::kind_header, step::JournalHeader{1, "0.1.0", "node-17", "boot", 12, 34});
  step::ExecutionStart start;
  start.execution = "20261121T050000-00000001";
  start.workflow = "night";
  start.time = begin;
  writer.put(step::kind_execution_start, start);
  std::vector<std::string> merged;
  for (std::uint64_t number = 0, chain = 0; number < count; ++chain) {
    const std::string key = "[run=" + std::to_string(chain / chains_a_merge) + ",subrun=" + std::to_string(chain % chains_a_merge) + "]";
    attempt(writer, number++, "one" + key, {file("raw", chain), "products/bias.fits", "products/flat.fits"}, file("first", chain));
    attempt(writer, number++, "two" + key, {file("first", chain)}, file("second", chain));
    attempt(writer, number++, "three" + key, {file("second", chain)}, file("third", chain));
    merged.push_back(file("third", chain));
    if (merged.size() < chains_a_merge) continue;
    attempt(writer, number++, "merge[run=" + std::to_string(chain / chains_a_merge) + "]", merged, file("merged", chain));
    merged.clear();
  }
  writer.flush();
  return 0;
}
