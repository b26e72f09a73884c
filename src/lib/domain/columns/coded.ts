/**
 * Coded columns: texts that repeat, as numbers that refer to the distinct ones.
 *
 * A column that is a dictionary already keeps its places, which are translated without a look at the texts. Codes of several
 * files become codes of all of them, in the order of their texts.
 */
import { type Data, Type } from 'apache-arrow'
import { forEachItem, forEachText, type Rows, textListsOf, validRows } from './rows.ts'
import { createTextIndex, type DistinctTexts, rankTexts, type TextIndex } from './text-index.ts'

/** For each row 0 for null, or 1 and the place of its text. */
export interface CodedTexts {
  codes: Uint32Array
  texts: DistinctTexts
}

/** Row r has the items from starts[r] to starts[r + 1]; an item is the place of its text. */
export interface CodedLists {
  starts: Uint32Array
  codes: Uint32Array
  texts: DistinctTexts
}

/** A column of texts, or of dictionaries of them. */
export function codedTextsOf(rows: Rows, name: string): CodedTexts {
  const index = createTextIndex()
  const codes = new Uint32Array(rows.count)
  const chunks = rows.chunks(name)
  const valid = validRows(rows, chunks)
  for (const [i, chunk] of chunks.entries()) {
    const first = rows.starts[i]!
    if (chunk.type.typeId === Type.Dictionary) codesOfChunk(chunk, index, codes, first, valid)
    else {
      const texts = { rows: rowsOfChunk(chunk), offsets: [chunk.valueOffsets], bytes: [chunk.values], valid: undefined }
      forEachText(texts, (row, bytes, start, end) => {
        if (valid === undefined || valid[first + row] === 1) codes[first + row] = 1 + index.add(bytes, start, end)
      })
    }
  }
  return { codes, texts: kept(index) }
}

/** One chunk alone, as if it were the whole. */
function rowsOfChunk(chunk: Data): Rows {
  return {
    count: chunk.length,
    starts: Uint32Array.of(0, chunk.length),
    chunkOf: new Uint32Array(0),
    chunks: () => [chunk],
    has: () => true,
  }
}

function codesOfChunk(
  chunk: Data,
  index: TextIndex,
  codes: Uint32Array,
  first: number,
  valid: Uint8Array | undefined,
): void {
  const [texts] = chunk.dictionary!.data as [Data]
  const places = chunk.values as Int32Array
  /** place in the chunk's dictionary → 1 and the code, 0 until it is asked for */
  const codeOf = new Uint32Array(texts.length)
  for (let i = 0; i < chunk.length; i++) {
    if (valid !== undefined && valid[first + i] === 0) continue
    const place = places[i]!
    if (codeOf[place] === 0) {
      codeOf[place] = 1 + index.add(texts.values, texts.valueOffsets[place]!, texts.valueOffsets[place + 1]!)
    }
    codes[first + i] = codeOf[place]!
  }
}

export function codedListsOf(rows: Rows, name: string): CodedLists {
  const lists = textListsOf(rows, name)
  const index = createTextIndex()
  const starts = new Uint32Array(rows.count + 1)
  let row = 0
  for (const [chunk, bounds] of lists.lists.entries()) {
    const length = rows.starts[chunk + 1]! - rows.starts[chunk]!
    for (let i = 0; i < length; i++, row++) starts[row + 1] = starts[row]! + bounds[i + 1]! - bounds[i]!
  }
  const codes = new Uint32Array(starts[rows.count]!)
  let item = 0
  forEachItem(lists, (_, bytes, start, end) => {
    codes[item++] = index.add(bytes, start, end)
  })
  return { starts, codes, texts: kept(index) }
}

/** The texts without the memory for more of them. */
function kept({ size, bytes, offsets }: TextIndex): DistinctTexts {
  return { size, bytes: bytes.slice(0, offsets[size]), offsets: offsets.slice(0, size + 1) }
}

/** One column after the other; the texts of all in the order of their bytes. */
export function joinCodedTexts(parts: readonly CodedTexts[]): CodedTexts {
  const { texts, codeOf } = joinTexts(parts.map(part => part.texts))
  const codes = new Uint32Array(parts.reduce((sum, part) => sum + part.codes.length, 0))
  let at = 0
  for (const [i, part] of parts.entries()) {
    const to = codeOf[i]!
    for (let row = 0; row < part.codes.length; row++) {
      const code = part.codes[row]!
      codes[at++] = code === 0 ? 0 : 1 + to[code - 1]!
    }
  }
  return { codes, texts }
}

/** As `joinCodedTexts`. */
export function joinCodedLists(parts: readonly CodedLists[]): CodedLists {
  const { texts, codeOf } = joinTexts(parts.map(part => part.texts))
  const rows = parts.reduce((sum, part) => sum + part.starts.length - 1, 0)
  const starts = new Uint32Array(rows + 1)
  const codes = new Uint32Array(parts.reduce((sum, part) => sum + part.codes.length, 0))
  let [row, at] = [0, 0]
  for (const [i, part] of parts.entries()) {
    const to = codeOf[i]!
    const before = at
    for (let item = 0; item < part.codes.length; item++) codes[at++] = to[part.codes[item]!]!
    for (let r = 1; r < part.starts.length; r++) starts[++row] = before + part.starts[r]!
  }
  return { starts, codes, texts }
}

/** @returns codeOf: for each part, its code → the code among all */
function joinTexts(parts: readonly DistinctTexts[]): { texts: DistinctTexts; codeOf: Uint32Array[] } {
  const index = createTextIndex()
  const codeOf = parts.map(({ size, bytes, offsets }) => {
    const to = new Uint32Array(size)
    for (let code = 0; code < size; code++) to[code] = index.add(bytes, offsets[code]!, offsets[code + 1]!)
    return to
  })
  const { sorted, rankOf } = rankTexts(index)
  for (const to of codeOf) for (let code = 0; code < to.length; code++) to[code] = rankOf[to[code]!]!
  return { texts: reorderTexts(index, sorted), codeOf }
}

/** The same texts in another order. @param sorted place → code */
export function reorderTexts(index: DistinctTexts, sorted: Uint32Array): DistinctTexts {
  const offsets = new Int32Array(index.size + 1)
  const bytes = new Uint8Array(index.offsets[index.size]!)
  for (const [place, code] of sorted.entries()) {
    const text = index.bytes.subarray(index.offsets[code]!, index.offsets[code + 1]!)
    bytes.set(text, offsets[place]!)
    offsets[place + 1] = offsets[place]! + text.length
  }
  return { size: index.size, bytes, offsets }
}
