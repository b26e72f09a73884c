import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  firstIdOf,
  isInt64Id,
  MAX_INSTANT_MS,
  MIN_INSTANT_MS,
  parseInstantMs,
  tweetInstantMs,
} from '../../src/lib/domain/instant.ts'

describe('parseInstantMs', () => {
  it.each([
    ['2021-04-08T19:34:30.000Z', '2021-04-08T19:34:30.000Z'],
    ['2021-04-08T19:34:30Z', '2021-04-08T19:34:30.000Z'],
    ['2021-04-08 19:34:30Z', '2021-04-08T19:34:30.000Z'],
    ['2021-04-08t19:34:30.5z', '2021-04-08T19:34:30.500Z'],
    ['2021-04-08T19:59:59.999999999Z', '2021-04-08T19:59:59.999Z'],
    ['2018-11-04T00:00:00.000-03:00', '2018-11-04T03:00:00.000Z'],
    ['2018-11-04T00:00:00+0530', '2018-11-03T18:30:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
    ['9999-12-30T23:59:59.999Z', '9999-12-30T23:59:59.999Z'],
    ['Fri Feb 12 21:45:50 +0000 2021', '2021-02-12T21:45:50.000Z'],
    ['Fri Feb 12 21:45:50 -0300 2021', '2021-02-13T00:45:50.000Z'],
  ])('reads %s', (text, instant) => {
    expect(parseInstantMs(text)).toBe(Date.parse(instant))
  })

  it.each([
    '',
    'yesterday',
    '2021-04-08',
    '2021-04-08T19:34:30',
    '2021-02-29T00:00:00Z',
    '2021-04-31T00:00:00Z',
    '2021-13-01T00:00:00Z',
    '2021-00-01T00:00:00Z',
    '2021-04-00T00:00:00Z',
    '2021-04-08T24:00:00Z',
    '2021-04-08T19:60:00Z',
    '2021-04-08T19:34:60Z',
    '1970-01-01T00:00:00+01:00',
    '9999-12-30T23:59:59-01:00',
    // what programs write for no time at all
    '0001-01-01T00:00:00Z',
    '1601-01-01T00:00:00Z',
    'Fri Fev 12 21:45:50 +0000 2021',
    'Fri Feb 30 21:45:50 +0000 2021',
    '1612345678',
  ])('finds no instant in "%s"', text => {
    expect(parseInstantMs(text)).toBeUndefined()
  })

  it('reads every instant of its years that JavaScript writes', () => {
    const years = { min: new Date(MIN_INSTANT_MS), max: new Date(MAX_INSTANT_MS) }
    fc.assert(
      fc.property(
        fc.date({ ...years, noInvalidDate: true }),
        date => parseInstantMs(date.toISOString()) === date.getTime(),
      ),
    )
  })
})

describe('tweetInstantMs', () => {
  it('takes created_at, though the id knows the millisecond', () => {
    expect(tweetInstantMs('1346889436626259968', '2021-01-06T18:40:40.000Z')).toBe(
      Date.parse('2021-01-06T18:40:40.000Z'),
    )
  })

  it('takes the id where there is no created_at', () => {
    expect(tweetInstantMs('1346889436626259968', null)).toBe(Date.parse('2021-01-06T18:40:40.344Z'))
  })

  it('knows no time of an id that was counted, nor of a created_at that is none', () => {
    expect(tweetInstantMs('30000000000', null)).toBeUndefined()
    expect(tweetInstantMs('20', null)).toBeUndefined()
    expect(tweetInstantMs('1346889436626259968', 'yesterday')).toBeUndefined()
  })

  it('finds in an id the millisecond that it was made of', () => {
    const ms = fc.integer({ min: Date.parse('2010-11-05T00:00:00Z'), max: Date.parse('2079-01-01T00:00:00Z') })
    fc.assert(fc.property(ms, at => tweetInstantMs(String(firstIdOf(at)), null) === at))
  })
})

describe('isInt64Id', () => {
  it.each(['1', '9007199254740993', '9223372036854775807'])('accepts %s', id => {
    expect(isInt64Id(id)).toBe(true)
  })

  it.each(['', '0', '01', '-1', '1.5', '1e3', ' 1', '١', '9223372036854775808', '10000000000000000000'])(
    'refuses %s',
    id => {
      expect(isInt64Id(id)).toBe(false)
    },
  )
})
