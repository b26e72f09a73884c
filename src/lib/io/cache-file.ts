/** A file that may be lost, in the folder for caches of the account. What cannot be read is not there; what cannot be written is not missed. */
import { createHash } from 'node:crypto'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { cacheFolders } from './duckdb/cache.ts'
import { readFileIfThere, replaceFile } from './local-file.ts'
import type { Street } from './street.ts'

/** Neither function rejects. */
export interface CacheFile {
  /** undefined where there is none */
  read(): Promise<string | undefined>
  /** Whole, or as it was. */
  write(text: string): Promise<void>
}

/** @param of what it is about, such as the path of a lake: another file for each */
export function openCacheFile(kind: string, of: string, { env }: Pick<Street, 'env'>): CacheFile {
  const folder = cacheFolders(env, homedir(), tmpdir(), undefined)[0]!.path
  const path = join(folder, `${kind}-${createHash('sha256').update(of).digest('hex').slice(0, 16)}.json`)
  return {
    async read() {
      const bytes = await readFileIfThere(path).catch(() => undefined)
      return bytes && new TextDecoder().decode(bytes)
    },
    async write(text) {
      await replaceFile(path, new TextEncoder().encode(text), dirname(path)).catch(() => undefined)
    },
  }
}
