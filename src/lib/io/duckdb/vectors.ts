/**
 * Values copied out of DuckDB's vectors, and the bytes that they grow into.
 *
 * A vector's memory lives no longer than its chunk, so everything is copied. Nested vectors point into their
 * children in any order; that is why values are always taken by their positions, here called picks.
 */
import type { Vector } from '@duckdb/node-bindings'
import { type Binary, type Data, makeData, Utf8 } from 'apache-arrow'
import { TwdwError } from '../../errors.ts'
import type { DuckDbNative } from './native.ts'

/** Stands among picks for a value that is null whatever the vector says. */
export const NO_POSITION = 0xffffffff

/** A column of a result while it is being copied. */
export interface ArrowColumn {
  /**
   * @param vectorRows values that the vector has
   * @param picks      positions of the values to copy, in the order in which they are wanted
   */
  append(vector: Vector, vectorRows: number, picks: Uint32Array): void
  /** All that was copied. Its type can depend on the values. */
  finish(): Data
}

/** Bytes that grow at their end. */
class GrowingBytes {
  length = 0
  #bytes = new Uint8Array(4096)

  /** Room for `more` bytes at the end, zeroed and counted as used. */
  extend(more: number): Uint8Array {
    const end = this.length + more
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length))
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    const room = this.#bytes.subarray(this.length, end)
    this.length = end
    return room
  }

  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.length)
  }
}

/** Which values are null, one byte each until the end. */
export class Validity {
  #flags = new GrowingBytes()
  #bindings: DuckDbNative['bindings']

  constructor({ bindings }: DuckDbNative) {
    this.#bindings = bindings
  }

  /** @returns one byte a pick: 1 where there is a value, 0 where it is null */
  append(vector: Vector, vectorRows: number, picks: Uint32Array): Uint8Array {
    const flags = this.#flags.extend(picks.length)
    const maskBytes = Math.ceil(vectorRows / 64) * 8
    // DuckDB has no mask where nothing is null
    const mask: Uint8Array | null = maskBytes === 0 ? null : this.#bindings.vector_get_validity(vector, maskBytes)
    picks.forEach((at, index) => {
      if (at !== NO_POSITION) flags[index] = mask === null ? 1 : ((mask[at >> 3] ?? 0) >> (at & 7)) & 1
    })
    return flags
  }

  /** Arrow's form: one bit a value, set where there is one. */
  finish(): { length: number; nullCount: number; nullBitmap: Uint8Array | null } {
    const flags = this.#flags.toBytes()
    const nullCount = flags.reduce((count, flag) => count + (flag === 0 ? 1 : 0), 0)
    return { length: flags.length, nullCount, nullBitmap: nullCount === 0 ? null : packBits(flags) }
  }
}

/** One byte a flag → one bit a flag, the first in the lowest bit. */
export function packBits(flags: Uint8Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(flags.length / 8))
  flags.forEach((flag, index) => {
    if (flag !== 0) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7))
  })
  return bits
}

/** Values of `width` bytes each as machine words, the widest that every width is made of. */
function wordsOf(bytes: Uint8Array, width: number): Uint8Array | Uint16Array | Uint32Array {
  if (width === 1) return bytes
  if (width === 2) return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
}

/** Values of a fixed width, as they lie in DuckDB. */
export class FixedValues {
  readonly validity: Validity
  readonly #values = new GrowingBytes()
  readonly #native: DuckDbNative
  readonly #width: number

  /** @param width bytes of one value: 1, 2, or a multiple of 4 */
  constructor(native: DuckDbNative, width: number) {
    this.validity = new Validity(native)
    this.#native = native
    this.#width = width
  }

  append(vector: Vector, vectorRows: number, picks: Uint32Array): void {
    if (picks.length === 0) return
    const flags = this.validity.append(vector, vectorRows, picks)
    const width = this.#width
    const from = wordsOf(this.#native.bindings.vector_get_data(vector, vectorRows * width), width)
    const to = wordsOf(this.#values.extend(picks.length * width), width)
    const words = Math.max(1, width / 4)
    picks.forEach((at, index) => {
      if (flags[index] === 0) return
      for (let word = 0; word < words; word++) to[index * words + word] = from[at * words + word] ?? 0
    })
  }

  /** Values one after the other, zero where they are null. */
  toBytes(): Uint8Array {
    return this.#values.toBytes()
  }
}

/** Byte strings one after the other. */
export class GrowingTexts {
  #content = new GrowingBytes()
  #ends: number[] = [0]

  add(bytes: Uint8Array): void {
    this.#content.extend(bytes.length).set(bytes)
    this.#ends.push(this.#content.length)
  }

  finish(type: Utf8 | Binary, validity: Validity): Data {
    const bytes = this.#content.length
    if (bytes > MAX_TEXT_BYTES) {
      throw new TwdwError('E_USAGE', `a column of the answer has ${bytes} bytes of text, more than ${MAX_TEXT_BYTES}`, {
        hint: 'select fewer columns or fewer rows',
      })
    }
    const layout = { ...validity.finish(), valueOffsets: Int32Array.from(this.#ends), data: this.#content.toBytes() }
    return type instanceof Utf8 ? makeData({ type, ...layout }) : makeData({ type, ...layout })
  }
}
/** Arrow's offsets are 32 bits wide. */
const MAX_TEXT_BYTES = 2 ** 31 - 1

/** A Utf8 column; what stands for a null is not looked at by readers. */
export function textData(validity: Validity, texts: readonly string[]): Data {
  const encoder = new TextEncoder()
  const values = new GrowingTexts()
  for (const text of texts) values.add(encoder.encode(text))
  return values.finish(new Utf8(), validity)
}
