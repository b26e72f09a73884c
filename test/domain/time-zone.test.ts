import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createWallClock, DAY_MS, parseTimeZone } from '../../src/lib/domain/time-zone.ts'
import { hourStart, wallClock } from '../support/obvious-star.ts'

const ZONES = [
  'America/Sao_Paulo',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'America/St_Johns',
  'America/New_York',
  'Europe/Lisbon',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Asia/Pyongyang',
  'America/Caracas',
  'UTC',
]
/** changes of the clocks in one of the zones or another */
const CHANGES = [
  '2018-11-04T03:00Z',
  '2019-02-17T02:00Z',
  '2024-04-06T15:00Z',
  '2024-10-05T15:30Z',
  '2010-03-14T03:31Z',
  '2010-11-07T02:31Z',
  '2024-03-10T07:00Z',
  '2024-11-03T06:00Z',
  '2024-03-31T01:00Z',
  '2024-03-10T02:00Z',
  '2011-12-30T10:00Z',
  '2015-08-14T15:00Z',
  '2016-05-01T07:00Z',
]
const nearChange = fc
  .tuple(fc.constantFrom(...CHANGES), fc.integer({ min: -4 * 3_600_000, max: 4 * 3_600_000 }))
  .map(([change, ms]) => Date.parse(change) + ms)
const anyInstant = fc.oneof(nearChange, fc.integer({ min: Date.parse('2006-03-21Z'), max: Date.parse('2037-12-31Z') }))

const wallOf = (timeZone: string, instant: string) => {
  const ms = Date.parse(instant)
  return new Date(ms + createWallClock(timeZone).offsetMs(ms)).toISOString().slice(0, -1)
}
const hourStartOf = (timeZone: string, instant: string) =>
  new Date(createWallClock(timeZone).hourStartMs(Date.parse(instant))).toISOString()
const dayOf = (timeZone: string, day: string) => {
  const { dayStartMs } = createWallClock(timeZone)
  const number = Date.parse(day) / DAY_MS
  return {
    start: new Date(dayStartMs(number)).toISOString(),
    hours: (dayStartMs(number + 1) - dayStartMs(number)) / 3_600_000,
  }
}

describe('a wall clock', () => {
  it('shows what Intl shows, near every change of the clocks too', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), anyInstant, (timeZone, ms) => {
        expect(wallOf(timeZone, new Date(ms).toISOString())).toBe(wallClock(ms, timeZone))
      }),
      { numRuns: 1000 },
    )
  })

  it('began its hour where the minutes, walked back one by one, stop running on', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), anyInstant, (timeZone, ms) => {
        expect(createWallClock(timeZone).hourStartMs(ms)).toBe(hourStart(ms, timeZone))
      }),
    )
  })

  it.each([
    ['America/Sao_Paulo', '2018-11-04T02:59:59.999Z', '2018-11-03T23:59:59.999', '2018-11-04T02:00:00.000Z'],
    ['America/Sao_Paulo', '2018-11-04T03:00:00.000Z', '2018-11-04T01:00:00.000', '2018-11-04T03:00:00.000Z'],
    ['America/Sao_Paulo', '2019-02-17T01:30:00.000Z', '2019-02-16T23:30:00.000', '2019-02-17T01:00:00.000Z'],
    ['America/Sao_Paulo', '2019-02-17T02:30:00.000Z', '2019-02-16T23:30:00.000', '2019-02-17T02:00:00.000Z'],
    ['America/Sao_Paulo', '2025-01-01T02:30:00.000Z', '2024-12-31T23:30:00.000', '2025-01-01T02:00:00.000Z'],
    ['Asia/Kathmandu', '2024-01-01T10:10:00.000Z', '2024-01-01T15:55:00.000', '2024-01-01T09:15:00.000Z'],
    ['Asia/Kolkata', '2024-01-01T10:10:00.000Z', '2024-01-01T15:40:00.000', '2024-01-01T09:30:00.000Z'],
    ['Australia/Lord_Howe', '2024-04-06T15:10:00.000Z', '2024-04-07T01:40:00.000', '2024-04-06T15:00:00.000Z'],
    ['America/St_Johns', '2010-11-07T02:30:59.999Z', '2010-11-07T00:00:59.999', '2010-11-07T02:30:00.000Z'],
    ['America/St_Johns', '2010-11-07T02:31:00.000Z', '2010-11-06T23:01:00.000', '2010-11-07T02:31:00.000Z'],
    ['UTC', '1969-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999', '1969-12-31T23:00:00.000Z'],
  ])('in %s at %s shows %s, in the hour that began at %s', (timeZone, instant, wall, start) => {
    expect(wallOf(timeZone, instant)).toBe(wall)
    expect(hourStartOf(timeZone, instant)).toBe(start)
  })

  it.each([
    ['America/Sao_Paulo', '2018-11-03', '2018-11-03T03:00:00.000Z', 24],
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00.000Z', 23],
    ['America/Sao_Paulo', '2019-02-16', '2019-02-16T02:00:00.000Z', 25],
    ['America/Sao_Paulo', '2024-06-01', '2024-06-01T03:00:00.000Z', 24],
    ['Australia/Lord_Howe', '2024-04-07', '2024-04-06T13:00:00.000Z', 24.5],
    ['Pacific/Apia', '2011-12-29', '2011-12-29T10:00:00.000Z', 24],
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00.000Z', 0],
    ['Asia/Kathmandu', '2024-01-01', '2023-12-31T18:15:00.000Z', 24],
    // the clocks go back from 01:00 to 00:00: there are two midnights
    ['America/Havana', '2023-11-05', '2023-11-05T04:00:00.000Z', 25],
  ])('in %s the day %s begins at %s and has %d hours', (timeZone, day, start, hours) => {
    expect(dayOf(timeZone, day)).toEqual({ start, hours })
  })
})

describe('parseTimeZone', () => {
  it.each([...ZONES, 'Etc/GMT+3', 'America/Argentina/Buenos_Aires'])('takes %s', name => {
    expect(parseTimeZone(name)).toBe(name)
  })

  it.each(['', 'Sao Paulo', 'America/Sao Paulo', 'Mars/Olympus', '-03:00', '+0530', 'Z3', '../UTC'])(
    'refuses "%s" and says what to write',
    text => {
      expect(() => parseTimeZone(text)).toThrow(
        expect.objectContaining({
          code: 'E_USAGE',
          message: `not a time zone: "${text}"`,
          hint: 'name one of the IANA data base, such as America/Sao_Paulo, Asia/Kolkata or UTC',
        }),
      )
    },
  )

  it('refuses a name in other letters than the data base has, and gives the right ones', () => {
    expect(() => parseTimeZone('america/sao_paulo')).toThrow(
      expect.objectContaining({ code: 'E_USAGE', hint: 'write America/Sao_Paulo' }),
    )
  })
})
