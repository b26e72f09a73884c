/**
 * Lists of matching rules that were seen before: the same few stand in line after line, so each is read once.
 *
 * A list is remembered by its bytes. What it says of a tweet follows from the list alone unless a pack is in it, of which the
 * tweet's hashtags have to say what it was.
 */
import { createTextIndex } from '../columns/text-index.ts'
import { type Matched, matchedRules, type RuleContext } from '../x/matched.ts'
import { isPackName } from '../x/packing.ts'
import { ruleName } from '../x/rules.ts'
import { arrayOf, objectOf, textOf } from './json.ts'

/** Rule ids may be made anew with every connection; what is remembered is forgotten at this many lists. */
const MAX_REMEMBERED = 10_000

export class SeenRules {
  private context: RuleContext | undefined
  private index = createTextIndex()
  private matched: (Matched | undefined)[] = []

  /**
   * What `matchedRules` says of a list that is not empty.
   * @param start of the list's text in `bytes`, well-formed JSON up to `end`
   * @returns undefined where the tweet has to be asked too
   */
  matchedBy(bytes: Uint8Array, start: number, end: number, context: RuleContext): Matched | undefined {
    if (context !== this.context || this.index.size >= MAX_REMEMBERED) {
      this.context = context
      this.index = createTextIndex()
      this.matched = []
    }
    const code = this.index.add(bytes, start, end)
    if (code === this.matched.length) {
      const list: unknown = JSON.parse(DECODER.decode(bytes.subarray(start, end)))
      const needsTweet = arrayOf(list).some(rule => isPack(objectOf(rule), context))
      this.matched.push(needsTweet ? undefined : matchedRules({ matching_rules: list }, [], context))
    }
    return this.matched[code]
  }
}

function isPack(rule: Readonly<Record<string, unknown>> | undefined, { ruleNames }: RuleContext): boolean {
  const known = ruleNames[textOf(rule?.id) ?? '']
  return known === undefined ? isPackName(ruleName(textOf(rule?.tag) ?? '')) : typeof known !== 'string'
}

const DECODER = new TextDecoder()
