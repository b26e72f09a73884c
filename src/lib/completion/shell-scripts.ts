/**
 * What each shell is given to ask with: a small function that hands the words over and puts the answer in.
 *
 * An answer is lines: first `words`, `files` or `folders`, then for each word a line, with a tab and what it does behind it. Where paths
 * are asked for, the shell knows best.
 */
import type { Shell } from './typed-words.ts'

const BASH = `# bash completion for twdw
_twdw() {
  local -a answer
  local program=\${COMP_WORDS[0]/#\\~/$HOME}
  mapfile -t answer < <("$program" completion -- bash "$((COMP_CWORD - 1))" "\${COMP_WORDS[@]:1}" 2>/dev/null)
  COMPREPLY=()
  case \${answer[0]} in
    files) compopt -o default 2>/dev/null ;;
    folders) compopt -o dirnames 2>/dev/null ;;
    words)
      compopt -o nosort 2>/dev/null
      COMPREPLY=("\${answer[@]:1}")
      COMPREPLY=("\${COMPREPLY[@]%%$'\\t'*}")
      ;;
  esac
}
complete -F _twdw twdw
`

const ZSH = `#compdef twdw
# zsh completion for twdw
_twdw() {
  local -a answer given offered shown
  local line
  given=("\${(@Q)words[2,-1]}")
  given[CURRENT-1]=\${(Q)PREFIX}
  answer=("\${(@f)$("\${\${(Q)words[1]}/#\\~/$HOME}" completion -- zsh $((CURRENT - 2)) "\${(@)given}" 2>/dev/null)}")
  case $answer[1] in
    files) compset -P '-*='; _files ;;
    folders) compset -P '-*='; _files -/ ;;
    words)
      for line in "\${(@)answer[2,-1]}"; do
        offered+=("\${line%%$'\\t'*}")
        shown+=("\${line/$'\\t'/  -- }")
      done
      (( $#offered )) && compadd -l -d shown -V twdw -a offered
      ;;
  esac
}
if [[ $funcstack[1] == _twdw ]]; then
  _twdw "$@"
else
  compdef _twdw twdw
fi
`

const FISH = `# fish completion for twdw
function __twdw_complete
    set -l given (commandline -opc)
    set -l current (commandline -ct)
    set -l answer ($given[1] completion -- fish (math (count $given) - 1) $given[2..] "$current" 2>/dev/null)
    set -l lead (string match -r -- '^-[^=]*=' "$current")
    set -l path (string replace -r -- '^-[^=]*=' '' "$current")
    switch "$answer[1]"
        case files
            printf '%s\\n' "$lead"(__fish_complete_path "$path")
        case folders
            printf '%s\\n' "$lead"(__fish_complete_directories "$path")
        case words
            printf '%s\\n' $answer[2..]
    end
end
complete -c twdw -f -k -a '(__twdw_complete)'
`

export const SHELL_SCRIPTS: Record<Shell, string> = { bash: BASH, zsh: ZSH, fish: FISH }
