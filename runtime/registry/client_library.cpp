#include "runtime/registry/client_library.h"

#include <dlfcn.h>

#include "compiler/base/text.h"

namespace osac::registry {

Result<ClientLibrary> ClientLibrary::open(const std::string& file, const std::string& package) {
  void* const handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* const why = ::dlerror();
    return failure(Trouble::environment, "cannot load `" + file + "`: " + one_line(why == nullptr ? "" : why),
                   "it comes with the package " + package);
  }
  return ClientLibrary(handle);
}

void* ClientLibrary::symbol(const char* name) const { return ::dlsym(handle_, name); }

std::string one_line(std::string text) {
  constexpr std::size_t longest = 300;
  text.resize(std::min(text.find('\n'), text.size()));
  if (text.size() > longest) text = text.substr(0, longest) + "...";
  return visible(trim(text));
}

}  // namespace osac::registry
