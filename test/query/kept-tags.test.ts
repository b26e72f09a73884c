import { copyFileSync, readdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Table, vectorFromArray } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { consolidate } from '../../src/lib/consolidate/consolidate.ts'
import { columnsOf } from '../../src/lib/domain/answer/formats.ts'
import { LAYER1_REPEATING } from '../../src/lib/domain/layer1-builder.ts'
import { dailyPath, layer1Path } from '../../src/lib/domain/paths.ts'
import { COUNT_ALL, type Preset, parseWallTime } from '../../src/lib/domain/question/preset.ts'
import { openKeptFolder } from '../../src/lib/io/kept-folder.ts'
import { tableToParquet } from '../../src/lib/io/parquet.ts'
import { query } from '../../src/lib/query/query.ts'
import type { QueryPorts } from '../../src/lib/query/sql-session.ts'
import { ALL_HOURS, someRows } from '../support/consolidate-lake.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { layer1Table } from '../support/layer1-rows.ts'
import { ownHand } from '../support/own-hand.ts'
import { openQueryLake } from '../support/query-lake.ts'
import { silentLog } from '../support/silent-log.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const timeZone = 'America/Sao_Paulo'
/** the end of one month and the beginning of the next, an hour a day */
const HOURS = Array.from({ length: 20 }, (_, i) => new Date(Date.UTC(2024, 0, 22 + i, 15)).toISOString().slice(0, 13))

const PRESET: Preset = { ...COUNT_ALL, tags: ['covid19'], by: ['day', 'kind'] }

/** A lake of many days, and what the engine was asked. */
async function withDays(work: (about: About) => Promise<void>): Promise<void> {
  await withTempFolder(async folder => {
    const rows = HOURS.flatMap(hour => [
      ...someRows(hour),
      ...someRows(hour, 5).map(row => ({ ...row, hashtags: ['Samba'] })),
    ])
    const plain = await openQueryLake(folder, { timeZone, consolidated: rows, stored: [], journal: [] })
    const asked: string[] = []
    const kept = join(folder, 'kept')
    const ports: QueryPorts = {
      ...plain,
      keptTags: openKeptFolder(kept),
      async openSql(session) {
        const engine = await plain.openSql(session)
        return {
          ...engine,
          query(sql, signal) {
            asked.push(sql)
            return engine.query(sql, signal)
          },
        }
      },
    }
    await work({ plain, ports, asked, kept })
  })
}

interface About {
  /** keeps nothing */
  plain: QueryPorts
  ports: QueryPorts
  asked: string[]
  kept: string
}

async function rowsOf(ports: QueryPorts, preset: Partial<Preset> = {}): Promise<string[]> {
  const { table, facts } = await query({ question: { preset: { ...PRESET, ...preset } }, batchOnly: false }, ports)
  const columns = columnsOf(table, facts.zone)
  return Array.from({ length: table.numRows }, (_, row) => columns.map(column => column.text(row)).join(' '))
}

/** Days of agg_hashtag_hour that the engine opened since last asked for. */
function daysRead(asked: string[]): string[] {
  const text = asked.splice(0).join()
  return [
    ...new Set(Array.from(text.matchAll(/agg_hashtag_hour\/utc_date=(\d{4}-\d{2}-\d{2})/g), ([, day]) => day!)),
  ].sort()
}

describe('kept rows of tags', () => {
  it('leave the other tags to be found for one that no tweet carries', () =>
    withDays(async ({ plain, ports, kept }) => {
      const ask = async (tags: readonly string[]) => {
        const { facts } = await query({ question: { preset: { ...PRESET, tags } }, batchOnly: false }, ports)
        return facts.emptyBecause ?? facts.unknownTags
      }
      for (const _ of ['first', 'from what was kept']) {
        expect(await ask(['smaba'])).toBe('no tweet in the lake carries #smaba (did you mean #samba?)')
        expect(await ask(['covid19', 'smaba'])).toEqual([{ tag: 'smaba', near: ['samba'] }])
      }
      expect(await rowsOf(ports)).toEqual(await rowsOf(plain))
      expect(readdirSync(kept)).not.toEqual([])
    }))

  it('give the answer of the files that they are of, which are not opened again', () =>
    withDays(async ({ plain, ports, asked, kept }) => {
      const answer = await rowsOf(plain)
      expect(answer).toHaveLength(20)
      expect(await rowsOf(ports)).toEqual(answer)
      expect(daysRead(asked)).toHaveLength(20)
      expect(readdirSync(kept).filter(name => name.endsWith('.parquet'))).toHaveLength(2)
      expect(await rowsOf(ports)).toEqual(answer)
      expect(daysRead(asked)).toEqual([])
      // another question about them
      for (const preset of [
        { by: ['hour'], metric: 'likes' },
        { by: ['lang'], langs: ['pt'] },
      ] as Partial<Preset>[])
        expect(await rowsOf(ports, preset)).toEqual(await rowsOf(plain, preset))
      expect(daysRead(asked)).toEqual([])
    }))

  it('are of one tag each', () =>
    withDays(async ({ plain, ports, asked }) => {
      await rowsOf(ports)
      daysRead(asked)
      expect(await rowsOf(ports, { tags: ['samba'] })).toEqual(await rowsOf(plain, { tags: ['samba'] }))
      expect(daysRead(asked)).toHaveLength(20)
      const both = { tags: ['covid19', 'samba'] }
      expect(await rowsOf(ports, both)).toEqual(await rowsOf(plain, both))
      expect(daysRead(asked)).toEqual([])
      expect(await rowsOf(ports, { allTags: true, tags: [] })).toEqual(await rowsOf(plain, { allTags: true, tags: [] }))
      expect(daysRead(asked)).toHaveLength(20)
    }))

  it('count for nothing where a day of their month is another by now', () =>
    withDays(async ({ plain, ports, asked }) => {
      await rowsOf(ports)
      daysRead(asked)
      const { lake, tables } = plain
      const [hour] = HOURS as [string]
      await tables.write(layer1Path(hour as never, 'late'), layer1Table(someRows(hour, 7)), {
        repeating: LAYER1_REPEATING,
      })
      // before it is consolidated the day counts without its hour, after that anew
      const pending = await rowsOf(ports)
      expect(pending).toEqual(await rowsOf(plain))
      expect(pending[0]).toBe('2024-01-22 original 4')
      const clock = fixedClock('2030-01-01T00:00:00.000Z')
      await consolidate({ ...ALL_HOURS, timeZone }, { lake, ...ownHand(lake), clock, log: silentLog })
      daysRead(asked)
      expect(await rowsOf(ports)).toEqual(pending)
      expect(daysRead(asked)).toEqual(HOURS.slice(0, 10).map(each => each.slice(0, 10)))
      expect(await rowsOf(ports)).toEqual(pending)
      expect(daysRead(asked)).toEqual([])
    }))

  it('are not taken for a part of their month, whose rows would be too many', () =>
    withDays(async ({ plain, ports }) => {
      await rowsOf(ports)
      const from = parseWallTime('2024-01-25')
      expect(await rowsOf(ports, { from, by: ['year'] })).toEqual(await rowsOf(plain, { from, by: ['year'] }))
    }))

  it('that are damaged are read anew', () =>
    withDays(async ({ plain, ports, kept }) => {
      await rowsOf(ports)
      for (const name of readdirSync(kept)) truncateSync(join(kept, name), 100)
      expect(await rowsOf(ports)).toEqual(await rowsOf(plain))
      expect(await rowsOf(ports)).toEqual(await rowsOf(plain))
    }))

  it('that have other columns are read anew', () =>
    withDays(async ({ plain, ports, kept }) => {
      await rowsOf(ports)
      const other = await tableToParquet(new Table({ x: vectorFromArray(Int32Array.of(1)) }), { repeating: [] })
      for (const name of readdirSync(kept)) writeFileSync(join(kept, name), other)
      expect(await rowsOf(ports)).toEqual(await rowsOf(plain))
    }))

  it('are done without where their folder cannot be one', () =>
    withDays(async ({ plain, ports, kept }) => {
      writeFileSync(kept, 'a file')
      expect(await rowsOf(ports)).toEqual(await rowsOf(plain))
      const below = { ...ports, keptTags: openKeptFolder(join(kept, 'below')) }
      expect(await rowsOf(below)).toEqual(await rowsOf(plain))
    }))

  it('are of the files that were read, whatever replaces them while they are kept', () =>
    withDays(async ({ plain, ports, kept }) => {
      const { lake, tables } = plain
      const [hour] = HOURS as [string]
      const slow = openKeptFolder(kept)
      // consolidate comes between what was read and what is kept of it
      const late: QueryPorts = {
        ...ports,
        keptTags: {
          ...slow,
          async write(of, make) {
            await changeOnce()
            return slow.write(of, make)
          },
        },
      }
      let isChanged = false
      async function changeOnce() {
        if (isChanged) return
        isChanged = true
        await tables.write(layer1Path(hour as never, 'late'), layer1Table(someRows(hour, 7)), {
          repeating: LAYER1_REPEATING,
        })
        const clock = fixedClock('2030-01-01T00:00:00.000Z')
        await consolidate({ ...ALL_HOURS, timeZone }, { lake, ...ownHand(lake), clock, log: silentLog })
      }
      const before = await rowsOf(late)
      const after = await rowsOf(ports)
      expect(after).toEqual(await rowsOf(plain))
      expect(after[0]).not.toBe(before[0])
      expect(await rowsOf(ports)).toEqual(after)
    }))

  it('do not hide that a day was replaced while tags like an unknown one were looked for among all', () =>
    withDays(async ({ plain }) => {
      let [opened, isReplaced] = [0, false]
      const day = plain.lake.locate(dailyPath('agg_hashtag_hour', HOURS[0]!.slice(0, 10)))
      const ports: QueryPorts = {
        ...plain,
        keptTags: openKeptFolder(join(plain.lake.url, '..', 'kept')),
        async openSql(session) {
          opened += 1
          const engine = await plain.openSql(session)
          return {
            ...engine,
            async query(sql, signal) {
              const table = await engine.query(sql, signal)
              if (isReplaced || sql.startsWith('CREATE')) return table
              isReplaced = true
              copyFileSync(day, `${day}.new`)
              renameSync(`${day}.new`, day)
              return table
            },
          }
        },
      }
      await rowsOf(ports, { tags: ['covid19', 'covid91'], by: ['day'] })
      expect([isReplaced, opened]).toEqual([true, 2])
    }))
})
