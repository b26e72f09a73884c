import { describe, expect, it } from 'vitest'
import { coverageToText, minutesText } from '../../../src/lib/domain/answer/coverage-text.ts'
import { coverageOf, hoursOf } from '../../../src/lib/domain/coverage.ts'
import { ms, sessionRecord } from '../../support/session-records.ts'

const RANGE = { fromMs: ms('09:00'), toMs: ms('13:00') }

describe('coverageToText', () => {
  it('shows minutes by hour and rule, and says what search does not have and what a person wished', () => {
    const sessions = [
      sessionRecord('10:30', '11:00'),
      sessionRecord('11:15', '11:59:57', { stopped: '11:59:57' }),
      sessionRecord('11:00', '11:05:30', { source: 'search' }),
    ]
    const rows = hoursOf(coverageOf(sessions, RANGE, ms('12:30')))
    expect(coverageToText(rows)).toBe(
      [
        '┌───────────────┬─────────┬──────────┬────────┬─────────┐',
        '│ hour (UTC)    │ rule    │ captured │ filled │ missing │',
        '├───────────────┼─────────┼──────────┼────────┼─────────┤',
        '│ 2026-09-21T10 │ covid19 │       30 │      0 │       0 │',
        '│ 2026-09-21T11 │ covid19 │       45 │    5.5 │     9.6 │',
        '│ 2026-09-21T12 │ covid19 │        0 │      0 │      30 │',
        '└───────────────┴─────────┴──────────┴────────┴─────────┘',
        'minutes of each hour since a rule was first listened to',
        "filled by X's search, which has no retweets, and of an edited tweet the last version only",
        'missing on purpose: 30.1, after a person ended the listening',
        '',
      ].join('\n'),
    )
  })

  it('shows what was stored of what X counts, and no share of nothing', () => {
    const coverage = coverageOf([sessionRecord('10:00', '12:00')], RANGE, ms('12:00'))
    const rows = hoursOf(coverage, (_, hour) =>
      hour === '2026-09-21T10' ? { stored: 1990, counted: 2000 } : { stored: 0, counted: 0 },
    )
    expect(coverageToText(rows)).toBe(
      [
        '┌───────────────┬─────────┬──────────┬────────┬─────────┬────────┬─────────┬────────┐',
        '│ hour (UTC)    │ rule    │ captured │ filled │ missing │ stored │ counted │  ratio │',
        '├───────────────┼─────────┼──────────┼────────┼─────────┼────────┼─────────┼────────┤',
        '│ 2026-09-21T10 │ covid19 │       60 │      0 │       0 │  1,990 │   2,000 │ 99.5 % │',
        '│ 2026-09-21T11 │ covid19 │       60 │      0 │       0 │      0 │       0 │        │',
        '└───────────────┴─────────┴──────────┴────────┴─────────┴────────┴─────────┴────────┘',
        'minutes of each hour since a rule was first listened to',
        'stored and counted are without retweets, which X does not count; X counts quotes and accents in its own way',
        '',
      ].join('\n'),
    )
  })

  it('shows the rule itself where two have one name', () => {
    const sessions = [
      sessionRecord('10:00', '11:00', { rules: [{ name: 'a', value: '#a lang:pt' }] }),
      sessionRecord('10:00', '11:00', { rules: [{ name: 'a', value: '#a' }] }),
    ]
    const text = coverageToText(hoursOf(coverageOf(sessions, RANGE, ms('11:00'))))
    expect(text).toContain('│ 2026-09-21T10 │ #a         │')
    expect(text).toContain('│ 2026-09-21T10 │ #a lang:pt │')
  })

  it('says so when there is nothing', () => {
    expect(coverageToText([])).toBe('nothing was listened to\n')
  })
})

describe('minutesText', () => {
  it.each([
    [0, '0'],
    [1, '<0.1'],
    [2_999, '<0.1'],
    [3_000, '0.1'],
    [3_570_000, '59.5'],
    [3_600_000, '60'],
    [90_000_000, '1,500'],
  ])('shows %i ms as %s', (spanMs, text) => {
    expect(minutesText(spanMs)).toBe(text)
  })
})
