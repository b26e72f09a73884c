/**
 * Tables as bytes for other programs: Parquet, and Arrow's IPC, as a file or as a stream.
 *
 * Types are those of the table. Parquet is laid out as other programs write it, with dictionaries where values repeat: nothing
 * is known of an answer's columns.
 */
import { RecordBatchFileWriter, RecordBatchStreamWriter, type Table } from 'apache-arrow'
import { openParquetWriter } from './parquet.ts'

export type TableLayout = 'parquet' | 'arrow-file' | 'arrow-stream'

/** Rows that are copied into the memory of the WebAssembly at a time. */
const PIECE_ROWS = 131_072

/** @returns the whole file or stream, in pieces */
export function tableToBytes(table: Table, layout: TableLayout): AsyncIterable<Uint8Array> {
  if (layout === 'parquet') return parquetBytes(table)
  const writer = layout === 'arrow-file' ? RecordBatchFileWriter : RecordBatchStreamWriter
  return writer.writeAll(table)
}

async function* parquetBytes(table: Table): AsyncIterable<Uint8Array> {
  const writer = await openParquetWriter(table.schema, { repeating: table.schema.names.map(String) })
  try {
    for (let start = 0; start < table.numRows; start += PIECE_ROWS) {
      await writer.append(table.slice(start, start + PIECE_ROWS))
    }
  } catch (error) {
    await writer.abort()
    throw error
  }
  yield await writer.finish()
}
