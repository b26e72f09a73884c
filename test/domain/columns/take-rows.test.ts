import { Table } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { takeRows, textsToColumn } from '../../../src/lib/domain/columns/take-rows.ts'
import { LAYER1 } from '../../../src/lib/domain/layer1.ts'
import { type Layer1Row, layer1Table } from '../../support/layer1-rows.ts'
import { plainRows } from '../../support/plain-rows.ts'

const rowsOf = (table: Table) =>
  plainRows(table).map(row => JSON.parse(JSON.stringify(row, (_, value) => value?.toArray?.() ?? value)))

const texts = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 3 })
const maybe = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: null })
const row: fc.Arbitrary<Layer1Row> = fc.record({
  tweet_id: fc.bigInt({ min: 1n, max: 2n ** 62n }).map(String),
  text: fc.string({ unit: 'grapheme' }),
  lang: maybe(fc.string()),
  hashtags: texts,
  edit_history_ids: texts,
  rules: texts,
  possibly_sensitive: maybe(fc.boolean()),
  like_count: maybe(fc.nat()),
  place_longitude: maybe(fc.double({ noNaN: true })),
  raw: fc.string(),
})

describe('some rows of a table', () => {
  it('are those rows, in every column, whatever batches the table came in', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(row, { minLength: 1 }), { minLength: 1, maxLength: 3 }),
        fc.infiniteStream(fc.nat()),
        (parts, chance) => {
          const table = new Table(
            LAYER1,
            parts.flatMap(part => layer1Table(part).batches),
          )
          const picks = Uint32Array.from({ length: 5 }, () => chance.next().value % table.numRows)
          const all = rowsOf(table)
          const taken = takeRows(table, picks)
          expect(rowsOf(taken)).toEqual([...picks].map(pick => all[pick]))
          expect(String(taken.schema)).toBe(String(LAYER1))
        },
      ),
    )
  })

  it('may have another column in the place of their own', () => {
    const table = layer1Table([{ tweet_id: '1' }, { tweet_id: '2' }])
    const raw = textsToColumn([new TextEncoder().encode('é'), new TextEncoder().encode('')])
    expect(rowsOf(takeRows(table, Uint32Array.of(1, 0), { raw })).map(({ tweet_id, raw }) => [tweet_id, raw])).toEqual([
      ['2', 'é'],
      ['1', ''],
    ])
  })

  it('are an empty table of the same columns where there is none', () => {
    const none = takeRows(layer1Table([{ tweet_id: '1' }]), Uint32Array.of())
    expect([none.numRows, String(none.schema)]).toEqual([0, String(LAYER1)])
  })
})
