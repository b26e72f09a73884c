/** Rejected rows: what of layer1 could not be cast, whole and with the reason, as lines that are no tweets are kept. */
import { Table } from 'apache-arrow'
import { columnsToTable, instantsToColumn, stringsToColumn, takeColumn } from '../columns/columns.ts'
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

/** A row that was found by SQL, with the line that it came from. */
export interface FoundRejected extends Pick<Rejection, 'rule' | 'value'> {
  line: string
  source: string
  capturedMs: number
}

/** @param rows in the order of `buildRejected` */
export function tableOfRejected(rows: readonly FoundRejected[]): Table {
  return columnsToTable(REJECTED, rows.length, {
    line: stringsToColumn(rows.map(({ line }) => line)),
    line_base64: stringsToColumn(rows.map(() => null)),
    reason: stringsToColumn(rows.map(reasonOf)),
    source: stringsToColumn(rows.map(({ source }) => source)),
    captured_at: instantsToColumn(Float64Array.from(rows, ({ capturedMs }) => capturedMs)),
  })
}

/** Rows by the rule that they break, sorted by it: a manifest's bytes do not depend on which row came first. */
export function countByRule(rejections: readonly Pick<Rejection, 'rule'>[]): Record<string, number> {
  const counts = new Map<string, number>()
  for (const { rule } of rejections) counts.set(rule, (counts.get(rule) ?? 0) + 1)
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Such as `tweet_id is not an INT64: "abc"`. */
function reasonOf({ rule, value }: Pick<Rejection, 'rule' | 'value'>): string {
  return `${rule}: ${JSON.stringify(value.slice(0, MAX_QUOTED_LENGTH))}`
}
