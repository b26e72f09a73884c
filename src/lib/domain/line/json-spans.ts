/**
 * Where the parts of a JSON text stand, in bytes.
 *
 * A page is cut into its tweets by copying bytes: JSON.stringify of what JSON.parse made would round numeric ids
 * and change escapes. The text has been through JSON.parse, so nothing is checked again here.
 */

/** Half-open range of the bytes of one JSON value. */
export interface Span {
  start: number
  end: number
}

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** a mark at its start is part of a key, as it is to JSON.parse */
const KEY = new TextDecoder('utf-8', { ignoreBOM: true })

/** Where the one value of a text starts. */
export function startOfDocument(bytes: Uint8Array): number {
  return skipSpace(bytes, 0)
}

/** The elements of the array that starts at `start`, in order, and where it ends; no elements when it is no array. */
export function elementSpans(bytes: Uint8Array, start: number): { spans: Span[]; end: number } {
  const spans: Span[] = []
  if (bytes[start] !== OPEN_ARRAY) return { spans, end: endOfValue(bytes, start) }
  let at = skipSpace(bytes, start + 1)
  while (at < bytes.length && bytes[at] !== CLOSE_ARRAY) {
    const end = endOfValue(bytes, at)
    spans.push({ start: at, end })
    at = skipSeparator(bytes, end, COMMA)
  }
  return { spans, end: at + 1 }
}

/**
 * Walk the members of the object that starts at `start`; none when it is no object.
 * @param visit is told where a member's value starts, and where its key does, and answers where it ends, so that a text
 *   is walked only once. Of a key that stands twice JSON.parse has the last one
 * @returns where the object ends
 */
export function walkMembers(
  bytes: Uint8Array,
  start: number,
  visit: (key: string, start: number, keyStart: number) => number,
): number {
  if (bytes[start] !== OPEN_OBJECT) return endOfValue(bytes, start)
  let at = skipSpace(bytes, start + 1)
  while (at < bytes.length && bytes[at] !== CLOSE_OBJECT) {
    const keyEnd = endOfString(bytes, at)
    const key = keyOf(bytes.subarray(at, keyEnd))
    at = skipSeparator(bytes, visit(key, skipSeparator(bytes, keyEnd, COLON), at), COMMA)
  }
  return at + 1
}

function keyOf(quoted: Uint8Array): string {
  return quoted.includes(BACKSLASH) ? (JSON.parse(KEY.decode(quoted)) as string) : KEY.decode(quoted.subarray(1, -1))
}

/** True when a text that is no JSON ends inside a string, an array or an object: it was torn off. */
export function isTorn(bytes: Uint8Array): boolean {
  return endOfValue(bytes, skipSpace(bytes, 0)) > bytes.length
}

/** Behind the value that starts at `start`; past the end of `bytes` when its brackets or its quotes never close. */
export function endOfValue(bytes: Uint8Array, start: number): number {
  let depth = 0
  let at = start
  while (at < bytes.length) {
    const byte = bytes[at]
    const step = depthStep(byte)
    if (byte === QUOTE) at = endOfString(bytes, at)
    else if (depth === 0 && step === 0) return endOfScalar(bytes, at)
    else at++
    depth += step
    if (depth <= 0) return at
  }
  return bytes.length + 1
}

function depthStep(byte: number | undefined): number {
  if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) return 1
  return byte === CLOSE_OBJECT || byte === CLOSE_ARRAY ? -1 : 0
}

/** `start` is the opening quote. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) return at + 1
    if (byte === BACKSLASH) at++
  }
  return bytes.length + 1
}

function endOfScalar(bytes: Uint8Array, start: number): number {
  let at = start
  while (at < bytes.length && !isSpace(bytes[at]) && !endsScalar(bytes[at])) at++
  return at
}

function endsScalar(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_ARRAY || byte === CLOSE_OBJECT
}

function skipSeparator(bytes: Uint8Array, start: number, separator: number): number {
  const at = skipSpace(bytes, start)
  return bytes[at] === separator ? skipSpace(bytes, at + 1) : at
}

function skipSpace(bytes: Uint8Array, start: number): number {
  let at = start
  while (isSpace(bytes[at])) at++
  return at
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
