/**
 * What a stranger sees who reads layer2 by globs, with DuckDB and without a word to twdw: every row of every table, by the
 * hour that it belongs to, and the tweets of each tag counted in two ways.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DAILY_TABLES, HOURLY_TABLES } from '../../src/lib/domain/paths.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import { openDuckDb } from '../../src/lib/io/duckdb/engine.ts'
import type { SqlEngine } from '../../src/lib/io/sql.ts'
import { plainRows } from './plain-rows.ts'

/** `fact_tweet 2024-01-01T10` → how many rows, and a digest of all of them, whatever their order */
export type Seen = ReadonlyMap<string, string>

/** @param folder below which lakes will be */
export function openGlobReader(folder: string): Promise<SqlEngine> {
  return openDuckDb({ timeZone: 'UTC', threads: 2, readable: [folder], env: {}, warn: () => undefined })
}

const HOUR_OF: Record<string, string> = {
  ...Object.fromEntries(HOURLY_TABLES.map(table => [table, "utc_date || 'T' || utc_hour"])),
  ...Object.fromEntries(DAILY_TABLES.map(table => [table, "strftime(utc_hour, '%Y-%m-%dT%H')"])),
}

const glob = (root: string, table: string) => {
  const below = DAILY_TABLES.some(daily => daily === table) ? '*/*.parquet' : '*/*/*.parquet'
  const folders = DAILY_TABLES.some(daily => daily === table)
    ? 'hive_partitioning = false'
    : 'hive_partitioning = true, hive_types_autocast = false'
  return `read_parquet('${join(root, 'layer2', table, below)}', ${folders})`
}

/** @param root of a lake. @throws TwdwError E_LAKE where a file is half there, or anything else is wrong with it */
export async function readByGlobs(engine: SqlEngine, root: string): Promise<Seen> {
  const seen = new Map<string, string>()
  const note = async (name: string, sql: string) => {
    for (const { hour, told } of await rowsOrNone(engine, sql)) seen.set(`${name} ${hour}`, String(told))
  }
  for (const [table, hour] of Object.entries(HOUR_OF)) {
    const rows = 'string_agg(CAST(t AS VARCHAR), chr(10) ORDER BY CAST(t AS VARCHAR))'
    await note(
      table,
      `SELECT ${hour} AS hour, count(*) || ' rows ' || md5(${rows}) AS told FROM ${glob(root, table)} t GROUP BY ALL`,
    )
  }
  await note(
    'tweets of tags, by aggregate',
    `SELECT strftime(utc_hour, '%Y-%m-%dT%H') || ' ' || tag AS hour, sum(tweets) || '' AS told
    FROM ${glob(root, 'agg_hashtag_hour')} GROUP BY ALL`,
  )
  await note(
    'tweets of tags, by fact',
    `SELECT f.utc_date || 'T' || f.utc_hour || ' ' || b.tag AS hour, count(*) || '' AS told
    FROM ${glob(root, 'fact_tweet')} f JOIN ${glob(root, 'bridge_tweet_hashtag')} b USING (tweet_id)
    WHERE f.is_latest_version GROUP BY ALL`,
  )
  return seen
}

/** A table of which there is no file yet has no rows. */
async function rowsOrNone(engine: SqlEngine, sql: string): Promise<Record<string, unknown>[]> {
  try {
    return plainRows(await engine.query(sql))
  } catch (error) {
    if (error instanceof TwdwError && error.message.includes('No files found that match')) return []
    throw error
  }
}

/** Hours and tables of which something is seen that was there neither before nor afterwards; [] when all is well. */
export function neitherOldNorNew(seen: Seen, before: Seen, after: Seen): string[] {
  const names = new Set([...seen.keys(), ...before.keys(), ...after.keys()])
  return [...names]
    .filter(name => seen.get(name) !== before.get(name) && seen.get(name) !== after.get(name))
    .map(name => `${name}: ${seen.get(name)}, and before ${before.get(name)}, and after ${after.get(name)}`)
}

/** Layer2 of a lake that is somewhere else, such as in memory, as files of a folder. */
export async function layLayer2Out(files: Iterable<readonly [string, Uint8Array]>, root: string): Promise<void> {
  for (const [path, bytes] of files) {
    if (!path.startsWith('layer2/')) continue
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), bytes)
  }
}
