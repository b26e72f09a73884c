import { type Data, Float64, Int32, Int64, Utf8, Vector } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  boolsToColumn,
  codedToDictionary,
  float64sToColumn,
  int32sToColumn,
  int64sToColumn,
} from '../../../src/lib/domain/columns/columns.ts'
import { columnFromPlain, columnToPlain, memoryOf } from '../../../src/lib/domain/columns/plain-column.ts'
import { createTextIndex } from '../../../src/lib/domain/columns/text-index.ts'

/** Through the very copy that a message to another thread is, its memory handed over. */
function sent(column: Data): Vector {
  const plain = columnToPlain(column)
  const arrived = structuredClone(plain, { transfer: memoryOf(plain) })
  return new Vector([columnFromPlain(arrived, column.type)])
}

describe('a column between threads', () => {
  it('has its values and nulls when it arrives, and is the sender’s no more', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), { minLength: 1 }),
        values => {
          const halves = new Int32Array(BigInt64Array.from(values, value => value ?? 0n).buffer)
          const valid = Uint8Array.from(values, value => Number(value !== null))
          const column = int64sToColumn({ halves, valid }, new Int64())
          expect([...sent(column)]).toEqual(values)
          expect(column.values.length).toBe(0)
        },
      ),
    )
  })

  it('may be of numbers and bits', () => {
    const bits = Array.from({ length: 19 }, (_, n) => n % 3 === 0)
    expect([...sent(boolsToColumn(Uint8Array.from(bits, Number)))]).toEqual(bits)
    expect([...sent(int32sToColumn(Int32Array.of(-1, 5)))]).toEqual([-1, 5])
    expect([...sent(float64sToColumn(Float64Array.of(0.5, -0)))]).toEqual([0.5, -0])
    expect(sent(int32sToColumn(Int32Array.of(1))).type).toEqual(new Int32())
    expect(sent(float64sToColumn(Float64Array.of(1))).type).toEqual(new Float64())
  })

  it('of texts is their codes, and the texts stay with the sender too, who needs them for the next rows', () => {
    const texts = createTextIndex()
    for (const text of ['ação', '', 'b'])
      texts.add(new TextEncoder().encode(text), 0, new TextEncoder().encode(text).length)
    const codes = Uint32Array.of(3, 0, 1, 2)
    for (const _ of [1, 2]) {
      const plain = columnToPlain(codedToDictionary(texts, codes))
      const arrived = structuredClone(plain, { transfer: memoryOf(plain) })
      expect([...new Vector([columnFromPlain(arrived, new Utf8())])]).toEqual(['b', null, 'ação', ''])
    }
  })
})
