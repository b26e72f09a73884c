import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseHour } from '../../src/lib/domain/hour.ts'
import { LAYER1, REJECTED } from '../../src/lib/domain/layer1.ts'
import { createLayer1Builder } from '../../src/lib/domain/layer1-builder.ts'
import type { Tweet } from '../../src/lib/domain/tweet.ts'

const provenance = { source: 'replay', capturedAtMs: Date.parse('2024-01-01T10:16:00.123Z') } as const
const hour = parseHour('2024-01-01T10')

const textOrNull = fc.option(fc.string({ unit: 'grapheme' }))
const texts = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 4 })
const count = fc.option(fc.maxSafeNat())
const flagOrNull = fc.option(fc.boolean())
const degrees = fc.option(fc.double({ noNaN: true, min: -180, max: 180 }))

/** A value for every column of layer1, of the column's type; what the names mean does not matter here. */
const tweets: fc.Arbitrary<Tweet> = fc.record(
  Object.fromEntries(
    LAYER1.fields
      .filter(field => field.name !== 'source' && field.name !== 'captured_at')
      .map(field => {
        const type = `${field.type}`
        if (field.name === 'raw') return [field.name, fc.string().map(text => new TextEncoder().encode(text))]
        if (type === 'List<Utf8>') return [field.name, texts]
        if (type === 'Bool') return [field.name, field.nullable ? flagOrNull : fc.boolean()]
        if (type === 'Int64') return [field.name, count]
        if (type === 'Float64') return [field.name, degrees]
        return [field.name, field.nullable ? textOrNull : fc.string({ unit: 'grapheme' })]
      }),
  ) as { [Key in keyof Tweet]: fc.Arbitrary<Tweet[Key]> },
)

describe('the layer1 builder', () => {
  it('gives back every value of every tweet, in order: property', () => {
    fc.assert(
      fc.property(fc.array(tweets, { minLength: 1, maxLength: 150 }), added => {
        const builder = createLayer1Builder()
        for (const tweet of added) builder.addTweet({ tweet, hour }, provenance)
        const table = builder.tweetTables().get(hour)!
        expect(table.schema.fields.map(field => `${field}`)).toEqual(LAYER1.fields.map(field => `${field}`))
        for (const field of LAYER1.fields) {
          const column = table.getChild(field.name)!
          const expected = added.map(tweet => expectedValue(field.name, tweet))
          expect(Array.from({ length: column.length }, (_, row) => plain(column.get(row)))).toEqual(expected)
        }
      }),
      { numRuns: 25 },
    )
  })

  it('makes a table for each hour, oldest first', () => {
    const builder = createLayer1Builder()
    const [tweet] = fc.sample(tweets, { numRuns: 1, seed: 1 })
    for (const text of ['2024-01-01T11', '2023-12-31T23', '2024-01-01T11']) {
      builder.addTweet({ tweet: tweet!, hour: parseHour(text) }, provenance)
    }
    expect([...builder.tweetTables()].map(([of, table]) => [of, table.numRows])).toEqual([
      ['2023-12-31T23', 1],
      ['2024-01-01T11', 2],
    ])
    expect(builder.tweets).toBe(3)
    expect(builder.bytes).toBeGreaterThan(0)
  })

  it('keeps a refused line as text, and byte for byte where it is not UTF-8', () => {
    const builder = createLayer1Builder()
    builder.addRejected({ bytes: new TextEncoder().encode('{"torn'), reason: 'invalid JSON' }, provenance)
    builder.addRejected({ bytes: new Uint8Array([0x7b, 0xff]), reason: 'not UTF-8' }, provenance)
    const rows = builder.rejectedTable().toArray()
    expect(rows.map(row => [row.line, row.line_base64, row.reason, row.source])).toEqual([
      ['{"torn', null, 'invalid JSON', 'replay'],
      [null, 'e/8=', 'not UTF-8', 'replay'],
    ])
  })

  it('makes an empty table of the right shape where no line was refused', () => {
    const table = createLayer1Builder().rejectedTable()
    expect(table.numRows).toBe(0)
    expect(table.schema.fields.map(field => field.name)).toEqual(REJECTED.fields.map(field => field.name))
  })
})

function expectedValue(column: string, tweet: Tweet): unknown {
  if (column === 'source') return provenance.source
  if (column === 'captured_at') return provenance.capturedAtMs
  return plain(tweet[column as keyof Tweet])
}

/** Arrow's values as the tweet has them. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Uint8Array) return new TextDecoder().decode(value)
  if (value !== null && typeof value === 'object') return [...(value as Iterable<unknown>)]
  return Object.is(value, -0) ? 0 : value
}
