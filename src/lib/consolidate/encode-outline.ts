/** Outlines → files: row groups are laid out here, and made into a file by a hand. */
import { columnToPlain, type PlainColumn } from '../domain/columns/plain-column.ts'
import type { TableName } from '../domain/layer2.ts'
import { makeColumn, type Outline, type Span } from '../domain/star/outline.ts'
import type { FilePicks, Hand, Layer1Rows, RowGroup } from './hand.ts'

/** Rows of a row group: readers share a file's groups among their threads, and leave out those that they need not see. */
const GROUP_ROWS = 131_072

/** So many groups wait for the hand: enough for it to be busy while this thread counts and checks. */
const MAX_GROUPS_AHEAD = 4

/** Rows of layer1 for an outline that takes none. */
export const NO_LAYER1: Layer1Rows = { files: [], starts: Uint32Array.of(0) }

/** A table that is to be written. */
export interface WrittenTable {
  outline: Outline
  /** that the outline's picks are numbers of */
  rows: Layer1Rows
}

/** @returns one Parquet file, the same bytes for the same table. @throws TwdwError E_LAKE when layer1 cannot be read */
export async function encodeOutline(
  table: TableName,
  { outline, rows }: WrittenTable,
  hand: Hand,
): Promise<Uint8Array> {
  const file = hand.begin(table)
  const ahead: Promise<void>[] = []
  try {
    for (const group of rowGroups(outline, rows)) {
      const appended = file.append(group)
      // told when it is its turn
      appended.catch(() => undefined)
      ahead.push(appended)
      if (ahead.length >= MAX_GROUPS_AHEAD) await ahead.shift()
    }
    await Promise.all(ahead)
    return await file.finish()
  } catch (error) {
    await file.abandon()
    throw error
  }
}

function* rowGroups(outline: Outline, rows: Layer1Rows): Generator<RowGroup> {
  for (let from = 0; from < outline.count; from += GROUP_ROWS) {
    const span = { from, to: Math.min(outline.count, from + GROUP_ROWS) }
    yield {
      rows: span.to - span.from,
      made: madeColumns(outline, span),
      taken: outline.taken,
      picks: filePicks(outline.picks.subarray(span.from, span.to), rows),
    }
  }
}

function madeColumns(outline: Outline, span: Span): Record<string, PlainColumn> {
  const made: Record<string, PlainColumn> = {}
  for (const name of outline.shape.schema.names as string[]) {
    const column = makeColumn(outline, name, span)
    if (column !== undefined) made[name] = columnToPlain(column)
  }
  return made
}

/** Row numbers → files and places in them; of the files only those that are needed. */
function filePicks(picks: Uint32Array, { files, starts }: Layer1Rows): FilePicks {
  const fileOf = new Uint32Array(picks.length)
  const places = new Uint32Array(picks.length)
  const needed = new Map<number, number>()
  let file = 0
  for (let i = 0; i < picks.length; i++) {
    const row = picks[i]!
    // neighbours are mostly of one file
    if (row < starts[file]! || row >= starts[file + 1]!) file = fileOfRow(row, starts)
    let place = needed.get(file)
    if (place === undefined) {
      place = needed.size
      needed.set(file, place)
    }
    fileOf[i] = place
    places[i] = row - starts[file]!
  }
  return { files: [...needed.keys()].map(i => files[i]!), fileOf, places }
}

function fileOfRow(row: number, starts: Uint32Array): number {
  let [from, to] = [0, starts.length - 1]
  while (to - from > 1) {
    const middle = (from + to) >> 1
    if (starts[middle]! <= row) from = middle
    else to = middle
  }
  return from
}
