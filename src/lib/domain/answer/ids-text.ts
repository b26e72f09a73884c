/** Ids as text: one a line, or JSON objects that name them. */
import type { Table } from 'apache-arrow'

/** An outlet takes so many lines at once. */
const LINES_A_PIECE = 4_096

/** @param table its column `tweet_id` is INT64 without nulls */
export function* idsToText(table: Table, isJson: boolean): Generator<string> {
  let lines: string[] = []
  for (const id of table.getChild('tweet_id') ?? []) {
    // text, for a number past 2^53 loses digits in most programs
    lines.push(isJson ? `{"id":"${id}"}\n` : `${id}\n`)
    if (lines.length < LINES_A_PIECE) continue
    yield lines.join('')
    lines = []
  }
  yield lines.join('')
}
