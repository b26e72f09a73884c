/**
 * Which rules a tweet is kept under: those that X says it matched, by the names that the lake gives them.
 *
 * The same few lists of rules stand in line after line, so a list that was seen is not parsed again.
 */
import { createTextIndex } from '../columns/text-index.ts'
import { foldTag } from '../tag.ts'
import { ruleName } from '../x/rules.ts'
import { arrayOf, objectOf, textOf } from './json.ts'

/** What the listener knows and the line does not. */
export interface LineContext {
  /** hashtags listened for, folded; they stand in for the matching rules of a line that has none */
  listenedTags: readonly string[]
  /** names of rules by their id at X, for rules that have another's tag or none; {} where nothing is known */
  ruleNames: Readonly<Record<string, string>>
}

/**
 * Tags of the rules that matched, each once, twdw's own without their prefix; a rule without a tag has no name to give.
 * A line that no rule matched (an archive) has the listened tags that the tweet carries.
 */
export function rulesOf(matchingRules: unknown, hashtags: readonly string[], context: LineContext): readonly string[] {
  const rules = arrayOf(matchingRules)
  if (rules.length === 0) return carriedTags(hashtags, context.listenedTags)
  const names = rules.flatMap(json => {
    const rule = objectOf(json)
    const tag = textOf(rule?.tag)
    return context.ruleNames[textOf(rule?.id) ?? ''] ?? (tag === null ? [] : ruleName(tag))
  })
  return [...new Set(names)]
}

function carriedTags(hashtags: readonly string[], listenedTags: readonly string[]): readonly string[] {
  if (listenedTags.length === 0 || hashtags.length === 0) return []
  const carried = new Set(hashtags.map(foldTag))
  return listenedTags.filter(tag => carried.has(tag))
}

/** Rule ids may be made anew with every connection; what is remembered is forgotten at this many lists. */
const MAX_REMEMBERED = 10_000

/** `rulesOf` for lists of rules as they stand in a line, each parsed once. */
export class SeenRules {
  private context: LineContext | undefined
  private index = createTextIndex()
  private names: (readonly string[])[] = []

  /**
   * The names of a list of rules that is not empty.
   * @param start of the list's text in `bytes`, well-formed JSON up to `end`
   */
  namesOf(bytes: Uint8Array, start: number, end: number, context: LineContext): readonly string[] {
    if (context !== this.context || this.index.size >= MAX_REMEMBERED) {
      this.context = context
      this.index = createTextIndex()
      this.names = []
    }
    const code = this.index.add(bytes, start, end)
    this.names[code] ??= rulesOf(JSON.parse(DECODER.decode(bytes.subarray(start, end))), [], context)
    return this.names[code]
  }
}

const DECODER = new TextDecoder()
