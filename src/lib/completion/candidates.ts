/**
 * Candidates: what may stand where the cursor is, from the same options that `--help` and the settings are made of.
 *
 * One piece of code for every shell: what a shell adds is its own way to ask, in shell-scripts.ts.
 */
import { type CommandOptions, flagName, type Option, type Options } from '../settings.ts'

/** A command line that is not finished, without the program's name; its words mean what they say, without quotes. */
export interface TypedWords {
  before: readonly string[]
  /** up to the cursor; empty where a new word begins */
  current: string
  after: readonly string[]
}

/** A word that fits, and what it does. */
export interface Candidate {
  word: string
  describe: string
}

/** Words that fit, best first. */
export interface WordOffer {
  kind: 'words'
  candidates: readonly Candidate[]
}

/** The shell knows its paths best. */
export interface PathOffer {
  kind: 'files' | 'folders'
}

/** Only the lake knows them. */
export interface TagOffer {
  kind: 'tags'
  /** the beginning of a tag */
  typed: string
  /** what stands before it in the same word: `--tag=`, `covid19,` */
  lead: string
}

export type Offer = WordOffer | PathOffer | TagOffer

const NOTHING: WordOffer = { kind: 'words', candidates: [] }

/** Of every command, and of none. */
const GLOBAL_FLAGS: readonly Candidate[] = [
  { word: '--help', describe: 'Show help' },
  { word: '--version', describe: 'Show version number' },
]

/** The first word. @param commands all there are */
export function offerCommands({ current }: TypedWords, commands: readonly Candidate[]): WordOffer {
  const all = current.startsWith('-') ? GLOBAL_FLAGS : commands
  return { kind: 'words', candidates: all.filter(({ word }) => word.startsWith(current)) }
}

/** A word behind the command. @param typed without the command */
export function offerWords(typed: TypedWords, { options }: Pick<CommandOptions, 'options'>): Offer {
  const { current } = typed
  const [, flag, value = ''] = /^(--?[a-z-]+)=(.*)$/su.exec(current) ?? []
  if (flag !== undefined) return offerValue(optionOf(flag, options), value, `${flag}=`)
  if (current.startsWith('-')) return offerFlags(typed, options)
  const { awaiting, positionals } = readWords(typed.before, options)
  if (awaiting !== undefined) return offerValue(awaiting, current, '')
  const places = Object.values(options).filter(({ positional }) => positional)
  const place = places[positionals] ?? places.find(({ form }) => form === 'list')
  return place === undefined ? offerFlags(typed, options) : offerValue(place, current, '')
}

/** The option that the next word is a value of, and how many words stood for themselves. */
function readWords(
  words: readonly string[],
  options: Options,
): { awaiting: Option<unknown> | undefined; positionals: number } {
  let awaiting: Option<unknown> | undefined
  let positionals = 0
  for (const word of words) {
    if (word.startsWith('-') && word !== '-') {
      const option = word.includes('=') ? undefined : optionOf(word, options)
      awaiting = option?.form === 'flag' ? undefined : option
    } else if (awaiting === undefined) positionals += 1
    else if (!awaiting.several) awaiting = undefined
  }
  return { awaiting, positionals }
}

/** @param flag as typed: `--max-tweets`, `-i` */
function optionOf(flag: string, options: Options): Option<unknown> | undefined {
  const found = Object.entries(options).find(
    ([key, { positional, alias }]) => !positional && (flag === `--${flagName(key)}` || flag === `-${alias}`),
  )
  return found?.[1]
}

/** Those that are not there yet; a list may be there again. */
function offerFlags({ before, current, after }: TypedWords, options: Options): Offer {
  const there = new Set([...before, ...after].map(word => word.split('=')[0]))
  const own = Object.entries(options)
    .filter(([, { positional }]) => !positional)
    .map(([key, { form, describe }]) => ({ word: `--${flagName(key)}`, describe, isList: form === 'list' }))
  const candidates = [...own, ...GLOBAL_FLAGS.map(flag => ({ ...flag, isList: false }))]
    .filter(({ word, isList }) => word.startsWith(current) && (isList || !there.has(word)))
    .map(({ word, describe }) => ({ word, describe }))
  return { kind: 'words', candidates }
}

/** @param lead what stands before the value in the same word */
function offerValue(option: Option<unknown> | undefined, value: string, lead: string): Offer {
  const completes = option?.choices ?? option?.completes
  if (option === undefined || completes === undefined) return NOTHING
  if (completes === 'files' || completes === 'folders') return { kind: completes }
  const comma = option.form === 'list' && !option.verbatim ? value.lastIndexOf(',') + 1 : 0
  const [items, typed] = [value.slice(0, comma), value.slice(comma)]
  if (completes === 'tags') return { kind: 'tags', typed, lead: lead + items }
  const there = new Set(items.split(','))
  const words = completes.filter(word => word.startsWith(typed) && !there.has(word))
  return { kind: 'words', candidates: words.map(word => ({ word: lead + items + word, describe: '' })) }
}
