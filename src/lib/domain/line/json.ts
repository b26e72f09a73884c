/**
 * Reading JSON that nobody has vouched for: values of the wrong type are absent ones.
 *
 * X sends the same thing as absent, as null and now and then as a number instead of text. An id that stands as a
 * number past 2^53 has lost its last digits in JSON.parse; reading one throws `InexactNumber`, and the caller
 * parses again with `parseExactJson`.
 */

/** A JSON object whose members have not been looked at. */
export type JsonObject = { readonly [key: string]: unknown }

/** Thrown for a tweet that cannot be kept; never leaves domain/line. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** Thrown when a number that matters has lost digits to JSON.parse; never leaves domain/line. */
export class InexactNumber extends Error {
  override readonly name = 'InexactNumber'
}

const NONE: readonly never[] = []
const INTEGER = /^-?\d+$/
const MAX_QUOTED = 40

/** JSON.parse that leaves numbers past 2^53 as the text that was sent. Slow: only for lines that need it. */
export function parseExactJson(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && Number.isInteger(value)
      ? (context?.source ?? value)
      : value,
  )
}

export function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
}

/** The array, or an empty one. */
export function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : NONE
}

/** Text that UTF-8 can carry: a lone surrogate becomes U+FFFD. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value.toWellFormed() : null
}

export function flagOf(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null
}

export function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

/**
 * An id as text, whatever it was sent as.
 * @throws InexactNumber when it is a number whose digits are lost
 */
export function idOf(value: unknown): string | null {
  if (typeof value === 'string') return value === '' ? null : value.toWellFormed()
  if (typeof value !== 'number') return null
  refuseInexact(value)
  return String(value)
}

/**
 * A count: an integer or its text. null when absent.
 * @param name said in the refusal
 * @throws Refusal when it is anything else; InexactNumber when it is a number whose digits are lost
 */
export function countOf(value: unknown, name: string): number | null {
  if (value === undefined || value === null) return null
  const count = typeof value === 'string' && INTEGER.test(value) ? Number(value) : value
  if (Number.isSafeInteger(count)) return count as number
  if (typeof value === 'number') refuseInexact(value)
  throw new Refusal(`bad tweet: ${name} is not an integer: ${quote(value)}`)
}

function refuseInexact(value: number): void {
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw new InexactNumber('a number past 2^53')
}

/** A value for a message, cut to a length that a table can show. */
export function quote(value: unknown): string {
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : 'an object'
  const text = String(value).toWellFormed()
  return text.length <= MAX_QUOTED ? text : `${text.slice(0, MAX_QUOTED).toWellFormed()}…`
}

/**
 * One member of each object in a list, as text; elements without it are left out.
 * @param otherKey taken where `key` is absent
 */
export function textsOf(list: unknown, key: string, otherKey = key): string[] {
  const texts: string[] = []
  for (const element of arrayOf(list)) {
    const member = objectOf(element)
    const text = textOf(member?.[key]) ?? textOf(member?.[otherKey])
    if (text !== null) texts.push(text)
  }
  return texts
}

/** The texts of a list; other elements are left out. */
export function stringsOf(list: unknown): string[] {
  return arrayOf(list).flatMap(element => textOf(element) ?? NONE)
}

/** The ids of a list; other elements are left out. */
export function idsOf(list: unknown): string[] {
  return arrayOf(list).flatMap(element => idOf(element) ?? NONE)
}

/**
 * A time as it was sent; null when absent.
 * @throws Refusal when something stands there that is not even text
 */
export function instantTextOf(value: unknown): string | null {
  if (value === undefined || value === null) return null
  if (typeof value === 'string') return value.toWellFormed()
  throw new Refusal(`bad tweet: created_at is no instant: ${quote(value)}`)
}

/** @throws Refusal when there is no text: every tweet of X has one, and users, places and counts have none */
export function requiredText(text: string | null): string {
  if (text === null) throw new Refusal('no tweet: no text')
  return text
}
