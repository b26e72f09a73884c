/** Rows of agg_hashtag_hour of one tag and month, kept out of the files of its days: how they are picked, and what they are of. */
import { DUCKDB, sqlInstant, sqlText } from './sql-dialect.ts'

/** A file of a day, and what it was when its rows were kept. */
export interface KeptDay {
  location: string
  stamp: string
}

/** By month, `2024-01`: the days whose rows are kept. */
export type KeptMonths = Map<string, readonly KeptDay[]>

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

/** Raised when kept rows mean something else. */
const FORMAT = 1

const headOf = (tag: string) => JSON.stringify(['twdw kept rows', FORMAT, tag])

export function keptToText(tag: string, months: KeptMonths): string {
  const lines = Array.from(months, ([month, days]) =>
    JSON.stringify([month, days.map(({ location, stamp }) => [location, stamp])]),
  )
  return [headOf(tag), ...lines, ''].join('\n')
}

/** @returns nothing for a text of another format or tag, or one that is cut short or damaged */
export function parseKept(text: string, tag: string): KeptMonths {
  const [head, ...lines] = text.split('\n')
  if (head !== headOf(tag) || lines.pop() !== '') return new Map()
  try {
    return new Map(
      lines.map(line => {
        const [month, days] = JSON.parse(line) as [string, [string, string][]]
        return [month, days.map(([location, stamp]) => ({ location, stamp }))]
      }),
    )
  } catch {
    return new Map()
  }
}
