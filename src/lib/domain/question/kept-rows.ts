/** Rows of agg_hashtag_hour of one tag and month, kept out of the files of its days: how they are picked, and what they are of. */
import { DUCKDB, sqlInstant, sqlText } from './sql-dialect.ts'

/** A file of a day, and what it was when its rows were kept. */
export interface KeptDay {
  location: string
  stamp: string
}

/** Raised when kept rows mean something else. */
const FORMAT = 2

/** All that the rows of a tag and month follow from. @param month `2024-01` @param days those of it that count, in their order */
export function whatIsKept(tag: string, month: string, days: readonly KeptDay[]): string {
  return JSON.stringify([FORMAT, tag, month, days.map(({ location, stamp }) => [location, stamp])])
}

/** A SELECT of the rows of some tags. */
export function tagRows(locations: readonly string[], tags: readonly string[]): string {
  return `SELECT * FROM ${DUCKDB.filesToTable(locations)}\nWHERE tag IN (${tags.map(sqlText).join(', ')})`
}

/** A SELECT of those of one tag and month, by the files that they are of. @param table in which they are */
export function monthRows(table: string, tag: string, month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number)
  const [fromMs, toMs] = [Date.UTC(year, number - 1), Date.UTC(year, number)]
  const isOfMonth = `utc_hour >= ${sqlInstant(fromMs)} AND utc_hour < ${sqlInstant(toMs)}`
  return `SELECT * FROM ${table}\nWHERE tag = ${sqlText(tag)} AND ${isOfMonth}\nORDER BY hour_start, lang, kind, utc_hour`
}
