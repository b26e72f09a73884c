/** Real shells, asked what they complete. `twdw` is the executable in the folder `bin` of the folder that they stand in. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const hasShell = (name: string) => spawnSync(name, ['--version']).status === 0

/** A program as a user of the folder runs it: own home and caches, and `twdw` among the commands. */
export function runAsUser(folder: string, program: string, words: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(program, words, {
    cwd: folder,
    env: {
      HOME: join(folder, 'home'),
      XDG_CACHE_HOME: join(folder, 'cache'),
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      LC_ALL: 'C.UTF-8',
      TERM: 'xterm',
      ...env,
    },
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, stdout, stderr }
}

function run(folder: string, shell: string, words: readonly string[]): string {
  const { status, stdout, stderr } = runAsUser(folder, shell, words)
  if (status !== 0) throw new Error(`${shell} ended with ${status}: ${stderr}`)
  return stdout
}

const BASH = `
source <(twdw completion bash)
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_twdw
printf '%s\\n' "\${COMPREPLY[@]}"
`

/** @param line as bash cuts it into words, the last one with the cursor. @returns what its function puts into COMPREPLY */
export function completeInBash(folder: string, line: readonly string[]): string[] {
  return linesOf(run(folder, 'bash', ['--norc', '-c', BASH, 'bash', ...line]))
}

/** @param line up to the cursor. @returns candidates without what they do */
export function completeInFish(folder: string, line: string): string[] {
  const script = 'twdw completion fish | source; complete -C $argv[1]'
  return linesOf(run(folder, 'fish', ['--no-config', '-c', script, '--', line])).map(text => text.split('\t')[0]!)
}

/** Types into a zsh in a terminal: each line, a tab, and then a key that notes what stands there. */
const ZSH = `
zmodload zsh/zpty
export NOTES=$1; shift
: > $NOTES
await() { repeat 400; do (( $(grep -c '^line:' $NOTES) >= $1 )) && return; sleep 0.05; done; exit 3 }
zpty z 'zsh -f -i'
zpty -w z "PROMPT=''; autoload -U compinit; compinit -u -D; source <(twdw completion zsh); LISTMAX=1000"
zpty -w z 'note() { print -r -- "line:$BUFFER" >> $NOTES; BUFFER="" }; zle -N note; bindkey "^G" note'
zpty -w z 'compadd() { local -a fit; builtin compadd -A fit "$@"; print -rl -- fit:\${^fit} >> $NOTES; builtin compadd "$@" }'
zpty -w z 'print line: >> $NOTES'
integer noted=1
await noted
for line in "$@"; do
  zpty -w -n z "$line"$'\\t\\x07'
  await $(( ++noted ))
done
`

/** @returns for each line what it became by a tab, and the words that fit */
export function completeInZsh(folder: string, lines: readonly string[]): { line: string; words: string[] }[] {
  const [script, notes] = [join(folder, 'complete.zsh'), join(folder, 'notes.txt')]
  writeFileSync(script, ZSH)
  run(folder, 'zsh', ['-f', script, notes, ...lines])
  const parts = readFileSync(notes, 'utf8').split(/^line:(.*)\n/m)
  // the first line is that of the prompt; what fits is noted before the line that comes of it
  return lines.map((_, i) => ({
    line: parts[2 * i + 3]!,
    words: linesOf(parts[2 * i + 2]!).map(text => text.slice('fit:'.length)),
  }))
}

const linesOf = (text: string) => text.split('\n').filter(line => line !== '')
