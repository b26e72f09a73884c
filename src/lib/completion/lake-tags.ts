/**
 * Tags of a lake, for whoever waits with a finger on the tab key.
 *
 * Those that tweets carry are counted over the newest days by the engine, which takes a tenth of a second, and are kept until one of
 * these files is another one. Those that were listened for are in the session records, also before anything is consolidated.
 */
import { LAYER1_SESSIONS, tableFolder } from '../domain/paths.ts'
import { DUCKDB } from '../domain/question/sql-dialect.ts'
import type { Lake } from '../io/lake.ts'
import type { Notes } from '../io/notes.ts'
import type { SqlEngine } from '../io/sql.ts'
import { readSessions } from '../sessions.ts'

export interface LakeTagsPorts {
  lake: Lake
  /** of the last time; undefined: all is counted each time */
  notes: Notes | undefined
  openSql(session: { timeZone: string; readable: readonly string[] }): Promise<SqlEngine>
}

/** Files that are counted: of a month, where there is one a day. */
const NEWEST_FILES = 31
/** Sessions whose tags are looked at. */
const NEWEST_SESSIONS = 16
/** Tags that are kept. */
const MOST_TAGS = 20_000

/** @returns folded, the most used first, then those that were listened for in vain. @throws TwdwError E_LAKE */
export async function readLakeTags(ports: LakeTagsPorts): Promise<string[]> {
  const [used, listened] = await Promise.all([usedTags(ports), listenedTags(ports.lake)])
  return [...new Set([...used, ...listened])]
}

async function listenedTags(lake: Lake): Promise<string[]> {
  const newest = (await lake.list(LAYER1_SESSIONS)).slice(-NEWEST_SESSIONS)
  if (newest.length === 0) return []
  // a damaged record is for status and doctor to tell of
  const records = await readSessions(lake, () => undefined, newest[0]!.path.slice(LAYER1_SESSIONS.length))
  return records.flatMap(({ tags }) => tags)
}

/** What is kept between two tabs. */
interface Kept {
  /** of which files */
  of: string
  tags: string[]
}

async function usedTags({ lake, notes, openSql }: LakeTagsPorts): Promise<string[]> {
  const files = (await lake.list(tableFolder('agg_hashtag_hour'))).slice(-NEWEST_FILES)
  if (files.length === 0) return []
  const of = JSON.stringify([lake.url, files])
  const kept = parseKept(await notes?.read())
  if (kept?.of === of) return kept.tags
  const locations = await lake.bring(files.map(({ path }) => path))
  const tags = await countTags(locations, await openSql({ timeZone: 'UTC', readable: [lake.folder] }))
  await notes?.write(JSON.stringify({ of, tags } satisfies Kept))
  return tags
}

async function countTags(locations: readonly string[], engine: SqlEngine): Promise<string[]> {
  try {
    const counted = await engine.query(
      `SELECT tag FROM ${DUCKDB.filesToTable(locations)} GROUP BY tag ORDER BY SUM(tweets) DESC, tag LIMIT ${MOST_TAGS}`,
    )
    return Array.from(counted.getChild('tag')!, String)
  } finally {
    await engine.close()
  }
}

/** Whatever it is that lies there. */
function parseKept(text: string | undefined): Kept | undefined {
  try {
    const { of, tags } = JSON.parse(text ?? 'null') ?? {}
    const isKept = typeof of === 'string' && Array.isArray(tags) && tags.every(tag => typeof tag === 'string')
    return isKept ? { of, tags } : undefined
  } catch {
    return undefined
  }
}
