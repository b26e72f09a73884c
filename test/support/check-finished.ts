/** The checks over a star that is laid out whole, as consolidate runs them over one that is not. */

import { rowsOf } from '../../src/lib/domain/columns/rows.ts'
import type { Hour } from '../../src/lib/domain/hour.ts'
import type { StarTable } from '../../src/lib/domain/layer2.ts'
import { type CheckedTables, checkStar } from '../../src/lib/domain/star/checks.ts'
import type { Star } from '../../src/lib/domain/star/star.ts'

/** @returns the names of the checks. @throws TwdwError E_DATA */
export function checkFinished({ tables, counts, rejected }: Star, hour: Hour): string[] {
  const rows = Object.entries(tables).map(([name, table]) => [name, rowsOf([table])])
  const looked: CheckedTables = {
    tables: Object.fromEntries(rows) as Record<StarTable, ReturnType<typeof rowsOf>>,
    counts,
    rejectedRows: rejected.numRows,
  }
  return checkStar(looked, hour, () => undefined)
}
