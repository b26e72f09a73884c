/** `twdw completion`: prints what a shell needs to complete twdw's words, and answers it when it asks. */
import { join } from 'node:path'
import type { CommandModule } from 'yargs'
import { offerCommands, offerWords, type PathOffer, type WordOffer } from '../lib/completion/candidates.ts'
import { offerTags } from '../lib/completion/offer-tags.ts'
import { SHELL_SCRIPTS } from '../lib/completion/shell-scripts.ts'
import { quoteFor, readShellWords, SHELLS, type Shell, type ShellWords } from '../lib/completion/typed-words.ts'
import { TwdwError } from '../lib/errors.ts'
import { readSettingsFiles } from '../lib/io/settings-files.ts'
import type { Street } from '../lib/io/street.ts'
import type { COMMON_OPTIONS } from '../lib/plans.ts'
import { type CommandOptions, type Options, parseText, readSettings, word } from '../lib/settings.ts'

export const COMPLETION_OPTIONS = {
  shell: word(parseText, { describe: `Which shell: ${SHELLS.join(', ')}`, choices: SHELLS, positional: true }),
} satisfies Options

export function completionCommand(street: Street): CommandModule {
  return {
    command: 'completion [shell]',
    describe: 'Print what has a shell complete commands, options, files and hashtags',
    builder: yargs =>
      yargs
        .positional('shell', { describe: COMPLETION_OPTIONS.shell.describe, type: 'string' })
        .example('source <($0 completion bash)', 'for this bash')
        .example('$0 completion bash > /etc/bash_completion.d/twdw', 'for every bash, as root')
        .example('$0 completion zsh > /usr/local/share/zsh/site-functions/_twdw', 'for every zsh, as root')
        .example('$0 completion fish > ~/.config/fish/completions/twdw.fish', 'for fish')
        .epilogue('Exit status: 0 done · 2 usage'),
    async handler(argv) {
      const files = await readSettingsFiles(street)
      const { shell } = readSettings(COMPLETION_OPTIONS, { argv, env: street.env, files, command: 'completion' })
      if (shell === undefined) {
        throw new TwdwError('E_USAGE', 'it is not said for which shell', { hint: 'write `twdw completion bash`' })
      }
      await street.stdout.write(SHELL_SCRIPTS[shell as Shell])
    },
  }
}

/** A command, as far as completion knows it. */
export interface CompletableCommand extends CommandOptions {
  door: (street: Street) => Pick<CommandModule, 'describe'>
}

/** All there are, loaded when they are asked for. */
export interface Commands {
  names: readonly string[]
  load(names: readonly string[]): Promise<readonly CompletableCommand[]>
}

/**
 * Answers `twdw completion -- SHELL PLACE WORD…`, as the functions of the shells ask. Whatever goes wrong, nothing is offered: nobody
 * wants to read of it in a line that is being typed.
 */
export async function completeWords(words: readonly string[], commands: Commands, street: Street): Promise<void> {
  const [shell, at, ...rest] = words
  if (!SHELLS.some(known => known === shell)) return
  const typed = readShellWords(shell as Shell, rest, Number(at), street.env.HOME)
  const answer = await offer(typed, commands, street).catch(() => NOTHING)
  const candidates = answer.kind === 'words' ? answer.candidates : []
  const lines = candidates.flatMap(({ word, describe }) => {
    const text = quoteFor(shell as Shell, word, typed)
    return text === undefined ? [] : [describe === '' ? text : `${text}\t${describe}`]
  })
  await street.stdout.write(`${[answer.kind, ...lines].join('\n')}\n`)
}

const NOTHING: WordOffer = { kind: 'words', candidates: [] }

async function offer(typed: ShellWords, { names, load }: Commands, street: Street): Promise<WordOffer | PathOffer> {
  const [name, ...before] = typed.before
  if (name === undefined) {
    const all = await load(names)
    return offerCommands(
      typed,
      all.map(({ name, door }) => ({ word: name, describe: String(door(street).describe) })),
    )
  }
  if (!names.includes(name)) return NOTHING
  const [command] = await load([name])
  const offered = offerWords({ ...typed, before }, command!)
  if (offered.kind !== 'tags') return offered
  const tags = await tagsOfLake(lakeNamedIn([...before, ...typed.after]), command!, street)
  return { kind: 'words', candidates: offerTags(tags, offered.typed, offered.lead) }
}

/** The last word of `--lake`, if it stands there. */
function lakeNamedIn(words: readonly string[]): string | undefined {
  return words
    .flatMap((word, i) => (word === '--lake' ? (words[i + 1] ?? []) : (/^--lake=(.*)$/s.exec(word)?.[1] ?? [])))
    .at(-1)
}

/** @param named on the command line; else the lake is the one of the settings */
async function tagsOfLake(named: string | undefined, command: CommandOptions, street: Street): Promise<string[]> {
  const [{ readLakeTags }, { lakePlanOf, openLake }, { openNotes }, { lakeCacheFolder }, files] = await Promise.all([
    import('../lib/completion/lake-tags.ts'),
    import('../lib/io/ports.ts'),
    import('../lib/io/notes.ts'),
    import('../lib/io/cache-folders.ts'),
    readSettingsFiles(street),
  ])
  const argv = named === undefined ? {} : { lake: named }
  const plan = readSettings(command.options as typeof COMMON_OPTIONS, {
    argv,
    env: street.env,
    files,
    command: command.name,
  })
  const lakePlan = lakePlanOf(plan, street, 'twdw completion')
  const { env } = street
  const cache = lakePlan.s3 === undefined ? lakeCacheFolder(env, lakePlan.root) : lakePlan.s3.cacheFolder
  return readLakeTags({
    lake: openLake(lakePlan),
    notes: cache === undefined ? undefined : openNotes(join(cache, 'tag-names')),
    async openSql(session) {
      const { openDuckDb } = await import('../lib/io/duckdb/engine.ts')
      return openDuckDb({ ...session, threads: undefined, env, warn: () => undefined })
    },
  })
}
