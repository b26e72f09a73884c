import { describe, expect, it } from 'vitest'
import {
  hoursOfSpan,
  parseAskedTag,
  parseBy,
  parseKind,
  parsePivot,
  parseUser,
  parseWallTime,
  resolveSpan,
} from '../../../src/lib/domain/question/preset.ts'
import { createWallClock } from '../../../src/lib/domain/time-zone.ts'

const zoneOf = (name: string) => ({ name, clock: createWallClock(name) })
const SAO_PAULO = zoneOf('America/Sao_Paulo')

const spanOf = (from: string | undefined, to: string | undefined, zone = SAO_PAULO) => {
  const { fromMs, toMs } = resolveSpan(
    { from: from && parseWallTime(from), to: to && parseWallTime(to) } as never,
    zone,
  )
  return [fromMs, toMs].map(ms => (ms === undefined ? undefined : new Date(ms).toISOString()))
}

describe('resolveSpan', () => {
  it('means days and hours of the lake, whatever the machine thinks', () => {
    expect(spanOf('2024-01-01', '2024-01-02T12')).toEqual(['2024-01-01T03:00:00.000Z', '2024-01-02T15:00:00.000Z'])
    expect(spanOf('2024-01-01', undefined)).toEqual(['2024-01-01T03:00:00.000Z', undefined])
    expect(spanOf(undefined, '2024-01-01T05:00', zoneOf('Asia/Kathmandu'))).toEqual([
      undefined,
      '2023-12-31T23:15:00.000Z',
    ])
  })

  it('takes both hours 23 of the night in which summer time ends, unless an offset names one', () => {
    expect(spanOf('2019-02-16T23', '2019-02-17')).toEqual(['2019-02-17T01:00:00.000Z', '2019-02-17T03:00:00.000Z'])
    expect(spanOf('2019-02-16T23-03:00', '2019-02-17')).toEqual([
      '2019-02-17T02:00:00.000Z',
      '2019-02-17T03:00:00.000Z',
    ])
    expect(spanOf('2019-02-17T02Z', undefined)).toEqual(['2019-02-17T02:00:00.000Z', undefined])
  })

  it('refuses a span without time', () => {
    expect(() => spanOf('2024-01-02', '2024-01-02')).toThrow(
      expect.objectContaining({ code: 'E_USAGE', message: 'there is no time from 2024-01-02 to 2024-01-02' }),
    )
    // 00:00 and 01:00 of that day are the same instant
    expect(() => spanOf('2018-11-04T00', '2018-11-04T01')).toThrow(
      expect.objectContaining({ code: 'E_USAGE', message: 'there is no time from 2018-11-04T00 to 2018-11-04T01' }),
    )
  })

  it('refuses an offset that cuts an hour of the lake in two', () => {
    expect(() => spanOf('2024-01-01T00Z', undefined, zoneOf('Asia/Kathmandu'))).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message: '"2024-01-01T00Z" lies inside an hour of Asia/Kathmandu, and tweets are counted by its hours',
      }),
    )
  })
})

describe('parseWallTime', () => {
  it.each([
    '2024-02-30',
    '2024-01-01T24',
    '2024-01-01T10:30',
    '01/02/2024',
    '2024-01-01Z',
    '2024',
    '',
    '2024-01-01T10+99:00',
    // no time of X's, and years that zones cannot tell
    '0001-01-01',
    '9999-12-31',
  ])('refuses %j', text => {
    expect(() => parseWallTime(text)).toThrow(
      expect.objectContaining({ code: 'E_USAGE', message: `not a date or an hour: "${text}"` }),
    )
  })
})

describe('hoursOfSpan', () => {
  it('are all UTC hours that a local hour touches', () => {
    const kathmandu = resolveSpan(
      { from: parseWallTime('2024-01-01'), to: parseWallTime('2024-01-01T01') },
      zoneOf('Asia/Kathmandu'),
    )
    expect(hoursOfSpan(kathmandu)).toEqual({ from: '2023-12-31T18', to: '2023-12-31T20' })
    const saoPaulo = resolveSpan({ from: parseWallTime('2024-01-01'), to: parseWallTime('2024-01-01T01') }, SAO_PAULO)
    expect(hoursOfSpan(saoPaulo)).toEqual({ from: '2024-01-01T03', to: '2024-01-01T04' })
    expect(hoursOfSpan({ fromMs: undefined, toMs: undefined })).toEqual({ from: undefined, to: undefined })
  })
})

describe('words of a question', () => {
  it('name a column to lay across, or say as a settings file does whether the last one is', () => {
    expect(['true', 'false', 'last', 'tag', 'hour-of-day'].map(parsePivot)).toEqual([
      'last',
      undefined,
      'last',
      'tag',
      'hour-of-day',
    ])
    expect(() => parsePivot('minute')).toThrow(expect.objectContaining({ message: 'not a column: "minute"' }))
  })

  it('take a tag in any spelling, and more than X takes now', () => {
    expect(['#Covid19', ' ＣＯＶＩＤ19 ', '＃covid19', '2020', "it's"].map(parseAskedTag)).toEqual([
      'covid19',
      'covid19',
      'covid19',
      '2020',
      "it's",
    ])
    expect(() => parseAskedTag('#')).toThrow(
      expect.objectContaining({ code: 'E_USAGE', message: 'not a hashtag: "#"' }),
    )
  })

  it('tell a name of digits from an id', () => {
    expect(['@Ana_1', 'ANA', '9007199254740993', '@123'].map(parseUser)).toEqual([
      { username: 'ana_1' },
      { username: 'ana' },
      { id: '9007199254740993' },
      { username: '123' },
    ])
    for (const text of ['a b', "o'x", '', '99999999999999999999', '0']) {
      expect(() => parseUser(text)).toThrow(
        expect.objectContaining({ code: 'E_USAGE', message: `not a user: "${text}"` }),
      )
    }
  })

  it('name the choices where a word is none of them', () => {
    expect(parseBy('hour-of-day')).toBe('hour-of-day')
    expect(() => parseBy('minute')).toThrow(
      expect.objectContaining({ code: 'E_USAGE', message: 'not a way to part tweets: "minute"' }),
    )
    expect(() => parseKind('post')).toThrow(
      expect.objectContaining({ hint: 'write one of original, retweet, reply, quote' }),
    )
  })
})
