import { describe, expect, it } from 'vitest'
import { createMemoryLake } from '../support/memory-lake.ts'
import { describeLake } from './lake.contract.ts'

describeLake('memory', async work => {
  const lake = createMemoryLake()
  await work(lake, lake.door('somebody else'))
})

describe('a lake in memory', () => {
  it('fails from the change on that it was told, and then changes nothing', async () => {
    const lake = createMemoryLake([['a', new Uint8Array(1)]])
    lake.failsFrom = 2
    await lake.write('a', new Uint8Array(2))
    await expect(lake.write('a', new Uint8Array(3))).rejects.toMatchObject({
      code: 'E_LAKE',
      message: 'a cannot be written: the memory is full',
    })
    await expect(lake.remove('a')).rejects.toMatchObject({ code: 'E_LAKE' })
    expect(await lake.list('')).toEqual([{ path: 'a', bytes: 2 }])
    expect(lake.history).toEqual(['+a'])
  })
})
