import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Counts,
  countsOf,
  joinCounts,
  maxOfGroups,
  sumOfGroups,
  takeCounts,
} from '../../../src/lib/domain/columns/counts.ts'
import type { Int64s } from '../../../src/lib/domain/columns/rows.ts'

const anyCount = fc.option(
  fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map(BigInt) },
    { weight: 1, arbitrary: fc.constantFrom(2n ** 31n, 2n ** 53n - 1n, 2n ** 62n, -(2n ** 40n)) },
  ),
  { nil: null },
)
const anyFiles = fc.array(fc.array(anyCount, { maxLength: 20 }), { minLength: 1, maxLength: 4 })

function columnOf(values: readonly (bigint | null)[]): Counts {
  const halves = new Int32Array(BigInt64Array.from(values, value => value ?? 0n).buffer)
  const valid = values.includes(null) ? Uint8Array.from(values, value => (value === null ? 0 : 1)) : undefined
  return countsOf({ halves, valid })
}

const valuesOf = ({ halves, valid }: Int64s) =>
  Array.from(new BigInt64Array(halves.slice().buffer), (value, i) => (valid?.[i] === 0 ? null : value))

/** Rows in groups of 1, 2, 3 … */
function groupsOf(rows: number): number[] {
  const starts = [0]
  for (let size = 1; starts.at(-1)! < rows; size++) starts.push(Math.min(rows, starts.at(-1)! + size))
  return starts
}

describe('counts', () => {
  it('of several files are taken, summed and compared as BigInts are, wide or not', () => {
    fc.assert(
      fc.property(anyFiles, files => {
        const counts = joinCounts(files.map(columnOf))
        const all = files.flat()
        const rows = Uint32Array.from(all.keys()).reverse()
        expect(valuesOf(takeCounts(counts, rows))).toEqual(all.toReversed())

        const starts = groupsOf(all.length)
        const groups = starts.slice(0, -1).map((start, g) => all.toReversed().slice(start, starts[g + 1]))
        const sums = groups.map(group =>
          BigInt.asIntN(
            64,
            group.reduce<bigint>((sum, value) => sum + (value ?? 0n), 0n),
          ),
        )
        expect(valuesOf(sumOfGroups(counts, rows, Uint32Array.from(starts)))).toEqual(sums)
        const greatest = groups.map(group =>
          group.reduce((max, value) => (max === null || (value !== null && value > max) ? value : max), null),
        )
        expect(valuesOf(maxOfGroups(counts, rows, Uint32Array.from(starts)))).toEqual(greatest)
      }),
    )
  })

  it('take four bytes each unless one of them needs eight', () => {
    expect(columnOf([1n, -5n, null])).toEqual({
      values: Int32Array.of(1, -5, 0),
      isWide: false,
      valid: Uint8Array.of(1, 1, 0),
    })
    expect(columnOf([1n, 2n ** 31n]).isWide).toBe(true)
  })
})
