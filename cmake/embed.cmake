# Writes files as a C++ table of (name, text), sorted by name: `FUNCTION()` in namespace osac::embedded. Names are paths without SUFFIX, '/' as SEPARATOR.
list(SORT FILES)
set(rows "")
foreach(path IN LISTS FILES)
  file(READ ${ROOT}/${path} text)
  string(REPLACE "${SUFFIX}" "" name ${path})
  string(REPLACE "/" "${SEPARATOR}" name ${name})
  string(LENGTH "${text}" length)
  set(pieces "")
  set(at 0)
  while(at LESS length)
    string(SUBSTRING "${text}" ${at} 8000 piece)  # below the compilers' limit for one literal
    string(APPEND pieces "R\"osa(${piece})osa\"\n")
    math(EXPR at "${at} + 8000")
  endwhile()
  string(APPEND rows "    {\"${name}\", ${pieces}},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"stdlib/embedded.h\"

namespace osac::embedded {

const Table& ${FUNCTION}() {
  static const Table table = {\n${rows}  };
  return table;
}

}  // namespace osac::embedded\n")
