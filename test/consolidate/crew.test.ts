import { describe, expect, it } from 'vitest'
import { handOut, openCrew } from '../../src/lib/consolidate/crew.ts'
import type { Hand } from '../../src/lib/consolidate/hand.ts'
import { openParquetWriter } from '../../src/lib/io/parquet.ts'

const idle = (): Hand => ({
  cast: () => Promise.reject(new Error('not asked')),
  begin: () => {
    throw new Error('not asked')
  },
  end: () => undefined,
})

async function all<T>(results: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const result of results) found.push(result)
  return found
}

describe('handOut', () => {
  it('gives results in the order of the tasks, whoever is done first', async () => {
    const hands = [idle(), idle(), idle()]
    const late = (n: number) => new Promise<number>(resolve => setTimeout(() => resolve(n), (7 * n) % 5))
    expect(await all(handOut(hands, [1, 2, 3, 4, 5, 6, 7, 8, 9], (_, n) => late(n)))).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9,
    ])
  })

  it('asks for the first ones at once and makes no task before there is a hand for it', async () => {
    const made: number[] = []
    function* tasks() {
      for (let n = 1; n <= 20; n++) {
        made.push(n)
        yield n
      }
    }
    const results = handOut([idle(), idle()], tasks(), async (_, n) => n, 3)
    expect(made).toEqual([1, 2, 3])
    expect(await results.next()).toEqual({ done: false, value: 1 })
    expect(made).toEqual([1, 2, 3])
    await results.next()
    expect(made).toEqual([1, 2, 3, 4])
  })

  it('asks whoever has least before it', async () => {
    const [slow, quick] = [idle(), idle()]
    const asked: Hand[] = []
    let finish: (n: number) => void = () => undefined
    const ask = (hand: Hand, n: number) => {
      asked.push(hand)
      return hand === slow ? new Promise<number>(resolve => (finish = resolve)) : Promise.resolve(n)
    }
    const results = all(handOut([slow, quick], [1, 2, 3, 4], ask, 2))
    await new Promise(resolve => setTimeout(resolve, 1))
    finish(1)
    expect(await Promise.race([results, new Promise(resolve => setTimeout(resolve, 1, 'stuck'))])).toBe('stuck')
    expect(asked.filter(hand => hand === quick).length).toBeGreaterThanOrEqual(1)
    finish(3)
    finish(4)
  })

  it('ends behind a failure when all that was begun has ended', async () => {
    let ended = 0
    const ask = async (_: Hand, n: number) => {
      if (n === 1) throw new Error('no 1')
      await new Promise(resolve => setTimeout(resolve, 5 * n))
      ended += 1
      return n
    }
    await expect(all(handOut([idle()], [1, 2, 3, 4], ask, 3))).rejects.toThrow('no 1')
    expect(ended).toBe(2)
  })

  it('fails when it is the turn of what failed, and not before', async () => {
    const results = handOut([idle()], [1, 2, 3], async (_, n) => {
      if (n === 2) throw new Error('no 2')
      return n
    })
    expect(await results.next()).toEqual({ done: false, value: 1 })
    await expect(results.next()).rejects.toThrow('no 2')
  })
})

describe('a crew', () => {
  const ports = { tables: { read: async () => undefined }, openParquetWriter, giveBackMemory: () => undefined }

  it('has one hand for a small hour, and asks for workers once when there is a large one', async () => {
    let opened = 0
    const line = { begin: () => undefined, call: async () => undefined, end: () => undefined }
    const crew = openCrew(ports, async () => {
      opened += 1
      return [line, line]
    })
    expect(await crew.hands(1_000_000)).toHaveLength(1)
    expect(opened).toBe(0)
    expect(await crew.hands(50_000_000)).toHaveLength(2)
    await crew.hands(50_000_000)
    expect(opened).toBe(1)
    crew.end()
  })

  it('does it alone where there are no workers, and tries again where they could not be opened', async () => {
    expect(await openCrew(ports, async () => []).hands(50_000_000)).toHaveLength(1)
    let tries = 0
    const crew = openCrew(ports, async () => {
      tries += 1
      throw new Error('no thread can be begun')
    })
    for (const _ of [1, 2]) await expect(crew.hands(50_000_000)).rejects.toThrow('no thread can be begun')
    expect(tries).toBe(2)
    crew.end()
  })
})
