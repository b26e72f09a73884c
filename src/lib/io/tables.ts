/** Arrow tables at paths of a lake: Parquet is how they lie there, and nobody above needs to know. */
import type { Schema, Table } from 'apache-arrow'
import { TwdwError } from '../errors.ts'
import type { Lake } from './lake.ts'
import {
  openParquetWriter,
  parquetParts,
  parquetToTable,
  readParquet,
  type TableEncoding,
  tableToParquet,
  UnreadableParquet,
} from './parquet.ts'

/** Every function rejects with TwdwError E_LAKE when the lake fails or a file in it is damaged. */
export interface Tables {
  /** @param columns read only these, in this order; all when left out. @returns undefined where there is no file */
  read(path: string, columns?: readonly string[]): Promise<Table | undefined>
  /**
   * The rows of a file some at a time and in order, for a file that would take much memory as one table. A fault in it may be met
   * after some of them. @returns undefined where there is no file
   */
  readParts(path: string): Promise<AsyncIterable<Table> | undefined>
  /** Replace the file whole. @returns its length in bytes */
  write(path: string, table: Table, encoding: TableEncoding): Promise<number>
  /** Replace the file whole, with rows that come piece by piece; nothing is there before `finish` has resolved. */
  openWriter(path: string, schema: Schema, encoding: TableEncoding): Promise<TableWriter>
}

export interface TableWriter {
  /** The table's memory may be used again once this has resolved. @param table n >= 1 rows */
  append(table: Table): Promise<void>
  /** To be called once. @returns the length of the file in bytes */
  finish(): Promise<number>
  /** Instead of `finish`: nothing is written, and the memory of what was appended is free. Never rejects */
  abort(): Promise<void>
}

/** Tables of a lake of any kind, each at its path as one Parquet file. */
export function openTables(lake: Lake): Tables {
  return {
    async read(path, columns) {
      try {
        return columns === undefined ? await readWhole(lake, path) : await readSome(lake, path, columns)
      } catch (cause) {
        throw unreadable(cause, lake, path)
      }
    },
    async readParts(path) {
      const bytes = await lake.read(path)
      return bytes && partsOf(bytes, lake, path)
    },
    async write(path, table, encoding) {
      const bytes = await tableToParquet(table, encoding)
      await lake.write(path, bytes)
      return bytes.length
    },
    async openWriter(path, schema, encoding) {
      const writer = await openParquetWriter(schema, encoding)
      return {
        append: writer.append,
        abort: writer.abort,
        async finish() {
          const bytes = await writer.finish()
          await lake.write(path, bytes)
          return bytes.length
        },
      }
    },
  }
}

/** Of a part: some 20 MB of a day's rows, and enough of them that beginning a part costs little. */
const PART_ROWS = 262_144

async function* partsOf(bytes: Uint8Array, lake: Lake, path: string): AsyncGenerator<Table, void, void> {
  try {
    yield* parquetParts(bytes, PART_ROWS)
  } catch (cause) {
    throw unreadable(cause, lake, path)
  }
}

/** Which file it is, where that was not known. */
function unreadable(cause: unknown, lake: Lake, path: string): unknown {
  if (!(cause instanceof UnreadableParquet)) return cause
  return new TwdwError('E_LAKE', `${lake.locate(path)} is ${cause.message}`, { hint: cause.hint!, cause })
}

async function readWhole(lake: Lake, path: string): Promise<Table | undefined> {
  const bytes = await lake.read(path)
  return bytes && parquetToTable(bytes)
}

/** Of a file with as little as this all is read at once, rather than its parts one by one. */
const MAX_WHOLE_BYTES = 1 << 18

async function readSome(lake: Lake, path: string, columns: readonly string[]): Promise<Table | undefined> {
  const file = await lake.open(path)
  if (file === undefined) return undefined
  try {
    if (file.length > MAX_WHOLE_BYTES) return await readParquet(file, columns)
    return await parquetToTable(await file.read(0, file.length), columns)
  } finally {
    await file.close()
  }
}
