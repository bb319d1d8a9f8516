# Writes the modules as a C++ table: name ("std.gnuastro") and text. Sorted by name; texts as raw strings in pieces below the compiler's limit.
list(SORT MODULES)
set(rows "")
foreach(module IN LISTS MODULES)
  file(READ ${ROOT}/${module} text)
  string(REGEX REPLACE "\\.osa$" "" name ${module})
  string(REPLACE "/" "." name ${name})
  string(LENGTH "${text}" length)
  set(pieces "")
  set(at 0)
  while(at LESS length)
    string(SUBSTRING "${text}" ${at} 8000 piece)
    string(APPEND pieces "R\"osa(${piece})osa\"\n")
    math(EXPR at "${at} + 8000")
  endwhile()
  string(APPEND rows "    {\"${name}\", ${pieces}},\n")
endforeach()
file(WRITE ${OUTPUT} "#include <string_view>\n#include <utility>\n#include <vector>\n
namespace osac::driver {
/// The embedded modules: name and text, sorted by name.
const std::vector<std::pair<std::string_view, std::string_view>>& embedded_table();
const std::vector<std::pair<std::string_view, std::string_view>>& embedded_table() {
  static const std::vector<std::pair<std::string_view, std::string_view>> table = {\n${rows}  };
  return table;
}
}  // namespace osac::driver\n")
