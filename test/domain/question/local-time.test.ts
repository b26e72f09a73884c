import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HOUR_MS } from '../../../src/lib/domain/hour.ts'
import {
  dayToText,
  firstInstantMs,
  instantToLocalText,
  localHours,
  offsetsByDay,
  wallToText,
} from '../../../src/lib/domain/question/local-time.ts'
import { createWallClock, DAY_MS } from '../../../src/lib/domain/time-zone.ts'

const SAO_PAULO = createWallClock('America/Sao_Paulo')
const LORD_HOWE = createWallClock('Australia/Lord_Howe')

const wall = (text: string) => Date.parse(`${text}Z`)
const iso = (ms: number) => new Date(ms).toISOString()

describe('firstInstantMs', () => {
  it.each([
    ['2019-02-16T22:00', '2019-02-17T00:00:00.000Z'],
    ['2019-02-16T23:00', '2019-02-17T01:00:00.000Z'], // of two
    ['2019-02-17T00:00', '2019-02-17T03:00:00.000Z'],
    ['2018-11-03T23:00', '2018-11-04T02:00:00.000Z'],
    ['2018-11-04T00:00', '2018-11-04T03:00:00.000Z'], // never was: the clocks went on at 01:00
    ['2018-11-04T01:00', '2018-11-04T03:00:00.000Z'],
    ['2024-01-01T00:00', '2024-01-01T03:00:00.000Z'],
  ])('takes %s of Sao Paulo for %s', (text, instant) => {
    expect(iso(firstInstantMs(wall(text), SAO_PAULO))).toBe(instant)
  })

  it.each([
    ['2024-10-06T02:00', '2024-10-05T15:30:00.000Z'], // skipped by half: the clocks went on at 02:30
    ['2024-04-07T01:00', '2024-04-06T14:00:00.000Z'],
    ['2024-04-07T02:00', '2024-04-06T15:30:00.000Z'],
  ])('takes %s of Lord Howe, which moves by half an hour, for %s', (text, instant) => {
    expect(iso(firstInstantMs(wall(text), LORD_HOWE))).toBe(instant)
  })

  it('is the first of all instants at which the clocks show as much', () => {
    const zone = fc.constantFrom(
      'America/Sao_Paulo',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'America/St_Johns',
      'UTC',
    )
    const hour = fc.integer({ min: wall('2015-01-01T00:00') / HOUR_MS, max: wall('2025-01-01T00:00') / HOUR_MS })
    fc.assert(
      fc.property(zone, hour, (name, hour) => {
        const clock = createWallClock(name)
        const shows = (ms: number) => ms + clock.offsetMs(ms)
        const ms = firstInstantMs(hour * HOUR_MS, clock)
        expect(shows(ms)).toBeGreaterThanOrEqual(hour * HOUR_MS)
        for (let before = 1; before <= 180; before++) expect(shows(ms - before * 60_000)).toBeLessThan(hour * HOUR_MS)
      }),
      { numRuns: 60 },
    )
  })
})

describe('localHours', () => {
  const texts = (from: string, to: string, clock = SAO_PAULO) =>
    localHours(Date.parse(from), Date.parse(to), clock).map(ms => instantToLocalText(ms, clock.offsetMs))

  it('has the hour 23 twice where summer time ends, and no hour 0 where it begins', () => {
    expect(texts('2019-02-17T01:00Z', '2019-02-17T04:00Z')).toEqual([
      '2019-02-16T23:00-02:00',
      '2019-02-16T23:00-03:00',
      '2019-02-17T00:00-03:00',
    ])
    expect(texts('2018-11-04T02:00Z', '2018-11-04T05:00Z')).toEqual([
      '2018-11-03T23:00-03:00',
      '2018-11-04T01:00-02:00',
      '2018-11-04T02:00-02:00',
    ])
  })

  it('begins hours where a change of half an hour began them', () => {
    expect(texts('2024-04-06T14:00Z', '2024-04-06T17:00Z', LORD_HOWE)).toEqual([
      '2024-04-07T01:00+11:00',
      '2024-04-07T01:30+10:30',
      '2024-04-07T02:00+10:30',
      '2024-04-07T03:00+10:30',
    ])
  })

  it.each([
    ['America/Sao_Paulo', '2018-10-30T03:00Z', '2019-03-01T03:00Z'],
    ['Australia/Lord_Howe', '2024-03-31T13:00Z', '2024-10-20T13:00Z'],
    ['America/St_Johns', '2010-10-30T02:30Z', '2011-04-01T02:30Z'], // clocks changed at 00:01
  ])('are those of %s in which any instant of the span lies', (name, from, to) => {
    const clock = createWallClock(name)
    const asked = new Set<number>()
    for (let ms = Date.parse(from); ms < Date.parse(to); ms += 60_000) asked.add(clock.hourStartMs(ms))
    expect(localHours(Date.parse(from), Date.parse(to), clock)).toEqual([...asked])
  })
})

describe('offsetsByDay', () => {
  it('is what the zone says at every instant', () => {
    const offsetAt = offsetsByDay(SAO_PAULO)
    for (let ms = Date.parse('2019-02-15T00:00Z'); ms < Date.parse('2019-02-19T00:00Z'); ms += HOUR_MS / 4) {
      expect(offsetAt(ms)).toBe(SAO_PAULO.offsetMs(ms))
    }
  })
})

describe('texts', () => {
  it('have no seconds where there are none', () => {
    expect(wallToText(wall('2019-02-16T23:00:00'))).toBe('2019-02-16T23:00')
    expect(wallToText(wall('2019-02-16T23:00:05'))).toBe('2019-02-16T23:00:05')
    expect(wallToText(wall('2019-02-16T23:00:00.250'))).toBe('2019-02-16T23:00:00.250')
    expect(dayToText(wall('2019-02-16T00:00') / DAY_MS)).toBe('2019-02-16')
    expect(instantToLocalText(Date.parse('2024-01-01T00:00Z'), () => 20_700_000)).toBe('2024-01-01T05:45+05:45')
    expect(instantToLocalText(Date.parse('2024-01-01T00:00Z'), () => -12_600_000)).toBe('2023-12-31T20:30-03:30')
  })
})
