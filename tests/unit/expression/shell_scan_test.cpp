#include <algorithm>
#include <catch2/catch.hpp>

#include "support.h"

using namespace osac::expression;

namespace {

using Words = std::vector<std::string>;

ShellScan scanned(std::string_view text) { return scan_shell(parts_of(text)); }
std::vector<HoleContext> contexts_in(std::string_view text) { return scanned(text).contexts; }
Words problems_in(std::string_view text) { return words_of(scanned(text).problems); }
bool needs_shell(std::string_view text) { return scanned(text).needs_shell; }

/// The words of a command without a shell, holes as `<>`; pieces of a word with `+` between.
Words split(std::string_view text) {
  const auto parts = parts_of(text);
  const ShellScan scan = scan_shell(parts);
  Words words;
  for (const auto& word : scan.words) {
    std::string joined;
    for (const auto& piece : word) joined += (joined.empty() ? "" : "+") + (parts[piece.part].is_hole ? "<>" : piece.text);
    words.push_back(joined);
  }
  return words;
}

using H = HoleContext;

}  // namespace

TEST_CASE("each place of the shell has its context") {
  CHECK(contexts_in("a {x} '{x}' \"{x}\" | b") == std::vector{H::shell_bare, H::shell_single, H::shell_double});
  CHECK(contexts_in("a \"$(b \"{x}\" {x})\" '$({x})'") == std::vector{H::shell_double, H::shell_bare, H::shell_single});
  CHECK(contexts_in("a # {x}\nb {x}") == std::vector{H::shell_verbatim, H::shell_bare});
  CHECK(contexts_in("a b#{x} $# {x}") == std::vector{H::shell_bare, H::shell_bare});
  CHECK(contexts_in("cat <<A <<'B'\n{x}\nA\n- {x}\nB\nc {x}") == std::vector{H::shell_heredoc, H::shell_verbatim, H::shell_bare});
  CHECK(contexts_in("cat <<A \"{x}\"\n{x}\nA\n") == std::vector{H::shell_double, H::shell_heredoc});
  CHECK(contexts_in("echo $(( {x} + (2 * {x}) )) {x}") == std::vector{H::shell_number, H::shell_number, H::shell_bare});
  CHECK(contexts_in("case {x} in {x}) a {x};; (b) c \"$(d)\";; esac; e '{x}'") ==
        std::vector{H::shell_bare, H::shell_bare, H::shell_bare, H::shell_single});
  CHECK(contexts_in("v=$(case a in a) b {x};; esac) c '{x}'") == std::vector{H::shell_bare, H::shell_single});
  CHECK(contexts_in("f() { a {x}; }; (b \"{x}\")") == std::vector{H::shell_bare, H::shell_double});
  CHECK(contexts_in("diff <(a {x}) <<<\"{x}\"") == std::vector{H::shell_bare, H::shell_double});
  CHECK(contexts_in("a=(x \"{x}\" {x}) b") == std::vector{H::shell_double, H::shell_bare});
  CHECK(contexts_in("a \\' {x} \\\" {x} > {x}") == std::vector{H::shell_bare, H::shell_bare, H::shell_bare});
  CHECK(contexts_in("a \"\\\\\" {x} \"\\\"{x}\"; b") == std::vector{H::shell_bare, H::shell_double});
}

TEST_CASE("where bash does arithmetic a number is asked for") {
  CHECK(contexts_in("let a={x} b={x}") == std::vector{H::shell_number, H::shell_number});
  CHECK(contexts_in("(( n > {x} )) && a {x}") == std::vector{H::shell_number, H::shell_bare});
  CHECK(contexts_in("for ((i = 0; i < {x}; i++)); do a {x}; done") == std::vector{H::shell_number, H::shell_bare});
  CHECK(contexts_in("[[ {x} -gt {x} && {x} == {x} ]]") == std::vector{H::shell_number, H::shell_number, H::shell_bare, H::shell_bare});
  CHECK(contexts_in("a[{x}]={x}") == std::vector{H::shell_number, H::shell_bare});
  CHECK(contexts_in("declare -i n={x}") == std::vector{H::shell_number});
  CHECK(contexts_in("a $[ {x} ] {x}") == std::vector{H::shell_number, H::shell_bare});
  CHECK(contexts_in("[ {x} -eq 3 ]") == std::vector{H::shell_bare});
}

TEST_CASE("values stay out of places where their text would be code") {
  const std::string code = "1: this value would be run as code: the text it stands in is evaluated a second time";
  CHECK(problems_in("eval \"a {x}\"") == Words{code});
  CHECK(problems_in("bash -c \"a {x}\"") == Words{code});
  CHECK(problems_in("/bin/sh -euc 'a {x}'") == Words{code});
  CHECK(problems_in("bash -o pipefail -c 'a {x}'") == Words{code});
  CHECK(problems_in("find . -exec sh -c 'a {x}' \\;") == Words{code});
  CHECK(problems_in("xargs -n 1 bash -c {x}") == Words{code});
  CHECK(problems_in("true && command eval {x}") == Words{code});
  CHECK(problems_in("python3 -c 'print(\"{x}\")'") == Words{code});
  CHECK(problems_in("perl -ne 'print {x}' file") == Words{code});
  CHECK(problems_in("trap 'rm {x}' EXIT") == Words{code});
  CHECK(problems_in("bash <<EOF\na {x}\nEOF\n") == Words{"1: this value would be run as code"});
  CHECK(problems_in("python3 - <<EOF\nx = '{x}'\nEOF\n") == Words{"1: this value would be run as code"});
  const std::string remote = "1: this value would be evaluated a second time, by the shell on the other host";
  CHECK(problems_in("ssh host \"a {x}\"") == Words{remote});
  CHECK(problems_in("ssh -p 22 me@host a {x}") == Words{remote});
  CHECK(problems_in("ssh host <<EOF\na {x}\nEOF\n") == Words{"1: this value would be run as code"});
  const std::string name = "1: this value would name a variable of the shell, and its text can hold code there";
  CHECK(problems_in("unset {x}") == Words{name});
  CHECK(problems_in("export {x}=1") == Words{name});
  CHECK(problems_in("printf -v {x} a") == Words{name});
  CHECK(problems_in("[[ -v {x} ]]") == Words{name});
}

TEST_CASE("arguments of code are fine") {
  const Words none;
  CHECK(problems_in("bash -c 'a \"$1\"' _ {x}") == none);
  CHECK(problems_in("bash script.sh -c {x}") == none);
  CHECK(problems_in("python3 script.py -c {x} <<EOF\n{x}\nEOF\n") == none);
  CHECK(problems_in("perl -Imodule {x}") == none);
  CHECK(problems_in("ssh {x} ls") == none);
  CHECK(problems_in("ssh host cat <<EOF\n{x}\nEOF\n") == none);
  CHECK(problems_in("export A={x}") == none);
  CHECK(problems_in("echo eval {x}") == none);
  CHECK(problems_in("trap - EXIT; a {x}") == none);
  CHECK(problems_in("awk '$1 > {x}' f") == none);
}

TEST_CASE("values stay out of places that quoting cannot serve") {
  CHECK(problems_in("a `b {x}`") == Words{"1: this value stands inside backquotes"});
  CHECK(problems_in("a \"`b {x}`\"") == Words{"1: this value stands inside backquotes"});
  CHECK(problems_in("a $'b{x}'") == Words{"1: this value stands inside `$'...'`"});
  CHECK(problems_in("a ${v:-{x}}") == Words{"1: this value stands inside `${...}` of the shell"});
  CHECK(problems_in("a \"${v#\"{x}\"}\"") == Words{"1: this value stands inside `${...}` of the shell"});
  CHECK(problems_in("cat <<{x}\na\n{x}\n") ==
        Words{"0: the here-document is never closed", "1: this value stands in the delimiter of a here-document"});
  CHECK(problems_in("cat <<EOF\n$(a {x})\nEOF\n") == Words{"1: this value stands in an expansion within a here-document"});
  CHECK(problems_in("a ${x}") == Words{"1: a `$` stands before this value"});
  CHECK(problems_in("a \"\\{x}\"") == Words{"1: a backslash stands before this value"});
  CHECK(problems_in("a $v{x}") == Words{"1: this value continues the name of a variable"});
  CHECK(problems_in("a $1{x}").empty());
  CHECK(problems_in("a {x}>f") == Words{"1: this value, if a number, would be taken for the file descriptor of the redirection"});
  CHECK(problems_in("a ${v:-${v:-'b'}} {x}").empty());
  CHECK(problems_in("a $((b); (c {x}) ) {x}") == Words{"1: the quotes and brackets before this value cannot be followed",
                                                       "3: the quotes and brackets before this value cannot be followed"});
}

TEST_CASE("a line that a value could turn into the end of its here-document is told") {
  const std::string problem = "1: with this value the line could end the here-document";
  CHECK(problems_in("cat <<'EOF'\n{x}\nEOF\n") == Words{problem});
  CHECK(problems_in("cat <<'EOF'\nE{x}\nEOF\n") == Words{problem});
  CHECK(problems_in("cat <<EOF\nE{x}\nEOF\n") == Words{problem});
  CHECK(problems_in("cat <<EOF\n{x}EOF\nEOF\n") == Words{problem});
  CHECK(problems_in("cat <<a-b\n{x}\na-b\n") == Words{problem});
  CHECK(problems_in("cat <<EOF\n{x}\nEOF\n").empty());
  CHECK(problems_in("cat <<'EOF'\nn: {x}\nEOF\n").empty());
}

TEST_CASE("what is never closed is told once, where it opens") {
  CHECK(problems_in("a 'b {x}") == Words{"0: the quote `'` is never closed"});
  CHECK(problems_in("a {x} \"b") == Words{"2: the quote `\"` is never closed"});
  CHECK(problems_in("a $(b {x}") == Words{"0: the bracket that opens here is never closed"});
  CHECK(problems_in("a {x})") == Words{"2: this `)` closes nothing"});
  CHECK(problems_in("cat <<EOF\n{x}\n") == Words{"0: the here-document is never closed"});
  CHECK(problems_in("cat <<EOF") == Words{"0: the here-document has no text"});
  std::string nested;
  for (int i = 0; i < 100'000; ++i) nested += "$(";
  CHECK(problems_in(nested) == Words{"0: the command nests too deep"});
}

TEST_CASE("plain words need no shell") {
  CHECK(split("make_flat {x} -o {x}") == Words{"make_flat", "<>", "-o", "<>"});
  CHECK(split("\n  a 'b c'\"d\"\\ e {x}z \"{x} w\" ''\n") == Words{"a", "b cd e", "<>+z", "<>+ w", ""});
  CHECK(split("a \\\n  b --x={x}") == Words{"a", "b", "--x=+<>"});
  CHECK(split("echo 'a;b' \"c|d\" \"\\$e\"") == Words{"echo", "a;b", "c|d", "$e"});
  CHECK(split("").empty());
  CHECK(contexts_in("a {x} \"{x}\" '{x}'") == std::vector{H::word, H::plain, H::plain});
  for (const auto* command : {"a", "{x} b", "test -f {x}", "printf %s {x}", "true", "echo a~b a#b a=b", "a if do"})
    CHECK_FALSE(needs_shell(command));
}

TEST_CASE("whatever the shell would do more needs one") {
  for (const auto* command : {"a | b",     "a > b",
                              "a; b",      "a\nb",
                              "a $v",      "a \"$v\"",
                              "a *",       "a [ab]",
                              "a ?",       "a ~",
                              "a --x=~/b", "v=1 a",
                              "v=1",       "! a",
                              "a & b",     "a && b",
                              "(a)",       "{{ a; }}",
                              "a {b,c}",   "if a; b",
                              "cd {x}",    "export a",
                              "source f",  ". f",
                              "set -e",    "ulimit -n",
                              "exec a",    "[ -f {x} ]",
                              "[[ a ]]",   "a `b`",
                              "a $(b)",    "a # b",
                              "time a",    "a <<EOF\nEOF\n",
                              "a 2>&1",    "umask 2",
                              "a $'b'",    "read a",
                              "wait",      "eval a",
                              "for i",     "a <(b)",
                              "command a", "trap a b"}) {
    INFO(command);
    CHECK(needs_shell(command));
  }
}

TEST_CASE("scanning is linear and ends on any text") {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "a \"$(b {x} 'c')\" <<E\n{x}\nE\n";
  CHECK(scanned(text).contexts.size() == 40'000);
  const std::string alphabet = "{x}'\"\\$()`<E\n #";
  unsigned state = 1;
  for (int round = 0; round < 3'000; ++round) {
    std::string random;
    for (int i = 0; i < 40; ++i) {
      state = state * 1664525U + 1013904223U;
      random += alphabet[(state >> 16) % alphabet.size()];
      if (random.back() == '{') random += "x}";
    }
    const auto parts = parts_of(random);
    const auto holes = static_cast<std::size_t>(std::count_if(parts.begin(), parts.end(), [](const auto& part) { return part.is_hole; }));
    CHECK(scan_shell(parts).contexts.size() == holes);
  }
}
