import { describe, expect, it } from 'vitest'
import type { Hour } from '../src/lib/domain/hour.ts'
import { layer1Path, manifestPath } from '../src/lib/domain/paths.ts'
import { bytesPerDay, surveyLake } from '../src/lib/lake-survey.ts'
import { addLayer1, lakeOf, run, someRows } from './support/consolidate-lake.ts'
import { fixedClock } from './support/fixed-clock.ts'
import { createMemoryLake } from './support/memory-lake.ts'

const NOW = '2026-09-21T12:00:00.000Z'
const clock = fixedClock(NOW)

describe('the survey of a lake', () => {
  it('has the pending hours that consolidate itself would do', async () => {
    const lake = await lakeOf({
      '2026-09-21T08': someRows('2026-09-21T08'),
      '2026-09-21T09': someRows('2026-09-21T09'),
    })
    await run(lake, {}, { now: NOW })
    await addLayer1(lake, '2026-09-21T09', 'segment-2', someRows('2026-09-21T09', 1))
    await addLayer1(lake, '2026-09-21T11', 'segment-2', someRows('2026-09-21T11'))
    const survey = await surveyLake('America/Sao_Paulo', { lake, clock })
    const would = await run(lake, { dryRun: true }, { now: NOW })
    expect(survey.pending).toEqual(would.hours.map(({ hour }) => hour))
    expect(survey).toMatchObject({ pending: ['2026-09-21T09'], open: ['2026-09-21T11'], damaged: [], missing: [] })
  })

  it('has hours that have to leave, also one of which only its files are left', async () => {
    const [first, second] = ['2026-09-21T08', '2026-09-21T09'] as [Hour, Hour]
    const lake = await lakeOf({ [first]: someRows(first), [second]: someRows(second) })
    await run(lake, {}, { now: NOW })
    for (const hour of [first, second]) lake.files.delete(layer1Path(hour, 'segment-1'))
    lake.files.delete(manifestPath(second))
    const survey = await surveyLake('America/Sao_Paulo', { lake, clock })
    const would = await run(lake, { dryRun: true }, { now: NOW })
    expect(would.hours.map(({ action, hour }) => `${action} ${hour}`)).toEqual([`remove ${first}`, `remove ${second}`])
    expect(survey.pending).toEqual([first, second])
  })

  it('names files of layer2 that a manifest knows and the lake has not', async () => {
    const lake = await lakeOf({ '2026-09-21T08': someRows('2026-09-21T08') })
    await run(lake, {}, { now: NOW })
    const path = 'layer2/fact_tweet/utc_date=2026-09-21/utc_hour=08/part-0.parquet'
    expect(lake.files.delete(path)).toBe(true)
    expect(await surveyLake('America/Sao_Paulo', { lake, clock })).toMatchObject({
      missing: [path],
      pending: ['2026-09-21T08'],
    })
  })

  it('knows how much the lake grew in the last 24 whole hours, layer2 included', async () => {
    const lake = createMemoryLake()
    const put = (path: string, bytes: number) => lake.files.set(path, new Uint8Array(bytes))
    expect(bytesPerDay(await surveyLake('America/Sao_Paulo', { lake, clock }), clock.nowMs())).toBe(0)
    put('layer1/tweets/utc_date=2026-09-20/utc_hour=11/s.parquet', 1_000)
    put('layer1/tweets/utc_date=2026-09-20/utc_hour=12/s.parquet', 200)
    put('layer1/tweets/utc_date=2026-09-21/utc_hour=11/s.parquet', 300)
    put('layer1/tweets/utc_date=2026-09-21/utc_hour=12/s.parquet', 500)
    put('layer2/fact_tweet/utc_date=2026-09-20/utc_hour=11/part-0.parquet', 1_000)
    expect(bytesPerDay(await surveyLake('America/Sao_Paulo', { lake, clock }), clock.nowMs())).toBe(750)
  })
})
