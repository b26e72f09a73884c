/**
 * Outlines: a table of which is known which row goes where, before its columns are laid out.
 *
 * Most of a star is text that nobody looks at: it moves from layer1 into another order. An outline says what is to be
 * moved, and makes the rest when it is asked for, some rows at a time. So a busy hour is never in memory as a whole, and
 * its tables can be made by several threads.
 */
import type { Data, Table } from 'apache-arrow'
import {
  codedToColumn,
  codedToDictionary,
  columnsToTable,
  instantsToColumn,
  int64sToColumn,
  takeColumn,
} from '../columns/columns.ts'
import type { Rows } from '../columns/rows.ts'
import type { DistinctTexts } from '../columns/text-index.ts'
import type { TableShape } from '../table-shape.ts'
import { castIds, castInstants } from './cast.ts'

/** Rows, half-open. */
export interface Span {
  from: number
  to: number
}

/** A column of layer2 that is one of layer1. */
export interface TakenColumn {
  name: string
  /** layer1 column */
  from: string
  /** as it is, or the number or instant that its text means */
  as: 'same' | 'id' | 'instant'
}

/** Codes of some rows: 0 for null, or 1 and the place of the text. */
export interface CodedColumn {
  codes(span: Span): Uint32Array
  /** in the order of their bytes */
  texts: DistinctTexts
}

export interface Outline {
  shape: TableShape
  count: number
  /** columns that are made of numbers at hand */
  made: Readonly<Record<string, (span: Span) => Data>>
  coded: Readonly<Record<string, CodedColumn>>
  taken: readonly TakenColumn[]
  /** row of the table → layer1 row that the taken columns are of */
  picks: Uint32Array
}

/** Of an outline of which nothing is in layer1. */
export const NOTHING_TAKEN = { taken: [], picks: new Uint32Array(0) } as const

/** A column of texts by their places; none is null. */
export function placesToCodes(places: Uint32Array, texts: DistinctTexts): CodedColumn {
  const codes = ({ from, to }: Span) => {
    const some = places.slice(from, to)
    for (let i = 0; i < some.length; i++) some[i]! += 1
    return some
  }
  return { codes, texts }
}

/** @param rows layer1 with the columns that the outline takes, and `picks` leads into */
export function fillOutline({ shape, count, made, coded, taken, picks }: Outline, rows: Rows): Table {
  const all = { from: 0, to: count }
  const columns: Record<string, Data> = {}
  if (count > 0) {
    for (const [name, make] of Object.entries(made)) columns[name] = make(all)
    for (const [name, { codes, texts }] of Object.entries(coded)) columns[name] = codedToColumn(texts, codes(all))
    for (const column of taken) columns[column.name] = takeLayer1(rows, column, picks)
  }
  return columnsToTable(shape.schema, count, columns)
}

/** Some rows of a column that is not taken, texts as codes. */
export function makeColumn({ made, coded }: Outline, name: string, span: Span): Data | undefined {
  const column = coded[name]
  if (column !== undefined) return codedToDictionary(column.texts, column.codes(span))
  return made[name]?.(span)
}

/** A table of which nothing is taken, whole; texts are codes. */
export function madeTable(outline: Outline): Table {
  const { schema } = outline.shape
  if (outline.count === 0) return columnsToTable(schema, 0, {})
  const all = { from: 0, to: outline.count }
  const columns = schema.names.map(name => [name, makeColumn(outline, String(name), all)!])
  return columnsToTable(schema, outline.count, Object.fromEntries(columns))
}

/** The columns that are not taken, each made when it is asked for. */
export function outlineRows(outline: Outline): Rows {
  const { count, shape } = outline
  return {
    count,
    starts: Uint32Array.of(0, count),
    get chunkOf() {
      return new Uint32Array(count)
    },
    has: name => name in outline.made || name in outline.coded,
    chunks(name) {
      if (count === 0) return []
      const column = makeColumn(outline, name, { from: 0, to: count })
      if (column === undefined) throw new Error(`${name} of a table with ${shape.schema.names.join(', ')} is not made`)
      return [column]
    },
  }
}

/** @param picks rows of `rows` that cast without a fault */
export function takeLayer1(rows: Rows, { from, as }: TakenColumn, picks: Uint32Array): Data {
  const taken = takeColumn(rows, from, picks)
  if (as === 'same') return taken
  const some = { ...rows, count: picks.length, starts: Uint32Array.of(0, picks.length), chunks: () => [taken] }
  const refuse = () => undefined
  if (as === 'id') return int64sToColumn(castIds(some, from, refuse))
  const { ms, valid } = castInstants(some, from, refuse)
  return instantsToColumn(ms, valid)
}
