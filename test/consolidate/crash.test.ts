/**
 * Consolidate is killed before and after each of its operations on the lake. Whoever reads layer2 by globs then sees whole
 * files, old or new, and the next run ends as one that nobody disturbed.
 */
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConsolidatePlan } from '../../src/lib/consolidate/consolidate.ts'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { hasRowsFor, isUpToDate, parseManifest } from '../../src/lib/domain/manifest.ts'
import { dailyPath, layer1Folder, layer1Path, manifestPath } from '../../src/lib/domain/paths.ts'
import type { SqlEngine } from '../../src/lib/io/sql.ts'
import { addLayer1, contentOf, copyOf, lakeOf, run, someRows } from '../support/consolidate-lake.ts'
import { layLayer2Out, neitherOldNorNew, openGlobReader, readByGlobs, type Seen } from '../support/glob-reader.ts'
import { type Death, Killed, killedLake } from '../support/killed-lake.ts'
import type { MemoryLake } from '../support/memory-lake.ts'

const [HOUR, NEXT, LATER] = ['2024-01-01T10', '2024-01-01T11', '2024-01-02T00'] as [Hour, Hour, Hour]
const ZONE = 'America/Sao_Paulo'

/** A lake, and what is asked of consolidate there. */
interface Scenario {
  lake: MemoryLake
  plan?: Partial<ConsolidatePlan>
}

const threeHours = async () => {
  const lake = await lakeOf({
    [HOUR]: someRows(HOUR),
    [NEXT]: [...someRows(NEXT), { tweet_id: 'x' }],
    [LATER]: someRows(LATER),
  })
  await run(lake)
  return lake
}

const SCENARIOS: Record<string, () => Promise<Scenario>> = {
  'the first time': async () => ({
    lake: await lakeOf({ [HOUR]: [...someRows(HOUR), { tweet_id: 'x' }], [NEXT]: someRows(NEXT) }),
  }),
  'with tweets that came late': async () => {
    const lake = await threeHours()
    await addLayer1(lake, HOUR, 'segment-2', someRows(HOUR, 1))
    return { lake }
  },
  'with a rejected row that is no more': async () => {
    const lake = await threeHours()
    await addLayer1(lake, NEXT, 'segment-1', someRows(NEXT))
    return { lake }
  },
  'in a rebuild of everything': async () => ({ lake: await threeHours(), plan: { rebuild: true } }),
  'in a rebuild in another zone': async () => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR) })
    await run(lake, { timeZone: 'Asia/Kolkata' })
    return { lake, plan: { rebuild: true } }
  },
  'while it removes an hour': async () => {
    const lake = await threeHours()
    lake.files.delete(layer1Path(NEXT, 'segment-1'))
    return { lake }
  },
  'while it removes the last hour of a day': async () => {
    const lake = await threeHours()
    lake.files.delete(layer1Path(LATER, 'segment-1'))
    return { lake }
  },
  "while it makes a day's file again that was lost": async () => {
    const lake = await threeHours()
    lake.files.delete(dailyPath('agg_hashtag_hour', '2024-01-01'))
    return { lake }
  },
  'while it makes the only hour of a day again that was half lost': async () => {
    const lake = await threeHours()
    lake.files.delete(dailyPath('agg_hashtag_user_hour', '2024-01-02'))
    lake.files.delete(manifestPath(LATER))
    return { lake, plan: { namedHour: LATER, range: { from: LATER, to: '2024-01-02T01' as Hour } } }
  },
}

/** Before each operation, and after each that changes something: after a reading nothing is other than before the next operation. */
const deathsIn = (operations: readonly string[]): Death[] =>
  operations.flatMap((operation, i) => {
    const before: Death = { at: i + 1, when: 'before' }
    return /^(?:write|remove) /.test(operation) ? [before, { ...before, when: 'after' }] : [before]
  })

describe('consolidate that is killed', { timeout: 120_000 }, () => {
  let folder: string
  let engine: SqlEngine
  beforeAll(async () => {
    folder = await mkdtemp(join(await realpath(tmpdir()), 'twdw-crash-'))
    engine = await openGlobReader(folder)
  })
  afterAll(async () => {
    await engine.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** A new folder each time: an engine may remember what a path once was. */
  let folders = 0
  async function seenIn(lake: MemoryLake): Promise<Seen> {
    const root = join(folder, String(folders++))
    await layLayer2Out(lake.files, root)
    return readByGlobs(engine, root).finally(() => rm(root, { recursive: true, force: true }))
  }

  it.each(Object.keys(SCENARIOS))('%s, is completed by the next run, and nobody reads what never was', async name => {
    const { lake: start, plan = {} } = await SCENARIOS[name]!()
    const undisturbed = copyOf(start)
    const operations: string[] = []
    await run(killedLake(undisturbed, { at: Number.POSITIVE_INFINITY, when: 'after' }, operations), plan)
    const [before, after] = [await seenIn(start), await seenIn(undisturbed)]
    const right = contentOf(undisturbed)
    expect(undisturbed.changes).toBeGreaterThan(8)

    const states = new Set<string>()
    for (const death of deathsIn(operations)) {
      const lake = copyOf(start)
      await expect(run(killedLake(lake, death), plan)).rejects.toBeInstanceOf(Killed)
      // what comes after a death is decided by what lies in the lake, and by nothing else
      const state = JSON.stringify(contentOf(lake))
      if (states.has(state)) continue
      states.add(state)
      expectTrueManifests(lake, undisturbed, start)
      expect(neitherOldNorNew(await seenIn(lake), before, after)).toEqual([])
      // whoever comes next was not asked to rebuild; where nothing was changed yet, nothing tells that there was a rebuild
      await run(lake, state === JSON.stringify(contentOf(start)) ? plan : {})
      if (!plan.rebuild) expect(contentOf(lake)).toEqual(right)
      await run(lake, plan)
      expect(contentOf(lake)).toEqual(right)
    }
    // the state before, and some on the way; a rebuild that changes no byte has those of the manifests alone
    expect(states.size).toBeGreaterThan(2)
  })
})

/** A manifest that is believed is, to the byte, one that an undisturbed run left, and all that it names is there. */
function expectTrueManifests(lake: MemoryLake, ...undisturbed: MemoryLake[]): void {
  const layer1 = [...lake.files].filter(([path]) => path.startsWith('layer1/tweets/'))
  for (const [path, bytes] of lake.files) {
    if (!path.startsWith('layer2/_twdw/')) continue
    const manifest = parseManifest(new TextDecoder().decode(bytes), path)
    const inputs = layer1
      .filter(([file]) => file.startsWith(layer1Folder(manifest.hour)))
      .map(([file, content]) => ({ path: file, bytes: content.length }))
    if (!hasRowsFor(manifest, ZONE) || !isUpToDate(manifest, inputs, ZONE)) continue
    expect(undisturbed.map(({ files }) => files.get(path)?.toBase64())).toContain(bytes.toBase64())
    const gone = manifest.outputs.filter(output => !lake.files.has(output.path))
    // one that was lost before is no work of this run
    expect(gone.filter(output => undisturbed.every(({ files }) => files.has(output.path)))).toEqual([])
  }
}
