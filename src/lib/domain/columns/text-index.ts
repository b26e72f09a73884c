/**
 * Distinct texts, numbered, compared and sorted by their UTF-8 bytes.
 *
 * Tags, languages, places and rules repeat: work on them (folding, sorting, counting) is done once per
 * distinct text, and rows carry its number, the *code*.
 */
import { numbersBetween } from './order.ts'
import { compareBytes, decodeText } from './rows.ts'

/** Distinct texts, one after the other: the text of code c from offsets[c] to offsets[c + 1]. */
export interface DistinctTexts {
  readonly size: number
  readonly bytes: Uint8Array
  readonly offsets: Int32Array
}

export interface TextIndex extends DistinctTexts {
  /** The code of a text, which is added if it is new: 0, 1, 2… in order of arrival. The bytes are copied. */
  add(bytes: Uint8Array, start: number, end: number): number
  text(code: number): string
}

const FIRST_SLOTS = 256

export function createTextIndex(): TextIndex {
  let slots = new Int32Array(FIRST_SLOTS).fill(-1)
  let hashes = new Int32Array(FIRST_SLOTS)
  let offsets = new Int32Array(FIRST_SLOTS + 1)
  let bytes = new Uint8Array(FIRST_SLOTS * 16)
  let size = 0

  function isText(code: number, from: Uint8Array, start: number, end: number): boolean {
    const at = offsets[code]!
    if (offsets[code + 1]! - at !== end - start) return false
    for (let i = 0; i < end - start; i++) if (bytes[at + i] !== from[start + i]) return false
    return true
  }

  /** Room for one more text of `length` bytes, with at most half of the slots taken. */
  function reserve(length: number): void {
    const end = offsets[size]! + length
    if (end > bytes.length) bytes = enlarged(bytes, new Uint8Array(Math.max(end, bytes.length * 2)))
    if (size * 2 < slots.length) return
    hashes = enlarged(hashes, new Int32Array(slots.length * 2))
    offsets = enlarged(offsets, new Int32Array(slots.length * 2 + 1))
    slots = new Int32Array(slots.length * 2).fill(-1)
    for (let code = 0; code < size; code++) slots[emptySlot(hashes[code]!)] = code
  }

  function emptySlot(hash: number): number {
    let slot = hash & (slots.length - 1)
    while (slots[slot] !== -1) slot = (slot + 1) & (slots.length - 1)
    return slot
  }

  return {
    get size() {
      return size
    },
    add(from, start, end) {
      const hash = hashBytes(from, start, end)
      for (let slot = hash & (slots.length - 1); slots[slot] !== -1; slot = (slot + 1) & (slots.length - 1)) {
        const code = slots[slot]!
        if (hashes[code] === hash && isText(code, from, start, end)) return code
      }
      reserve(end - start)
      slots[emptySlot(hash)] = size
      hashes[size] = hash
      bytes.set(from.subarray(start, end), offsets[size]!)
      offsets[size + 1] = offsets[size]! + end - start
      return size++
    },
    text: code => decodeText(bytes, offsets[code]!, offsets[code + 1]!),
    get bytes() {
      return bytes
    },
    get offsets() {
      return offsets
    },
  }
}

/** Codes in the order of their texts, and the place of each. */
export interface TextRanks {
  /** codes, ascending by UTF-8 bytes */
  sorted: Uint32Array
  /** code → place in `sorted` */
  rankOf: Uint32Array
}

export function rankTexts({ size, bytes, offsets }: DistinctTexts): TextRanks {
  const sorted = numbersBetween(0, size)
  sorted.sort((a, b) => compareBytes(bytes, offsets[a]!, offsets[a + 1]!, bytes, offsets[b]!, offsets[b + 1]!))
  const rankOf = new Uint32Array(size)
  for (let rank = 0; rank < sorted.length; rank++) rankOf[sorted[rank]!] = rank
  return { sorted, rankOf }
}

/** FNV-1a, with its bits mixed once more because only the low ones choose the slot. */
function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c_9dc5
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x0100_0193)
  return hash ^ (hash >>> 15)
}

function enlarged<A extends Uint8Array | Int32Array>(from: A, to: A): A {
  to.set(from)
  return to
}
