#pragma once
// The client library of a database server, opened when it is needed: linking it would cost each start of osac milliseconds, and not every
// machine has it. It knows names of libraries, not what is in them. Private to this room.

#include <string>

#include "compiler/base/result.h"

namespace osac::registry {

class ClientLibrary {
 public:
  /// Environment trouble that names the package if it is not there.
  static Result<ClientLibrary> open(const std::string& file, const std::string& package);
  /// A function of it; stays open until the process ends.
  template <typename Function>
  [[nodiscard]] bool find(Function*& function, const char* name) const {
    function = reinterpret_cast<Function*>(symbol(name));
    return function != nullptr;
  }

 private:
  explicit ClientLibrary(void* handle) : handle_(handle) {}
  [[nodiscard]] void* symbol(const char* name) const;
  void* handle_;
};

/// What a server or its client said, fit for one line of an error: its first line, not too long.
std::string one_line(std::string text);

}  // namespace osac::registry
