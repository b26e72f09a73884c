/**
 * Files of one question for a Spark elsewhere: they lie in the lake, which is what its machines can read.
 *
 * Below `_scratch/`, which no listing of a lake shows; they are gone when the question is answered, and where this process is
 * killed before, with a later question of the next day.
 */
import { readdir, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { TwdwError } from '../../errors.ts'
import type { Lake } from '../lake.ts'
import { tableToParquet } from '../parquet.ts'
import { s3PlaceOf } from '../s3/place.ts'
import type { Scratch } from '../scratch.ts'

const SCRATCH = '_scratch'
/** No question takes so long. */
const ABANDONED_MS = 86_400_000

/** @param lake as Spark has it. @param nowMs of the clock */
export async function openLakeScratch(lake: Lake, nowMs: number): Promise<Scratch> {
  const folder = `${SCRATCH}/${crypto.randomUUID()}`
  const [path = ''] = await lake.bring([folder])
  const root = s3PlaceOf(lake.url) === undefined ? lake.url : undefined
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
  for (const name of names) {
    const path = join(folder, name)
    const made = await stat(path).catch(() => undefined)
    if (made !== undefined && made.mtimeMs < nowMs - ABANDONED_MS) {
      await rm(path, { recursive: true, force: true }).catch(() => undefined)
    }
  }
}
