import { Field, Int32, Schema, tableToIPC, Utf8, Vector } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  boolsToColumn,
  codedToColumn,
  codedToDictionary,
  columnsToTable,
  daysToColumn,
  dictionaryToTexts,
  float64sToColumn,
  instantsToColumn,
  int32sToColumn,
  int64sToColumn,
  stringsToColumn,
  takeColumn,
  wallClocksToColumn,
} from '../../../src/lib/domain/columns/columns.ts'
import { rowsOf } from '../../../src/lib/domain/columns/rows.ts'
import { createTextIndex } from '../../../src/lib/domain/columns/text-index.ts'
import { LAYER2 } from '../../../src/lib/domain/layer2.ts'
import { plainRows } from '../../support/plain-rows.ts'

/** A row of dim_user_snapshot or dim_date: between them they have every type that layer2 knows. */
const anyUser = fc.record({
  user_id: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  name: fc.option(fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ minLength: 60, maxLength: 80 })), {
    nil: null,
  }),
  verified: fc.option(fc.boolean(), { nil: null }),
  created_at: fc.option(fc.date({ min: new Date('1950-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }), {
    nil: null,
  }),
})
type User = typeof anyUser extends fc.Arbitrary<infer U> ? U : never

const USERS = new Schema(
  LAYER2.dim_user_snapshot.schema.fields.filter(({ name }) =>
    ['user_id', 'name', 'verified', 'created_at'].includes(name),
  ),
)

function usersTable(users: readonly User[]) {
  return columnsToTable(USERS, users.length, {
    user_id: int64sToColumn({
      halves: new Int32Array(BigInt64Array.from(users, user => user.user_id).buffer),
      valid: undefined,
    }),
    name: stringsToColumn(users.map(user => user.name)),
    verified: boolsToColumn(
      Uint8Array.from(users, user => Number(user.verified)),
      Uint8Array.from(users, user => Number(user.verified !== null)),
    ),
    created_at: instantsToColumn(
      Float64Array.from(users, user => user.created_at?.getTime() ?? Number.NaN),
      Uint8Array.from(users, user => Number(user.created_at !== null)),
    ),
  })
}

const plainUser = (user: User) => ({
  ...user,
  user_id: String(user.user_id),
  created_at: user.created_at?.toISOString() ?? null,
})

describe('columns', () => {
  it('hold what was put in, nulls included', () => {
    fc.assert(
      fc.property(fc.array(anyUser, { maxLength: 20 }), users => {
        expect(plainRows(usersTable(users))).toEqual(users.map(plainUser))
      }),
    )
  })

  it('give back any rows of several tables, in any order, repeated or not', () => {
    const anyFiles = fc.array(fc.array(anyUser, { maxLength: 12 }), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(anyFiles, fc.array(fc.nat(), { maxLength: 20 }), (files, numbers) => {
        const users = files.flat()
        if (users.length === 0) return
        const picks = Uint32Array.from(numbers, number => number % users.length)
        // slices begin in the middle of a bitmap
        const rows = rowsOf(files.map(file => usersTable([users[0]!, ...file]).slice(1)))
        const taken = Object.fromEntries(USERS.names.map(name => [name, takeColumn(rows, String(name), picks)]))
        const table = columnsToTable(USERS, picks.length, taken)
        expect(plainRows(table)).toEqual([...picks].map(pick => plainUser(users[pick]!)))
      }),
    )
  })

  it('of small numbers, dates, lengths and wall clocks are taken too', () => {
    const schema = new Schema([
      ...LAYER2.dim_date.schema.fields.filter(({ name }) => ['local_date', 'year', 'hours'].includes(name)),
      ...LAYER2.fact_tweet.schema.fields.filter(({ name }) => name === 'created_at_local'),
    ])
    const table = columnsToTable(schema, 2, {
      local_date: daysToColumn(Int32Array.of(19_723, -1)),
      year: int32sToColumn(Int32Array.of(2024, 1969)),
      hours: float64sToColumn(Float64Array.of(23.5, 24)),
      created_at_local: wallClocksToColumn(Float64Array.of(1_704_067_200_000, -1)),
    })
    const picks = Uint32Array.of(1, 0)
    const taken = Object.fromEntries(schema.names.map(name => [name, takeColumn(rowsOf([table]), String(name), picks)]))
    expect(plainRows(columnsToTable(schema, 2, taken))).toEqual([
      { local_date: '1969-12-31', year: 1969, hours: 24, created_at_local: '1969-12-31T23:59:59.999' },
      { local_date: '2024-01-01', year: 2024, hours: 23.5, created_at_local: '2024-01-01T00:00:00.000' },
    ])
  })

  it('have the same bytes whether or not it was known that nothing is null', () => {
    const schema = new Schema(LAYER2.dim_user_snapshot.schema.fields.filter(({ name }) => name === 'verified'))
    const values = Uint8Array.of(1, 0, 1)
    const [one, other] = [undefined, Uint8Array.of(1, 1, 1)].map(valid =>
      tableToIPC(columnsToTable(schema, 3, { verified: boolsToColumn(values, valid) }), 'file'),
    )
    expect(other).toEqual(one)
  })

  it('of codes hold their texts', () => {
    const index = createTextIndex()
    const long = 'x'.repeat(100)
    for (const text of ['ação', '', long])
      index.add(new TextEncoder().encode(text), 0, new TextEncoder().encode(text).length)
    const codes = Uint32Array.of(3, 1, 0, 2, 1)
    const schema = new Schema([new Field('plain', new Utf8(), true)])
    const plain = columnsToTable(schema, 5, { plain: codedToColumn(index, codes) })
    expect(plainRows(plain).map(row => row.plain)).toEqual([long, 'ação', null, '', 'ação'])
    const coded = new Vector([codedToDictionary(index, codes)])
    expect([...coded]).toEqual([long, 'ação', null, '', 'ação'])
    expect([...new Vector([dictionaryToTexts(codedToDictionary(index, codes))])]).toEqual([...coded])
  })

  it('make no table when one is missing or too short', () => {
    const schema = new Schema([new Field('n', new Int32(), false)])
    expect(() => columnsToTable(schema, 2, {})).toThrow('column n has undefined rows of 2')
    expect(() => columnsToTable(schema, 2, { n: int32sToColumn(Int32Array.of(1)) })).toThrow('column n has 1 rows of 2')
  })
})
