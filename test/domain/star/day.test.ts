import { type Table, tableToIPC } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rowsOf } from '../../../src/lib/domain/columns/rows.ts'
import type { Hour } from '../../../src/lib/domain/hour.ts'
import { DAILY_TABLES } from '../../../src/lib/domain/paths.ts'
import { createDayMerge, mergeDay as outlineOfDay } from '../../../src/lib/domain/star/day.ts'
import { fillOutline } from '../../../src/lib/domain/star/outline.ts'
import { buildStar } from '../../../src/lib/domain/star/star.ts'
import { type Layer1Row, layer1Table } from '../../support/layer1-rows.ts'
import { plainRows } from '../../support/plain-rows.ts'

const HOURS = ['2024-01-01T00', '2024-01-01T01', '2024-01-01T23'] as Hour[]
// with half-hour zones an hour of the clock lies in two UTC hours, so equal keys come from both
const timeZone = 'Asia/Kathmandu'

const anyTweets = fc.array(
  fc.record({
    minute: fc.nat(59),
    hashtags: fc.array(fc.constantFrom('covid19', 'ação', 'vacina'), { maxLength: 2 }),
    lang: fc.constantFrom(null, 'pt'),
    author_id: fc.constantFrom(null, '501', '502'),
  }),
  { maxLength: 8 },
)

function hourTable(table: (typeof DAILY_TABLES)[number], hour: Hour, tweets: readonly { minute: number }[]) {
  const rows = tweets.map(
    ({ minute, ...tweet }, i): Layer1Row => ({
      ...tweet,
      tweet_id: String(i + 1),
      created_at: `${hour}:${String(minute).padStart(2, '0')}:00Z`,
    }),
  )
  return buildStar({ layer1: [layer1Table(rows)], hour, timeZone }).tables[table]
}

const mergeDay = (...day: Parameters<typeof outlineOfDay>) => fillOutline(outlineOfDay(...day), rowsOf([]))

const sortedRows = (rows: readonly object[]) => rows.map(row => JSON.stringify(row)).sort()

describe.each(DAILY_TABLES)('mergeDay of %s', table => {
  it('holds the latest rows of each hour, whatever was replaced and in whatever order', () => {
    const steps = fc.array(fc.record({ hour: fc.constantFrom(...HOURS), tweets: anyTweets }), {
      minLength: 1,
      maxLength: 6,
    })
    fc.assert(
      fc.property(steps, given => {
        let day: ReturnType<typeof hourTable> | undefined
        const latest = new Map<Hour, ReturnType<typeof hourTable>>()
        for (const { hour, tweets } of given) {
          latest.set(hour, hourTable(table, hour, tweets))
          day = mergeDay(table, day, hourTable(table, hour, tweets), hour)
        }
        expect(sortedRows(plainRows(day!))).toEqual(sortedRows([...latest.values()].flatMap(plainRows)))

        // the bytes do not tell how the day came about
        let other: typeof day
        for (const [hour, rows] of [...latest].reverse()) other = mergeDay(table, other, rows, hour)
        expect(tableToIPC(day!, 'file')).toEqual(tableToIPC(other!, 'file'))
      }),
      { numRuns: 40 },
    )
  })

  it('takes an hour out when it has no rows any more', () => {
    const nothing = hourTable(table, HOURS[0]!, [])
    const tweets = [{ minute: 5, hashtags: ['covid19'], author_id: '501' }]
    const day = mergeDay(table, hourTable(table, HOURS[0]!, tweets), hourTable(table, HOURS[1]!, tweets), HOURS[1]!)
    const without = mergeDay(table, day, nothing, HOURS[0]!)
    expect(plainRows(without)).toEqual(plainRows(hourTable(table, HOURS[1]!, tweets)))
    expect(mergeDay(table, without, nothing, HOURS[1]!).numRows).toBe(0)
  })

  it('gives the same rows whatever parts the day comes in', () => {
    const steps = fc.array(fc.record({ hour: fc.constantFrom(...HOURS), tweets: anyTweets }), {
      minLength: 2,
      maxLength: 6,
    })
    fc.assert(
      fc.property(steps, fc.array(fc.nat(12), { maxLength: 6 }), (given, cuts) => {
        const rows = given.map(({ hour, tweets }) => hourTable(table, hour, tweets))
        let day: Table | undefined
        for (const [i, { hour }] of given.slice(0, -1).entries()) day = mergeDay(table, day, rows[i]!, hour)
        const { hour } = given.at(-1)!
        const merge = createDayMerge(table, rows.at(-1)!, hour)
        const outlines = [...partsOf(day!, cuts).map(merge.add), merge.rest()]
        const merged = outlines.flatMap(outline => (outline === undefined ? [] : [fillOutline(outline, rowsOf([]))]))
        expect(merged.flatMap(plainRows)).toEqual(plainRows(mergeDay(table, day, rows.at(-1)!, hour)))
      }),
      { numRuns: 60 },
    )
  })
})

/** A table cut at some of its rows; no part is empty. */
function partsOf(table: Table, cuts: readonly number[]): Table[] {
  const places = [...new Set([0, ...cuts, table.numRows])].filter(at => at <= table.numRows).sort((a, b) => a - b)
  return places.slice(1).map((end, i) => table.slice(places[i], end))
}
