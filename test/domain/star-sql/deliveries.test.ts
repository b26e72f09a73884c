import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Hour } from '../../../src/lib/domain/hour.ts'
import { LAYER1 } from '../../../src/lib/domain/layer1.ts'
import type { Layer1Row } from '../../support/layer1-rows.ts'
import { bothStars, openStarSql, type StarSql } from '../../support/star-by-sql.ts'

const HOUR = '2024-01-01T10' as Hour

let sql: StarSql
beforeAll(async () => {
  sql = await openStarSql()
})
afterAll(() => sql.close())

/** Values of a type, each greater than the one before it. */
const STEPS: Record<string, readonly unknown[]> = {
  Utf8: [null, 'a', 'b'],
  Bool: [null, false, true],
  Int64: [null, 1, 2],
  Float64: [null, Number.NEGATIVE_INFINITY, 0.5, Number.POSITIVE_INFINITY],
  'List<Utf8>': [[], ['a'], ['a', 'a'], ['b']],
}
/** Of columns in which not every text is good. */
const GIVEN: Record<string, readonly unknown[]> = {
  // one tweet and one instant, written in two ways
  tweet_id: [],
  created_at: [`${HOUR}:00:00.000Z`, `${HOUR}:00:00Z`],
  kind: ['original', 'quote', 'reply', 'retweet'],
  edit_history_ids: [[], ['1'], ['1', '1'], ['2']],
  user_created_at: [null, '2009-06-01T00:00:00Z', '2010-06-01T00:00:00Z'],
  source: ['replay', 'search', 'stream'],
}
for (const id of ['author_id', 'conversation_id', 'referenced_id', 'in_reply_to_user_id'])
  GIVEN[id] = [null, '501', '502']

const COLUMNS = LAYER1.fields.filter(({ name }) => name !== 'raw' && name !== 'captured_at')

function stepsOf(column: (typeof COLUMNS)[number]): readonly unknown[] {
  const steps = GIVEN[column.name] ?? STEPS[String(column.type)] ?? []
  return column.nullable ? steps : steps.filter(value => value !== null)
}

/** Pairs of deliveries of one tweet in one millisecond: greater in one column, less in all that stand behind it. */
function pairs(): Layer1Row[][] {
  const common = {
    created_at: `${HOUR}:00:00.000Z`,
    author_id: '501',
    user_username: 'a',
    place_id: 'p',
    place_name: 'a',
  }
  return COLUMNS.flatMap((column, at) => {
    const steps = stepsOf(column)
    return steps.slice(1).map((greater, step) => {
      const behind = COLUMNS.slice(at + 1).map(other => [other.name, stepsOf(other)] as const)
      const worst = Object.fromEntries(behind.map(([name, values]) => [name, values.find(value => value !== null)]))
      const best = Object.fromEntries(behind.map(([name, values]) => [name, values.at(-1)]))
      return [
        { ...common, ...best, [column.name]: steps[step] },
        { ...common, ...worst, [column.name]: greater },
      ] as Layer1Row[]
    })
  })
}

describe('deliveries by SQL', () => {
  it('of one millisecond are told apart by the first column that differs, as in the kernels', async () => {
    const rows = pairs().flatMap((pair, n) => pair.map(row => ({ ...row, tweet_id: `${n + 1}` })))
    expect(rows.length).toBeGreaterThan(2 * COLUMNS.length)
    const [both] = await bothStars(sql, { timeZone: 'UTC', hours: [{ hour: HOUR, files: [rows] }] })
    expect(both!.bySql).toEqual(both!.byKernels)
    expect(both!.byKernels.fact_tweet).toHaveLength(rows.length / 2)
  })

  it('tell of an author and of a place by their newest row too, where all came in one millisecond', async () => {
    const rows = pairs().flatMap((pair, n) =>
      pair.map(row => ({ ...row, tweet_id: '1', author_id: `${n}`, place_id: `${n}` })),
    )
    const [both] = await bothStars(sql, { timeZone: 'UTC', hours: [{ hour: HOUR, files: [rows] }] })
    expect(both!.bySql).toEqual(both!.byKernels)
    expect(both!.byKernels.dim_user_snapshot).toHaveLength(rows.length / 2)
    expect(both!.byKernels.dim_place).toHaveLength(rows.length / 2)
  })
})
