/**
 * A folder of files that can be made again, in the cache of this user. What cannot be read or written is not there, and nobody
 * is told: an answer only takes longer.
 */
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * A file is named by all that it is of, as a text: what is of anything else has another name, so that one that is there is right
 * whoever wrote it, and none is ever replaced by another.
 */
export interface KeptFolder {
  /** absolute */
  readonly path: string
  locate(of: string): string
  has(of: string): boolean
  /** @param make writes the file. Never rejects */
  write(of: string, make: (location: string) => Promise<void>): Promise<void>
  /** Throw all away. Never rejects. */
  clear(): Promise<void>
}

/** Of some hundred kilobytes each; beyond, the oldest go. */
const MAX_FILES = 2_000

/** @param path absolute; made by the first write */
export function openKeptFolder(path: string): KeptFolder {
  const locate = (of: string) => join(path, `${Bun.hash(of).toString(36)}.parquet`)
  let swept: Promise<void> | undefined
  return {
    path,
    locate,
    has: of => existsSync(locate(of)),
    async write(of, make) {
      const unfinished = `${locate(of)}.${crypto.randomUUID()}`
      try {
        await mkdir(path, { recursive: true, mode: 0o700 })
        swept ??= removeOldest(path)
        await swept
        await make(unfinished)
        await rename(unfinished, locate(of))
      } catch {
        await rm(unfinished, { force: true }).catch(() => undefined)
      }
    },
    clear: () => rm(path, { recursive: true, force: true }).catch(() => undefined),
  }
}

async function removeOldest(folder: string): Promise<void> {
  const names = await readdir(folder)
  if (names.length < MAX_FILES) return
  const ages = await Promise.all(
    names.map(async name => {
      const path = join(folder, name)
      return { path, mtimeMs: (await stat(path)).mtimeMs }
    }),
  )
  const oldest = ages.sort((a, b) => a.mtimeMs - b.mtimeMs).slice(0, MAX_FILES / 2)
  await Promise.all(oldest.map(({ path }) => rm(path, { force: true })))
}
