import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HOUR_MS, hourOf, hourStartMs, isClosed, isInRange, nextHour, parseHour } from '../../src/lib/domain/hour.ts'

describe('parseHour', () => {
  it.each([
    ['2024-01-01T10', '2024-01-01T10'],
    ['2024-01-01T10Z', '2024-01-01T10'],
    ['2024-01-01T10:00', '2024-01-01T10'],
    ['2024-01-01T07-03:00', '2024-01-01T10'],
    ['2024-01-01T23-03:00', '2024-01-02T02'],
    ['2024-10-10T10', '2024-10-10T10'],
  ])('reads %s as %s', (text, hour) => expect(parseHour(text)).toBe(hour))

  it.each([
    '',
    '2024-01-01',
    '2024-13-01T10',
    '2024-02-30T10',
    '2024-01-01T24',
    '2024-1-1T1',
    '2024-01-01T10:30',
    'now',
  ])('refuses "%s"', text => {
    expect(() => parseHour(text)).toThrow(`not an hour: "${text}"`)
  })

  it('refuses a time that starts inside a UTC hour and names the two it lies between', () => {
    expect(() => parseHour('2024-01-01T10+05:45')).toThrow(
      '"2024-01-01T10+05:45" starts inside a UTC hour, and the lake is partitioned by UTC hours',
    )
  })
})

describe('hours', () => {
  const instants = fc.integer({ min: Date.UTC(2006, 0), max: Date.UTC(2100, 0) })

  it('contain their instants, half-open, and sort as text as they sort by time: property', () => {
    fc.assert(
      fc.property(instants, instants, (a, b) => {
        const start = hourStartMs(hourOf(a))
        expect(a - start).toBeGreaterThanOrEqual(0)
        expect(a - start).toBeLessThan(HOUR_MS)
        expect(hourOf(a) < hourOf(b)).toBe(Math.floor(a / HOUR_MS) < Math.floor(b / HOUR_MS))
        expect(parseHour(hourOf(a))).toBe(hourOf(a))
        expect(hourStartMs(nextHour(hourOf(a)))).toBe(start + HOUR_MS)
      }),
    )
  })

  it('close only after the grace has passed', () => {
    const hour = parseHour('2024-01-01T10')
    const endMs = Date.parse('2024-01-01T11:00:00Z')
    expect(isClosed(hour, endMs + 120_000, 120_000)).toBe(false)
    expect(isClosed(hour, endMs + 120_001, 120_000)).toBe(true)
  })

  it('lie in half-open ranges', () => {
    const range = { from: parseHour('2024-01-01T10'), to: parseHour('2024-01-01T12') }
    const inside = ['2024-01-01T09', '2024-01-01T10', '2024-01-01T11', '2024-01-01T12'].map(text =>
      isInRange(parseHour(text), range),
    )
    expect(inside).toEqual([false, true, true, false])
    expect(isInRange(parseHour('1999-01-01T00'), { from: undefined, to: undefined })).toBe(true)
  })
})
