/**
 * Parquet: how Arrow tables lie in a file. One table is one file, whole in memory both ways.
 *
 * Written by parquet-wasm with zstd. The Arrow schema travels in the footer, so that a table comes back
 * with the very types and nullability it went in with, and the same table always gives the same bytes.
 * Compiling the WebAssembly takes some 100 ms: it is done on the first call and once.
 */
import { readFile } from 'node:fs/promises'
import { DataType, type Schema, Table, tableFromIPC, tableToIPC, util } from 'apache-arrow'
import type * as ParquetWasm from 'parquet-wasm/esm'
import { TwdwError } from '../errors.ts'
import { parquetWasmPath } from './embedded.ts'
import type { OpenFile } from './lake.ts'
import { LazyBlob } from './lazy-blob.ts'
import { watchPanics } from './wasm-panics.ts'

/** How the columns of a table are laid out. It changes sizes and speeds, never values. */
export interface TableEncoding {
  /**
   * Columns whose values repeat: these get a dictionary, all others are plain. parquet-wasm cannot name a
   * list's items, so lists go together: one that is named here gives every list column a dictionary.
   */
  repeating: readonly string[]
  /** rows of a row group; 131,072 when left out */
  groupRows?: number
}

/** Rows of a row group, and of a record batch of a table that was read: readers share a file's groups among their threads. */
const MAX_GROUP_ROWS = 131_072

/**
 * @param table n >= 0 rows; of its types those that Parquet has: no unions, no intervals
 * @returns      one Parquet file: zstd level 1, statistics of every page, row groups of as many rows as the encoding says
 */
export async function tableToParquet(table: Table, encoding: TableEncoding): Promise<Uint8Array> {
  const wasm = await loadParquetWasm()
  // both are consumed by writeParquet, which frees them even when it fails
  return wasm.writeParquet(
    wasm.Table.fromIPCStream(tableToIPC(table, 'stream')),
    writerProperties(wasm, table.schema, encoding),
  )
}

/** A Parquet file that is written piece by piece: in memory is what is being encoded, and the file so far. */
export interface ParquetWriter {
  /** Rows behind those that are there. The table's memory may be used again once this has resolved. */
  append(table: Table): Promise<void>
  /**
   * Rows of a file behind those that are there, some at a time.
   * @param bytes of a Parquet file. @returns how many rows
   * @throws UnreadableParquet, also for one of another schema; the writer can then only be aborted
   */
  appendFile(bytes: Uint8Array): Promise<number>
  /** @returns the file; the same bytes for the same tables. To be called once */
  finish(): Promise<Uint8Array>
  /** Instead of `finish`: gives back the memory of the WebAssembly, which no collector does. Never rejects */
  abort(): Promise<void>
}

/** @param schema of every table; the file is laid out as `tableToParquet` does */
export async function openParquetWriter(schema: Schema, encoding: TableEncoding): Promise<ParquetWriter> {
  const wasm = await loadParquetWasm()
  const batches = new TransformStream<ParquetWasm.RecordBatch, ParquetWasm.RecordBatch>()
  const into = batches.writable.getWriter()
  const properties = writerProperties(wasm, schema, encoding)
  let file: Promise<Uint8Array> | undefined
  async function finish(): Promise<Uint8Array> {
    if (file === undefined) {
      properties.free()
      return tableToParquet(new Table(schema), encoding)
    }
    // where encoding failed, closing fails too, and says less
    await Promise.race([into.close().catch(() => undefined), file.catch(() => undefined)])
    return file
  }
  function begin(): Promise<Uint8Array> {
    const made = wasm.transformParquetStream(batches.readable, properties).then(bytesOf)
    made.catch(ignore)
    return made
  }
  async function write(batch: ParquetWasm.RecordBatch): Promise<void> {
    await into.ready
    into.write(batch).catch(ignore)
    file ??= begin()
  }
  return {
    async append(table) {
      // the writer does not say that a table is of another schema: it never ends then
      if (!util.compareSchemas(table.schema, schema))
        throw new Error(`a table of ${table.schema} in a file of ${schema}`)
      // copied into the memory of the WebAssembly, and encoded in the background
      const copied = wasm.Table.fromIPCStream(tableToIPC(table, 'stream'))
      const pieces = copied.recordBatches()
      // the pieces share its memory, which is free once they are encoded; the collector would come too late
      copied.free()
      for (const batch of pieces) await write(batch)
    },
    appendFile: bytes => appendRows(wasm, bytes, schema, write),
    finish,
    async abort() {
      if (file === undefined) return properties.free()
      // the encoder frees a piece once it has had it, and itself at the end
      await finish().catch(() => undefined)
    },
  }
}

/** What fails is told by `finish`. Outside of it all, since what waits for the file keeps all that it could refer to. */
const ignore = () => undefined

/** Rows of a file that are taken out at a time: a page of the widest column has some thousands. */
const ROWS_APPENDED = 8_192

/** They never leave the WebAssembly. @throws UnreadableParquet */
async function appendRows(
  wasm: typeof ParquetWasm,
  bytes: Uint8Array,
  schema: Schema,
  write: (batch: ParquetWasm.RecordBatch) => Promise<void>,
): Promise<number> {
  const blob = new LazyBlob({ length: bytes.length, read: async (from, to) => bytes.subarray(from, to) })
  const copyRows = async () => {
    const file = await wasm.ParquetFile.fromFile(blob)
    try {
      const found = tableFromIPC((await file.read({ limit: 1 })).intoIPCStream()).schema
      if (!util.compareSchemas(found, schema)) throw new Error('it has other columns, or has them in another order')
      const batches = (await file.stream({ batchSize: ROWS_APPENDED })).getReader()
      let rows = 0
      for (let next = await batches.read(); !next.done; next = await batches.read()) {
        rows += next.value.numRows
        await write(next.value)
      }
      const told = rowsOf(file)
      if (rows !== told) throw new Error(`it has ${rows} rows and not the ${told} that it tells of`)
      return rows
    } finally {
      file.free()
    }
  }
  try {
    return await watchPanics(() => Promise.race([copyRows(), blob.failed]))
  } catch (cause) {
    throw new UnreadableParquet(cause)
  }
}

/** As its footer says. */
function rowsOf(file: ParquetWasm.ParquetFile): number {
  const metadata = file.metadata()
  const about = metadata.fileMetadata()
  const rows = about.numRows()
  about.free()
  metadata.free()
  return rows
}

async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer())
}

/** Bytes that are no whole Parquet file, or one without a column that is asked for. The message names no file. */
export class UnreadableParquet extends TwdwError {
  constructor(cause: unknown) {
    const hint = 'put a good copy in its place, or move it out of the lake'
    super('E_LAKE', `not a readable Parquet file: ${reasonOf(cause)}`, { hint, cause })
  }
}

/**
 * @param columns read only these, in this order; all in the file's order when left out
 * @returns       n >= 0 rows; record batches of at most 131,072, none for zero rows
 * @throws UnreadableParquet
 */
export async function parquetToTable(bytes: Uint8Array, columns?: readonly string[]): Promise<Table> {
  if (columns !== undefined) {
    return readParquet({ length: bytes.length, read: async (from, to) => bytes.subarray(from, to) }, columns)
  }
  return decodeWhole(await loadParquetWasm(), bytes)
}

function decodeWhole(wasm: typeof ParquetWasm, bytes: Uint8Array): Table {
  try {
    return tableFromIPC(wasm.readParquet(bytes, { batchSize: MAX_GROUP_ROWS }).intoIPCStream())
  } catch (cause) {
    throw new UnreadableParquet(cause)
  }
}

/**
 * As `parquetToTable`, some row groups at a time and in order, for a file that would take much memory as one table.
 * @param rows that a part has at the least, but for the last one; none has none. @throws UnreadableParquet, also after some parts
 */
export async function* parquetParts(bytes: Uint8Array, rows: number): AsyncGenerator<Table, void, void> {
  const wasm = await loadParquetWasm()
  if (bytes.length <= MAX_WHOLE_BYTES) {
    const whole = decodeWhole(wasm, bytes)
    if (whole.numRows > 0) yield whole
    return
  }
  const blob = new LazyBlob({ length: bytes.length, read: async (from, to) => bytes.subarray(from, to) })
  const guarded = <T>(work: () => Promise<T>) => watchPanics(() => Promise.race([work(), blob.failed]))
  let told = 0
  try {
    const file = await guarded(() => wasm.ParquetFile.fromFile(blob))
    for (const rowGroups of groupsTogether(file, rows)) {
      // one that panicked stays borrowed, and cannot be freed
      const table = await guarded(() => file.read({ rowGroups, batchSize: MAX_GROUP_ROWS }))
      const part = tableFromIPC(table.intoIPCStream())
      told += part.numRows
      yield part
    }
    file.free()
  } catch (cause) {
    if (!(cause instanceof WebAssembly.RuntimeError)) throw new UnreadableParquet(cause)
    // as in `readParquet`: it may have been another file
    const whole = decodeWhole(wasm, bytes)
    if (told < whole.numRows) yield whole.slice(told)
  }
}

/** Opening a file in order to read parts of it takes longer than decoding one of so few bytes. */
const MAX_WHOLE_BYTES = 1_000_000

/** Numbers of row groups that together have so many rows. */
function* groupsTogether(file: ParquetWasm.ParquetFile, rows: number): Generator<number[]> {
  const metadata = file.metadata()
  const rowsOfGroup = Array.from({ length: metadata.numRowGroups() }, (_, i) => {
    const group = metadata.rowGroup(i)
    const groupRows = group.numRows()
    group.free()
    return groupRows
  })
  metadata.free()
  let [groups, sum]: [number[], number] = [[], 0]
  for (const [i, groupRows] of rowsOfGroup.entries()) {
    groups.push(i)
    sum += groupRows
    if (sum < rows) continue
    yield groups
    ;[groups, sum] = [[], 0]
  }
  if (groups.length > 0) yield groups
}

/** As `parquetToTable`, of a file of which the other columns are not read at all. @throws also what reading it throws */
export async function readParquet(file: Pick<OpenFile, 'length' | 'read'>, columns: readonly string[]): Promise<Table> {
  const wasm = await loadParquetWasm()
  const blob = new LazyBlob(file)
  try {
    const stream = await watchPanics(() => Promise.race([readColumns(wasm, blob, columns), blob.failed]))
    return tableFromIPC(stream).select([...columns])
  } catch (cause) {
    if (cause instanceof TwdwError) throw cause
    // of several files that were read at once it was one: the way in which a panic is caught tells whether it was this
    if (cause instanceof WebAssembly.RuntimeError) {
      return decodeWhole(wasm, await file.read(0, file.length)).select([...columns])
    }
    throw new UnreadableParquet(cause)
  }
}

/** `readParquet` of parquet-wasm decodes every column whatever it is asked for; only ParquetFile leaves the others alone. */
async function readColumns(wasm: typeof ParquetWasm, blob: Blob, columns: readonly string[]): Promise<Uint8Array> {
  const file = await wasm.ParquetFile.fromFile(blob)
  try {
    const table = await file.read({ columns: [...columns], batchSize: MAX_GROUP_ROWS })
    return table.intoIPCStream()
  } finally {
    file.free()
  }
}

function writerProperties(
  wasm: typeof ParquetWasm,
  schema: Schema,
  encoding: TableEncoding,
): ParquetWasm.WriterProperties {
  const repeating = new Set(encoding.repeating)
  const listsRepeat = schema.fields.some(field => isNested(field.type) && repeating.has(field.name))
  let builder = new wasm.WriterPropertiesBuilder()
    .setCreatedBy('twdw')
    .setCompression(wasm.Compression.ZSTD)
    .setStatisticsEnabled(wasm.EnabledStatistics.Page)
    .setMaxRowGroupSize(encoding.groupRows ?? MAX_GROUP_ROWS)
    .setDictionaryEnabled(listsRepeat)
  for (const field of schema.fields) {
    if (!isNested(field.type)) builder = builder.setColumnDictionaryEnabled(field.name, repeating.has(field.name))
  }
  return builder.build()
}

/** A nested column has no path of one part, and that is all that the writer's options can name. */
function isNested(type: DataType): boolean {
  return DataType.isList(type) || DataType.isStruct(type) || DataType.isMap(type) || DataType.isFixedSizeList(type)
}

function reasonOf(cause: unknown): string {
  if (cause instanceof WebAssembly.RuntimeError) return 'its content makes no sense'
  return cause instanceof Error ? cause.message : String(cause)
}

/** The compiled program, which threads may share: each of them compiling it anew, and then better, takes seconds. */
export async function compileParquetWasm(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(parquetWasmPath()))
}

/** Have this thread use what another has compiled. To be called before anything is read or written. */
export function shareParquetWasm(module: WebAssembly.Module): void {
  loading ??= startParquetWasm(module)
}

let loading: Promise<typeof ParquetWasm> | undefined

function loadParquetWasm(): Promise<typeof ParquetWasm> {
  loading ??= startParquetWasm(compileParquetWasm())
  return loading
}

async function startParquetWasm(
  compiled: WebAssembly.Module | Promise<WebAssembly.Module>,
): Promise<typeof ParquetWasm> {
  const [wasm, module] = await Promise.all([import('parquet-wasm/esm'), compiled])
  wasm.initSync({ module })
  return wasm
}
