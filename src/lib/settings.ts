/**
 * Settings: words from the command line, the environment and files become typed values here, once.
 *
 * Flags beat `TWDW_*` variables beat `twdw.toml` beat the user's own file beat defaults. A command
 * declares its options as a record; yargs' flags, the variables' and the files' names all follow
 * from the keys. Every fault of every layer is told in one message. Nothing downstream checks again.
 */
import { parse as parseToml } from 'smol-toml'
import type { Options as YargsOption } from 'yargs'
import { TwdwError } from './errors.ts'

/** One option of a command. */
export interface Option<T> {
  describe: string
  /** `flag` takes no word; `list` takes a word each time it is given, or several parted by commas */
  form: 'word' | 'flag' | 'list'
  /** as a user would type it; undefined: absent unless given */
  fallback: string | undefined
  /** @throws TwdwError E_USAGE when the text is no such value */
  parse: (text: string) => T
  /** shown in `--help` under a heading of its own */
  group?: string
  alias?: string
  /** the only words allowed */
  choices?: readonly string[]
  /** what a shell offers for it, where it has no choices; the words themselves are not checked against it */
  completes?: Completes
  /** stands on the command line without a flag */
  positional?: boolean
  /** a list whose flag takes every word up to the next flag, as `--from *.gz` does once the shell has spread it */
  several?: boolean
  /** a list whose items may hold commas: only repeating it adds items */
  verbatim?: boolean
  /** the word that the flag means where none follows it */
  alone?: string
}

/** `tags` are those of the lake. */
export type Completes = 'files' | 'folders' | 'tags' | readonly string[]

export type Options = Record<string, Option<unknown>>

/** `word` options are T (T | undefined without a fallback), lists are T[], flags boolean. */
export type Values<S extends Options> = { [Key in keyof S]: S[Key] extends Option<infer T> ? T : never }

/** Layers of settings, as read and not yet trusted. */
export interface SettingLayers {
  argv: Readonly<Record<string, unknown>>
  env: Readonly<Record<string, string | undefined>>
  /** settings files, strongest first */
  files: readonly { path: string; text: string }[]
  /** name of the command, for the `[command]` table of a file */
  command: string
  /** true where only some of its settings are read: what else the table holds the command itself judges */
  isPart?: boolean
}

type Describe = Pick<
  Option<unknown>,
  'describe' | 'group' | 'alias' | 'choices' | 'completes' | 'positional' | 'several' | 'verbatim' | 'alone'
>

/** An option of one word that is absent unless given. */
export function word<T>(parse: (text: string) => T, about: Describe): Option<T | undefined> {
  return { form: 'word', fallback: undefined, parse, ...about }
}

/** An option of one word with a default, written as a user would type it. */
export function wordOr<T>(fallback: string, parse: (text: string) => T, about: Describe): Option<T> {
  return { form: 'word', fallback, parse, ...about }
}

export function flag(about: Describe): Option<boolean> {
  return { form: 'flag', fallback: 'false', parse: parseBoolean, ...about }
}

/** An option that may be repeated; absent is an empty list. `parse` sees one item. */
export function list<T>(parse: (text: string) => T, about: Describe): Option<readonly T[]> {
  return { form: 'list', fallback: '', parse: parse as (text: string) => never, ...about }
}

/** What yargs needs to know. It converts nothing: values stay text, so that ids keep their digits. */
export function yargsOptions(options: Options): Record<string, YargsOption> {
  const described: Record<string, YargsOption> = {}
  for (const [key, option] of Object.entries(options)) {
    if (option.positional) continue
    described[flagName(key)] = {
      describe: option.describe,
      type: option.form === 'flag' ? 'boolean' : 'string',
      // a list is no array to yargs, which would then take `-` (stdin) for a flag
      ...(option.form !== 'flag' && option.alone === undefined && { requiresArg: true }),
      ...(option.form === 'word' && option.fallback !== undefined && { defaultDescription: option.fallback }),
      ...(option.group !== undefined && { group: option.group }),
      ...(option.alias !== undefined && { alias: option.alias }),
      ...(option.choices !== undefined && { choices: option.choices }),
    }
  }
  return described
}

/**
 * `--from a b --lake l` becomes `--from a --from b --lake l`, for options that take several words; and a word with blanks, such as
 * SQL that begins with a comment, is no flag though it begins as one: `--sql '-- top …'` becomes `'--sql=-- top …'`.
 */
export function spreadWords(words: readonly string[], options: readonly Options[]): string[] {
  return spreadLists(joinTexts(words, options), options)
}

function joinTexts(words: readonly string[], options: readonly Options[]): string[] {
  const taking = new Set(
    options
      .flatMap(record => Object.entries(record))
      .flatMap(([key, { form, positional }]) => (form === 'flag' || positional ? [] : [`--${flagName(key)}`])),
  )
  const joined: string[] = []
  for (const word of words) {
    const flag = joined.at(-1)
    if (flag !== undefined && taking.has(flag) && /^-.*\s/s.test(word)) joined[joined.length - 1] = `${flag}=${word}`
    else joined.push(word)
  }
  return joined
}

function spreadLists(words: readonly string[], options: readonly Options[]): string[] {
  const spreading = new Set(
    options
      .flatMap(record => Object.entries(record))
      .flatMap(([key, option]) => (option.several ? [`--${flagName(key)}`] : [])),
  )
  const spread: string[] = []
  let flag: string | undefined
  for (const word of words) {
    const isFlag = word.startsWith('-') && word !== '-'
    if (isFlag) flag = spreading.has(word) ? word : undefined
    else if (flag !== undefined && spread.at(-1) !== flag) spread.push(flag)
    spread.push(word)
  }
  return spread
}

/** A command and what can be set for it. */
export interface CommandOptions {
  name: string
  options: Options
}

/** @throws TwdwError E_USAGE naming every fault at once */
export function readSettings<S extends Options>(options: S, layers: SettingLayers): Values<S> {
  const faults: string[] = []
  const flags = new Set(Object.keys(options).map(flagName))
  const files = layers.files.map(file => fileSettings(file, layers.command, layers.isPart ? undefined : flags, faults))
  const values: Record<string, unknown> = {}
  for (const [key, option] of Object.entries(options)) {
    const given = strongest(key, layers, files)
    try {
      values[key] = parseGiven(option, given?.value)
    } catch (error) {
      if (!(error instanceof TwdwError)) throw error
      const from = option.positional ? key : (given?.from ?? `--${flagName(key)}`)
      faults.push(`${from}: ${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`)
    }
  }
  if (faults.length > 0) {
    throw new TwdwError('E_USAGE', faults.join('\n      '), {
      hint: `run \`twdw ${layers.command} --help\` to see every option`,
    })
  }
  return values as Values<S>
}

/** The flag of an option's key: `maxTweets` is `max-tweets`. */
export function flagName(key: string): string {
  return key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
}

/** `maxTweets` is the variable `TWDW_MAX_TWEETS`. */
function variableName(key: string): string {
  return `TWDW_${flagName(key).replaceAll('-', '_').toUpperCase()}`
}

interface Given {
  value: unknown
  /** where it was found, as a user would name the place */
  from: string
}

function strongest(key: string, layers: SettingLayers, files: readonly FileSettings[]): Given | undefined {
  const flag = flagName(key)
  const word = layers.argv[flag]
  if (word !== undefined && !(Array.isArray(word) && word.length === 0)) return { value: word, from: `--${flag}` }
  const variable = variableName(key)
  const text = layers.env[variable]
  if (text !== undefined && text !== '') return { value: text, from: variable }
  for (const file of files) {
    const value = file.values.get(flag)
    if (value !== undefined) return { value, from: `${flag} in ${file.path}` }
  }
  return undefined
}

interface FileSettings {
  path: string
  values: ReadonlyMap<string, unknown>
}

/**
 * The file's top-level keys, and above them those of its `[command]` table. Other tables are other commands'.
 * @param flags all that the command has; undefined: whatever the table holds is right
 */
function fileSettings(
  file: { path: string; text: string },
  command: string,
  flags: ReadonlySet<string> | undefined,
  faults: string[],
): FileSettings {
  const values = new Map<string, unknown>()
  try {
    const document = parseToml(file.text)
    const own = document[command]
    for (const [key, value] of Object.entries(document)) if (!isTable(value)) values.set(key, value)
    for (const [key, value] of isTable(own) ? Object.entries(own) : []) {
      if (flags?.has(key) === false)
        faults.push(`${key} in [${command}] of ${file.path} is no setting of twdw ${command}`)
      values.set(key, value)
    }
  } catch (error) {
    faults.push(`${file.path} is not TOML: ${String(error instanceof Error ? error.message : error).split('\n')[0]}`)
  }
  return { path: file.path, values }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

function parseGiven(option: Option<unknown>, given: unknown): unknown {
  const text = given ?? option.fallback
  if (option.form === 'list') {
    const words = Array.isArray(text) ? text.map(String) : [String(text ?? '')]
    const items = (option.verbatim ? words : words.flatMap(word => word.split(','))).filter(item => item.trim() !== '')
    // `--tag "$UNSET"` must not mean every tag
    if (items.length === 0 && given !== undefined) throw new TwdwError('E_USAGE', 'given, and empty')
    return items.map(item => option.parse(checkChoice(option, item.trim())))
  }
  if (text === undefined) return undefined
  if (text === '' && option.alone !== undefined) return option.parse(option.alone)
  if (Array.isArray(text)) throw new TwdwError('E_USAGE', `given ${text.length} times, and it may stand once`)
  return option.parse(checkChoice(option, String(text)))
}

function checkChoice(option: Option<unknown>, text: string): string {
  if (option.choices !== undefined && !option.choices.includes(text)) {
    throw new TwdwError('E_USAGE', `"${text}" is none of ${option.choices.join(', ')}`)
  }
  return text
}

/** `TWDW_` variables that no option reads: typing errors, each told as one clause. */
export function unknownVariables(options: readonly Options[], env: SettingLayers['env']): string[] {
  const known = new Set(options.flatMap(record => Object.keys(record).map(variableName)))
  return Object.keys(env)
    .filter(name => name.startsWith('TWDW_') && !known.has(name))
    .map(name => `${name} is no setting of twdw`)
}

/**
 * What no command would read: keys at the top of a file, and tables, each told as one clause. What is wrong inside a command's own
 * table that command tells itself.
 */
export function unknownKeys(commands: readonly CommandOptions[], files: SettingLayers['files']): string[] {
  const flags = new Set(commands.flatMap(({ options }) => Object.keys(options).map(flagName)))
  const names = new Set(commands.map(({ name }) => name))
  return files.flatMap(({ path, text }) =>
    Object.entries(tablesAndKeys(text)).flatMap(([key, value]) => {
      if (isTable(value)) return names.has(key) ? [] : [`[${key}] in ${path} is no command of twdw`]
      return flags.has(key) ? [] : [`${key} in ${path} is no setting of twdw`]
    }),
  )
}

/** Nothing of what is not TOML: whoever reads the settings says so. */
function tablesAndKeys(text: string): Record<string, unknown> {
  try {
    return parseToml(text)
  } catch {
    return {}
  }
}

/** Text as it is. */
export function parseText(text: string): string {
  return text
}

function parseBoolean(text: string): boolean {
  if (text === 'true' || text === '1' || text === 'yes') return true
  if (text === 'false' || text === '0' || text === 'no' || text === '') return false
  throw new TwdwError('E_USAGE', `"${text}" is neither true nor false`)
}

/** A whole number of at least `min`; `_` may part its digits. */
export function parseCount(min: number): (text: string) => number {
  return text => {
    const digits = text.replaceAll('_', '')
    const value = Number(digits)
    if (!/^\d+$/.test(digits) || !Number.isSafeInteger(value) || value < min) {
      throw new TwdwError('E_USAGE', `"${text}" is not a whole number of at least ${min}`)
    }
    return value
  }
}

/** A number above zero. */
export function parsePositive(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw new TwdwError('E_USAGE', `"${text}" is not a number above 0`)
  }
  return value
}

const DURATION_UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A span such as `90s`, `10m`, `2h30m` or `1d`, in milliseconds. */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)]
  if (parts.length === 0 || parts.map(part => part[0]).join('') !== text) {
    throw new TwdwError('E_USAGE', `"${text}" is not a span of time`, { hint: 'write 90s, 10m, 2h30m or 1d' })
  }
  const unit = (part: RegExpMatchArray) => DURATION_UNIT_MS[part[2] as keyof typeof DURATION_UNIT_MS]
  return Math.round(parts.reduce((sumMs, part) => sumMs + Number(part[1]) * unit(part), 0))
}
