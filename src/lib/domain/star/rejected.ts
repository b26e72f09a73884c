/** Rejected rows: what of layer1 could not be cast, whole and with the reason, as lines that are no tweets are kept. */
import { Table } from 'apache-arrow'
import { columnsToTable, stringsToColumn, takeColumn } from '../columns/columns.ts'
import { toNumber } from '../columns/int64.ts'
import { createCompareRows } from '../columns/row-order.ts'
import { int64sOf, type Rows } from '../columns/rows.ts'
import { LAYER1, REJECTED } from '../layer1.ts'
import type { Rejection } from './cast.ts'

/** The longest piece of a refused value that its reason repeats, in UTF-16 units; the whole row stands beside it. */
const MAX_QUOTED_LENGTH = 80

/**
 * Oldest capture first, then by the bytes of the line, then by whatever differs.
 * @param rows of layer1, with all its columns but that without `raw` there are no lines
 * @param rejections of them
 */
export function buildRejected(rows: Rows, rejections: readonly Rejection[]): Table {
  if (rejections.length === 0) return new Table(REJECTED)
  const hasLines = rows.has('raw')
  const others = LAYER1.names.filter(name => name !== 'raw') as string[]
  const compareRest = createCompareRows(rows, hasLines ? ['raw', ...others] : others)
  const { halves: capturedAt } = int64sOf(rows, 'captured_at')
  const sorted = rejections.toSorted(
    ({ row: a }, { row: b }) => toNumber(capturedAt, a) - toNumber(capturedAt, b) || compareRest(a, b),
  )
  const picks = Uint32Array.from(sorted, ({ row }) => row)
  const noTexts = stringsToColumn(sorted.map(() => null))
  return columnsToTable(REJECTED, picks.length, {
    line: hasLines ? takeColumn(rows, 'raw', picks) : noTexts,
    line_base64: noTexts,
    reason: stringsToColumn(sorted.map(reasonOf)),
    source: takeColumn(rows, 'source', picks),
    captured_at: takeColumn(rows, 'captured_at', picks),
  })
}

/** Such as `tweet_id is not an INT64: "abc"`. */
function reasonOf({ rule, value }: Rejection): string {
  return `${rule}: ${JSON.stringify(value.slice(0, MAX_QUOTED_LENGTH))}`
}
