#include "runtime/notify/notify.h"

#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>

#include "compiler/base/text.h"
#include "runtime/step/command.h"

namespace osac::notify {

namespace {

constexpr std::int64_t limit = 60'000'000'000;
constexpr std::size_t longest_word = 45;  // bytes in an encoded word: with what is around it no more than the 75 characters of RFC 2047

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t three = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k) three = three << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) out += k <= count ? digits[three >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

/// A header's value; words that are not ASCII are encoded, none is cut within a character.
std::string header_text(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  std::string out;
  while (!text.empty()) {
    std::size_t size = std::min(longest_word, text.size());
    while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
    out += fmt::format("{}=?UTF-8?B?{}?=", out.empty() ? "" : "\n ", base64(text.substr(0, size)));
    text.remove_prefix(size);
  }
  return out;
}

/// The text in quotes as curl's configuration has it (curl(1), --config).
std::string curl_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += std::string("\\") + c;
    else if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out + "\"";
}

std::vector<std::string> environment_with(const Message& message) {
  std::vector<std::string> variables{fmt::format("OSAC_EVENT={}", site::event_name(message.event)), "OSAC_WORKFLOW=" + message.workflow};
  for (char** one = environ; *one != nullptr; ++one) {
    const std::string_view variable(*one);
    if (!variable.starts_with("OSAC_EVENT=") && !variable.starts_with("OSAC_WORKFLOW=")) variables.emplace_back(variable);
  }
  return variables;
}

/// Why it was not told; nothing if it was.
std::string run(const std::vector<std::string>& words, const Message& message, const std::string& input) {
  const step::CommandEnd end = step::run_command(words, environment_with(message), input, limit);
  using How = step::CommandEnd::How;
  const std::string said = visible(trim(end.errors.substr(0, 500)));
  switch (end.how) {
    case How::missing:
      return fmt::format("there is no program `{}`", visible(words.front()));
    case How::ended:
      return fmt::format("`{}` took more than a minute", visible(words.front()));
    case How::unstarted:
      return said;
    case How::signalled:
      return fmt::format("`{}` was ended by a signal", visible(words.front()));
    case How::exited:
      if (end.code == 0) return "";
      return fmt::format("`{}` ended with exit code {}{}{}", visible(words.front()), end.code, said.empty() ? "" : ": ", said);
  }
  return "";
}

std::string tell(const site::Site& site, const site::Notification& one, const Message& message) {
  if (!one.mail.empty()) {
    std::vector<std::string> words{site.sendmail, "-i", "--"};
    words.insert(words.end(), one.mail.begin(), one.mail.end());
    const std::string trouble = run(words, message, mail_text(one.mail, message));
    return trouble.empty() ? "" : fmt::format("no mail to {}: {}", visible(fmt::format("{}", fmt::join(one.mail, ", "))), trouble);
  }
  if (!one.webhook.empty()) {
    // by its configuration: others see a program's words, not its input
    const std::string configuration = fmt::format("url = {}\nheader = \"Content-Type: application/json\"\ndata-raw = {}\n",
                                                  curl_quoted(one.webhook), curl_quoted(message.json));
    const std::string trouble =
        run({"curl", "--fail", "--silent", "--show-error", "--output", "/dev/null", "--config", "-"}, message, configuration);
    return trouble.empty() ? "" : "the webhook was not told: " + trouble;
  }
  const std::string trouble = run(one.command, message, message.json + "\n");
  return trouble.empty() ? "" : "not told: " + trouble;
}

}  // namespace

std::string mail_text(const std::vector<std::string>& addresses, const Message& message) {
  return fmt::format(
      "To: {}\nSubject: {}\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
      "Content-Transfer-Encoding: 8bit\n\n{}",
      fmt::join(addresses, ",\n "), header_text(visible(message.subject)), message.text);
}

std::vector<std::string> notify(const site::Site& site, const Message& message) {
  std::vector<std::string> troubles;
  for (const site::Notification& one : site.notifications) {
    if (std::find(one.on.begin(), one.on.end(), message.event) == one.on.end()) continue;
    if (std::string trouble = tell(site, one, message); !trouble.empty()) troubles.push_back(std::move(trouble));
  }
  return troubles;
}

}  // namespace osac::notify
