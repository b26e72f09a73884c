/**
 * Copies on this machine of objects of a store, named by path and ETag: one that is there is right for ever, whoever made it.
 *
 * They lie below a folder of the user's cache, or for a process that is to keep nothing in one that ends with it. What was not
 * used for a month goes, and the oldest beyond what the folder may hold.
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, utimesSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, extname, join } from 'node:path'
import { diskError } from '../local-file.ts'

/** A folder of copies. */
export interface Copies {
  /** absolute; all copies lie below it */
  readonly folder: string
  /** Where the copy of an object is, or would be. */
  locate(path: string, etag: string): string
  /** Whether there is one; it counts as used then. */
  has(path: string, etag: string): boolean
  /** The ETag of the newest copy of an object, whether or not it is still the right one; undefined where there is none. */
  newest(path: string): Promise<string | undefined>
  /** @param fill writes the object to the path that it is given and tells its ETag; undefined: there is nothing to keep */
  make(path: string, fill: (unfinished: string) => Promise<string | undefined>): Promise<string | undefined>
  /** Throw all away. */
  clear(): Promise<void>
  /** undefined where there is no copy */
  read(path: string, etag: string): Promise<Uint8Array | undefined>
}

const DAY_MS = 86_400_000
const MAX_UNUSED_MS = 30 * DAY_MS
const MAX_BYTES = 20 * 2 ** 30
/** What was used so lately may still be read by another question: it stays though it was replaced, or there is too much. */
const MIN_UNUSED_MS = 3_600_000
/** How exactly it is known when a copy was used. */
const USED_WITHIN_MS = 600_000

/** @param cacheFolder absolute; undefined: a folder that is removed when the process ends */
export function openCopies(cacheFolder: string | undefined, nowMs: () => number, maxBytes = MAX_BYTES): Copies {
  const folder = cacheFolder === undefined ? temporaryFolder() : join(cacheFolder, 'files')
  let swept: Promise<void> | undefined
  const locate = (path: string, etag: string) => {
    const ending = extname(path)
    return join(folder, `${path.slice(0, path.length - ending.length)}.${safeName(etag)}${ending}`)
  }
  return {
    folder,
    locate,
    has(path, etag) {
      return use(locate(path, etag), nowMs())
    },
    async newest(path) {
      const copies = await copiesOf(locate(path, ''))
      return copies.sort((a, b) => b.mtimeMs - a.mtimeMs)[0]?.etag
    },
    async make(path, fill) {
      const beside = dirname(locate(path, ''))
      const unfinished = join(beside, `.${randomUUID()}`)
      try {
        swept ??= cacheFolder === undefined ? Promise.resolve() : sweep(folder, nowMs(), maxBytes)
        await swept
        await mkdir(beside, { recursive: true, mode: 0o700 })
        const etag = await fill(unfinished)
        if (etag === undefined) return undefined
        // by its name it is right for ever, so that a power cut must not leave a name without its bytes
        if (cacheFolder !== undefined) await sync(unfinished)
        const location = locate(path, etag)
        await rename(unfinished, location)
        await removeReplaced(location, locate(path, ''), nowMs())
        return location
      } catch (cause) {
        await rm(unfinished, { force: true }).catch(() => undefined)
        throw cause instanceof Error && 'errno' in cause ? diskError(`${beside} cannot take a copy`, cause) : cause
      }
    },
    clear: () => rm(folder, { recursive: true, force: true }),
    async read(path, etag) {
      try {
        const bytes = await readFile(locate(path, etag))
        use(locate(path, etag), nowMs())
        return bytes
      } catch {
        return undefined
      }
    },
  }
}

/** @returns whether it is there */
function use(location: string, nowMs: number): boolean {
  try {
    const stats = statSync(location, { throwIfNoEntry: false })
    if (stats === undefined) return false
    if (nowMs - stats.mtimeMs > USED_WITHIN_MS) utimesSync(location, nowMs / 1000, nowMs / 1000)
    return true
  } catch {
    // another process has removed it just now
    return false
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.datasync()
  } finally {
    await file.close()
  }
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'twdw-copies-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** ETags are hexadecimal with perhaps a dash; other stores may think of something else. */
function safeName(etag: string): string {
  return /^[\w-]{0,80}$/.test(etag) ? etag : Bun.hash(etag).toString(36)
}

/** @param pattern a location with an empty ETag: `…/part-0..parquet` */
async function copiesOf(pattern: string): Promise<{ location: string; etag: string; mtimeMs: number }[]> {
  const ending = extname(pattern)
  const stem = basename(pattern, ending).slice(0, -1)
  const names = await readdir(dirname(pattern)).catch(() => [])
  const copies = names.filter(name => name.startsWith(`${stem}.`) && name.endsWith(ending))
  return Promise.all(
    copies.map(async name => {
      const location = join(dirname(pattern), name)
      const { mtimeMs } = await stat(location).catch(() => ({ mtimeMs: 0 }))
      return { location, etag: name.slice(stem.length + 1, name.length - ending.length), mtimeMs }
    }),
  )
}

async function removeReplaced(location: string, pattern: string, nowMs: number): Promise<void> {
  for (const copy of await copiesOf(pattern)) {
    if (copy.location !== location && nowMs - copy.mtimeMs > MIN_UNUSED_MS) await rm(copy.location, { force: true })
  }
}

/** Once a day at most, by whichever process comes first. */
async function sweep(folder: string, nowMs: number, maxBytes: number): Promise<void> {
  const mark = join(folder, '.swept')
  const last = await stat(mark).catch(() => undefined)
  if (last !== undefined && nowMs - last.mtimeMs < DAY_MS) return
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(mark, '')
  utimesSync(mark, nowMs / 1000, nowMs / 1000)
  const files = await filesBelow(folder)
  const newestFirst = files.sort((a, b) => b.mtimeMs - a.mtimeMs)
  let keptBytes = 0
  for (const { location, bytes, mtimeMs } of newestFirst) {
    keptBytes += bytes
    const unusedMs = nowMs - mtimeMs
    const isTooMuch = keptBytes > maxBytes && unusedMs > MIN_UNUSED_MS
    if (unusedMs > MAX_UNUSED_MS || isTooMuch) await rm(location, { force: true })
  }
}

async function filesBelow(folder: string): Promise<{ location: string; bytes: number; mtimeMs: number }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = await Promise.all(
    entries
      .filter(entry => entry.isFile() && entry.name !== '.swept')
      .map(async entry => {
        const location = join(entry.parentPath, entry.name)
        const stats = await stat(location).catch(() => undefined)
        return stats === undefined ? [] : [{ location, bytes: stats.size, mtimeMs: stats.mtimeMs }]
      }),
  )
  return files.flat()
}
