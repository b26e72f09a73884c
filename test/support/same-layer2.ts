/** Whether two folders of layer2 hold the same: rows in their order, types, and how Parquet names them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetMetadata } from 'hyparquet'
import { parquetToTable } from '../../src/lib/io/parquet.ts'
import { plainRows } from './plain-rows.ts'

/** What a reader can tell of each Parquet file below a folder, by path; {} where there is no folder. */
export async function layer2Content(folder: string): Promise<Record<string, unknown>> {
  if (!existsSync(folder)) return {}
  const names = (readdirSync(folder, { recursive: true }) as string[]).filter(name => name.endsWith('.parquet')).sort()
  const content: Record<string, unknown> = {}
  for (const name of names) {
    const bytes = readFileSync(join(folder, name))
    const table = await parquetToTable(bytes)
    content[name] = { types: table.schema.fields.map(String), columns: parquetColumns(bytes), rows: plainRows(table) }
  }
  return content
}

/** Each column as the file declares it, such as `tag BYTE_ARRAY REQUIRED STRING`. */
function parquetColumns(bytes: Buffer): string[] {
  const { schema } = parquetMetadata(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
  )
  return schema
    .slice(1)
    .map(({ name, type, repetition_type, logical_type }) =>
      [name, type, repetition_type, JSON.stringify(logical_type)].join(' '),
    )
}
