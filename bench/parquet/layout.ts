/** Tables encoded by parquet-wasm as `src/lib/io/parquet.ts` does it, and otherwise: what files that gives, in what time. */
import { type Table, tableToIPC } from 'apache-arrow'
import { parquetMetadata } from 'hyparquet'
import * as wasm from 'parquet-wasm/esm'
import { compileParquetWasm } from '../../src/lib/io/parquet.ts'

/** What is chosen of a file; what is left out is as twdw has it. */
export interface Layout {
  compression?: keyof typeof wasm.Compression
  statistics?: keyof typeof wasm.EnabledStatistics
  groupRows?: number
  /** columns with a dictionary, all when true: only so can lists have one */
  repeating?: readonly string[] | true
  /** of the columns without a dictionary */
  encoding?: keyof typeof wasm.Encoding
}

export interface Encoded {
  bytes: Uint8Array
  /** the best of all runs; handing the table over is not counted */
  encodeMs: number
}

wasm.initSync({ module: await compileParquetWasm() })

/** Each layout in turn, so that a machine that drifts drifts for all of them. @returns the files by the layouts' names */
export function encodeInTurn<Name extends string>(
  table: Table,
  layouts: Readonly<Record<Name, Layout>>,
  times: number,
): Record<Name, Encoded> {
  const stream = tableToIPC(table, 'stream')
  const files = {} as Record<Name, Encoded>
  for (let i = 0; i < times; i++) {
    for (const name of Object.keys(layouts) as Name[]) {
      const copied = wasm.Table.fromIPCStream(stream)
      const properties = propertiesOf(layouts[name])
      const beganMs = performance.now()
      const bytes = wasm.writeParquet(copied, properties)
      const tookMs = performance.now() - beganMs
      files[name] = { bytes, encodeMs: Math.min(tookMs, files[name]?.encodeMs ?? tookMs) }
    }
  }
  return files
}

/** Compressed bytes of all columns with their dictionaries; footer and indexes are not counted. */
export function columnBytes({ bytes }: Encoded): number {
  const columns = parquetMetadata(bytes.slice().buffer).row_groups.flatMap(group => group.columns)
  return columns.reduce((sum, { meta_data }) => sum + Number(meta_data!.total_compressed_size), 0)
}

function propertiesOf(layout: Layout): wasm.WriterProperties {
  const { compression = 'ZSTD', statistics = 'Page', groupRows = 131_072, repeating = [], encoding = 'PLAIN' } = layout
  let builder = new wasm.WriterPropertiesBuilder()
    .setCreatedBy('twdw')
    .setCompression(wasm.Compression[compression])
    .setStatisticsEnabled(wasm.EnabledStatistics[statistics])
    .setMaxRowGroupSize(groupRows)
    .setDictionaryEnabled(repeating === true)
    .setEncoding(wasm.Encoding[encoding])
  if (repeating === true) return builder.build()
  for (const name of repeating) builder = builder.setColumnDictionaryEnabled(name, true)
  return builder.build()
}
