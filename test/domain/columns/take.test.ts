import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { takeBytes, takeFloat64s, takeInt32s, takeUint32s } from '../../../src/lib/domain/columns/take.ts'

const KINDS = [
  ['takeUint32s', takeUint32s, Uint32Array, fc.nat({ max: 2 ** 32 - 1 })],
  ['takeInt32s', takeInt32s, Int32Array, fc.integer()],
  ['takeFloat64s', takeFloat64s, Float64Array, fc.double()],
  ['takeBytes', takeBytes, Uint8Array, fc.nat({ max: 255 })],
] as const

describe('values at places', () => {
  it.each(KINDS)('%s gives them in the order of the places, as often as they are named', (_, take, Kind, value) => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), fc.array(fc.nat()), (values, chosen) => {
        const places = Uint32Array.from(chosen, n => n % values.length)
        const taken = (take as (values: unknown, places: Uint32Array) => ArrayLike<number>)(Kind.from(values), places)
        expect(taken).toBeInstanceOf(Kind)
        expect(Array.from(taken)).toEqual(Array.from(places, place => values[place]))
      }),
    )
  })
})
