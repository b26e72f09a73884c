import { describe, expect, it } from 'vitest'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { createLayer1Builder } from '../../src/lib/domain/layer1-builder.ts'
import { dimLangPath, rejectedByHourPath, rejectedPath } from '../../src/lib/domain/paths.ts'
import { BASE_VIEWS, type BaseView } from '../../src/lib/domain/question/views.ts'
import type { Scratch } from '../../src/lib/io/scratch.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { type LiveSegment, liveTweetsByHour } from '../../src/lib/listen/live.ts'
import { readLakeState } from '../../src/lib/query/lake-state.ts'
import { findViewFiles } from '../../src/lib/query/view-files.ts'
import { addLayer1, lakeOf, run, someRows } from '../support/consolidate-lake.ts'
import { layer1Table } from '../support/layer1-rows.ts'
import type { MemoryLake } from '../support/memory-lake.ts'
import { silentLog } from '../support/silent-log.ts'

const ALL = { from: undefined, to: undefined }

/** A scratch folder that only counts rows. */
function memoryScratch(): Scratch & { rows: Record<string, number> } {
  const rows: Record<string, number> = {}
  return {
    path: 'scratch',
    rows,
    async write(name, table) {
      rows[name] = table.numRows
      return `scratch/${name}`
    },
    dispose: async () => undefined,
  }
}

/** A segment with two tweets of the hour, and two lines that are none. */
function liveSegment(hour: string): LiveSegment {
  const builder = createLayer1Builder()
  for (const line of ['{', '[']) {
    const rejected = { bytes: new TextEncoder().encode(line), reason: 'invalid JSON' }
    builder.addRejected(rejected, { source: 'stream', capturedAtMs: 0 })
  }
  const tweets = new Map([[hour as Hour, layer1Table(someRows(hour, 9))]])
  return { segment: 'live', tweets, rejected: builder.rejectedTable() }
}

async function find(
  lake: MemoryLake,
  views: readonly BaseView[],
  more: { live?: string; batchOnly?: boolean; signal?: AbortSignal } = {},
) {
  const listed: string[] = []
  const counted = new Map<string, number>()
  const count = (hour: string, tweets: number) => counted.set(hour, tweets)
  const scratch = memoryScratch()
  const live = more.live === undefined ? [] : [liveSegment(more.live)]
  const state = await readLakeState(
    { range: ALL, batchOnly: more.batchOnly ?? false, wantsLayer1: true, timeZone: 'America/Sao_Paulo' },
    { lake, liveTables: async () => liveTweetsByHour(live) },
  )
  const list: MemoryLake['list'] = prefix => {
    listed.push(prefix)
    return lake.list(prefix)
  }
  const ports = { lake: { ...lake, list }, tables: openTables(lake), log: silentLog, scratch, count }
  const files = await findViewFiles({ views, state, live, timeZone: 'America/Sao_Paulo' }, ports, more.signal)
  return { files, made: scratch.rows, listed, counted }
}

/** Hours 10 and 11 consolidated, then a late tweet for 11, and 12 only stored. */
async function busyLake(): Promise<MemoryLake> {
  const lake = await lakeOf({ '2024-01-01T10': someRows('2024-01-01T10'), '2024-01-01T11': someRows('2024-01-01T11') })
  await run(lake)
  await addLayer1(lake, '2024-01-01T11', 'late', someRows('2024-01-01T11', 1))
  await addLayer1(lake, '2024-01-01T12', 'segment-1', someRows('2024-01-01T12'))
  return lake
}

describe('findViewFiles', () => {
  it('names and makes nothing but the tables that are read', async () => {
    const { files, made, listed } = await find(await busyLake(), ['agg_hashtag_hour'])
    expect([...files]).toEqual([
      [
        'agg_hashtag_hour',
        {
          whole: ['scratch/agg_hashtag_hour-2024-01-01T11.parquet', 'scratch/agg_hashtag_hour-2024-01-01T12.parquet'],
          partial: [
            {
              location: 'memory/layer2/agg_hashtag_hour/utc_date=2024-01-01/part-0.parquet',
              withoutHours: ['2024-01-01T11', '2024-01-01T12'],
            },
          ],
        },
      ],
    ])
    expect(Object.keys(made)).toHaveLength(2)
    expect(listed).toEqual([])
  })

  it('takes the files of up-to-date hours, and for the others files made from all their tweets', async () => {
    const { files, made, counted } = await find(await busyLake(), ['fact_tweet'], { live: '2024-01-01T12' })
    expect(files.get('fact_tweet')).toEqual({
      whole: [
        'memory/layer2/fact_tweet/utc_date=2024-01-01/utc_hour=10/part-0.parquet',
        'scratch/fact_tweet-2024-01-01T11.parquet',
        'scratch/fact_tweet-2024-01-01T12.parquet',
      ],
      partial: [],
    })
    expect(made).toEqual({ 'fact_tweet-2024-01-01T11.parquet': 4, 'fact_tweet-2024-01-01T12.parquet': 4 })
    expect([...counted]).toEqual([
      ['2024-01-01T11', 4],
      ['2024-01-01T12', 4],
    ])
  })

  it('reads a day file whole when all its hours count', async () => {
    const lake = await lakeOf({
      '2024-01-01T10': someRows('2024-01-01T10'),
      '2024-01-02T10': someRows('2024-01-02T10'),
    })
    await run(lake)
    await addLayer1(lake, '2024-01-02T11', 'segment-1', someRows('2024-01-02T11'))
    const { files } = await find(lake, ['agg_hashtag_user_hour'])
    expect(files.get('agg_hashtag_user_hour')).toMatchObject({
      whole: [
        'memory/layer2/agg_hashtag_user_hour/utc_date=2024-01-01/part-0.parquet',
        'scratch/agg_hashtag_user_hour-2024-01-02T11.parquet',
      ],
      partial: [{ withoutHours: ['2024-01-02T11'] }],
    })
  })

  it('makes nothing for the batch', async () => {
    const { files, made } = await find(await busyLake(), BASE_VIEWS, { batchOnly: true })
    expect(made).toEqual({})
    expect(files.get('fact_tweet')?.whole).toHaveLength(2)
    // the late tweet's file is no part of hour 11's last consolidation, and hour 12 never had one
    expect(files.get('agg_hashtag_hour')?.partial).toEqual([
      {
        location: 'memory/layer2/agg_hashtag_hour/utc_date=2024-01-01/part-0.parquet',
        withoutHours: ['2024-01-01T12'],
      },
    ])
  })

  it('has the tweets of layer1 and of the journal', async () => {
    const { files } = await find(await busyLake(), ['layer1_tweets'], { live: '2024-01-01T13' })
    expect(files.get('layer1_tweets')?.whole).toEqual([
      'memory/layer1/tweets/utc_date=2024-01-01/utc_hour=10/segment-1.parquet',
      'memory/layer1/tweets/utc_date=2024-01-01/utc_hour=11/late.parquet',
      'memory/layer1/tweets/utc_date=2024-01-01/utc_hour=11/segment-1.parquet',
      'memory/layer1/tweets/utc_date=2024-01-01/utc_hour=12/segment-1.parquet',
      'scratch/layer1_tweets-2024-01-01T13-0.parquet',
    ])
  })

  it('takes from the lake what was published after the journal was read, hour by hour, and counts it once', async () => {
    const lake = await busyLake()
    await addLayer1(lake, '2024-01-01T12', 'live', someRows('2024-01-01T12', 9))
    const { files, made } = await find(lake, ['layer1_tweets', 'fact_tweet'], { live: '2024-01-01T12' })
    expect(files.get('layer1_tweets')?.whole.slice(-2)).toEqual([
      'memory/layer1/tweets/utc_date=2024-01-01/utc_hour=12/live.parquet',
      'memory/layer1/tweets/utc_date=2024-01-01/utc_hour=12/segment-1.parquet',
    ])
    expect(made).toEqual({ 'fact_tweet-2024-01-01T11.parquet': 4, 'fact_tweet-2024-01-01T12.parquet': 4 })
    const elsewhere = await find(lake, ['layer1_tweets'], { live: '2024-01-01T13' })
    expect(elsewhere.made).toEqual({ 'layer1_tweets-2024-01-01T13-0.parquet': 2 })
  })

  it('has the rejected lines of the journal, unless the lake has those of the segment', async () => {
    const lake = await lakeOf({ '2024-01-01T10': someRows('2024-01-01T10') })
    const { files, made } = await find(lake, ['layer1_rejected'], { live: '2024-01-01T10' })
    expect(files.get('layer1_rejected')?.whole).toEqual(['scratch/layer1_rejected-live.parquet'])
    expect(made).toEqual({ 'layer1_rejected-live.parquet': 2 })
    lake.files.set(rejectedPath('live'), new Uint8Array())
    const published = await find(lake, ['layer1_rejected'], { live: '2024-01-01T10' })
    expect(published.files.get('layer1_rejected')?.whole).toEqual([`memory/${rejectedPath('live')}`])
    expect(published.made).toEqual({})
  })

  it('has the rejected rows of a pending hour as they would be now', async () => {
    const bad = { ...someRows('2024-01-01T10')[0]!, tweet_id: 'x1' }
    const lake = await lakeOf({ '2024-01-01T10': [...someRows('2024-01-01T10'), bad] })
    await run(lake)
    expect((await find(lake, ['layer1_rejected'])).files.get('layer1_rejected')?.whole).toEqual([
      `memory/${rejectedByHourPath('2024-01-01T10' as Hour)}`,
    ])
    await addLayer1(lake, '2024-01-01T10', 'late', [{ ...bad, tweet_id: 'x2' }])
    const { files, made } = await find(lake, ['layer1_rejected'])
    expect(files.get('layer1_rejected')?.whole).toEqual(['scratch/layer1_rejected-2024-01-01T10.parquet'])
    expect(made).toEqual({ 'layer1_rejected-2024-01-01T10.parquet': 2 })
  })

  it('has calendar and languages before the first consolidation, and of a year that begins', async () => {
    const first = await find(await lakeOf({ '2024-01-01T01': someRows('2024-01-01T01') }), ['dim_date', 'dim_lang'])
    expect(first.files.get('dim_date')?.whole).toEqual(['scratch/dim_date-2023.parquet']) // 22:00 of the 31st in Sao Paulo
    expect(first.files.get('dim_lang')?.whole).toEqual(['scratch/dim_lang-all.parquet'])
    const lake = await busyLake()
    await addLayer1(lake, '2025-01-01T10', 'segment-1', someRows('2025-01-01T10'))
    const later = await find(lake, ['dim_date', 'dim_lang'])
    expect(later.files.get('dim_date')?.whole).toEqual([
      'memory/layer2/dim_date/year=2024/part-0.parquet',
      'scratch/dim_date-2025.parquet',
    ])
    expect(later.files.get('dim_lang')?.whole).toEqual([`memory/${dimLangPath()}`])
  })

  it('stops between two hours when it is told to', async () => {
    const stopped = AbortSignal.abort()
    await expect(find(await busyLake(), ['fact_tweet'], { signal: stopped })).rejects.toMatchObject({
      code: 'E_INTERRUPTED',
      message: 'the query was stopped before it had an answer',
    })
  })
})
