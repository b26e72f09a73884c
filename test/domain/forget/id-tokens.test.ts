import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forgottenOf } from '../../../src/lib/domain/forget/forgotten.ts'
import { holdsId, lineHoldsId } from '../../../src/lib/domain/forget/id-tokens.ts'

const forgotten = forgottenOf([{ tweets: ['1741765000000101001'], users: ['12'] }])
const bytesOf = (text: string) => new TextEncoder().encode(text)
const holds = (text: string) => holdsId(bytesOf(text), 0, bytesOf(text).length, forgotten)
const lineHolds = (text: string) => lineHoldsId(bytesOf(text), forgotten)

describe('an id in a text', () => {
  it.each(['{"id":"12"}', '{"id":12}', '[12]', '{"a": 12 }', '"1741765000000101001"', '{"like_count":12}', '12'])(
    'is found as a string or a number: %s',
    text => expect(holds(text)).toBe(true),
  )

  it.each([
    '{"id":"112"}',
    '{"id":"120"}',
    '{"a":1.12}',
    '{"a":12.5}',
    '{"a":-12}',
    '{"a":12e3}',
    '{"t":"at 12h"}',
    '{"t":"é12"}',
    '{"t":"12 h"}',
    '',
  ])('is not found inside of something else: %s', text => expect(holds(text)).toBe(false))

  it('is looked for only where it is told to', () => {
    const bytes = bytesOf('{"id":"12"}{"id":"7"}')
    expect([holdsId(bytes, 0, 11, forgotten), holdsId(bytes, 11, bytes.length, forgotten)]).toEqual([true, false])
  })
})

describe('an id anywhere in a text', () => {
  it('is found wherever the obvious way finds it', () => {
    const ids = ['1741765000000101001', '1741765000000101002', '9007199254740993']
    const set = forgottenOf([{ tweets: ids.slice(1), users: ids.slice(0, 1) }])
    const piece = fc.oneof(
      fc.constantFrom(...ids, ...ids.map(id => `${id}1`), ...ids.map(id => id.slice(1))),
      fc.constantFrom('"', ':', ',', '{', ' ', '-', 'x', 'é', '\\'),
      fc.stringMatching(/^\d{1,20}$/),
    )
    const obvious =
      /(?:^|(?<=[^"\\\d\w.\-+\u0080-\uffff]))(\d+)(?=$|[^"\d\w.\-+\u0080-\uffff])|(?<=["\\])(\d+)(?=["\\])/g
    fc.assert(
      fc.property(fc.array(piece), pieces => {
        const text = pieces.join('')
        const runs = [...text.matchAll(obvious)].map(([, number, string]) => number ?? string ?? '')
        const bytes = bytesOf(text)
        expect(holdsId(bytes, 0, bytes.length, set)).toBe(runs.some(run => ids.includes(run)))
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('an id in a line that is no tweet', () => {
  it.each([
    '{"delete":{"status":{"id":1741765000000101001,"user_id":7}}}',
    '{"delete":{"status":{"id_str":"1741765000000101001"}}}',
    '{"user_id" : 12, "text":"torn of',
    '{"data":{"author_id":"12","te',
    '"{\\"id\\":\\"12\\"}"',
  ])('is found though the line may be torn: %s', line => expect(lineHolds(line)).toBe(true))

  it.each(['{"limit":{"track":12}}', '{"like_count":12', '{"t":"12 o\'clock"}', '{"id":"121"'])(
    'is not a count, nor a part of a text: %s',
    line => expect(lineHolds(line)).toBe(false),
  )
})
