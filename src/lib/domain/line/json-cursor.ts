/**
 * A cursor in a JSON text: goes over one value after the other and checks each, without making anything of it.
 *
 * What it goes over is JSON to the letter, as JSON.parse has it, but for depth: here an end comes sooner, because what is
 * nested so deeply is no tweet. Where a method says false, the text is at fault or too deep, and the cursor is anywhere.
 */

const COMMA = 0x2c
const DASH = 0x2d
const PLUS = 0x2b
const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const BACKSLASH = 0x5c
const LOWER_E = 0x65
const LOWER_F = 0x66
const LOWER_U = 0x75

export const QUOTE = 0x22
export const OPEN_ARRAY = 0x5b
export const CLOSE_ARRAY = 0x5d
export const OPEN_OBJECT = 0x7b
export const CLOSE_OBJECT = 0x7d
export const LOWER_N = 0x6e
export const LOWER_T = 0x74
export const NULL = bytesOf('null')
export const TRUE = bytesOf('true')
export const FALSE = bytesOf('false')

const MAX_DEPTH = 32
/** Integers of so many digits are exact in a JavaScript number. */
const MAX_COUNT_DIGITS = 15

export class JsonCursor {
  /** UTF-8 that is known to be well-formed */
  bytes: Uint8Array = new Uint8Array(0)
  /** the next byte */
  protected at = 0
  /** objects and lists that are open */
  protected depth = 0
  /** whether the text gone over last has an escape in it */
  protected isEscaped = false

  protected skipValue(): boolean {
    switch (this.bytes[this.at]) {
      case QUOTE:
        return this.skipText()
      case OPEN_OBJECT:
        return this.skipMembers()
      case OPEN_ARRAY:
        return this.skipElements()
      case LOWER_N:
        return this.skipWord(NULL)
      case LOWER_T:
        return this.skipWord(TRUE)
      case LOWER_F:
        return this.skipWord(FALSE)
      default:
        return this.skipNumber()
    }
  }

  /** From the opening quote to behind the closing one; notes whether there is an escape between them. */
  protected skipText(): boolean {
    const { bytes } = this
    let at = this.at + 1
    this.isEscaped = false
    for (;;) {
      const byte = bytes[at++]!
      if (byte === QUOTE) break
      if (byte === BACKSLASH) {
        this.isEscaped = true
        const length = escapeLength(bytes, at)
        if (length === 0) return false
        at += length
        // also where the text is over
      } else if (!(byte >= 0x20)) return false
    }
    this.at = at
    return true
  }

  protected skipNumber(): boolean {
    const { bytes } = this
    const first = this.at + (bytes[this.at] === DASH ? 1 : 0)
    let at = digitsEnd(bytes, first)
    if (at === first || (bytes[first] === ZERO && at > first + 1)) return false
    if (bytes[at] === DOT) {
      const fraction = at + 1
      at = digitsEnd(bytes, fraction)
      if (at === fraction) return false
    }
    if ((bytes[at]! | 0x20) === LOWER_E) {
      const exponent = at + (bytes[at + 1] === DASH || bytes[at + 1] === PLUS ? 2 : 1)
      at = digitsEnd(bytes, exponent)
      if (at === exponent) return false
    }
    this.at = at
    return true
  }

  /** An integer that a JavaScript number holds exactly. */
  protected skipCount(): boolean {
    const first = this.at + (this.bytes[this.at] === DASH ? 1 : 0)
    if (!this.skipNumber() || this.at - first > MAX_COUNT_DIGITS) return false
    return digitsEnd(this.bytes, first) === this.at
  }

  protected skipWord(word: Uint8Array): boolean {
    if (!standsAt(this.bytes, this.at, word)) return false
    this.at += word.length
    return true
  }

  /** Opens an object or a list. @returns false where it would be too deep */
  protected enter(): boolean {
    this.at = this.spaceEnd(this.at + 1)
    return ++this.depth <= MAX_DEPTH
  }

  /** Behind a member or an element. @returns whether a comma stands there; the cursor is behind it then */
  protected goOn(): boolean {
    this.at = this.spaceEnd(this.at)
    if (this.bytes[this.at] !== COMMA) return false
    this.at = this.spaceEnd(this.at + 1)
    return true
  }

  /** Closes an object or a list. */
  protected leave(bracket: number): boolean {
    this.depth--
    return this.bytes[this.at++] === bracket
  }

  /** The colon behind a name. */
  protected skipColon(): boolean {
    this.at = this.spaceEnd(this.at)
    if (this.bytes[this.at] !== COLON) return false
    this.at = this.spaceEnd(this.at + 1)
    return true
  }

  protected spaceEnd(from: number): number {
    const { bytes } = this
    let at = from
    for (;;) {
      const byte = bytes[at]
      // one comparison for nearly every byte there is
      if (byte === undefined || byte > 0x20) return at
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at
      at++
    }
  }

  private skipMembers(): boolean {
    if (!this.enter()) return false
    if (this.bytes[this.at] === CLOSE_OBJECT) return this.leave(CLOSE_OBJECT)
    do {
      if (this.bytes[this.at] !== QUOTE || !this.skipText() || !this.skipColon() || !this.skipValue()) return false
    } while (this.goOn())
    return this.leave(CLOSE_OBJECT)
  }

  private skipElements(): boolean {
    if (!this.enter()) return false
    if (this.bytes[this.at] === CLOSE_ARRAY) return this.leave(CLOSE_ARRAY)
    do {
      if (!this.skipValue()) return false
    } while (this.goOn())
    return this.leave(CLOSE_ARRAY)
  }
}

export function standsAt(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false
  return true
}

/** An integer that `skipCount` went over. */
export function integerAt(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === DASH
  let value = 0
  for (let at = isNegative ? start + 1 : start; at < end; at++) value = value * 10 + bytes[at]! - ZERO
  return isNegative ? -value : value
}

/** What follows a backslash: how many bytes of it belong to the escape; 0 where it is none. */
function escapeLength(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]!
  if (byte !== LOWER_U) return ESCAPED.includes(byte) ? 1 : 0
  for (let i = 1; i <= 4; i++) if (!isHexDigit(bytes[at + i]!)) return 0
  return 5
}

const ESCAPED = bytesOf('"\\/bfnrt')

function isHexDigit(byte: number): boolean {
  return (byte >= ZERO && byte <= NINE) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= LOWER_F)
}

function digitsEnd(bytes: Uint8Array, from: number): number {
  let at = from
  while (bytes[at]! >= ZERO && bytes[at]! <= NINE) at++
  return at
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
