import { describe, expect, it } from 'vitest'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { layer1Path, manifestPath } from '../../src/lib/domain/paths.ts'
import { readLakeState } from '../../src/lib/query/lake-state.ts'
import { addLayer1, lakeOf, run, someRows } from '../support/consolidate-lake.ts'
import { layer1Table } from '../support/layer1-rows.ts'
import type { MemoryLake } from '../support/memory-lake.ts'

const [TEN, ELEVEN, NOON] = ['2024-01-01T10', '2024-01-01T11', '2024-01-02T12'] as Hour[]
const timeZone = 'America/Sao_Paulo'
const ALL = { from: undefined, to: undefined }
const NOTHING_LIVE = async () => new Map()
const liveAt = (hour: string) => async () => new Map([[hour as Hour, [layer1Table(someRows(hour, 9))]]])

const consolidatedLake = async () => {
  const lake = await lakeOf({ [TEN!]: someRows(TEN!), [ELEVEN!]: someRows(ELEVEN!), [NOON!]: someRows(NOON!) })
  await run(lake)
  return lake
}

/** The lake, and what is read and listed in it. */
function watched(lake: MemoryLake) {
  const seen: string[] = []
  const list: MemoryLake['list'] = prefix => {
    seen.push(`list ${prefix}`)
    return lake.list(prefix)
  }
  const readListed: MemoryLake['readListed'] = files => {
    seen.push(...files.map(({ path }) => `read ${path}`))
    return lake.readListed(files)
  }
  return { lake: { ...lake, list, readListed }, seen }
}

describe('readLakeState', () => {
  it('reads from layer2 what is up to date, and makes the rest', async () => {
    const lake = await consolidatedLake()
    await addLayer1(lake, ELEVEN!, 'late', someRows(ELEVEN!, 1))
    await addLayer1(lake, '2024-01-03T00', 'segment-1', someRows('2024-01-03T00'))
    const state = await readLakeState(
      { range: ALL, batchOnly: false, wantsLayer1: true, timeZone },
      { lake, liveTables: liveAt(NOON!) },
    )
    expect([...state.consolidated.keys()]).toEqual([TEN])
    expect(state.pending).toEqual([ELEVEN, NOON, '2024-01-03T00'])
    expect(state.excluded).toEqual(state.pending)
    expect(state.covered).toEqual({ first: TEN, last: '2024-01-03T00' })
  })

  it('takes for the batch what was consolidated last, and neither what came later nor what is half published', async () => {
    const lake = await consolidatedLake()
    await addLayer1(lake, ELEVEN!, 'late', someRows(ELEVEN!, 1))
    lake.files.delete(manifestPath(TEN!))
    const neverAsked = () => Promise.reject(new Error('the journal is no part of the batch'))
    const state = await readLakeState(
      { range: ALL, batchOnly: true, wantsLayer1: true, timeZone },
      { lake, liveTables: neverAsked },
    )
    expect([...state.consolidated.keys()]).toEqual([ELEVEN, NOON])
    expect(state.pending).toEqual([])
    expect(state.excluded).toEqual([TEN])
    expect(state.leftOut).toEqual([TEN, ELEVEN])
  })

  it('makes hours that are in layer2 in another zone, and leaves them out of the batch', async () => {
    const lake = await consolidatedLake()
    await run(lake, { range: { from: NOON, to: undefined }, rebuild: true, timeZone: 'Asia/Kolkata' })
    const state = await readLakeState(
      { range: ALL, batchOnly: false, wantsLayer1: true, timeZone },
      { lake, liveTables: NOTHING_LIVE },
    )
    expect([...state.consolidated.keys()]).toEqual([TEN, ELEVEN])
    expect(state.pending).toEqual([NOON])
    const batch = await readLakeState(
      { range: ALL, batchOnly: true, wantsLayer1: true, timeZone },
      { lake, liveTables: NOTHING_LIVE },
    )
    expect([...batch.consolidated.keys()]).toEqual([TEN, ELEVEN])
    expect([batch.excluded, batch.leftOut]).toEqual([[NOON], [NOON]])
  })

  it('takes no row of an hour whose removal was cut off, not for the batch either', async () => {
    const lake = await consolidatedLake()
    lake.files.delete(layer1Path(TEN!, 'segment-1'))
    lake.failsFrom = lake.changes + 2 // behind the manifest, which comes first
    await expect(run(lake)).rejects.toMatchObject({ code: 'E_LAKE' })
    const batch = await readLakeState(
      { range: ALL, batchOnly: true, wantsLayer1: true, timeZone },
      { lake, liveTables: NOTHING_LIVE },
    )
    expect([...batch.consolidated.keys()]).toEqual([ELEVEN, NOON])
    expect(batch.excluded).toEqual([TEN])
  })

  it('makes an hour whose layer1 is gone out of nothing, as consolidate will', async () => {
    const lake = await consolidatedLake()
    lake.files.delete(layer1Path(TEN!, 'segment-1'))
    const state = await readLakeState(
      { range: ALL, batchOnly: false, wantsLayer1: true, timeZone },
      { lake, liveTables: NOTHING_LIVE },
    )
    expect(state.pending).toEqual([TEN])
    expect(state.inputs.has(TEN!)).toBe(false)
  })

  it('looks only at the hours that are asked for', async () => {
    const { lake, seen } = watched(await consolidatedLake())
    const range = { from: '2024-01-01T11' as Hour, to: '2024-01-02T00' as Hour }
    const state = await readLakeState(
      { range, batchOnly: false, wantsLayer1: true, timeZone },
      { lake, liveTables: liveAt('2024-01-05T00') },
    )
    expect([...state.consolidated.keys()]).toEqual([ELEVEN])
    expect(state.pending).toEqual([])
    expect(seen).toEqual([
      'list layer1/tweets/utc_date=2024-01-01/',
      'list layer2/_twdw/compact/',
      'read layer2/_twdw/hours/2024-01-01T11.json',
      'list layer1/forgotten/',
    ])
  })

  it('reads the journal before the lake, so that a segment published meanwhile is in one of the two', async () => {
    const { lake, seen } = watched(await consolidatedLake())
    const liveTables = async () => {
      expect(seen).toEqual([])
      await addLayer1(lake, ELEVEN!, 'published-meanwhile', someRows(ELEVEN!, 1))
      return new Map()
    }
    const state = await readLakeState(
      { range: ALL, batchOnly: false, wantsLayer1: true, timeZone },
      { lake, liveTables },
    )
    expect(state.pending).toEqual([ELEVEN])
  })

  it('knows nothing of an empty lake', async () => {
    const state = await readLakeState(
      { range: ALL, batchOnly: false, wantsLayer1: true, timeZone },
      { lake: await lakeOf({}), liveTables: NOTHING_LIVE },
    )
    expect([state.pending, state.covered]).toEqual([[], undefined])
  })
})
