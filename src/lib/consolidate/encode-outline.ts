/** Outlines → files: rows are laid out here, some at a time, and made into a file by a hand. */
import { columnToPlain, type PlainColumn } from '../domain/columns/plain-column.ts'
import type { TableName } from '../domain/layer2.ts'
import { makeColumn, type Outline, type Span } from '../domain/star/outline.ts'
import type { FilePicks, Hand, Layer1Rows, Piece } from './hand.ts'

/**
 * Rows that are laid out together. A row of the fact takes some 300 bytes in each of several forms, so that these are few as
 * long as neighbours in the table are neighbours in layer1 too; where they come from all over it each piece reads all of it,
 * and there had better be few pieces.
 */
const NEAR_ROWS = 32_768
const FAR_ROWS = 131_072
const MAX_NEAR_FILES = 4

/** So many rows wait for the hand: enough for it to be busy while this thread counts and checks. */
const MAX_ROWS_AHEAD = 524_288

/** Rows of layer1 for an outline that takes none. */
export const NO_LAYER1: Layer1Rows = { files: [], starts: Uint32Array.of(0) }

/** A table that is to be written. */
export interface WrittenTable {
  outline: Outline
  /** that the outline's picks are numbers of */
  rows: Layer1Rows
}

/** @returns one Parquet file, the same bytes for the same table from the same files. @throws TwdwError E_LAKE when layer1 cannot be read */
export function encodeOutline(table: TableName, written: WrittenTable, hand: Hand): Promise<Uint8Array> {
  return encodeParts(table, [written], hand)
}

/**
 * The same of a table that comes in parts, each of which is asked for when the one before is laid out.
 * @throws also what comes in place of a part
 */
export async function encodeParts(
  table: TableName,
  parts: Iterable<WrittenTable> | AsyncIterable<WrittenTable>,
  hand: Hand,
): Promise<Uint8Array> {
  const file = hand.begin(table)
  const ahead: { rows: number; appended: Promise<void> }[] = []
  let rowsAhead = 0
  try {
    for await (const { outline, rows } of parts) {
      for (const piece of pieces(outline, rows)) {
        const appended = file.append(piece)
        // told when it is its turn
        appended.catch(() => undefined)
        ahead.push({ rows: piece.rows, appended })
        rowsAhead += piece.rows
        while (rowsAhead > MAX_ROWS_AHEAD) {
          const first = ahead.shift()!
          await first.appended
          rowsAhead -= first.rows
        }
      }
    }
    for (const { appended } of ahead) await appended
    return await file.finish()
  } catch (error) {
    await file.abandon()
    throw error
  }
}

function* pieces(outline: Outline, rows: Layer1Rows): Generator<Piece> {
  const picksOf = (from: number, to: number) => filePicks(outline.picks.subarray(from, to), rows)
  for (let from = 0, to = 0; from < outline.count; from = to) {
    to = Math.min(outline.count, from + NEAR_ROWS)
    let picks = picksOf(from, to)
    if (picks.files.length > MAX_NEAR_FILES) {
      to = Math.min(outline.count, from + FAR_ROWS)
      picks = picksOf(from, to)
    }
    yield { rows: to - from, made: madeColumns(outline, { from, to }), taken: outline.taken, picks }
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
