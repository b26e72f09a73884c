/**
 * The inside of a JSON string with its escapes taken apart, from UTF-8 to UTF-8.
 *
 * What comes out is never longer than what went in. A lone surrogate, which UTF-8 cannot carry, becomes U+FFFD, as
 * `toWellFormed` makes it.
 */

const BACKSLASH = 0x5c
const LOWER_U = 0x75
const REPLACEMENT = 0xfffd
/** By the byte behind the backslash: what it stands for. */
const MEANINGS = new Uint8Array(128)
for (const [letter, meaning] of Object.entries({
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
})) {
  MEANINGS[letter.charCodeAt(0)] = meaning.charCodeAt(0)
}

/**
 * @param from well-formed JSON from `start` to `end`, without the quotes
 * @param to   has room for `end - start` bytes at `at`
 * @returns the byte behind the last one written
 */
export function unescapeJson(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): number {
  let out = at
  let i = start
  while (i < end) {
    const byte = from[i++]!
    if (byte !== BACKSLASH) to[out++] = byte
    else if (from[i] !== LOWER_U) to[out++] = MEANINGS[from[i++]!]!
    else {
      const point = codePointAt(from, i + 1)
      out = encodeCodePoint(point, to, out)
      i += point > 0xffff ? 11 : 5
    }
  }
  return out
}

/** Of one `\u` escape or of two that are one character; `start` is behind the first `u`. */
function codePointAt(bytes: Uint8Array, start: number): number {
  const unit = hexUnit(bytes, start)
  if (unit < 0xd800 || unit > 0xdfff) return unit
  const hasNext = unit <= 0xdbff && bytes[start + 4] === BACKSLASH && bytes[start + 5] === LOWER_U
  const low = hasNext ? hexUnit(bytes, start + 6) : 0
  return low >= 0xdc00 && low <= 0xdfff ? 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00) : REPLACEMENT
}

/** Four hexadecimal digits. */
function hexUnit(bytes: Uint8Array, start: number): number {
  let unit = 0
  for (let i = start; i < start + 4; i++) {
    const byte = bytes[i]!
    unit = unit * 16 + (byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x57)
  }
  return unit
}

function encodeCodePoint(point: number, to: Uint8Array, at: number): number {
  let out = at
  if (point < 0x80) to[out++] = point
  else if (point < 0x800) to[out++] = 0xc0 | (point >> 6)
  else if (point < 0x10000) {
    to[out++] = 0xe0 | (point >> 12)
    to[out++] = 0x80 | ((point >> 6) & 0x3f)
  } else {
    to[out++] = 0xf0 | (point >> 18)
    to[out++] = 0x80 | ((point >> 12) & 0x3f)
    to[out++] = 0x80 | ((point >> 6) & 0x3f)
  }
  if (point >= 0x80) to[out++] = 0x80 | (point & 0x3f)
  return out
}
