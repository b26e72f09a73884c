import { describe, expect, it } from 'vitest'
import { type Hour, hourOf, hourStartMs } from '../src/lib/domain/hour.ts'
import { MANIFEST_FORMAT, type Manifest, manifestToText } from '../src/lib/domain/manifest.ts'
import { manifestPath } from '../src/lib/domain/paths.ts'
import { manifestFiles, readManifests } from '../src/lib/manifests.ts'
import { createMemoryLake } from './support/memory-lake.ts'

const FIRST = '2024-01-01T00' as Hour
const manifestOf = (hour: Hour): Manifest => ({
  format: MANIFEST_FORMAT,
  hour,
  timeZone: 'UTC',
  inputs: [],
  outputs: [],
  counts: { read: 0, duplicates: 0, rejected: 0, tweets: 0 },
  rejectedBy: {},
  checks: [],
})
const bytesOf = (hour: Hour) => new TextEncoder().encode(manifestToText(manifestOf(hour)))
const hoursFrom = (hour: Hour, count: number) =>
  Array.from({ length: count }, (_, i) => hourOf(hourStartMs(hour) + i * 3_600_000))

describe('readManifests', () => {
  it('reads more than it would have open at a time, in their order', async () => {
    const hours = hoursFrom(FIRST, 70)
    const lake = createMemoryLake(hours.map(hour => [manifestPath(hour), bytesOf(hour)]))
    let [open, mostOpen] = [0, 0]
    const read = lake.read
    lake.read = async path => {
      mostOpen = Math.max(mostOpen, ++open)
      const bytes = await read(path)
      open -= 1
      return bytes
    }
    const manifests = await readManifests(manifestFiles(hours), lake)
    expect([...manifests]).toEqual(hours.map(hour => [hour, manifestOf(hour)]))
    expect(mostOpen).toBe(32)
  })

  it('leaves out what went since it was listed', async () => {
    const [here, gone] = hoursFrom(FIRST, 2) as [Hour, Hour]
    const lake = createMemoryLake([[manifestPath(here), bytesOf(here)]])
    expect([...(await readManifests(manifestFiles([gone, here]), lake)).keys()]).toEqual([here])
  })

  it('ends at one that is damaged, or goes on and says which', async () => {
    const [damaged, good] = hoursFrom(FIRST, 2) as [Hour, Hour]
    const lake = createMemoryLake([
      [manifestPath(damaged), new Uint8Array(0)],
      [manifestPath(good), bytesOf(good)],
    ])
    const message = 'the manifest layer2/_twdw/hours/2024-01-01T00.json is damaged: it is not JSON'
    await expect(readManifests(manifestFiles([damaged, good]), lake)).rejects.toMatchObject({ code: 'E_LAKE', message })
    const told: unknown[] = []
    const manifests = await readManifests(manifestFiles([damaged, good]), lake, (hour, error) =>
      told.push(hour, error.message),
    )
    expect([...manifests.keys()]).toEqual([good])
    expect(told).toEqual([damaged, message])
  })
})
