#pragma once
// What an element means, worked out on demand: names, paths, command, resources. Thread-safe: all state is the plan's.

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/plan/plan.h"

namespace osac::plan {

/// `reduce[exposure=16]`, `combine` (no dimensions). Keys as to_text gives them; text that is no plain word ([A-Za-z0-9._+-]) is
/// JSON-quoted. The dimensions are the declared ones in their order, each after those of its parents that are not declared: a name
/// belongs to one element.
std::string element_name(const Plan& plan, ElementRef ref);
std::string dataset_element_name(const Plan& plan, std::uint32_t dataset, std::uint32_t element);
/// A record by its key: "night=2026-11-18"; if its keys begin anew in each parent: "run=5,subrun=3". Empty for no_element.
std::string record_name(const Plan& plan, std::uint32_t dimension, std::uint32_t record);
/// The inverse, for the command line: dimensions in any order, blanks anywhere between words; those that others determine may be left
/// out. An error names what is wrong: unknown task (with the nearest), missing or unknown dimension, no such key.
Result<ElementRef> find_element(const Plan& plan, std::string_view name);
/// A short stable name for folders and log files: `reduce@16,3`, keys with everything but [A-Za-z0-9._-] percent-encoded (injective). Above
/// 120 bytes it is cut and ends in `~` and a hash of the whole.
std::string element_file_name(const Plan& plan, ElementRef ref);
/// Key values of an element as (dimension, text), in declared order.
std::vector<std::pair<std::string, std::string>> element_keys(const Plan& plan, ElementRef ref);

/// The same of a dataset's element, with the dimension's type.
struct KeyText {
  std::string dimension;
  std::string text;
  Type type;
};
std::vector<KeyText> dataset_keys(const Plan& plan, std::uint32_t dataset, std::uint32_t element);
/// An expression over a dataset's keys, attributes and records, for one of its elements.
Result<expression::Value> dataset_value(const Plan& plan, std::uint32_t dataset, std::uint32_t element, ExprId id);

/// The path of a dataset's element, relative to the workflow's folder (or absolute, if written so). Directories keep their final '/'.
std::string dataset_path(const Plan& plan, std::uint32_t dataset, std::uint32_t element);

/// Where a dataset's element is published when an execution is closed, relative to the workflow's folder (or absolute, if written so); a
/// directory's keeps its final '/'. Nothing if the dataset is not published.
struct Published {
  Publication kind = Publication::none;
  std::string path;
};
std::optional<Published> published_path(const Plan& plan, std::uint32_t dataset, std::uint32_t element);

/// The same for loops over many elements of a dataset, without a text for each.
class PathWriter {
 public:
  PathWriter(const Plan& plan, std::uint32_t dataset) : plan_(plan), template_(plan.path_template(dataset)) {}
  /// Appends the path of an element.
  void append(std::uint32_t element, std::string& out) const;

 private:
  const Plan& plan_;
  const PathTemplate& template_;
};

struct FileUse {
  std::uint32_t dataset = no_row;
  std::uint32_t element = no_element;
  std::uint32_t port = 0;    ///< place in the task's inputs (of an `else` branch: of its first row) or outputs
  std::uint32_t branch = 0;  ///< of an input: which `else` was taken; 0: none
  std::string path;          ///< final path
};

/// The rows of an input port: its own, then its `else` branches. `row` is the place of the first of them in the task's inputs.
std::span<const InputRow> port_rows(const Plan& plan, const TaskRow& task, std::uint32_t row);

/// All inputs of an element, port by port, in order. Absent optional ones are left out.
std::vector<FileUse> input_files(const Plan& plan, ElementRef ref);
std::vector<FileUse> output_files(const Plan& plan, ElementRef ref);

/// Resources of an attempt; 0 where the task says nothing (the site's default holds).
struct Resources {
  std::int64_t cpus = 0;
  std::int64_t memory = 0;  ///< bytes
  std::int64_t time = 0;    ///< nanoseconds
  std::int64_t disk = 0;    ///< bytes
  std::int64_t gpus = 0;
  std::vector<std::pair<std::string, std::int64_t>> slots;
};
Result<Resources> resources(const Plan& plan, ElementRef ref);

/// Which command an attempt (from 1) is made with: 0 the task's own, k that of its k-th rung, and the last one after all.
std::uint32_t rung_of(const Plan& plan, const TaskRow& task, std::uint32_t attempt);
/// How often an element is tried again at most, over all rungs.
std::uint32_t retry_count(const Plan& plan, const TaskRow& task);

/// The value of a field of the record that an element of a dataset holds, as the plan knows it (FieldRow::values); Absent if it does not.
expression::Value field_value(const Plan& plan, const FieldRow& field, std::uint32_t element);

/// How a command's text is put together for an attempt.
struct CommandContext {
  Resources resources;                                     ///< as this attempt was given
  std::string scratch;                                     ///< private directory, no final '/'
  std::function<std::string(const FileUse&)> output_path;  ///< where the process shall write an output; identity if empty
  std::function<bool(const FileUse&)> input_filter;        ///< survivors: keep only these; all if empty
  /// Writes the names of `{files:list}` and returns the path; `hole` is another number for each such hole of a plan. Without it such a
  /// command is an error.
  std::function<std::string(std::uint32_t hole, const std::vector<std::string>& names)> list_file;
  /// A field (its place among those of the file's dataset) of the record in an input's file (`{cleaning.picture}`). Without it (identity,
  /// dry runs) the hole stands for itself: its own text between braces.
  std::function<Result<expression::Value>(const FileUse& file, std::uint32_t field)> record_field;
  std::uint32_t attempt = 1;  ///< which rung of the retries' ladder the command is of
};

struct Command {
  CommandKind kind = CommandKind::none;
  std::vector<std::string> words;  ///< kind words: argv
  std::string text;                ///< shell and script: the text
  std::string interpreter;         ///< script: python, bash, ...
};
/// A directory stands in a command without its final '/'.
/// An error (usage trouble) if a value cannot be held where its hole stands, or an evaluation fails; it names the element.
Result<Command> command(const Plan& plan, ElementRef ref, const CommandContext& context);
Result<Command> verify_command(const Plan& plan, ElementRef ref, const CommandContext& context);
/// One line a person could paste, for logs, `why` and graphs: final paths, shell quoting.
std::string command_line(const Command& command);
/// The command's text for identity: final paths, scratch and list files under fixed names (with the names in them), resources as planned
/// and only where written into the command; `verify` and the commands of all rungs, too. What is read from an input's record when the
/// element starts is named, with the values of all else in that hole: the file is an input and has an identity of its own. Parts have their
/// lengths before them: different commands never have the same text.
Result<std::string> identity_text(const Plan& plan, ElementRef ref);

/// A declared metric's value, as the process wrote it.
struct MetricValue {
  std::uint32_t metric = 0;
  expression::Value value;
};
struct ExpectOutcome {
  bool holds = true;
  bool fails = false;  ///< the task says `fail`
  std::string message;
};
/// `context` gives what conditions and messages name beside metrics: fields of inputs' records.
Result<std::vector<ExpectOutcome>> check_expects(const Plan& plan, ElementRef ref, const std::vector<MetricValue>& metrics,
                                                 const CommandContext& context = {});

}  // namespace osac::plan
