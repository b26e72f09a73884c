import { describe, expect, it } from 'vitest'
import type { Hour } from '../../src/lib/domain/hour.ts'
import {
  claimlessManifest,
  MANIFEST_FORMAT,
  type Manifest,
  manifestToText,
  parseManifest,
  pendingHours,
} from '../../src/lib/domain/manifest.ts'
import { manifestPath } from '../../src/lib/domain/paths.ts'

const [TEN, ELEVEN] = ['2024-01-01T10', '2024-01-01T11'] as [Hour, Hour]
const inputs = [{ path: 'in', bytes: 1 }]
const manifestOf = (hour: Hour, outputs: Manifest['outputs']): Manifest => ({
  format: MANIFEST_FORMAT,
  hour,
  timeZone: 'UTC',
  inputs,
  outputs,
  counts: { read: 0, duplicates: 0, rejected: 0, tweets: 0 },
  rejectedBy: {},
  checks: [],
})
const ANY_TIME = {
  range: { from: undefined, to: undefined },
  nowMs: Date.UTC(2025),
  graceMs: 0,
  rebuild: false,
  timeZone: 'UTC',
}

describe('parseManifest', () => {
  it('takes what manifestToText gave', () => {
    const manifest = manifestOf(TEN, [{ path: 'out', rows: 3 }])
    expect(parseManifest(manifestToText(manifest), 'm.json')).toEqual(manifest)
  })

  it.each(['null', '[]', '{"inputs":[],"outputs":[]}', '{"format":1,"outputs":[]}', '{"format":1,"inputs":[]}'])(
    'refuses %s',
    text => {
      expect(() => parseManifest(text, 'm.json')).toThrow(
        expect.objectContaining({
          code: 'E_LAKE',
          message: 'the manifest m.json is damaged: it lacks a format, inputs or outputs',
          hint: 'run `twdw consolidate --rebuild`: everything in layer2 can be made again from layer1',
        }),
      )
    },
  )

  it('refuses one that a newer twdw wrote', () => {
    expect(() => parseManifest('{"format":4,"parts":{}}', 'm.json')).toThrow(
      expect.objectContaining({
        code: 'E_LAKE',
        message: 'the manifest m.json is of format 4, and this twdw knows formats up to 3',
        hint: 'install a newer twdw, or have this one make layer2 again: twdw consolidate --rebuild',
      }),
    )
  })

  it('takes nothing from one of an older format but the hour', () => {
    const older = '{"format":1,"parts":{"fact":"out"}}'
    expect(parseManifest(older, manifestPath(TEN))).toEqual(claimlessManifest(TEN, ''))
  })
})

describe('pendingHours', () => {
  const manifests = new Map([
    [
      TEN,
      manifestOf(TEN, [
        { path: 'ten', rows: 1 },
        { path: 'day', rows: 1 },
      ]),
    ],
    [
      ELEVEN,
      manifestOf(ELEVEN, [
        { path: 'eleven', rows: 1 },
        { path: 'day', rows: 0 },
      ]),
    ],
  ])
  const layer1 = new Map([
    [TEN, inputs],
    [ELEVEN, inputs],
  ])
  const pending = (...there: string[]) => pendingHours(layer1, manifests, new Set(there), ANY_TIME)

  it('has no hour that is made from the layer1 of now and all there', () => {
    expect(pending('ten', 'eleven', 'day')).toEqual([])
  })

  it('has the hour that lacks a file', () => {
    expect(pending('ten', 'day')).toEqual([ELEVEN])
  })

  it("has all hours of a day that lacks the day's file, those without a row in it too", () => {
    expect(pending('ten', 'eleven')).toEqual([TEN, ELEVEN])
  })

  it('has every hour that was made in another zone', () => {
    const when = { ...ANY_TIME, timeZone: 'Asia/Kolkata' }
    expect(pendingHours(layer1, manifests, new Set(['ten', 'eleven', 'day']), when)).toEqual([TEN, ELEVEN])
  })

  it('has the hour whose manifest claims nothing, with its layer1 and without', () => {
    const claimless = new Map([[TEN, claimlessManifest(TEN, 'UTC')]])
    expect(pendingHours(new Map([[TEN, inputs]]), claimless, new Set(), ANY_TIME)).toEqual([TEN])
    expect(pendingHours(new Map(), claimless, new Set(), ANY_TIME)).toEqual([TEN])
  })
})
