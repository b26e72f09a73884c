import { describe, expect, it } from 'vitest'
import { partsOf } from '../../src/lib/domain/months.ts'

const files = (...bytes: number[]) => bytes.map((length, i) => ({ path: `file-${i}`, bytes: length }))

describe('files that become one', () => {
  it('are neighbours, with about as many bytes in each', () => {
    const parts = partsOf(files(...Array(10).fill(10)), 50)!
    expect(parts.map(part => part.length)).toEqual([5, 5])
    expect(parts.flat().map(({ path }) => path)).toEqual(files(...Array(10).fill(10)).map(({ path }) => path))
  })

  it('are left where there are too few of them', () => {
    expect(partsOf(files(10, 10, 10), 100)).toBeUndefined()
  })

  it('are one list where all of them are gone, so that whoever reads them says so', () => {
    expect(partsOf(files(0, 0, 0, 0), 100)).toEqual([files(0, 0, 0, 0)])
  })
})
