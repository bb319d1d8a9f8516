#pragma once
// Result<T>: trouble in the world (a file, a process, a server) as a value. Mistakes of the user are diagnostics instead,
// bugs of ours abort (check.h).

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace osac {

/// What kind of trouble it is; decides the exit code.
enum class Trouble : unsigned char {
  environment,  ///< disk full, no permission, missing program: exit 4
  busy,         ///< another live osac owns it: exit 5
  damaged,      ///< a journal, registry or plan that cannot be read: exit 6
  temporary,    ///< scheduler or file system does not answer: exit 75
  usage,        ///< the command line asks for something that is not there: exit 2
};

struct Error {
  Trouble trouble = Trouble::environment;
  std::string what;  ///< one sentence, lower case, no full stop: "cannot open `a/b`: no such file or directory"
  std::string help;  ///< what to do, or empty
};

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

/// An unexpected Error to return from a function that gives a Result.
inline tl::unexpected<Error> failure(Trouble trouble, std::string what, std::string help = {}) {
  return tl::unexpected<Error>(Error{trouble, std::move(what), std::move(help)});
}

/// Trouble with a path in a system call, with errno's text: "cannot ACTION `PATH`: TEXT".
tl::unexpected<Error> system_failure(int error_number, const std::string& action, const std::string& path);

}  // namespace osac
