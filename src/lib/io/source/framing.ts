/**
 * Framing: bytes as they arrive, cut anywhere, into lines.
 *
 * A line ends with `\n` or `\r\n` and with nothing else: U+2028 and a lone `\r` are part of a line. No byte is
 * decoded here, so a cut inside a UTF-8 character does no harm. Each byte is looked at once, however small the
 * chunks are. A blank line is X's heartbeat: it is counted and not handed out.
 */

const LF = 0x0a
const CR = 0x0d

/** Turns the chunks of one connection or file into its lines. */
export interface Framer {
  /**
   * The lines that this chunk completes, in order, without their line ends and never blank. They may be views
   * of `chunk`: use them before its memory is used again.
   */
  push(chunk: Uint8Array): Uint8Array[]
  /** What stands after the last line end, as a line; undefined when that is nothing or blank. The framer is then empty. */
  finish(): Uint8Array | undefined
  /** blank lines seen so far: heartbeats */
  readonly blankLines: number
  /** lines seen so far that were longer than `maxLineBytes` */
  readonly cutLines: number
}

/**
 * @param options.maxLineBytes longest line handed out whole, >= 1. A longer one comes in pieces of that length, each
 *   as a line of its own and the last one shorter: memory stays bounded, no byte is lost and the next line is whole.
 *   A piece of JSON is no JSON, so whoever parses refuses it and keeps it. Blank pieces are left out.
 */
export function openFramer(options: { maxLineBytes: number }): Framer {
  return new LineFramer(options.maxLineBytes)
}

class LineFramer implements Framer {
  blankLines = 0
  cutLines = 0
  private readonly maxLineBytes: number
  /** start of a line whose end has not arrived; the first `pendingBytes` are in use */
  private pending = new Uint8Array(1024)
  private pendingBytes = 0
  /** true while `pending` continues a line of which pieces were handed out */
  private cutting = false

  constructor(maxLineBytes: number) {
    this.maxLineBytes = maxLineBytes
  }

  push(chunk: Uint8Array): Uint8Array[] {
    const lines: Uint8Array[] = []
    let start = 0
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      const inChunk = chunk.subarray(start, end)
      if (this.pendingBytes === 0 && !this.cutting && inChunk.length <= this.maxLineBytes) {
        this.endLine(lines, inChunk)
      } else {
        this.append(lines, inChunk)
        this.endLine(lines, this.takePending())
      }
      start = end + 1
    }
    this.append(lines, chunk.subarray(start))
    return lines
  }

  finish(): Uint8Array | undefined {
    const lines: Uint8Array[] = []
    if (this.pendingBytes > 0) this.endLine(lines, this.takePending())
    this.cutting = false
    return lines[0]
  }

  private endLine(lines: Uint8Array[], bytes: Uint8Array): void {
    const line = bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes
    if (!isBlank(line)) lines.push(line)
    else if (!this.cutting) this.blankLines++
    this.cutting = false
  }

  /** Copies `bytes` behind what is pending: the chunk's memory is the sender's, and a small rest must not keep it alive. */
  private append(lines: Uint8Array[], bytes: Uint8Array): void {
    let taken = 0
    while (taken < bytes.length) {
      // one byte more than a line, and one for a `\r` that may turn out to belong to the line end
      const room = this.maxLineBytes + 2 - this.pendingBytes
      const part = bytes.subarray(taken, taken + room)
      this.reserve(this.pendingBytes + part.length)
      this.pending.set(part, this.pendingBytes)
      this.pendingBytes += part.length
      taken += part.length
      while (this.isTooLong()) this.cutPiece(lines)
    }
  }

  private isTooLong(): boolean {
    const excess = this.pendingBytes - this.maxLineBytes
    return excess > 1 || (excess === 1 && this.pending[this.pendingBytes - 1] !== CR)
  }

  private cutPiece(lines: Uint8Array[]): void {
    const piece = this.pending.slice(0, this.maxLineBytes)
    this.pending.copyWithin(0, this.maxLineBytes, this.pendingBytes)
    this.pendingBytes -= this.maxLineBytes
    if (!isBlank(piece)) lines.push(piece)
    if (!this.cutting) this.cutLines++
    this.cutting = true
  }

  private takePending(): Uint8Array {
    const bytes = this.pending.slice(0, this.pendingBytes)
    this.pendingBytes = 0
    return bytes
  }

  private reserve(bytes: number): void {
    if (bytes <= this.pending.length) return
    const larger = new Uint8Array(Math.max(bytes, Math.min(this.pending.length * 2, this.maxLineBytes + 2)))
    larger.set(this.pending.subarray(0, this.pendingBytes))
    this.pending = larger
  }
}

/** Nothing but JSON's white space. */
function isBlank(line: Uint8Array): boolean {
  for (const byte of line) {
    if (byte !== 0x20 && byte !== 0x09 && byte !== CR) return false
  }
  return true
}
