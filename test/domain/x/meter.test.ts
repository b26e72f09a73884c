import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  EMPTY_METER,
  type Meter,
  meterToText,
  meterWith,
  meterWithSegment,
  parseMeter,
  spentOn,
} from '../../../src/lib/domain/x/meter.ts'
import { NO_USAGE, utcDayOf } from '../../../src/lib/domain/x/spend.ts'

const DAY = '2026-09-21'
const posts = (count: number, day = DAY) => ({ [day]: { ...NO_USAGE, posts: count } })
const PATH = '/lake/_state/spend.json'

describe('the meter', () => {
  it('is empty where there is none', () => {
    expect(parseMeter(undefined, PATH)).toEqual(EMPTY_METER)
  })

  it('comes back from its text as it was', () => {
    const usage = fc.record({
      posts: fc.nat(),
      expandedPosts: fc.nat(),
      expandedUsers: fc.nat(),
      countsRequests: fc.nat(),
    })
    const days = fc.dictionary(
      fc.nat({ max: 20_000 }).map(n => utcDayOf(n * 86_400_000)),
      usage,
      { noNullPrototype: true },
    )
    fc.assert(
      fc.property(days, fc.array(fc.string()), (some, counted) => {
        const meter = { ...meterWith(EMPTY_METER, some), counted }
        expect(parseMeter(meterToText(meter), PATH)).toEqual(meter)
      }),
    )
  })

  it('counts a segment once, however often a crash has it published again', () => {
    const segments = fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c'), again: fc.boolean() }), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(segments, published => {
        let meter: Meter = EMPTY_METER
        const names: string[] = []
        for (const [i, { name, again }] of published.entries()) {
          // a crash before the journal forgot it: the same segment comes once more
          const segment = `${name}${i}`
          names.push(segment)
          meter = meterWithSegment(meter, segment, posts(1), names)
          if (again) meter = meterWithSegment(meter, segment, posts(1), names)
        }
        expect(meter.total.posts).toBe(published.length)
      }),
    )
  })

  it('remembers names only for as long as the journal has the segments', () => {
    const one = meterWithSegment(EMPTY_METER, 'a', posts(1), ['a'])
    const two = meterWithSegment(one, 'b', posts(1), ['a', 'b'])
    expect(two.counted).toEqual(['a', 'b'])
    expect(meterWithSegment(two, 'c', posts(1), ['c']).counted).toEqual(['c'])
  })

  it('keeps the latest hundred days, and all of them in the total', () => {
    let meter = EMPTY_METER
    for (let n = 0; n < 130; n++) meter = meterWith(meter, posts(1, utcDayOf(Date.parse(DAY) + n * 86_400_000)))
    expect(Object.keys(meter.days)).toHaveLength(100)
    expect(Object.keys(meter.days)[0]).toBe('2026-10-21')
    expect(meter.total.posts).toBe(130)
    expect(parseMeter(meterToText(meter), PATH)).toEqual(meter)
  })

  it('says what was spent on a day and in all, with what is not written yet', () => {
    const meter = meterWith(EMPTY_METER, { ...posts(2), ...posts(3, '2026-09-20') })
    expect(spentOn(DAY, meter)).toEqual({ totalMicroUsd: 25_000, day: DAY, dayMicroUsd: 10_000 })
    expect(spentOn(DAY, meter, { ...posts(1), ...posts(1, '2026-09-20') })).toEqual({
      totalMicroUsd: 35_000,
      day: DAY,
      dayMicroUsd: 15_000,
    })
    expect(spentOn('2026-09-22', meter)).toMatchObject({ totalMicroUsd: 25_000, dayMicroUsd: 0 })
  })

  const good = JSON.parse(meterToText(meterWith(EMPTY_METER, posts(2))))
  const { counted: _, ...uncounted } = good
  it.each([
    ['', 'it is not JSON'],
    ['{"format":1,"to', 'it is not JSON'],
    ['[]', 'it is no JSON object'],
    ['{}', 'it lacks a count, or a count is no whole number'],
    [JSON.stringify(uncounted), 'it lacks a count, or a count is no whole number'],
    [
      JSON.stringify({ ...good, total: { ...good.total, posts: -1 } }),
      'it lacks a count, or a count is no whole number',
    ],
    [
      JSON.stringify({ ...good, total: { ...good.total, posts: '2' } }),
      'it lacks a count, or a count is no whole number',
    ],
    [JSON.stringify({ ...good, days: { yesterday: good.total } }), 'it lacks a count, or a count is no whole number'],
    [JSON.stringify({ ...good, total: { ...good.total, posts: 1 } }), 'its days are more than its total'],
  ])('is never taken for empty where it is damaged: %s', (text, why) => {
    expect(() => parseMeter(text, PATH)).toThrow(
      expect.objectContaining({
        code: 'E_LAKE',
        message: `the meter ${PATH} is damaged, and without it no spending cap holds: ${why}`,
        hint: "restore it, or move it away to begin at $0.00 and lower the caps by what X's console says was spent",
      }),
    )
  })

  it('of a newer version is left alone', () => {
    expect(() => parseMeter('{"format":2}', PATH)).toThrow(
      expect.objectContaining({
        code: 'E_LAKE',
        message: `the meter ${PATH} is of format 2, and this twdw knows formats up to 1`,
      }),
    )
  })
})
