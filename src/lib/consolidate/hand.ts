/**
 * A hand: does the heavy parts of consolidating an hour, each of which needs nothing but a few layer1 files.
 *
 * It casts a file of layer1, and it makes a file of layer2, piece by piece: takes what layer1 has of the rows, and encodes them.
 * Small hours are done by one hand in the thread that asks; of a busy one several hands in threads of their own do a part each,
 * and nothing depends on which.
 */
import { type Data, type Dictionary, type Int32, type Table, Type, type Utf8 } from 'apache-arrow'
import { columnsToTable, dictionaryToTexts } from '../domain/columns/columns.ts'
import { columnFromPlain, type PlainColumn } from '../domain/columns/plain-column.ts'
import { checkColumns, type Rows, rowsOf } from '../domain/columns/rows.ts'
import { takeRows } from '../domain/columns/take-rows.ts'
import type { Hour } from '../domain/hour.ts'
import { LAYER1 } from '../domain/layer1.ts'
import { LAYER2, type TableName } from '../domain/layer2.ts'
import type { InputFile } from '../domain/manifest.ts'
import { CAST_COLUMNS, type Cast, castRows } from '../domain/star/cast.ts'
import { type TakenColumn, takeLayer1 } from '../domain/star/outline.ts'
import { TwdwError } from '../errors.ts'
import type { openParquetWriter } from '../io/parquet.ts'
import type { Tables } from '../io/tables.ts'

export interface Hand {
  /** @throws TwdwError E_LAKE when the file is gone, damaged, or not of layer1 */
  cast(file: InputFile, hour: Hour): Promise<Cast>
  /** Begin a file. */
  begin(table: TableName): TableFile
  /** Nobody will ask any more. */
  end(): void
}

/** A Parquet file that is being made. */
export interface TableFile {
  /** Rows behind those that are there; need not wait for the call before. @throws TwdwError E_LAKE as `cast` does */
  append(piece: Piece): Promise<void>
  /** To be called once, when everything is appended. @returns the bytes of the file */
  finish(): Promise<Uint8Array>
  /** Instead of `finish`. Never rejects */
  abandon(): Promise<void>
}

/** Rows of a table, to be made. */
export interface Piece {
  rows: number
  /** columns that are made, by name */
  made: Readonly<Record<string, PlainColumn>>
  taken: readonly TakenColumn[]
  /** for each row where its taken columns are; empty where none is taken */
  picks: FilePicks
}

/** Rows of layer1 files. Row r is the row places[r] of the file files[fileOf[r]]. */
export interface FilePicks {
  files: readonly InputFile[]
  fileOf: Uint32Array
  places: Uint32Array
}

/** Layer1 rows of an hour, numbered through all its files. */
export interface Layer1Rows {
  files: readonly InputFile[]
  /** number of the first row of each file, then how many there are */
  starts: Uint32Array
}

export interface HandPorts {
  tables: Pick<Tables, 'read'>
  openParquetWriter: typeof openParquetWriter
  /** called where much memory was let go */
  giveBackMemory(): void
}

/** So much is let go before it is given back: looking for it takes some 20 ms, however much it is. */
const MAX_LET_GO_BYTES = 96_000_000

type ReadLayer1 = (file: InputFile, columns: readonly string[]) => Promise<Table>

export function openHand({ tables, openParquetWriter, giveBackMemory }: HandPorts): Hand {
  let letGoBytes = 0
  /** @param table that nobody will refer to much longer */
  const letGo = (table: Table) => {
    if (letGoBytes > MAX_LET_GO_BYTES) {
      giveBackMemory()
      letGoBytes = 0
    }
    // one without rows has no memory, and Arrow cannot say how much that is
    if (table.numRows > 0) letGoBytes += table.data.reduce((sum, { byteLength }) => sum + byteLength, 0)
  }
  const read = readingSmallOnce(async (file, columns) => {
    const table = await readLayer1(tables, file, columns)
    letGo(table)
    return table
  })
  return {
    async cast(file, hour) {
      return castRows(rowsOf([await read(file, CAST_COLUMNS)]), hour)
    },
    begin(table) {
      const opened = openParquetWriter(LAYER2[table].schema, LAYER2[table])
      /** what was asked for last, behind all that was asked for before */
      let last: Promise<unknown> = opened
      const behind = <T>(work: () => Promise<T>): Promise<T> => {
        const done = last.then(work)
        last = done
        return done
      }
      // told to whoever asks next
      opened.catch(() => undefined)
      const readNear = keepingLast(read)
      return {
        append: piece =>
          behind(async () => {
            const rows = await pieceTable(table, piece, readNear)
            letGo(rows)
            await (await opened).append(rows)
          }),
        finish: () => behind(async () => (await opened).finish()),
        async abandon() {
          await last.catch(() => undefined)
          await opened.then(writer => writer.abort()).catch(() => undefined)
        },
      }
    },
    end: () => undefined,
  }
}

/** Opening a file with as little as this takes longer than decoding it; it is read once for all tables that take of it. */
const MAX_SMALL_BYTES = 262_144
/** Of so many files: those of the hour that is being made, as nearly all hours are. */
const MAX_SMALL_FILES = 8
const WITHOUT_LINES = LAYER1.names.filter(name => name !== 'raw') as string[]

function readingSmallOnce(read: ReadLayer1): ReadLayer1 {
  const kept = new Map<string, { bytes: number; table: Table }>()
  return async (file, columns) => {
    if (file.bytes > MAX_SMALL_BYTES) return read(file, columns)
    const known = kept.get(file.path)
    // path and length are what a file is known by, also to a worker, who gets the list anew each time
    const table = known?.bytes === file.bytes ? known.table : await read(file, WITHOUT_LINES)
    kept.delete(file.path)
    kept.set(file.path, { bytes: file.bytes, table })
    const [oldest] = kept.keys()
    if (kept.size > MAX_SMALL_FILES) kept.delete(oldest!)
    return table.select([...columns])
  }
}

/** Rows that follow one another in a table are mostly neighbours in layer1 too: where a file was read it mostly is again. */
const MAX_FILES_KEPT = 2

/** @param read that is asked for the same columns always */
function keepingLast(read: ReadLayer1): ReadLayer1 {
  const kept = new Map<string, Table>()
  return async (file, columns) => {
    const table = kept.get(file.path) ?? (await read(file, columns))
    // the last one is the one to be kept for longest
    kept.delete(file.path)
    kept.set(file.path, table)
    const [oldest] = kept.keys()
    if (kept.size > MAX_FILES_KEPT) kept.delete(oldest!)
    return table
  }
}

async function pieceTable(table: TableName, { rows, made, taken, picks }: Piece, read: ReadLayer1): Promise<Table> {
  const { schema } = LAYER2[table]
  const columns = await takeColumns(read, taken, picks)
  for (const { name, type } of schema.fields) {
    const column = made[name]
    if (column === undefined) continue
    const laid = columnFromPlain(column, type)
    columns[name] =
      laid.type.typeId === Type.Dictionary ? dictionaryToTexts(laid as Data<Dictionary<Utf8, Int32>>) : laid
  }
  return columnsToTable(schema, rows, columns)
}

/** @throws TwdwError E_LAKE when the file is gone, damaged, or not of layer1 */
export async function readLayer1(
  tables: Pick<Tables, 'read'>,
  file: InputFile,
  columns: readonly string[],
): Promise<Table> {
  const table = await tables.read(file.path, columns)
  if (table === undefined) {
    throw new TwdwError('E_LAKE', `${file.path} was listed in the lake and is gone`, {
      hint: 'run it again; if it stays away, somebody else is changing the lake',
    })
  }
  checkColumns(table, LAYER1.select([...columns]), file.path)
  return table
}

/** @returns the columns by name, each with a row for each pick */
async function takeColumns(
  read: ReadLayer1,
  taken: readonly TakenColumn[],
  picks: FilePicks,
): Promise<Record<string, Data>> {
  if (taken.length === 0) return {}
  const gather = picks.files.length <= MAX_FILES_AT_ONCE ? wholeFiles : pickedRows
  const { rows, places } = await gather(read, [...new Set(taken.map(({ from }) => from))], picks)
  return Object.fromEntries(taken.map(column => [column.name, takeLayer1(rows, column, places)]))
}

/** So few files may be in memory whole, which spares a copy of what is picked of them. */
const MAX_FILES_AT_ONCE = 4

async function wholeFiles(
  read: ReadLayer1,
  columns: readonly string[],
  { files, fileOf, places }: FilePicks,
): Promise<{ rows: Rows; places: Uint32Array }> {
  const tables: Table[] = []
  const starts = [0]
  for (const file of files) {
    const table = await read(file, columns)
    tables.push(table)
    starts.push(starts.at(-1)! + table.numRows)
  }
  return { rows: rowsOf(tables), places: places.map((place, i) => starts[fileOf[i]!]! + place) }
}

/** Files are read one after the other, and of each only the rows that are picked stay in memory. */
async function pickedRows(
  read: ReadLayer1,
  columns: readonly string[],
  { files: inputs, fileOf, places }: FilePicks,
): Promise<{ rows: Rows; places: Uint32Array }> {
  const counts = new Uint32Array(inputs.length + 1)
  for (let i = 0; i < fileOf.length; i++) counts[fileOf[i]! + 1]! += 1
  for (let file = 0; file < inputs.length; file++) counts[file + 1]! += counts[file]!
  const next = counts.slice()
  /** place of each pick among those of its file and of the files before */
  const gathered = new Uint32Array(fileOf.length)
  const local = new Uint32Array(fileOf.length)
  for (let i = 0; i < fileOf.length; i++) {
    const at = next[fileOf[i]!]!++
    gathered[i] = at
    local[at] = places[i]!
  }
  const parts: Table[] = []
  for (const [i, file] of inputs.entries()) {
    const picked = local.subarray(counts[i], counts[i + 1])
    if (picked.length > 0) parts.push(takeRows(await read(file, columns), picked))
  }
  return { rows: rowsOf(parts), places: gathered }
}
