/** The file of a day: of parts that are read while it is written, some of which cannot be. */
import type { Table } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { encodeDay } from '../../src/lib/consolidate/encode-day.ts'
import type { Hand } from '../../src/lib/consolidate/hand.ts'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { dailyPath } from '../../src/lib/domain/paths.ts'
import { buildStar } from '../../src/lib/domain/star/star.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import { parquetToTable, tableToParquet } from '../../src/lib/io/parquet.ts'
import { someRows } from '../support/consolidate-lake.ts'
import { layer1Table } from '../support/layer1-rows.ts'
import { createMemoryLake } from '../support/memory-lake.ts'
import { ownHand } from '../support/own-hand.ts'
import { plainRows } from '../support/plain-rows.ts'
import { silentLog } from '../support/silent-log.ts'

const [NINE, TEN] = ['2024-01-01T09', '2024-01-01T10'] as [Hour, Hour]
const NAME = 'agg_hashtag_user_hour'

const rowsOfHour = (hour: Hour): Table =>
  buildStar({ layer1: [layer1Table(someRows(hour))], hour, timeZone: 'UTC' }).tables[NAME]

const storedRows = async (table: Table) =>
  plainRows(await parquetToTable(await tableToParquet(table, { repeating: [] })))

/** @param parts of the day's file; a failure is thrown in its place */
async function encode(parts: readonly (Table | TwdwError)[] | undefined, hand?: Hand) {
  const warnings: string[] = []
  const asked: string[] = []
  async function* read() {
    for (const part of parts!) {
      if (part instanceof TwdwError) throw part
      yield part
    }
  }
  const tables = {
    async readParts(path: string) {
      asked.push(path)
      return parts && read()
    },
  }
  const [own] = await ownHand(createMemoryLake()).hands()
  const ends: string[] = []
  const watched: Hand = {
    ...(hand ?? own!),
    begin(table) {
      const file = (hand ?? own!).begin(table)
      return { ...file, abandon: () => file.abandon().then(() => void ends.push('given up')) }
    },
  }
  const log = { ...silentLog, warn: (sentence: string) => void warnings.push(sentence) }
  const day = await encodeDay(NAME, { hour: TEN, hourRows: () => rowsOfHour(TEN) }, { tables, log }, watched).catch(
    error => error,
  )
  expect(asked).toEqual([dailyPath(NAME, '2024-01-01')])
  return { day, warnings, ends }
}

describe('the file of a day', () => {
  it('has the rows of its other hours, and the new ones of the hour', async () => {
    const nine = rowsOfHour(NINE)
    const { day, warnings } = await encode([nine.slice(0, 1), nine.slice(1)])
    const both = [...(await storedRows(nine)), ...(await storedRows(rowsOfHour(TEN)))]
    expect(plainRows(await parquetToTable(day.bytes))).toEqual(expect.arrayContaining(both))
    expect(day.rows).toBe(both.length)
    expect(warnings).toEqual([])
  })

  it('is none where the lake has none', async () => {
    expect(await encode(undefined)).toEqual({ day: undefined, warnings: [], ends: [] })
  })

  it.each([
    ['at once', []],
    ['behind a part that is good', [rowsOfHour(NINE)]],
  ])('is none, and a warning, where it cannot be read: %s', async (_, before) => {
    const torn = new TwdwError('E_LAKE', 'the file is torn')
    expect(await encode([...before, torn])).toEqual({
      day: undefined,
      warnings: ['the file is torn; it is replaced'],
      ends: ['given up'],
    })
  })

  it('is none where it is another table, whichever part shows it', async () => {
    const other = buildStar({ layer1: [layer1Table(someRows(NINE))], hour: NINE, timeZone: 'UTC' }).tables
    const { day, warnings } = await encode([rowsOfHour(NINE), other.agg_hashtag_hour])
    expect(day).toBeUndefined()
    expect(warnings).toEqual([
      expect.stringMatching(/^column user_id of .*part-0\.parquet is missing; it is replaced$/),
    ])
  })

  it('is not taken for damaged where a worker is', async () => {
    const died = new TwdwError('E_LAKE', 'a worker died')
    const hand: Hand = {
      cast: () => Promise.reject(died),
      begin: () => ({
        append: () => Promise.reject(died),
        finish: () => Promise.reject(died),
        abandon: async () => undefined,
      }),
      end: () => undefined,
    }
    expect(await encode([rowsOfHour(NINE)], hand)).toEqual({ day: died, warnings: [], ends: ['given up'] })
  })
})
