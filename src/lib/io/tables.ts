/** Arrow tables at paths of a lake: Parquet is how they lie there, and nobody above needs to know. */
import type { Table } from 'apache-arrow'
import { TwdwError } from '../errors.ts'
import type { Lake } from './lake.ts'
import { parquetToTable, type TableEncoding, tableToParquet } from './parquet.ts'

/** Every function rejects with TwdwError E_LAKE when the lake fails or a file in it is damaged. */
export interface Tables {
  /** @param columns read only these, in this order; all when left out. @returns undefined where there is no file */
  read(path: string, columns?: readonly string[]): Promise<Table | undefined>
  /** Replace the file whole. @returns its length in bytes */
  write(path: string, table: Table, encoding: TableEncoding): Promise<number>
}

/** Tables of a lake of any kind, each at its path as one Parquet file. */
export function openTables(lake: Lake): Tables {
  return {
    async read(path, columns) {
      const bytes = await lake.read(path)
      if (bytes === undefined) return undefined
      try {
        return await parquetToTable(bytes, columns)
      } catch (cause) {
        if (!(cause instanceof TwdwError)) throw cause
        throw new TwdwError(cause.code, `${lake.locate(path)} is ${cause.message}`, {
          ...(cause.hint === undefined ? {} : { hint: cause.hint }),
          cause,
        })
      }
    },
    async write(path, table, encoding) {
      const bytes = await tableToParquet(table, encoding)
      await lake.write(path, bytes)
      return bytes.length
    },
  }
}
