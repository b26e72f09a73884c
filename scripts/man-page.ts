/**
 * docs/twdw.1: the manual page, from what `--help` is made of: each command's options, positionals, examples and exit status.
 *
 * The page's own text stands between the markers `.\" made: …` and `.\" end`, and is left alone.
 */
import type { Argv, CommandModule } from 'yargs'
import packageFile from '../package.json' with { type: 'json' }
import { type ErrorCode, EXIT_STATUS } from '../src/lib/errors.ts'
import type { Street } from '../src/lib/io/street.ts'
import { COMMON_OPTIONS } from '../src/lib/plans.ts'
import { flagName, type Option, type Options } from '../src/lib/settings.ts'

/** A command as main knows it. */
export interface ManCommand {
  name: string
  options: Options
  door: (street: Street) => CommandModule
}

const MARKED = /^\.\\" made: (\w+)\n[\s\S]*?^\.\\" end$/gm

/** @throws Error for a page that lacks a part or a date, or asks for a part that is not made */
export function fillManPage(page: string, commands: readonly ManCommand[], summary: string): string {
  const told = commands.map(tellingsOf)
  // the day of a release is nothing that a program knows
  const [, date = ''] = /^\.TH TWDW 1 (\d{4}-\d{2}-\d{2}) /m.exec(page) ?? []
  const parts: Record<string, () => string> = {
    title: () => `.TH TWDW 1 ${date} "twdw ${packageFile.version}" "User Commands"`,
    summary: () => roff(summary),
    synopsis: () => told.map(({ usage }) => `.br\n.B twdw\n${roff(usage)}`).join('\n'),
    commands: () => told.map(commandText).join('\n'),
    common: () => optionsText(COMMON_OPTIONS),
    status: statusText,
    examples: () => told.flatMap(({ examples }) => examples.map(exampleText)).join('\n'),
  }
  const missing = new Set(Object.keys(parts)).difference(
    new Set(Array.from(page.matchAll(MARKED), ([, name = '']) => name)),
  )
  if (date === '') throw new Error('docs/twdw.1 has no date in its .TH line')
  if (missing.size > 0) throw new Error(`docs/twdw.1 has no part ${[...missing].join(', ')}`)
  return page.replaceAll(MARKED, (_, name: string) => {
    const part = parts[name]
    if (part === undefined) throw new Error(`docs/twdw.1 asks for ${name}, and nobody makes that`)
    return `.\\" made: ${name}\n${part()}\n.\\" end`
  })
}

interface Tellings {
  name: string
  /** the command with what it takes */
  usage: string
  describe: string
  options: Options
  examples: { words: string; describe: string }[]
  exitStatus: string
}

/** What a command tells yargs. */
function tellingsOf({ name, options, door }: ManCommand): Tellings {
  // nothing of it is run: the street is only looked at by handlers
  const module = door(undefined as unknown as Street)
  const calls: { method: string; words: unknown[] }[] = []
  const yargs: unknown = new Proxy(
    {},
    {
      get:
        (_, method) =>
        (...words: unknown[]) => {
          calls.push({ method: String(method), words })
          return yargs
        },
    },
  )
  if (typeof module.builder === 'function') module.builder(yargs as Argv)
  const said = (method: string) => calls.filter(call => call.method === method).map(({ words }) => words.map(String))
  return {
    name,
    usage: String(module.command),
    describe: String(module.describe),
    options,
    examples: said('example').map(([words = '', describe = '']) => ({
      words: words.replaceAll('$0', 'twdw'),
      describe,
    })),
    exitStatus: said('epilogue').join(' '),
  }
}

function commandText({ usage, describe, options, exitStatus }: Tellings): string {
  const own = Object.fromEntries(Object.entries(options).filter(([key, option]) => !isCommon(key, option)))
  return [`.SS twdw ${roff(usage)}`, `${roff(describe)}.`, optionsText(own), '.PP', roff(`${exitStatus}.`)]
    .filter(text => text !== '')
    .join('\n')
}

function isCommon(key: string, option: Option<unknown>): boolean {
  return COMMON_OPTIONS[key as keyof typeof COMMON_OPTIONS] === option
}

/** Group by group, as --help has them, those without one first. */
function optionsText(options: Options): string {
  const groups = Map.groupBy(Object.entries(options), ([, { group }]) => group)
  return [undefined, ...[...groups.keys()].filter(group => group !== undefined)]
    .flatMap(group => {
      const head = group === undefined || group === 'Common:' ? [] : ['.PP', `.B ${roff(group)}`]
      return [...(groups.has(group) ? head : []), ...(groups.get(group) ?? []).map(optionText)]
    })
    .join('\n')
}

function optionText([key, option]: [string, Option<unknown>]): string {
  const flag = `\\fB${roff(`--${flagName(key)}`)}\\fR`
  const alias = option.alias === undefined ? '' : `\\fB${roff(`-${option.alias}`)}\\fR, `
  const name = `\\fI${roff(placeholderOf(key, option))}\\fR`
  const value = option.form === 'flag' ? '' : option.alone === undefined ? ` ${name}` : ` [${name}]`
  const head = option.positional ? name : `${alias}${flag}${value}`
  const more = [
    ...(option.choices === undefined ? [] : [`One of ${option.choices.join(', ')}.`]),
    ...(option.form === 'word' && option.fallback !== undefined ? [`Default: ${option.fallback}.`] : []),
    ...(option.form === 'list' && !option.positional ? ['May be repeated.'] : []),
  ]
  return ['.TP', head, roff([`${option.describe}.`, ...more].join(' '))].join('\n')
}

/** What stands for the value. */
function placeholderOf(key: string, { completes, positional }: Option<unknown>): string {
  if (positional) return key
  return { files: 'file', folders: 'folder', tags: 'tag' }[String(completes)] ?? 'value'
}

function exampleText({ words, describe }: Tellings['examples'][number]): string {
  return ['.TP', `.B ${roff(words)}`, `${roff(describe)}.`].join('\n')
}

const STATUS_MEANS: Record<ErrorCode, string> = {
  E_USAGE: 'Usage or configuration.',
  E_REFUSED: 'Refused by X, systemd or cron.',
  E_SOURCE: 'The source of tweets cannot be reached or read.',
  E_LAKE: 'The lake cannot be reached or written, or is damaged.',
  E_DATA: 'Data failed a check; nothing was published.',
  E_CAP: 'A spending cap was reached.',
  E_INTERRUPTED: 'Stopped by a signal before the work was done.',
}

function statusText(): string {
  const known = Object.entries(EXIT_STATUS).map(([code, status]) => [status, STATUS_MEANS[code as ErrorCode]] as const)
  return [[0, 'Done.'] as const, [1, 'A bug in twdw.'] as const, ...known]
    .map(([status, means]) => `.TP\n.B ${status}\n${roff(means)}`)
    .join('\n')
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  "'": '\\(aq',
  '"': '\\(dq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
}

/** Plain text as roff reads it, whatever stands in it; one line. */
export function roff(text: string): string {
  const escaped = text.replace(/[\\\-'"`^~]|[^\0-\x7f]/gu, char => {
    return ESCAPES[char] ?? `\\[u${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`
  })
  // a point at the start of a line would be a request
  return escaped.replace(/^\./, '\\&.')
}
