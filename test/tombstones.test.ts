import { describe, expect, it } from 'vitest'
import { NOTHING_FORGOTTEN, tombstonesToText } from '../src/lib/domain/forget/forgotten.ts'
import { tombstonesPath } from '../src/lib/domain/paths.ts'
import { openTombstones, readForgotten } from '../src/lib/tombstones.ts'
import { createMemoryLake, type MemoryLake } from './support/memory-lake.ts'

function put(lake: MemoryLake, name: string, tweets: string[], users: string[] = []): void {
  lake.files.set(tombstonesPath(name), new TextEncoder().encode(tombstonesToText({ tweets, users })))
}

describe('tombstones of a lake', () => {
  it('are nothing where there is no file', async () => {
    expect(await readForgotten(createMemoryLake())).toBe(NOTHING_FORGOTTEN)
  })

  it('are those of all files together, and read once for as long as none is added', async () => {
    const lake = createMemoryLake()
    put(lake, 'a', ['9', '10'])
    put(lake, 'b', ['9'], ['501'])
    const tombstones = openTombstones(lake)
    const first = await tombstones.read()
    expect([first.tweets.ids, first.users.ids]).toEqual([['9', '10'], ['501']])
    expect(await tombstones.read()).toBe(first)
    put(lake, 'c', ['7'])
    const second = await tombstones.read()
    expect(second).not.toBe(first)
    expect(second.tweets.ids).toEqual(['7', '9', '10'])
  })

  it('forget what somebody took away', async () => {
    const lake = createMemoryLake()
    put(lake, 'a', ['9'])
    const tombstones = openTombstones(lake)
    await tombstones.read()
    lake.files.clear()
    expect((await tombstones.read()).tweets.size).toBe(0)
  })

  it('are not passed over where one of them is damaged', async () => {
    const lake = createMemoryLake()
    put(lake, 'a', ['9'])
    lake.files.set(tombstonesPath('b'), new TextEncoder().encode('{"form'))
    await expect(readForgotten(lake)).rejects.toMatchObject({
      code: 'E_LAKE',
      message: 'the tombstones layer1/forgotten/b.json are damaged: it is not JSON',
      hint: 'restore the file; or remove it, and have `twdw forget` forget the same ids again',
    })
  })
})
