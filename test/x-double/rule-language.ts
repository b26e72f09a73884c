/**
 * X's rule language, as far as the double judges it: grouping, OR, negation, and what cannot stand alone.
 *
 * X's own grammar is not public; the sentences are those that it is known to answer with.
 */

/** Operators that only narrow what another one matches. */
const NARROWING = /^(?:lang|is|has|sample):\S+$/
const STANDALONE =
  /^(?:#|@|\$|"|(?:from|to|retweets_of|url|context|entity|conversation_id|place|place_country|point_radius|bounding_box|in_reply_to_tweet_id|retweets_of_tweet_id):\S)/

/** @returns what is wrong with the rule; undefined: nothing */
export function ruleFault(value: string, maxChars: number): string | undefined {
  if (value.length > maxChars) return `Rule is too long: ${value.length} characters, at most ${maxChars}`
  try {
    const words = wordsOf(value)
    const { isStandalone, end } = parseAny(words, 0, value)
    if (end < words.length) throw new Fault(`extraneous input '${words[end]?.text}' (at position ${words[end]?.at})`)
    return isStandalone ? undefined : `Reference to '${value}' cannot stand alone (at position 1)`
  } catch (error) {
    if (error instanceof Fault) return error.message
    throw error
  }
}

class Fault extends Error {}

interface Word {
  text: string
  /** 1-based */
  at: number
}

function wordsOf(value: string): Word[] {
  const words = [...value.matchAll(/-?"[^"]*"(?:~\d)?|-?\(|\)|[^\s()"]+|"/g)].map(({ 0: text, index }) => ({
    text,
    at: index + 1,
  }))
  const open = words.find(({ text }) => text === '"')
  if (open !== undefined) throw new Fault(`missing closing quotation mark (at position ${open.at})`)
  return words
}

interface Parsed {
  isStandalone: boolean
  /** the first word that is not part of it */
  end: number
}

/** Alternatives, each of which must be able to stand alone for the whole to be. */
function parseAny(words: readonly Word[], start: number, value: string): Parsed {
  let { isStandalone, end } = parseAll(words, start, value)
  while (words[end]?.text === 'OR') {
    const next = parseAll(words, end + 1, value)
    isStandalone &&= next.isStandalone
    end = next.end
  }
  return { isStandalone, end }
}

/** What must hold together, of which one must be able to stand alone. */
function parseAll(words: readonly Word[], start: number, value: string): Parsed {
  let isStandalone = false
  let end = start
  for (let word = words[end]; word !== undefined && word.text !== 'OR' && word.text !== ')'; word = words[end]) {
    const one = parseOne(words, end, value)
    isStandalone ||= one.isStandalone
    end = one.end
  }
  if (end === start)
    throw new Fault(`no viable alternative at input '${value}' (at position ${words[start]?.at ?? value.length})`)
  return { isStandalone, end }
}

function parseOne(words: readonly Word[], start: number, value: string): Parsed {
  const { text, at } = words[start]!
  if (text === '-(') throw new Fault(`a group cannot be negated (at position ${at})`)
  if (text === '(') {
    const inner = parseAny(words, start + 1, value)
    if (words[inner.end]?.text !== ')') throw new Fault(`missing ')' at '<EOF>' (at position ${value.length})`)
    return { isStandalone: inner.isStandalone, end: inner.end + 1 }
  }
  const isNegated = text.startsWith('-')
  const operator = isNegated ? text.slice(1) : text
  if (isNegated && /^(?:sample|embedding):/.test(operator))
    throw new Fault(`'${operator}' cannot be negated (at position ${at})`)
  if (operator === 'AND') throw new Fault(`'AND' is no operator: a space is (at position ${at})`)
  if (/^\w+:/.test(operator) && !NARROWING.test(operator) && !STANDALONE.test(operator)) {
    throw new Fault(`no viable alternative at character ':' (at position ${at + operator.indexOf(':')})`)
  }
  return { isStandalone: !isNegated && !NARROWING.test(operator), end: start + 1 }
}
