/**
 * Compact is killed before and after each of its operations on the lake. Whoever asks then gets the answer of before, and the next
 * run, of compact or of consolidate, ends as one that nobody disturbed.
 */
import { describe, expect, it } from 'vitest'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { compactionPath, layer1Folder } from '../../src/lib/domain/paths.ts'
import { compactIn, factsIn, manySegments } from '../support/compact-lake.ts'
import { addLayer1, contentOf, copyOf, run, someRows } from '../support/consolidate-lake.ts'
import { forgetIn } from '../support/forget-lake.ts'
import { type Death, Killed, killedLake } from '../support/killed-lake.ts'
import type { MemoryLake } from '../support/memory-lake.ts'

const [HOUR, NEXT] = ['2024-01-01T10', '2024-01-01T11'] as [Hour, Hour]

/** Before each operation, and after each that changes something. */
const deathsIn = (operations: readonly string[]): Death[] =>
  operations.flatMap((operation, i) => {
    const before: Death = { at: i + 1, when: 'before' }
    return /^(?:write|remove) /.test(operation) ? [before, { ...before, when: 'after' }] : [before]
  })

const layer2Of = (lake: MemoryLake) =>
  Object.entries(contentOf(lake)).filter(([path]) => path.startsWith('layer2/') && !path.includes('_twdw'))

async function deathsOf(start: MemoryLake, look: (lake: MemoryLake, undisturbed: MemoryLake) => Promise<void>) {
  const undisturbed = copyOf(start)
  const operations: string[] = []
  await compactIn(killedLake(undisturbed, { at: Number.POSITIVE_INFINITY, when: 'after' }, operations))
  const states = new Set<string>()
  for (const death of deathsIn(operations)) {
    const lake = copyOf(start)
    await expect(compactIn(killedLake(lake, death))).rejects.toBeInstanceOf(Killed)
    const state = JSON.stringify(contentOf(lake))
    if (states.has(state)) continue
    states.add(state)
    await look(lake, undisturbed)
  }
  return { states, operations, undisturbed }
}

describe('compact that is killed', { timeout: 120_000 }, () => {
  it('never changes an answer, and is completed by the next run', async () => {
    const start = await manySegments({ [HOUR]: 4, [NEXT]: 3 })
    const right = await factsIn(start)
    const { states, undisturbed } = await deathsOf(start, async (lake, undisturbed) => {
      expect(await factsIn(lake)).toEqual(right)
      await compactIn(lake)
      expect(contentOf(lake)).toEqual(contentOf(undisturbed))
    })
    // of each hour: what is about to be done, the file, each that goes, the manifest, and that it is done
    expect(states.size).toBe(1 + (1 + 1 + 4 + 1 + 1) + (1 + 1 + 3 + 1 + 1))
    expect(undisturbed.files.has(compactionPath(HOUR))).toBe(false)
    expect([...undisturbed.files.keys()].filter(path => path.startsWith('layer1/tweets/'))).toHaveLength(2)
  })

  it('is completed or undone by the next consolidate, which makes nothing anew', async () => {
    const start = await manySegments({ [HOUR]: 3, [NEXT]: 3 })
    await deathsOf(start, async (lake, undisturbed) => {
      expect((await run(lake)).hours).toEqual([])
      expect(layer2Of(lake)).toEqual(layer2Of(start))
      expect([...lake.files.keys()].some(path => path.includes('_twdw/compact/'))).toBe(false)
      await compactIn(lake)
      expect(contentOf(lake)).toEqual(contentOf(undisturbed))
    })
  })

  it('while tweets come late, loses none of them', async () => {
    const start = await manySegments({ [HOUR]: 3 })
    await deathsOf(start, async lake => {
      await addLayer1(lake, HOUR, 'segment-late', someRows(HOUR, 9))
      const right = await factsIn(lake)
      expect(right.split('\n')).toHaveLength(3 * 2 + 2)
      await run(lake)
      expect(await factsIn(lake)).toBe(right)
      await compactIn(lake)
      await run(lake, { rebuild: true })
      expect(await factsIn(lake)).toBe(right)
      expect([...lake.files.keys()].filter(path => path.startsWith(layer1Folder(HOUR)))).toHaveLength(1)
    })
  })

  it('while a segment that it merged is published again, loses nothing and counts nothing twice', async () => {
    const start = await manySegments({ [HOUR]: 3 })
    const right = await factsIn(start)
    const segment = [...start.files].find(([path]) => path.startsWith(layer1Folder(HOUR)))!
    await deathsOf(start, async lake => {
      lake.files.set(...segment)
      expect(await factsIn(lake)).toBe(right)
      await run(lake)
      await compactIn(lake)
      await run(lake, { rebuild: true })
      expect(await factsIn(lake)).toBe(right)
    })
  })

  it('while something is forgotten next, leaves nothing of it', async () => {
    const start = await manySegments({ [HOUR]: 3 })
    const id = someRows(HOUR, 1)[0]!.tweet_id
    const forgotten = copyOf(start)
    await forgetIn(forgotten, { tweets: [id] })
    const right = await factsIn(forgotten)
    expect(right).not.toContain(id)
    await deathsOf(start, async lake => {
      await forgetIn(lake, { tweets: [id] })
      expect(await factsIn(lake)).toBe(right)
      await compactIn(lake)
      await run(lake, { rebuild: true })
      expect(await factsIn(lake)).toBe(right)
      const layer1 = [...lake.files].filter(([path]) => path.startsWith('layer1/tweets/'))
      expect(layer1).toHaveLength(1)
    })
  })
})
