#pragma once
// Tells whom the site file names what has become of an execution: by mail (a local sendmail), by a webhook (curl), by a command. It knows
// nothing of executions. Its own troubles are for the caller to mention: nothing fails because somebody could not be told.

#include <string>
#include <vector>

#include "runtime/site/site.h"

namespace osac::notify {

struct Message {
  site::Event event = site::Event::done;
  std::string workflow;
  std::string subject;  ///< a line
  std::string text;     ///< for people: the body of a mail
  std::string json;     ///< for programs: an object; what a webhook is sent, and a command reads from standard input
};

/// A line for each that could not be told, which says whom and why. Each of them has a minute. A web address is not repeated: it may be a
/// secret.
std::vector<std::string> notify(const site::Site& site, const Message& message);

/// The mail as sendmail takes it (RFC 5322, RFC 2047 for words that are not ASCII).
std::string mail_text(const std::vector<std::string>& addresses, const Message& message);

}  // namespace osac::notify
