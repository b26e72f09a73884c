/**
 * Where the values of a JSON text end, each of them checked on the way, with nothing made of it.
 *
 * What is gone over is JSON to the letter, as JSON.parse has it, but for depth: here an end comes sooner, because what is
 * nested so deeply is no tweet. Every function takes where a value begins and gives the byte behind it, or FAULT.
 * Bytes behind a text are read where it is torn; they never make it whole, for whoever asks compares the end.
 */

const DASH = 0x2d
const PLUS = 0x2b
const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const BACKSLASH = 0x5c
const LOWER_A = 0x61
const LOWER_E = 0x65
const LOWER_F = 0x66
const LOWER_U = 0x75
const SPACE = 0x20

export const COMMA = 0x2c
export const QUOTE = 0x22
export const OPEN_ARRAY = 0x5b
export const CLOSE_ARRAY = 0x5d
export const OPEN_OBJECT = 0x7b
export const CLOSE_OBJECT = 0x7d
export const LOWER_N = 0x6e
export const LOWER_T = 0x74

export const FAULT = -1
export const MAX_DEPTH = 32
/** Integers of so many digits are exact in a JavaScript number. */
const MAX_COUNT_DIGITS = 15
const NULL = bytesOf('null')
const TRUE = bytesOf('true')
const FALSE = bytesOf('false')
const ESCAPED = bytesOf('"\\/bfnrt')

/** @param depth of what the value stands in */
export function valueEnd(bytes: Uint8Array, at: number, depth: number): number {
  switch (bytes[at]) {
    case QUOTE:
      return endOfText(textEnd(bytes, at))
    case OPEN_OBJECT:
      return membersEnd(bytes, at, depth + 1)
    case OPEN_ARRAY:
      return elementsEnd(bytes, at, depth + 1)
    case LOWER_N:
      return nullEnd(bytes, at)
    case LOWER_T:
    case LOWER_F:
      return flagEnd(bytes, at)
    default:
      return numberEnd(bytes, at)
  }
}

/**
 * From an opening quote to behind the closing one.
 * @returns FAULT, or twice the end, and one more where there is an escape in between: see `endOfText`, `isEscaped`
 */
export function textEnd(bytes: Uint8Array, start: number): number {
  let at = start + 1
  for (;;) {
    const byte = bytes[at]!
    if (byte === QUOTE) return (at + 1) * 2
    // also where the text is over
    if (byte === BACKSLASH || !(byte >= SPACE)) return escapedTextEnd(bytes, at)
    at++
  }
}

export function endOfText(end: number): number {
  return end >> 1
}

export function isEscaped(end: number): boolean {
  return (end & 1) === 1
}

function escapedTextEnd(bytes: Uint8Array, from: number): number {
  let at = from
  for (;;) {
    const byte = bytes[at++]!
    if (byte === QUOTE) return at * 2 + 1
    if (!(byte >= SPACE)) return FAULT
    if (byte !== BACKSLASH) continue
    const length = escapeLength(bytes, at)
    if (length === 0) return FAULT
    at += length
  }
}

/** What follows a backslash: how many bytes of it belong to the escape; 0 where it is none. */
function escapeLength(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]!
  if (byte !== LOWER_U) return ESCAPED.includes(byte) ? 1 : 0
  for (let i = 1; i <= 4; i++) if (!isHexDigit(bytes[at + i]!)) return 0
  return 5
}

export function numberEnd(bytes: Uint8Array, start: number): number {
  let at = integerEnd(bytes, start)
  if (at === FAULT) return FAULT
  if (bytes[at] === DOT) {
    const fraction = at + 1
    at = digitsEnd(bytes, fraction)
    if (at === fraction) return FAULT
  }
  if ((bytes[at]! | 0x20) === LOWER_E) {
    const exponent = at + (bytes[at + 1] === DASH || bytes[at + 1] === PLUS ? 2 : 1)
    at = digitsEnd(bytes, exponent)
    if (at === exponent) return FAULT
  }
  return at
}

/** Of an integer that a JavaScript number holds exactly; FAULT for any other number. */
export function countEnd(bytes: Uint8Array, start: number): number {
  const at = integerEnd(bytes, start)
  if (at === FAULT || at - start > MAX_COUNT_DIGITS + (bytes[start] === DASH ? 1 : 0)) return FAULT
  return bytes[at] === DOT || (bytes[at]! | 0x20) === LOWER_E ? FAULT : at
}

/** An integer of which `countEnd` gave the end. */
export function integerAt(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === DASH
  let value = 0
  for (let at = isNegative ? start + 1 : start; at < end; at++) value = value * 10 + bytes[at]! - ZERO
  return isNegative ? -value : value
}

export function flagEnd(bytes: Uint8Array, at: number): number {
  return wordEnd(bytes, at, bytes[at] === LOWER_T ? TRUE : FALSE)
}

export function nullEnd(bytes: Uint8Array, at: number): number {
  return wordEnd(bytes, at, NULL)
}

/** Where white space ends. */
export function spaceEnd(bytes: Uint8Array, from: number): number {
  // one comparison for nearly every byte there is
  return bytes[from]! > SPACE ? from : endOfSpace(bytes, from)
}

function endOfSpace(bytes: Uint8Array, from: number): number {
  let at = from
  while (isSpace(bytes[at])) at++
  return at
}

/** Behind the colon after a name, and the space around it. */
export function colonEnd(bytes: Uint8Array, nameEnd: number): number {
  const at = spaceEnd(bytes, nameEnd)
  return bytes[at] === COLON ? spaceEnd(bytes, at + 1) : FAULT
}

/** Behind the comma after a member or an element, and the space around it; FAULT where none stands there. */
export function commaEnd(bytes: Uint8Array, valueEnds: number): number {
  const at = spaceEnd(bytes, valueEnds)
  return bytes[at] === COMMA ? spaceEnd(bytes, at + 1) : FAULT
}

/** Behind the bracket after the last member or element. */
export function bracketEnd(bytes: Uint8Array, valueEnds: number, bracket: number): number {
  const at = spaceEnd(bytes, valueEnds)
  return bytes[at] === bracket ? at + 1 : FAULT
}

export function standsAt(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false
  return true
}

function membersEnd(bytes: Uint8Array, start: number, depth: number): number {
  if (depth > MAX_DEPTH) return FAULT
  let at = spaceEnd(bytes, start + 1)
  if (bytes[at] === CLOSE_OBJECT) return at + 1
  for (;;) {
    if (bytes[at] !== QUOTE) return FAULT
    const name = textEnd(bytes, at)
    const value = name === FAULT ? FAULT : colonEnd(bytes, endOfText(name))
    const end = value === FAULT ? FAULT : valueEnd(bytes, value, depth)
    if (end === FAULT) return FAULT
    at = commaEnd(bytes, end)
    if (at === FAULT) return bracketEnd(bytes, end, CLOSE_OBJECT)
  }
}

function elementsEnd(bytes: Uint8Array, start: number, depth: number): number {
  if (depth > MAX_DEPTH) return FAULT
  let at = spaceEnd(bytes, start + 1)
  if (bytes[at] === CLOSE_ARRAY) return at + 1
  for (;;) {
    const end = valueEnd(bytes, at, depth)
    if (end === FAULT) return FAULT
    at = commaEnd(bytes, end)
    if (at === FAULT) return bracketEnd(bytes, end, CLOSE_ARRAY)
  }
}

/** A sign, and digits without a zero in front of others. */
function integerEnd(bytes: Uint8Array, start: number): number {
  const first = start + (bytes[start] === DASH ? 1 : 0)
  const at = digitsEnd(bytes, first)
  return at === first || (bytes[first] === ZERO && at > first + 1) ? FAULT : at
}

function digitsEnd(bytes: Uint8Array, from: number): number {
  let at = from
  while (bytes[at]! >= ZERO && bytes[at]! <= NINE) at++
  return at
}

function wordEnd(bytes: Uint8Array, at: number, word: Uint8Array): number {
  return standsAt(bytes, at, word) ? at + word.length : FAULT
}

function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function isHexDigit(byte: number): boolean {
  return (byte >= ZERO && byte <= NINE) || ((byte | 0x20) >= LOWER_A && (byte | 0x20) <= LOWER_F)
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
