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
