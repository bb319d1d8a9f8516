#include "runtime/registry/fingerprint.h"

namespace osac::registry {

namespace {

constexpr std::string_view version = "osac-fingerprint/1";

template <typename Number>
void append_number(std::string& text, Number number) {
  text.append(reinterpret_cast<const char*>(&number), sizeof number);
}

/// Length and bytes, so that two fields never read as two others.
void append_field(std::string& text, std::string_view field) {
  append_number(text, std::uint64_t{field.size()});
  text += field;
}

}  // namespace

void append_identity(std::string& text, const step::FileState& state) {
  if (state.size < 0) {
    text += 'm';  // missing
  } else if (state.content != Digest{}) {
    text += 'c';  // content
    text.append(reinterpret_cast<const char*>(state.content.data()), state.content.size());
  } else {
    text += 's';  // stat; not the device, whose number may differ between two starts of a machine
    append_number(text, state.size);
    append_number(text, state.mtime);
    append_number(text, state.ctime);
    append_number(text, state.inode);
  }
}

std::optional<Digest> fingerprint(const plan::Plan& plan, plan::ElementRef element, std::string_view env_identity,
                                  std::span<const plan::FileUse> inputs, std::span<const plan::FileUse> outputs, const Files& files) {
  thread_local std::vector<const step::FileState*> identities;
  identities.clear();
  for (const plan::FileUse& use : inputs) identities.push_back(&files.identity(use.dataset, use.element));
  return fingerprint(plan, element, env_identity, inputs, outputs, identities);
}

std::optional<Digest> fingerprint(const plan::Plan& plan, plan::ElementRef element, std::string_view env_identity,
                                  std::span<const plan::FileUse> inputs, std::span<const plan::FileUse> outputs,
                                  std::span<const step::FileState* const> identities) {
  const auto command = plan::identity_text(plan, element);
  if (!command) return std::nullopt;
  const plan::TaskRow& task = plan.tasks()[element.task];
  const auto ports = plan.inputs(task);
  thread_local std::string text;
  text.clear();
  append_field(text, version);
  append_field(text, *command);
  append_field(text, env_identity);
  append_number(text, std::uint64_t{inputs.size()});
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    append_field(text, plan.text(ports[inputs[i].port].name));
    append_field(text, inputs[i].path);
    append_identity(text, *identities[i]);
  }
  append_number(text, std::uint64_t{outputs.size()});
  for (const plan::FileUse& use : outputs) append_field(text, use.path);
  return sha256(text);
}

bool same_identity(const step::FileState& a, const step::FileState& b) {
  if (a.content != Digest{} && b.content != Digest{}) return a.content == b.content;
  return a.size == b.size && a.mtime == b.mtime && a.ctime == b.ctime && a.inode == b.inode;
}

}  // namespace osac::registry
