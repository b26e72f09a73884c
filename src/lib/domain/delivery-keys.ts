/** Keys of layer1 rows: what tells a delivery of a tweet from every other, in whatever file it stands. */
import type { Table } from 'apache-arrow'

/** Columns from which a key is made: the line, where it came from and when. All others follow from these. */
export const KEY_COLUMNS: readonly string[] = ['tweet_id', 'captured_at', 'source', 'raw']

/** @param table with these columns. @returns one a row; short, however long the line is */
export function* deliveryKeys(table: Table): Generator<string> {
  const [ids, times, sources, lines] = KEY_COLUMNS.map(name => table.getChild(name)!)
  for (let row = 0; row < table.numRows; row++) {
    const digest = Bun.hash(`${times!.get(row)} ${sources!.get(row)} ${lines!.get(row)}`).toString(36)
    yield `${ids!.get(row)} ${digest}`
  }
}
