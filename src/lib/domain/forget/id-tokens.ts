/**
 * Ids as JSON has them: digits between quotes, or a number. Found in bytes that need not be whole JSON, without parsing.
 *
 * It is the quick look that comes before the thorough one: most texts hold none of the ids, and are done with.
 */
import type { Forgotten } from './forgotten.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a

/** Does a text hold an id of a forgotten tweet or user, as a string or as a number? A count of the same digits is taken for one. */
export function holdsId(bytes: Uint8Array, start: number, end: number, forgotten: Forgotten): boolean {
  return findId(bytes, start, end, forgotten, (from, to) => isForgotten(bytes, from, to, forgotten))
}

/**
 * The same of a line that is no tweet, where nothing tells ids from counts but what stands before them: a number counts
 * only behind a name that ends in `id`.
 */
export function lineHoldsId(bytes: Uint8Array, forgotten: Forgotten): boolean {
  return findId(bytes, 0, bytes.length, forgotten, (from, to) => {
    if (!isForgotten(bytes, from, to, forgotten)) return false
    return bytes[from - 1] === QUOTE || isNamedId(bytes, from)
  })
}

function isForgotten(bytes: Uint8Array, from: number, to: number, { tweets, users }: Forgotten): boolean {
  return tweets.hasBytes(bytes, from, to) || users.hasBytes(bytes, from, to)
}

type IsWanted = (from: number, to: number) => boolean

/**
 * Visits runs of digits that are a string or a number of their own until one is what is looked for. A run that is long
 * enough is not jumped over by steps of its length, and the bytes between are not looked at.
 */
function findId(
  bytes: Uint8Array,
  start: number,
  end: number,
  { tweets, users }: Forgotten,
  isWanted: IsWanted,
): boolean {
  const minDigits = Math.min(tweets.minDigits, users.minDigits)
  for (let at = start + minDigits - 1; at < end; at += minDigits) {
    if (!isDigit(bytes[at]!)) continue
    const from = startOfDigits(bytes, at, start)
    at = endOfDigits(bytes, at, end)
    const isLongEnough = at - from >= minDigits
    const [before, after] = [from === start ? COLON : bytes[from - 1]!, at === end ? COLON : bytes[at]!]
    if (isLongEnough && isWhole(before, after) && isWanted(from, at)) return true
  }
  return false
}

function startOfDigits(bytes: Uint8Array, at: number, start: number): number {
  let from = at
  while (from > start && isDigit(bytes[from - 1]!)) from--
  return from
}

function endOfDigits(bytes: Uint8Array, at: number, end: number): number {
  let to = at
  while (to < end && isDigit(bytes[to]!)) to++
  return to
}

/** A run of digits is a part of something else where a letter, a point or a sign touches it, or only one quote does. */
function isWhole(before: number, after: number): boolean {
  if (before === QUOTE || before === BACKSLASH) return after === QUOTE || after === BACKSLASH
  return !isWordByte(before) && !isWordByte(after) && after !== QUOTE
}

function isWordByte(byte: number): boolean {
  const letter = byte | 0x20
  return (
    (letter >= 0x61 && letter <= 0x7a) ||
    byte === 0x5f ||
    byte === 0x2e ||
    byte === 0x2d ||
    byte === 0x2b ||
    byte > 0x7f
  )
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

/** Behind `id":`, with white space or without: `"id":12`, `"user_id": 12`. */
function isNamedId(bytes: Uint8Array, from: number): boolean {
  const name = new TextDecoder().decode(bytes.subarray(Math.max(0, from - NAME_BYTES), from))
  return /id"\s*:\s*$/i.test(name)
}

const NAME_BYTES = 32
