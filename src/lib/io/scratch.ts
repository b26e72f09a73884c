/**
 * Scratch: Parquet files that one question needs and nobody else ever sees.
 *
 * They need not survive a power cut, so nothing is fsynced.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Table } from 'apache-arrow'
import { diskError } from './local-file.ts'
import { type TableEncoding, tableToParquet } from './parquet.ts'

/** A folder for files of one question, readable by this user alone. */
export interface Scratch {
  /** absolute */
  readonly path: string
  /**
   * @param name of the file; written once
   * @returns absolute path of the file
   * @throws TwdwError E_LAKE when the disk does not take it
   */
  write(name: string, table: Table, encoding: TableEncoding): Promise<string>
  /** Remove the folder and all in it. */
  dispose(): Promise<void>
}

/** @param parent where the folder is made; the system's folder for temporary files when left out */
export async function openScratch(parent: string = tmpdir()): Promise<Scratch> {
  const path = await makeFolder(parent)
  return {
    path,
    async write(name, table, encoding) {
      const location = join(path, name)
      const bytes = await tableToParquet(table, encoding)
      try {
        await writeFile(location, bytes)
      } catch (cause) {
        throw diskError(`${location} (${bytes.length} bytes) cannot be written`, cause)
      }
      return location
    },
    dispose: () => rm(path, { recursive: true, force: true }),
  }
}

async function makeFolder(parent: string): Promise<string> {
  try {
    return await mkdtemp(join(parent, 'twdw-query-'))
  } catch (cause) {
    throw diskError(`no folder for temporary files can be made in ${parent}`, cause)
  }
}
