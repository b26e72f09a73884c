import { describe, expect, it } from 'vitest'
import { coverageOf } from '../../../src/lib/domain/coverage.ts'
import { coveredShare, listeningByDay, listeningOf, shareText } from '../../../src/lib/domain/picture/listening.ts'
import { lengthMs } from '../../../src/lib/domain/time-spans.ts'
import { createWallClock } from '../../../src/lib/domain/time-zone.ts'
import { ms, sessionRecord } from '../../support/session-records.ts'

const RANGE = { fromMs: ms('00:00'), toMs: ms('12:00') }
const OTHER = { rules: [{ name: 'covid19', value: '#covid19 lang:pt' }] }
const ZONE = { name: 'America/Sao_Paulo', clock: createWallClock('America/Sao_Paulo') }

describe('listeningOf', () => {
  it('has what any of the rules had, and misses what none of them had', () => {
    const sessions = [
      sessionRecord('01:00', '03:00'),
      sessionRecord('02:30', '04:00', OTHER),
      sessionRecord('05:00', '06:00', { source: 'search' }),
      sessionRecord('08:00', '12:00'),
      sessionRecord('08:00', '12:00', OTHER),
    ]
    const listening = listeningOf(coverageOf(sessions, RANGE, ms('12:00')))
    expect(listening).toEqual({
      heard: [
        { fromMs: ms('01:00'), toMs: ms('04:00') },
        { fromMs: ms('08:00'), toMs: ms('12:00') },
      ],
      filled: [{ fromMs: ms('05:00'), toMs: ms('06:00') }],
      missing: [
        { fromMs: ms('04:00'), toMs: ms('05:00') },
        { fromMs: ms('06:00'), toMs: ms('08:00') },
      ],
    })
    expect(coveredShare(listening)).toBe(8 / 11)
    const days = listeningByDay(listening, RANGE, ZONE)
    expect(days.map(({ day, heard, missing }) => [day, lengthMs(heard) / 3.6e6, lengthMs(missing) / 3.6e6])).toEqual([
      ['2026-09-20', 2, 0],
      ['2026-09-21', 5, 3],
    ])
  })

  it('knows nothing where nobody listened', () => {
    expect(coveredShare(listeningOf([]))).toBe(undefined)
    expect(listeningByDay(listeningOf([]), RANGE, ZONE)).toEqual([])
  })
})

describe('shareText', () => {
  it.each([
    [1, '100 %'],
    [0.99999, '99.9 %'],
    [0.5, '50.0 %'],
    [0.00001, '0.1 %'],
    [0, '0 %'],
  ])('writes %s as %s', (share, text) => {
    expect(shareText(share)).toBe(text)
  })
})
