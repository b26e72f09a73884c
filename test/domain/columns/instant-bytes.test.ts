import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseInstantBytes } from '../../../src/lib/domain/columns/instant-bytes.ts'
import { MAX_INSTANT_MS, MIN_INSTANT_MS, parseInstantMs } from '../../../src/lib/domain/instant.ts'

/** Read in the middle of other bytes, as columns hold it. */
function parse(text: string): number | undefined {
  const bytes = new TextEncoder().encode(`0${text}0`)
  const ms = parseInstantBytes(bytes, 1, bytes.length - 1)
  return Number.isNaN(ms) ? undefined : ms
}

const upTo = (max: number, digits: number) => fc.nat(max).map(n => String(n).padStart(digits, '0'))
const months = fc.constantFrom(
  'Jan',
  'Feb',
  'Mar',
  'Apr',
  'May',
  'Jun',
  'Jul',
  'Aug',
  'Sep',
  'Oct',
  'Nov',
  'Dec',
  'Foo',
)
const clock = fc.tuple(upTo(25, 2), upTo(61, 2), upTo(61, 2)).map(parts => parts.join(':'))
const offset = fc.oneof(
  fc.constantFrom('Z', 'z', '', '+', '+1', '+00:00Z'),
  fc
    .tuple(fc.constantFrom('+', '-', ' '), upTo(30, 2), fc.constantFrom(':', ''), upTo(75, 2))
    .map(parts => parts.join('')),
)
const rfc3339 = fc
  .tuple(
    upTo(9999, 4),
    upTo(13, 2),
    upTo(32, 2),
    fc.constantFrom('T', 't', ' ', '_'),
    clock,
    fc.oneof(
      fc.constant(''),
      fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 9 }).map(digits => `.${digits}`),
    ),
    offset,
  )
  .map(
    ([year, month, day, separator, time, fraction, zone]) =>
      `${year}-${month}-${day}${separator}${time}${fraction}${zone}`,
  )
const v1 = fc
  .tuple(
    fc.constantFrom('Fri', 'Mon', 'fri', 'FRI', 'Fr'),
    months,
    upTo(32, 2),
    clock,
    fc.constantFrom('+0000', '-0330', '+00:00', 'Z'),
    upTo(9999, 4),
  )
  .map(parts => parts.join(' '))
/** one character of a good instant replaced, removed or added */
const damaged = fc
  .tuple(
    fc.constantFrom('2021-04-08T19:34:30.000Z', 'Fri Feb 12 21:45:50 +0000 2021'),
    fc.nat(30),
    fc.nat(1),
    fc.constantFrom('', '0', ' ', 'Z', 'é'),
  )
  .map(([text, at, removed, added]) => text.slice(0, at) + added + text.slice(at + removed))

describe('parseInstantBytes', () => {
  it('reads from bytes exactly what parseInstantMs reads from a string', () => {
    fc.assert(
      fc.property(
        fc.oneof(rfc3339, v1, damaged, fc.string()),
        text => void expect(parse(text)).toBe(parseInstantMs(text)),
      ),
      { numRuns: 5000 },
    )
  })

  it('reads every instant that it can be shown', () => {
    fc.assert(
      fc.property(fc.integer({ min: MIN_INSTANT_MS, max: MAX_INSTANT_MS }), ms => {
        expect(parse(new Date(ms).toISOString())).toBe(ms)
      }),
    )
  })

  it.each([
    ['2021-04-08T19:34:30.000Z', '2021-04-08T19:34:30.000Z'],
    ['2021-04-08T19:34:30Z', '2021-04-08T19:34:30.000Z'],
    ['2021-04-08T19:34:30.1239999Z', '2021-04-08T19:34:30.123Z'],
    ['2021-04-08T16:34:30-03:00', '2021-04-08T19:34:30.000Z'],
    ['Fri Feb 12 21:45:50 +0000 2021', '2021-02-12T21:45:50.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ])('reads %s', (text, instant) => {
    expect(new Date(parse(text) ?? Number.NaN).toISOString()).toBe(instant)
  })

  it.each([
    '',
    '2',
    '2021-04-08',
    '2023-02-29T00:00:00Z',
    '2021-04-08T24:00:00Z',
    '2021-04-08T19:34:60Z',
    '2021-04-08T19:34:30',
  ])('refuses "%s"', text => {
    expect(parse(text)).toBeUndefined()
  })
})
