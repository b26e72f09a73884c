/**
 * Tweets → layer1 tables, one table for each hour that the tweets belong to.
 *
 * The builder holds columns and never tweets: what a tweet object took is free again once it was
 * added. Rows keep the order in which they were added, so the same segment gives the same bytes.
 */
import { makeData, RecordBatch, type Schema, Struct, Table } from 'apache-arrow'
import { type ColumnBuilder, createColumnBuilder } from './columns/builders.ts'
import type { Hour } from './hour.ts'
import { LAYER1, REJECTED } from './layer1.ts'
import type { Line, ParsedTweet, Rejected } from './tweet.ts'

/** Where and when a line was read; the same for every tweet of it. */
export type Provenance = Pick<Line, 'source' | 'capturedAtMs'>

/** Encodings of the layer1 files: columns that repeat. */
export const LAYER1_REPEATING = [
  'lang',
  'kind',
  'place_type',
  'place_country',
  'place_country_code',
  'user_verified_type',
  'source',
] as const
export const REJECTED_REPEATING = ['reason', 'source'] as const

export interface Layer1Builder {
  addTweet(parsed: ParsedTweet, provenance: Provenance): void
  addRejected(rejected: Rejected, provenance: Provenance): void
  /** tweets added so far */
  readonly tweets: number
  readonly rejected: number
  /** bytes of all columns so far, close to what the tables will take in memory */
  readonly bytes: number
  /** The rows added so far by hour, oldest hour first, n >= 1 rows each. The builder cannot be used afterwards. */
  tweetTables(): Map<Hour, Table>
  /** The rejected lines; 0 rows when there is none. */
  rejectedTable(): Table
}

export function createLayer1Builder(): Layer1Builder {
  const hours = new Map<Hour, RowBuilder>()
  const rejectedRows = createRowBuilder(REJECTED)
  let tweets = 0
  let rejected = 0

  return {
    addTweet({ tweet, hour }, { source, capturedAtMs }) {
      const rows = hours.get(hour) ?? createRowBuilder(LAYER1)
      hours.set(hour, rows)
      rows.append({ ...tweet, source, captured_at: capturedAtMs })
      tweets += 1
    },
    addRejected({ bytes, reason }, { source, capturedAtMs }) {
      rejectedRows.append({ ...lineColumns(bytes), reason, source, captured_at: capturedAtMs })
      rejected += 1
    },
    get tweets() {
      return tweets
    },
    get rejected() {
      return rejected
    },
    get bytes() {
      let sum = rejectedRows.bytes
      for (const rows of hours.values()) sum += rows.bytes
      return sum
    },
    tweetTables() {
      return new Map([...hours].sort(([a], [b]) => (a < b ? -1 : 1)).map(([hour, rows]) => [hour, rows.toTable()]))
    },
    rejectedTable: () => rejectedRows.toTable(),
  }
}

interface RowBuilder {
  /** @param row a value for every column of the schema, under the column's name */
  append(row: Readonly<Record<string, unknown>>): void
  readonly bytes: number
  toTable(): Table
}

function createRowBuilder(schema: Schema): RowBuilder {
  const columns = schema.fields.map(field => ({ name: field.name, builder: createColumnBuilder(field.type) }))
  let rows = 0
  return {
    append(row) {
      for (const { name, builder } of columns) (builder as ColumnBuilder<unknown>).append(row[name])
      rows += 1
    },
    get bytes() {
      return columns.reduce((sum, column) => sum + column.builder.bytes, 0)
    },
    toTable() {
      // a table without rows must have no batch at all, or its schema is refused
      if (rows === 0) return new Table(schema)
      const children = columns.map(column => column.builder.toData())
      const data = makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children })
      return new Table(schema, [new RecordBatch(schema, data)])
    },
  }
}

const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A refused line is kept as text where it is UTF-8, and byte for byte where it is not. */
function lineColumns(bytes: Uint8Array): { line: string | null; line_base64: string | null } {
  try {
    return { line: utf8Decoder.decode(bytes), line_base64: null }
  } catch {
    return { line: null, line_base64: bytes.toBase64() }
  }
}
