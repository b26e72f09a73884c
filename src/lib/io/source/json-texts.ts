/**
 * JSON texts out of lines: a document that was printed over several lines becomes one line again.
 *
 * A torn line looks like the start of such a document. It is found out by what JSON allows next, so that it takes
 * no line that follows it along. As soon as lines cannot be one document they come out apart again: a line that is a text
 * by itself as that text, those between as one fragment, so that a torn document is refused once and not line by line.
 */

export interface TextJoiner {
  /** The texts that are complete with this line, in order; [] while a document goes on. The line is copied if it is kept. */
  push(line: Uint8Array): Uint8Array[]
  /** What is left of a document that never ended. The joiner is then empty. */
  finish(): Uint8Array[]
}

/**
 * @param options.maxTextBytes longest document put together, >= 1; a longer one comes apart
 */
export function openTextJoiner(options: { maxTextBytes: number }): TextJoiner {
  return new DocumentJoiner(options.maxTextBytes)
}

const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

class DocumentJoiner implements TextJoiner {
  private readonly maxTextBytes: number
  private outline = new Outline()
  /** the lines of an unfinished document; empty when there is none */
  private lines: Uint8Array[] = []
  private lineBytes = 0

  constructor(maxTextBytes: number) {
    this.maxTextBytes = maxTextBytes
  }

  push(line: Uint8Array): Uint8Array[] {
    if (this.lines.length === 0 && !(startsOpen(line) && !isBracketed(line))) return [line]
    const isPossible = this.outline.read(line) && this.lineBytes + line.length < this.maxTextBytes
    if (!isPossible) {
      // alone, this line may be whole or begin a document of its own
      return this.lines.length === 0 ? [...this.finish(), line] : [...this.finish(), ...this.push(line)]
    }
    this.lines.push(new Uint8Array(line))
    this.lineBytes += line.length + 1
    return this.outline.isComplete ? [joinLines(this.takeLines())] : []
  }

  finish(): Uint8Array[] {
    const texts: Uint8Array[] = []
    let fragment: Uint8Array[] = []
    for (const line of this.takeLines()) {
      if (!isBracketed(line)) {
        fragment.push(line)
        continue
      }
      if (fragment.length > 0) texts.push(joinLines(fragment))
      texts.push(line)
      fragment = []
    }
    return fragment.length > 0 ? [...texts, joinLines(fragment)] : texts
  }

  private takeLines(): Uint8Array[] {
    const lines = this.lines
    this.lines = []
    this.lineBytes = 0
    this.outline = new Outline()
    return lines
  }
}

/** A space for each line end: JSON lets no line end stand inside a string. */
function joinLines(lines: readonly Uint8Array[]): Uint8Array {
  const text = new Uint8Array(lines.reduce((bytes, line) => bytes + line.length + 1, -1)).fill(SPACE)
  let at = 0
  for (const line of lines) {
    text.set(line, at)
    at += line.length + 1
  }
  return text
}

function startsOpen(line: Uint8Array): boolean {
  const first = line[skipSpace(line, 0)]
  return first === OPEN_OBJECT || first === OPEN_ARRAY
}

/** True for a line that begins and ends like a whole text. Looks at its ends only: most lines are one text each. */
function isBracketed(line: Uint8Array): boolean {
  const first = line[skipSpace(line, 0)]
  let last = line.length - 1
  while (isSpace(line[last])) last--
  return (first === OPEN_OBJECT && line[last] === CLOSE_OBJECT) || (first === OPEN_ARRAY && line[last] === CLOSE_ARRAY)
}

/** What may stand next. */
type Next = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end'

/** The brackets, commas and strings of a document, followed line by line. */
class Outline {
  /** brackets that are open, outermost first */
  private readonly open: number[] = []
  private next: Next = 'value'

  get isComplete(): boolean {
    return this.open.length === 0 && this.next === 'comma or end'
  }

  /** @returns false when the lines read so far are not the beginning of a document, nor one */
  read(line: Uint8Array): boolean {
    let at = skipSpace(line, 0)
    while (at < line.length) {
      if (this.isComplete) return false
      const end = this.readToken(line, at)
      if (end === undefined) return false
      at = skipSpace(line, end)
    }
    return true
  }

  /** @returns where the token ends; undefined when it may not stand here */
  private readToken(line: Uint8Array, at: number): number | undefined {
    const byte = line[at]
    if (byte === QUOTE) return this.readString(line, at)
    if (!isPunctuation(byte)) return this.readScalar(line, at)
    return this.readPunctuation(byte) ? at + 1 : undefined
  }

  /** @returns false when it may not stand here */
  private readPunctuation(byte: number | undefined): boolean {
    if (byte === COMMA) return this.step('comma or end', this.open.at(-1) === OPEN_OBJECT ? 'key' : 'value')
    if (byte === COLON) return this.step('colon', 'value')
    if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) return this.readClose(byte)
    return this.readOpen(byte)
  }

  private expectsValue(): boolean {
    return this.next === 'value' || this.next === 'value or end'
  }

  private step(from: Next, to: Next): boolean {
    const isAllowed = this.next === from
    this.next = to
    return isAllowed
  }

  private readOpen(byte: number | undefined): boolean {
    const isAllowed = this.expectsValue()
    this.open.push(byte === OPEN_OBJECT ? OPEN_OBJECT : OPEN_ARRAY)
    this.next = byte === OPEN_OBJECT ? 'key or end' : 'value or end'
    return isAllowed
  }

  private readClose(byte: number): boolean {
    const isEnd = this.next === 'comma or end' || this.next === (byte === CLOSE_OBJECT ? 'key or end' : 'value or end')
    this.next = 'comma or end'
    return isEnd && this.open.pop() === (byte === CLOSE_OBJECT ? OPEN_OBJECT : OPEN_ARRAY)
  }

  /** `start` is the opening quote; undefined also when the line ends before the string. */
  private readString(line: Uint8Array, start: number): number | undefined {
    const isKey = this.next === 'key' || this.next === 'key or end'
    if (!isKey && !this.expectsValue()) return undefined
    this.next = isKey ? 'colon' : 'comma or end'
    for (let at = start + 1; at < line.length; at++) {
      if (line[at] === QUOTE) return at + 1
      if (line[at] === BACKSLASH) at++
    }
    return undefined
  }

  private readScalar(line: Uint8Array, start: number): number | undefined {
    if (!this.expectsValue()) return undefined
    this.next = 'comma or end'
    let at = start
    while (at < line.length && line[at] !== QUOTE && !isSpace(line[at]) && !isPunctuation(line[at])) at++
    return at
  }
}

/** A byte that is a token by itself. */
function isPunctuation(byte: number | undefined): boolean {
  return byte === COMMA || byte === COLON || isBracket(byte)
}

function isBracket(byte: number | undefined): boolean {
  return byte === OPEN_OBJECT || byte === CLOSE_OBJECT || byte === OPEN_ARRAY || byte === CLOSE_ARRAY
}

function skipSpace(line: Uint8Array, start: number): number {
  let at = start
  while (isSpace(line[at])) at++
  return at
}

function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === 0x09 || byte === 0x0d
}
