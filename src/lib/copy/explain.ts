/**
 * Why the copy has files of tweets that the lake has not: the lake forgot their tweets, which its tombstones tell, or has them in other
 * files, as after `compact`, which the rows tell; or only the copy ever had them.
 */
import { deliveryKeys, KEY_COLUMNS } from '../domain/delivery-keys.ts'
import { withoutForgotten } from '../domain/forget/forget-rows.ts'
import { type Forgotten, isNothing } from '../domain/forget/forgotten.ts'
import { type InputFile, inputsByHour } from '../domain/manifest.ts'
import { hourOfPath, LAYER1_TWEETS } from '../domain/paths.ts'
import { TwdwError } from '../errors.ts'
import type { Lake } from '../io/lake.ts'
import type { Log } from '../io/log.ts'
import type { Tables } from '../io/tables.ts'
import { readForgotten } from '../tombstones.ts'

export interface ExplainPorts {
  from: Lake
  to: Lake
  openTables(lake: Lake): Promise<Pick<Tables, 'read'>>
  log: Log
}

/** Paths of files with tweets or sessions that only the copy has. Those of which the lake forgot every tweet are in neither. */
export interface Explained {
  /** with something that only the copy has; those that cannot be read, and sessions, which forgetting leaves, are always */
  alone: string[]
  /** of whose tweets the lake has every one in the same hour, but for those that it forgot */
  elsewhere: string[]
}

/**
 * @param paths  that only the copy has
 * @param source files of the lake
 * @throws TwdwError E_LAKE
 */
export async function explain(
  paths: readonly string[],
  source: readonly InputFile[],
  ports: ExplainPorts,
): Promise<Explained> {
  const isOfTweets = (path: string) => path.startsWith(LAYER1_TWEETS) && hourOfPath(path) !== undefined
  const explained: Explained = { alone: paths.filter(path => !isOfTweets(path)), elsewhere: [] }
  const byHour = Map.groupBy(paths.filter(isOfTweets), path => hourOfPath(path)!)
  if (byHour.size === 0) return explained
  const forgotten = await readForgotten(ports.from)
  const tables = await ports.openTables(ports.to)
  const inputs = inputsByHour(source.filter(({ path }) => path.startsWith(LAYER1_TWEETS)))
  let done = 0
  for (const [hour, files] of byHour) {
    ports.log.progress(`looking for tweets of the copy in the lake, hour ${hour}, ${++done} of ${byHour.size}`)
    const keys = openKeys(inputs.get(hour) ?? [], ports)
    for (const path of files) {
      const rows = await readRemaining(path, forgotten, tables)
      if (rows === 'forgotten') continue
      const isElsewhere = rows !== 'unreadable' && (await keys())?.isSupersetOf(rows)
      explained[isElsewhere ? 'elsewhere' : 'alone'].push(path)
    }
  }
  return explained
}

/** Columns by which rows are forgotten, and by which they are known. */
const LOOKED_AT = ['author_id', 'kind', 'referenced_id', 'edit_history_ids', ...KEY_COLUMNS]

/** Keys of the rows of a file that are not forgotten. */
async function readRemaining(
  path: string,
  forgotten: Forgotten,
  tables: Pick<Tables, 'read'>,
): Promise<Set<string> | 'forgotten' | 'unreadable'> {
  const table = await readable(tables.read(path, LOOKED_AT))
  if (table === undefined) return 'unreadable'
  const left = isNothing(forgotten) ? table : withoutForgotten(table, forgotten).table
  return left.numRows === 0 ? 'forgotten' : new Set(deliveryKeys(left))
}

/** @returns the keys of all rows that the lake has in an hour, read when they are first asked for; undefined where they cannot be */
function openKeys(
  files: readonly InputFile[],
  { from, openTables }: ExplainPorts,
): () => Promise<Set<string> | undefined> {
  let keys: Promise<Set<string> | undefined> | undefined
  const read = async () => {
    const tables = await openTables(from)
    const found = new Set<string>()
    for (const { path } of files) {
      const table = await readable(tables.read(path, KEY_COLUMNS))
      if (table === undefined) return undefined
      for (const key of deliveryKeys(table)) found.add(key)
    }
    return found
  }
  return () => (keys ??= read())
}

async function readable<T>(read: Promise<T>): Promise<T | undefined> {
  return read.catch(error => {
    if (error instanceof TwdwError) return undefined
    throw error
  })
}
