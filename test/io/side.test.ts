import { describe, expect, it } from 'vitest'
import { side } from '../../src/lib/io/side.ts'

describe('many things side by side', () => {
  it('gives results in the order of what was asked, and never does more at a time', async () => {
    let [now, most] = [0, 0]
    const doubled = await side([5, 1, 4, 2, 3], 2, async n => {
      most = Math.max(most, ++now)
      await Bun.sleep(n)
      now -= 1
      return n * 2
    })
    expect(doubled).toEqual([10, 2, 8, 4, 6])
    expect(most).toBe(2)
    expect(await side([], 2, async () => 1)).toEqual([])
  })

  it('begins nothing after the first failure, and has ended when it is thrown', async () => {
    const [begun, ended]: number[][] = [[], []]
    const failing = side([1, 2, 3, 4, 5, 6], 3, async n => {
      begun!.push(n)
      await Bun.sleep(n === 2 ? 1 : 15)
      ended!.push(n)
      if (n !== 4) throw new Error(`${n} failed`)
    })
    await expect(failing).rejects.toThrow('2 failed')
    expect(begun).toEqual([1, 2, 3])
    expect(ended).toHaveLength(3)
  })
})
