/**
 * A folder of files that can be made again, in the cache of this user. What cannot be read or written is not there, and nobody
 * is told: an answer only takes longer.
 */
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Notes, openNotes } from './notes.ts'

/** Files are told apart by a text, whatever stands in it, and by a part. */
export interface KeptFolder {
  /** absolute */
  readonly path: string
  locate(text: string, part: string): string
  /** what is known of the files of a text */
  notes(text: string): Notes
  /** @param make writes the file. @returns whether it is there, whole; never rejects */
  write(text: string, part: string, make: (location: string) => Promise<void>): Promise<boolean>
}

/** Of some hundred kilobytes each; beyond, the oldest go. */
const MAX_FILES = 2_000

/** @param path absolute; made by the first write */
export function openKeptFolder(path: string): KeptFolder {
  const nameOf = (text: string) => join(path, Bun.hash(text).toString(36))
  const locate = (text: string, part: string) => `${nameOf(text)}-${part}.parquet`
  let swept: Promise<void> | undefined
  return {
    path,
    locate,
    notes: text => openNotes(nameOf(text)),
    async write(text, part, make) {
      const location = locate(text, part)
      const unfinished = `${location}.${crypto.randomUUID()}`
      try {
        await mkdir(path, { recursive: true, mode: 0o700 })
        swept ??= removeOldest(path)
        await swept
        await make(unfinished)
        await rename(unfinished, location)
        return true
      } catch {
        await rm(unfinished, { force: true }).catch(() => undefined)
        return false
      }
    },
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
