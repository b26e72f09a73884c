import { existsSync, readdirSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnsOf } from '../../src/lib/domain/answer/formats.ts'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { createLayer1Builder, LAYER1_REPEATING, REJECTED_REPEATING } from '../../src/lib/domain/layer1-builder.ts'
import { dailyPath, hourlyPath, layer1Path, rejectedPath } from '../../src/lib/domain/paths.ts'
import { COUNT_ALL, type Preset, parseWallTime } from '../../src/lib/domain/question/preset.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import { type Answer, query } from '../../src/lib/query/query.ts'
import type { QueryPorts } from '../../src/lib/query/sql-session.ts'
import { anyQuestion, someTweets } from '../support/any-preset.ts'
import type { Layer1Row } from '../support/layer1-rows.ts'
import { openQueryLake, type QueryLakeRows, readQueryLakeRows } from '../support/query-lake.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const PRESET: Preset = { ...COUNT_ALL, tags: ['carnaval'], by: ['day'] }

const ask = (preset: Partial<Preset>, ports: QueryPorts, batchOnly = false) =>
  query({ question: { preset: { ...PRESET, ...preset } }, batchOnly }, ports)

function rowsOf({ table, facts }: Answer): string[] {
  const columns = columnsOf(table, facts.zone)
  return Array.from({ length: table.numRows }, (_, row) => columns.map(column => column.text(row)).join(' '))
}

/** That an answer would be too large is an answer too. */
const rowsOrRefusal = (preset: Preset, ports: QueryPorts) =>
  ask(preset, ports).then(rowsOf, (error: TwdwError) => [
    error.code === 'E_USAGE' ? error.message : String(error.stack),
  ])

/** What stands in the folder besides the lake: scratch folders that were left behind. */
const leftBehind = (folder: string) => readdirSync(folder).filter(name => name !== 'lake')

describe('query', () => {
  it('gives one answer wherever the tweets are: in layer2, in layer1 or in the journal', {
    timeout: 120_000,
  }, async () => {
    const place = fc.constantFrom('consolidated', 'stored', 'journal', 'all three')
    await fc.assert(
      fc.asyncProperty(
        someTweets,
        fc.array(place, { minLength: 30, maxLength: 30 }),
        fc.array(anyQuestion, { minLength: 12, maxLength: 12 }),
        async (rows, places, presets) => {
          const timeZone = 'America/Sao_Paulo'
          const at = (name: string): Layer1Row[] =>
            rows.filter((_, i) => places[i] === name || places[i] === 'all three')
          const split: QueryLakeRows = {
            timeZone,
            consolidated: at('consolidated'),
            stored: at('stored'),
            journal: at('journal'),
          }
          const answers = async (lake: QueryLakeRows) =>
            withTempFolder(async folder => {
              const ports = await openQueryLake(folder, lake)
              const found: string[][] = []
              for (const preset of presets) found.push(await rowsOrRefusal(preset, ports))
              expect(leftBehind(folder)).toEqual([])
              return found
            })
          expect(await answers(split)).toEqual(await answers({ timeZone, consolidated: rows, stored: [], journal: [] }))
        },
      ),
      { numRuns: 6, endOnFailure: true },
    )
  })

  it('leaves with batchOnly what is not consolidated as if it were not there', async () => {
    await withTempFolder(async folder => {
      const ports = await openQueryLake(folder, readQueryLakeRows())
      const all = await ask({ tags: ['samba'] }, ports)
      const batch = await ask({ tags: ['samba'] }, ports, true)
      expect(rowsOf(all)).toEqual(['2019-02-15 2', '2019-02-16 1', '2019-02-17 0', '2019-02-18 2'])
      expect(rowsOf(batch)).toEqual(['2019-02-15 1', '2019-02-16 1'])
      expect([all.facts.liveHours, all.facts.leftOutHours]).toEqual([3, 0])
      // the journal is not looked at for the batch
      expect([batch.facts.liveHours, batch.facts.leftOutHours]).toEqual([0, 2])
    })
  })

  it('says why there is nothing, over the state of the lake that had nothing', async () => {
    await withTempFolder(async folder => {
      const ports = await openQueryLake(folder, readQueryLakeRows())
      const seen = { engines: 0, journals: 0, scratches: 0 }
      const counting: QueryPorts = {
        ...ports,
        openSql: session => ports.openSql(session).finally(() => seen.engines++),
        liveSegments: () => ports.liveSegments().finally(() => seen.journals++),
        openScratch: () => ports.openScratch().finally(() => seen.scratches++),
      }
      let questions = 0
      const why = async (preset: Partial<Preset>) => {
        questions += 1
        const { emptyBecause } = (await ask(preset, counting)).facts
        expect(seen).toEqual({ engines: questions, journals: questions, scratches: questions })
        return emptyBecause
      }
      expect(await why({})).toBe(undefined)
      expect(await why({ tags: ['axé'] })).toBe('no tweet in the lake carries #axé')
      expect(await why({ by: [], langs: ['zu'] })).toBe(
        '12 tweets carry #carnaval, and none of them fits the rest of the question',
      )
      // from the fact, and then from an aggregate that the question did not need
      expect(await why({ by: ['place'], langs: ['zu'] })).toBe(
        '12 tweets carry #carnaval, and none of them fits the rest of the question',
      )
      expect(await why({ by: [], kinds: ['reply'], metric: 'likes' })).toBe(undefined)
    })
  })

  it('knows what the whole lake covers when a short span has nothing', async () => {
    await withTempFolder(async folder => {
      const { consolidated, ...rows } = readQueryLakeRows()
      const ports = await openQueryLake(folder, { ...rows, consolidated: [], stored: consolidated, journal: [] })
      const outside = await ask({ from: parseWallTime('2018-01-01'), to: parseWallTime('2018-01-02') }, ports)
      expect(outside.facts.emptyBecause).toBe(
        'the lake has no tweets of that time; it has tweets from 2019-02-15T11:00-02:00 to 2019-02-18T08:00-03:00',
      )
    })
  })

  it('reads the rejected lines of the journal, and opens no scratch folder where nothing is to be made', async () => {
    await withTempFolder(async folder => {
      const ports = await openQueryLake(folder, { ...readQueryLakeRows(), stored: [], journal: [] })
      const never = () => Promise.reject(new Error('nothing is to be made'))
      const sql = 'SELECT COUNT(*) AS n FROM layer1_rejected'
      const count = async (more: Partial<QueryPorts>, batchOnly = false) =>
        rowsOf(await query({ question: { sql }, batchOnly }, { ...ports, ...more }))
      expect(await count({ openScratch: never })).toEqual(['0'])
      const builder = createLayer1Builder()
      const rejected = { bytes: new TextEncoder().encode('{'), reason: 'invalid JSON' }
      builder.addRejected(rejected, { source: 'stream', capturedAtMs: 0 })
      const segment = { segment: 'live', tweets: new Map(), rejected: builder.rejectedTable() }
      const liveSegments = async () => [segment]
      expect(await count({ liveSegments })).toEqual(['1'])
      expect(await count({ liveSegments, openScratch: never }, true)).toEqual(['0'])
      await ports.tables.write(rejectedPath('live'), segment.rejected, { repeating: REJECTED_REPEATING })
      expect(await count({ liveSegments })).toEqual(['1'])
    })
  })

  it('counts a tweet of layer1_tweets once while its segment is being published', async () => {
    await withTempFolder(async folder => {
      const rows = readQueryLakeRows()
      const ports = await openQueryLake(folder, { ...rows, stored: [] })
      // the journal was read, and then the listener publishes
      const liveSegments = async () => {
        const live = await ports.liveSegments()
        for (const { segment, tweets } of live) {
          for (const [hour, table] of tweets)
            await ports.tables.write(layer1Path(hour, segment), table, { repeating: LAYER1_REPEATING })
        }
        return live
      }
      const sql = 'SELECT COUNT(*) AS n FROM layer1_tweets'
      const answer = await query({ question: { sql }, batchOnly: false }, { ...ports, liveSegments })
      expect(rowsOf(answer)).toEqual([String(rows.consolidated.length + rows.journal.length)])
    })
  })

  it('removes its files when SQL is wrong, and says where', async () => {
    await withTempFolder(async folder => {
      const ports = await openQueryLake(folder, readQueryLakeRows())
      await expect(
        query({ question: { sql: 'SELECT nothing FROM fact_tweet' }, batchOnly: false }, ports),
      ).rejects.toMatchObject({
        code: 'E_USAGE',
        message: expect.stringContaining('"nothing"'),
      })
      expect(leftBehind(folder)).toEqual([])
    })
  })

  it('says that a file is missing rather than counting without it', async () => {
    await withTempFolder(async folder => {
      const ports = await openQueryLake(folder, readQueryLakeRows())
      const path = ports.lake.locate(hourlyPath('fact_tweet', '2019-02-16T12' as Hour))
      await rename(path, join(folder, 'lake/elsewhere'))
      await expect(ask({ tags: [] }, ports)).rejects.toMatchObject({ code: 'E_LAKE' })
      expect(existsSync(path)).toBe(false)
    })
  })

  it('asks again when a file was replaced under the hands of the engine, and leaves nothing behind', async () => {
    await withTempFolder(async folder => {
      const ports = await openQueryLake(folder, readQueryLakeRows())
      const right = rowsOf(await ask({}, ports))
      let [sessions, toFail] = [0, 1]
      const openSql: QueryPorts['openSql'] = async session => {
        const engine = await ports.openSql(session)
        sessions += 1
        const isTorn = sessions <= toFail
        const torn = () => Promise.reject(new TwdwError('E_LAKE', 'Failed to read file: ZSTD Decompression failure'))
        return {
          ...engine,
          query: (sql, signal) => (isTorn && sql.startsWith('SELECT') ? torn() : engine.query(sql, signal)),
        }
      }
      expect(rowsOf(await ask({}, { ...ports, openSql }))).toEqual(right)
      expect(sessions).toBe(2)
      expect(leftBehind(folder)).toEqual([])
      toFail = 9
      await expect(ask({}, { ...ports, openSql })).rejects.toMatchObject({
        code: 'E_LAKE',
        message: 'Failed to read file: ZSTD Decompression failure',
      })
      expect(sessions).toBe(5)
    })
  })

  it('asks again when a file was replaced though the engine took no note, and in the end says that a count may be off', async () => {
    await withTempFolder(async folder => {
      const ports = await openQueryLake(folder, readQueryLakeRows())
      const right = rowsOf(await ask({}, ports))
      const path = dailyPath('agg_hashtag_hour', '2019-02-16')
      const bytes = (await ports.lake.read(path))!
      let [sessions, toReplace] = [0, 1]
      const openSql: QueryPorts['openSql'] = async session => {
        const engine = await ports.openSql(session)
        sessions += 1
        const isReplaced = sessions <= toReplace
        const query: typeof engine.query = async (sql, signal) => {
          const answer = await engine.query(sql, signal)
          if (isReplaced && sql.startsWith('SELECT')) await ports.lake.write(path, bytes)
          return answer
        }
        return { ...engine, query }
      }
      expect(rowsOf(await ask({}, { ...ports, openSql }))).toEqual(right)
      expect(sessions).toBe(2)
      toReplace = 9
      const warnings: string[] = []
      const log = { ...ports.log, warn: (sentence: string) => void warnings.push(sentence) }
      expect(rowsOf(await ask({}, { ...ports, openSql, log }))).toEqual(right)
      expect(sessions).toBe(5)
      expect(warnings).toEqual([
        `consolidate is at work, and replaced ${ports.lake.locate(path)} while it was read: a count may be off; ask again`,
      ])
      expect(leftBehind(folder)).toEqual([])
    })
  })

  it('stops when it is told to', async () => {
    await withTempFolder(async folder => {
      const ports = await openQueryLake(folder, readQueryLakeRows())
      const asked = query({ question: { preset: PRESET }, batchOnly: true }, ports, AbortSignal.abort('SIGINT'))
      await expect(asked).rejects.toMatchObject({ code: 'E_INTERRUPTED' })
      expect(leftBehind(folder)).toEqual([])
    })
  })
})
