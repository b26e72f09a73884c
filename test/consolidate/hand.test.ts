/** What a hand reads of layer1, and how often: files of which this is all it takes are opened once for all who want of them. */
import { describe, expect, it } from 'vitest'
import { openHand, type Piece } from '../../src/lib/consolidate/hand.ts'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { openParquetWriter, parquetToTable, tableToParquet } from '../../src/lib/io/parquet.ts'
import { layer1Table } from '../support/layer1-rows.ts'
import { plainRows } from '../support/plain-rows.ts'

const HOUR = '2024-01-01T10' as Hour
const rowOf = (n: number) => ({
  tweet_id: String(n),
  created_at: `${HOUR}:00:00.000Z`,
  author_id: '1',
  user_name: `name ${n}`,
  user_username: `user${n}`,
  captured_at: '2024-01-01T10:00:01.000Z',
})

/** Two files of three rows, and the readings of them. */
function openSpied() {
  const reads: string[] = []
  const hand = openHand({
    tables: {
      async read(path, columns) {
        reads.push(`${path} ${columns?.includes('raw') ? 'with' : 'without'} its lines`)
        const first = path === 'a' ? 1 : 4
        return layer1Table([rowOf(first), rowOf(first + 1), rowOf(first + 2)]).select([...columns!])
      },
    },
    openParquetWriter,
    giveBackMemory: () => undefined,
  })
  return { hand, reads }
}

/** Rows of dim_user_snapshot from places of both files in turn. */
function pieceOf(bytes: number): Piece {
  const taken = ['username', 'name', 'verified'].map(name => ({ name, from: `user_${name}`, as: 'same' as const }))
  const others = ['description', 'location', 'verified_type', 'protected', 'followers', 'following', 'tweets', 'listed']
  return {
    rows: 3,
    made: {
      user_id: {
        length: 3,
        nullCount: 0,
        nullBitmap: undefined,
        values: BigInt64Array.of(1n, 2n, 3n),
        texts: undefined,
      },
    },
    taken: [
      ...taken,
      ...others.map(name => ({ name, from: `user_${name}`, as: 'same' as const })),
      { name: 'created_at', from: 'user_created_at', as: 'instant' },
      { name: 'observed_at', from: 'captured_at', as: 'same' },
    ],
    picks: {
      files: [
        { path: 'a', bytes },
        { path: 'b', bytes },
      ],
      fileOf: Uint32Array.of(1, 0, 1),
      places: Uint32Array.of(2, 1, 0),
    },
  }
}

async function makeUsers(hand: ReturnType<typeof openHand>, bytes: number) {
  const file = hand.begin('dim_user_snapshot')
  await file.append(pieceOf(bytes))
  return plainRows(await parquetToTable(await file.finish())).map(row => `${row.user_id} ${row.username} ${row.name}`)
}

describe('a hand', () => {
  it('casts a file without rows', async () => {
    const bytes = await tableToParquet(layer1Table([]), { repeating: [] })
    const hand = openHand({
      tables: { read: (_, columns) => parquetToTable(bytes, columns) },
      openParquetWriter,
      giveBackMemory: () => undefined,
    })
    expect((await hand.cast({ path: 'a', bytes: bytes.length }, HOUR)).count).toBe(0)
  })

  it('opens a small file once, whoever names it, and one of another length again', async () => {
    const { hand, reads } = openSpied()
    await hand.cast({ path: 'a', bytes: 1_000 }, HOUR)
    await hand.cast({ path: 'b', bytes: 1_000 }, HOUR)
    expect(await makeUsers(hand, 1_000)).toEqual(['1 user6 name 6', '2 user2 name 2', '3 user4 name 4'])
    expect(reads).toEqual(['a without its lines', 'b without its lines'])
    await hand.cast({ path: 'a', bytes: 1_001 }, HOUR)
    expect(reads).toHaveLength(3)
  })

  it('reads of a large file what is asked for, each time', async () => {
    const { hand, reads } = openSpied()
    await hand.cast({ path: 'a', bytes: 9_000_000 }, HOUR)
    expect(await makeUsers(hand, 9_000_000)).toEqual(['1 user6 name 6', '2 user2 name 2', '3 user4 name 4'])
    expect(reads).toHaveLength(3)
  })
})
