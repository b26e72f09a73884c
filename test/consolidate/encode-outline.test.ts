/** How a table is cut into pieces: all its rows once, in order, each with the row of layer1 that it comes from. */
import { describe, expect, it } from 'vitest'
import { encodeOutline } from '../../src/lib/consolidate/encode-outline.ts'
import type { Hand, Piece } from '../../src/lib/consolidate/hand.ts'
import { int64sToColumn } from '../../src/lib/domain/columns/columns.ts'
import { numbersToHalves } from '../../src/lib/domain/columns/int64.ts'
import { LAYER2 } from '../../src/lib/domain/layer2.ts'

const FILE_ROWS = 20_000
const FILES = Array.from({ length: 10 }, (_, n) => ({ path: `file-${n}`, bytes: 1 }))
const ROWS = {
  files: FILES,
  starts: Uint32Array.from({ length: FILES.length + 1 }, (_, n) => n * FILE_ROWS),
}

/** @param picks of layer1 rows. @returns the pieces that a hand was asked for, and how it ended */
async function cut(picks: Uint32Array, append: (piece: Piece) => Promise<void> = async () => undefined) {
  const pieces: Piece[] = []
  const ends: string[] = []
  const hand: Hand = {
    cast: () => Promise.reject(new Error('not asked')),
    begin: () => ({
      append: piece => {
        pieces.push(piece)
        return append(piece)
      },
      async finish() {
        ends.push('finished')
        return Uint8Array.of(1)
      },
      async abandon() {
        ends.push('given up')
      },
    }),
    end: () => undefined,
  }
  const outline = {
    shape: LAYER2.fact_tweet,
    count: picks.length,
    made: {
      tweet_id: ({ from, to }: { from: number; to: number }) =>
        int64sToColumn({
          halves: numbersToHalves(Float64Array.from({ length: to - from }, (_, i) => from + i)),
          valid: undefined,
        }),
    },
    coded: {},
    taken: [{ name: 'text', from: 'text', as: 'same' as const }],
    picks,
  }
  const outcome = await encodeOutline('fact_tweet', { outline, rows: ROWS }, hand).catch(error => error)
  return { pieces, ends, outcome }
}

/** Layer1 rows of the pieces, and the ids that were laid out beside them. */
function rowsIn(pieces: readonly Piece[]) {
  const rows = pieces.flatMap(({ picks: { files, fileOf, places } }) =>
    Array.from(fileOf, (file, i) => Number(files[file]!.path.slice('file-'.length)) * FILE_ROWS + places[i]!),
  )
  const ids = pieces.flatMap(({ made }) => Array.from(made.tweet_id!.values as BigInt64Array, Number))
  return { rows, ids }
}

const COUNT = FILES.length * FILE_ROWS
const inOrder = Uint32Array.from({ length: COUNT }, (_, n) => n)
const scattered = Uint32Array.from({ length: COUNT }, (_, n) => (n * 7919) % COUNT)

describe('a table is made', () => {
  it.each([
    ['in small pieces where its rows are neighbours in layer1', inOrder, 32_768, 3],
    ['in large ones where they come from all over it', scattered, 131_072, 10],
  ])('%s', async (_, picks, most, files) => {
    const { pieces, ends, outcome } = await cut(picks)
    expect(outcome).toEqual(Uint8Array.of(1))
    expect(ends).toEqual(['finished'])
    const { rows, ids } = rowsIn(pieces)
    expect(Uint32Array.from(rows)).toEqual(picks)
    expect(Uint32Array.from(ids)).toEqual(inOrder)
    expect(pieces.slice(0, -1).map(piece => piece.rows)).toEqual(Array(Math.floor(COUNT / most)).fill(most))
    expect(Math.max(...pieces.map(piece => piece.picks.files.length))).toBe(files)
  })

  it('without a piece where it has no rows', async () => {
    expect(await cut(new Uint32Array(0))).toMatchObject({ pieces: [], ends: ['finished'] })
  })

  it('not at all when a piece fails, which is told and given up', async () => {
    const failure = new Error('the third piece')
    let asked = 0
    const { ends, outcome } = await cut(inOrder, async () => {
      asked += 1
      if (asked === 3) throw failure
    })
    expect(outcome).toBe(failure)
    expect(ends).toEqual(['given up'])
  })
})
