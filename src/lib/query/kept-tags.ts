/**
 * What was read of a tag is kept: the rows of a month, out of thirty files of all tags, in one of a few hundred kilobytes.
 *
 * A year of a tag lies in 365 files, and opening them takes longer than all else of a question. Kept rows go by the stamps of
 * the files that they are of: where one of those is another by now, or does not count whole, the month is read anew. They lie
 * in the cache of this user and may be thrown away at any time.
 */
import { type KeptDay, monthRows, tagRows, whatIsKept } from '../domain/question/kept-rows.ts'
import { DUCKDB } from '../domain/question/sql-dialect.ts'
import type { ViewFiles } from '../domain/question/views.ts'
import type { KeptFolder } from '../io/kept-folder.ts'
import type { SqlEngine } from '../io/sql.ts'
import type { Stamps } from './file-stamps.ts'

export interface KeptTags {
  /** of agg_hashtag_hour, with kept rows in the place of files where there are some */
  files: ViewFiles
  /** Keep what was read and is not kept yet. To be called when the files that were read are known to be the same. Never rejects. */
  keep(): Promise<void>
}

/** Fewer files are as quickly read as looked up. */
const MIN_DAYS = 8
/** The rows of more tags would be most of the files. */
const MAX_TAGS = 8
/** A table of the engine: rows of days that are not kept yet. */
const FRESH_ROWS = 'fresh_tag_rows'

/**
 * @param files of agg_hashtag_hour, of which a question wants only the rows of `tags`
 * @param stamps of them all
 */
export async function useKeptTags(
  { files, tags, stamps }: { files: ViewFiles; tags: readonly string[]; stamps: Stamps },
  { folder, engine }: { folder: KeptFolder; engine: Pick<SqlEngine, 'query' | 'copy'> },
  signal?: AbortSignal,
): Promise<KeptTags> {
  const asItIs = { files, keep: async () => undefined }
  if (tags.length > MAX_TAGS || files.whole.length < MIN_DAYS) return asItIs
  const months = monthsOf(files.whole, stamps)
  const isKept = ([month, days]: [string, KeptDay[]]) => tags.every(tag => folder.has(whatIsKept(tag, month, days)))
  const kept = [...months].filter(isKept)
  const fresh = [...months].filter(month => month[1].length >= MIN_DAYS && !isKept(month))
  if (kept.length + fresh.length === 0) return asItIs

  const filesOf = (some: readonly [string, KeptDay[]][]) => some.flatMap(([, days]) => days.map(day => day.location))
  if (fresh.length > 0) await engine.query(DUCKDB.keepRows(FRESH_ROWS, tagRows(filesOf(fresh), tags)), signal)
  const replaced = new Set(filesOf([...kept, ...fresh]))
  const keptFiles = tags.flatMap(tag => kept.map(([month, days]) => folder.locate(whatIsKept(tag, month, days))))
  async function keep(): Promise<void> {
    for (const tag of tags) {
      for (const [month, days] of fresh) {
        const write = (location: string) => engine.copy(monthRows(FRESH_ROWS, tag, month), location)
        await folder.write(whatIsKept(tag, month, days), write)
      }
    }
  }
  return {
    files: {
      whole: [...keptFiles, ...files.whole.filter(location => !replaced.has(location))],
      partial: files.partial,
      tables: fresh.length > 0 ? [FRESH_ROWS] : [],
    },
    keep,
  }
}

/** Days by month, `2024-01`. One whose file is gone by now is left where it is: the engine will say so. */
function monthsOf(locations: readonly string[], stamps: Stamps): Map<string, KeptDay[]> {
  const months = new Map<string, KeptDay[]>()
  for (const location of locations) {
    const [, month] = /utc_date=(\d{4}-\d{2})-\d{2}\/[^/]+$/.exec(location) ?? []
    const stamp = stamps.get(location)
    if (month === undefined || stamp === undefined) continue
    const days = months.get(month)
    if (days === undefined) months.set(month, [{ location, stamp }])
    else days.push({ location, stamp })
  }
  return months
}
