#include "runtime/cli/pages.h"

#include <fmt/format.h>
#include <vector>

#include "compiler/base/text.h"
#include "runtime/cli/arguments.h"

namespace osac::cli {

namespace {

std::vector<std::string> option_words(const CommandPage& page) {
  std::vector<std::string> words;
  for (const CommandPage::Option& option : page.options) {
    for (const std::string& name : option.short_names) words.push_back("-" + name);
    for (const std::string& name : option.long_names) words.push_back("--" + name);
  }
  return words;
}

std::string bash_script(const std::vector<CommandPage>& pages) {
  std::vector<std::string> commands;
  std::string cases;
  for (const CommandPage& page : pages) {
    commands.push_back(page.name);
    cases += fmt::format("    {}) words='{}' ;;\n", page.name, fmt::join(option_words(page), " "));
  }
  return fmt::format(R"sh(# bash completion for osac: eval "$(osac completion bash)"
_osac() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" words
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '{}' -- "$current"))
    return
  fi
  case "${{COMP_WORDS[1]}}" in
{}    *) words='' ;;
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
    *) COMPREPLY=($(compgen -f -X '!*.osa' -- "$current") $(compgen -d -- "$current")) ;;
  esac
}}
complete -o filenames -F _osac osac
)sh",
                     fmt::join(commands, " "), cases);
}

std::string zsh_script(const std::vector<CommandPage>& pages) {
  std::string commands;
  std::string cases;
  for (const CommandPage& page : pages) {
    commands += fmt::format("    {}\n", shell_quoted(page.name + ":" + page.about));
    cases += fmt::format("    {}) compadd -- {} ;;\n", page.name, fmt::join(option_words(page), " "));
  }
  return fmt::format(R"sh(#compdef osac
# zsh completion for osac: eval "$(osac completion zsh)"
_osac() {{
  local -a commands
  commands=(
{}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  if [[ "$PREFIX" != -* ]]; then
    _files -g '*.osa(-.)'
    return
  fi
  case "$words[2]" in
{}  esac
}}
compdef _osac osac
)sh",
                     commands, cases);
}

std::string fish_script(const std::vector<CommandPage>& pages) {
  std::string out = "# fish completion for osac: osac completion fish | source\n";
  for (const CommandPage& page : pages) {
    out += fmt::format("complete -c osac -n __fish_use_subcommand -f -a {} -d {}\n", page.name, shell_quoted(page.about));
    for (const CommandPage::Option& option : page.options) {
      std::string names;
      for (const std::string& name : option.short_names) names += " -s " + name;
      for (const std::string& name : option.long_names) names += " -l " + name;
      if (!names.empty())
        out += fmt::format("complete -c osac -n '__fish_seen_subcommand_from {}'{} -d {}\n", page.name, names, shell_quoted(option.about));
    }
  }
  return out;
}

}  // namespace

std::string completion_script(const std::string& shell) {
  if (shell == "bash") return bash_script(command_pages());
  if (shell == "zsh") return zsh_script(command_pages());
  if (shell == "fish") return fish_script(command_pages());
  return "";
}

std::string reference() {
  std::string out = "# The command line\n\nThis page is printed by `osac reference`; a test keeps it current.\n";
  for (const CommandPage& page : command_pages()) {
    out += fmt::format("\n## osac {}\n\n{}\n\n", page.name, page.about);
    out += "| option | meaning |\n| --- | --- |\n";
    for (const CommandPage::Option& option : page.options) {
      std::string about = option.about;
      for (std::size_t at = about.find('|'); at != std::string::npos; at = about.find('|', at + 2)) about.insert(at, 1, '\\');
      out += fmt::format("| `{}` | {} |\n", option.all_names, about);
    }
  }
  return out;
}

}  // namespace osac::cli
