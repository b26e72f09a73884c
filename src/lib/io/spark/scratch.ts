/**
 * Files of one question or one job for a Spark elsewhere: they lie in the lake, which is what its machines can read and write.
 *
 * Below `_scratch/`, which no listing of a lake shows; they are gone when it is done, and where this process is killed before, those of a
 * job with the next one, or when something is forgotten, and those of a question with one of the next day (of a bucket nobody takes them).
 */
import { readdir, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { TwdwError } from '../../errors.ts'
import type { Lake } from '../lake.ts'
import { tableToParquet } from '../parquet.ts'
import { s3PlaceOf } from '../s3/place.ts'
import type { Scratch } from '../scratch.ts'
import { side } from '../side.ts'

const SCRATCH = '_scratch'
/** No question takes so long. */
const ABANDONED_MS = 86_400_000

/** @param lake as Spark has it. @param nowMs of the clock */
export async function openLakeScratch(lake: Lake, nowMs: number): Promise<Scratch> {
  return openBelow(lake, `${SCRATCH}/${crypto.randomUUID()}`, nowMs)
}

/** Scratch in which Spark writes, too. */
export interface Staging extends Scratch {
  /** path of a file in the lake. @param location of one below `path`, as Spark tells it */
  pathOf(location: string): string
}

/** What begins so is of jobs that hold a lock of the lake, so that there is one at a time. */
const JOB = 'job-'
export const STAGING = `${SCRATCH}/${JOB}`

/**
 * Whoever calls this holds a lock of the lake: what earlier jobs left goes, unless another user's Spark wrote it and it cannot be removed.
 * @throws TwdwError E_LAKE
 */
export async function openStaging(lake: Lake, nowMs: number): Promise<Staging> {
  await removeStaging(lake)
  const folder = `${STAGING}${crypto.randomUUID()}`
  const scratch = await openBelow(lake, folder, nowMs)
  return {
    ...scratch,
    pathOf(location) {
      const at = location.indexOf(`${folder}/`)
      if (at === -1) throw new Error(`Spark wrote ${location}, which is not below ${folder}`)
      return location.slice(at)
    },
    async dispose() {
      await scratch.dispose()
      await removeBelow(lake, `${folder}/`).catch(() => undefined)
    },
  }
}

/** Files that are removed at a time: of a month of hours there are thousands. */
const REMOVED_AT_A_TIME = 16

async function removeBelow(lake: Lake, prefix: string): Promise<void> {
  await side(await lake.list(prefix), REMOVED_AT_A_TIME, ({ path }) => lake.remove(path).catch(() => undefined))
}

/**
 * What jobs left that were killed. Whoever calls this holds a lock of the lake.
 * @throws TwdwError E_LAKE where the lake cannot be listed; what cannot be removed stays
 */
export async function removeStaging(lake: Lake): Promise<void> {
  await removeBelow(lake, STAGING)
  const root = rootOf(lake)
  // also folders in which no file is any more
  if (root !== undefined) await removeJobs(join(root, SCRATCH))
}

/** Never rejects. */
async function removeJobs(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names.filter(each => each.startsWith(JOB))) {
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined)
  }
}

/** Of a lake in a folder. */
function rootOf(lake: Lake): string | undefined {
  return s3PlaceOf(lake.url) === undefined ? lake.url : undefined
}

async function openBelow(lake: Lake, folder: string, nowMs: number): Promise<Scratch> {
  const [path = ''] = await lake.bring([folder])
  const root = rootOf(lake)
  if (root !== undefined) await sweep(join(root, SCRATCH), nowMs)
  const written: string[] = []
  return {
    path,
    async write(name, table, encoding) {
      const file = `${folder}/${name}`
      const bytes = await tableToParquet(table, encoding)
      // before it is there: half of it may be
      written.push(file)
      try {
        await lake.write(file, bytes)
      } catch (cause) {
        throw notWritten(cause)
      }
      return `${path}/${name}`
    },
    async dispose() {
      for (const file of written) await lake.remove(file).catch(() => undefined)
      if (root === undefined) return
      await rm(join(root, folder), { recursive: true, force: true }).catch(() => undefined)
      // unless somebody else has files there
      await rmdir(join(root, SCRATCH)).catch(() => undefined)
    },
  }
}

function notWritten(cause: unknown): unknown {
  if (!(cause instanceof TwdwError)) return cause
  return new TwdwError(
    cause.code,
    `tweets that are not consolidated yet have to be put where Spark can read them: ${cause.message}`,
    { hint: 'run `twdw consolidate` first and ask with --batch-only, which writes nothing', cause },
  )
}

/** Never rejects. */
async function sweep(folder: string, nowMs: number): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  // what is of a job may take longer, and goes with the next one
  for (const name of names.filter(each => !each.startsWith(JOB))) {
    const path = join(folder, name)
    const made = await stat(path).catch(() => undefined)
    if (made !== undefined && made.mtimeMs < nowMs - ABANDONED_MS) {
      await rm(path, { recursive: true, force: true }).catch(() => undefined)
    }
  }
}
