import { describe, expect, it } from 'vitest'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { parseManifest } from '../../src/lib/domain/manifest.ts'
import { layer1Folder } from '../../src/lib/domain/paths.ts'
import { addLayer1, contentOf, copyOf, lakeOf, run, someRows } from '../support/consolidate-lake.ts'
import type { MemoryLake } from '../support/memory-lake.ts'

const HOUR = '2024-01-01T10' as Hour
const NEXT = '2024-01-01T11' as Hour

describe('consolidate that is cut off', () => {
  const scenarios: Record<string, () => Promise<{ lake: MemoryLake; rebuild?: boolean }>> = {
    'the first time': async () => ({
      lake: await lakeOf({ [HOUR]: [...someRows(HOUR), { tweet_id: 'x' }], [NEXT]: someRows(NEXT) }),
    }),
    'with tweets that came late': async () => {
      const lake = await lakeOf({ [HOUR]: someRows(HOUR), [NEXT]: someRows(NEXT) })
      await run(lake)
      await addLayer1(lake, HOUR, 'segment-2', someRows(HOUR, 1))
      return { lake }
    },
    'in a rebuild of what another version made': async () => {
      const lake = await lakeOf({ [HOUR]: someRows(HOUR) })
      await run(lake, { timeZone: 'Asia/Kolkata' })
      return { lake, rebuild: true }
    },
    'while it removes an hour': async () => {
      const lake = await lakeOf({ [HOUR]: someRows(HOUR), [NEXT]: [...someRows(NEXT), { tweet_id: 'x' }] })
      await run(lake)
      lake.files.delete(`${layer1Folder(NEXT)}segment-1.parquet`)
      return { lake }
    },
    'while it removes the last hour of a day': async () => {
      const lake = await lakeOf({ [HOUR]: someRows(HOUR) })
      await run(lake)
      lake.files.delete(`${layer1Folder(HOUR)}segment-1.parquet`)
      return { lake }
    },
  }

  /** Manifests that a reader would believe: they name exactly the layer1 of now. All that they claim must be there. */
  function expectTrueManifests(lake: MemoryLake, whole: Set<string>): void {
    const layer1 = [...lake.files].filter(([path]) => path.startsWith('layer1/tweets/'))
    for (const path of lake.files.keys()) {
      if (!path.startsWith('layer2/_twdw/')) continue
      const manifest = parseManifest(new TextDecoder().decode(lake.files.get(path)), path)
      const now = layer1
        .filter(([file]) => file.startsWith(layer1Folder(manifest.hour)))
        .map(([file, bytes]) => ({ path: file, bytes: bytes.length }))
      if (JSON.stringify(now) !== JSON.stringify(manifest.inputs)) continue
      for (const output of manifest.outputs) expect(lake.files.has(output.path)).toBe(true)
      expect(whole.has(`${path} ${lake.files.get(path)?.toBase64()}`)).toBe(true)
    }
  }

  const filesOf = (lake: MemoryLake) => Object.entries(contentOf(lake)).map(([path, bytes]) => `${path} ${bytes}`)

  it.each(Object.keys(scenarios))(
    '%s, at whatever change, is completed by the next run with the same bytes',
    async name => {
      const { lake: start, rebuild = false } = await scenarios[name]!()
      const undisturbed = copyOf(start)
      await run(undisturbed, { rebuild })
      const whole = new Set([...filesOf(start), ...filesOf(undisturbed)])
      expect(undisturbed.changes).toBeGreaterThan(8)

      for (let failsFrom = 1; failsFrom <= undisturbed.changes; failsFrom++) {
        const lake = copyOf(start)
        lake.failsFrom = failsFrom
        await expect(run(lake, { rebuild })).rejects.toMatchObject({ code: 'E_LAKE' })
        expectTrueManifests(lake, whole)

        lake.failsFrom = Number.POSITIVE_INFINITY
        // whoever comes next was not asked to rebuild; an hour that was not begun stays as it was
        await run(lake, { rebuild: rebuild && failsFrom === 1 })
        expect(contentOf(lake)).toEqual(contentOf(undisturbed))
      }
    },
  )
})
