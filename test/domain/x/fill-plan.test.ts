import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coverageOf } from '../../../src/lib/domain/coverage.ts'
import type { SessionRecord } from '../../../src/lib/domain/session.ts'
import { lengthMs, type TimeSpan, unionOf } from '../../../src/lib/domain/time-spans.ts'
import { type FillWindow, planFill } from '../../../src/lib/domain/x/fill-plan.ts'
import { ms, sessionRecord } from '../../support/session-records.ts'

const A = { name: 'a', value: '#a' }
const B = { name: 'b', value: '#b' }
const NOW = ms('16:00')
const DAY_MS = 86_400_000

const clockText = ({ fromMs, toMs }: TimeSpan) =>
  [fromMs, toMs].map(at => new Date(at).toISOString().slice(8, 19).replace(/:00$/, '')).join(' to ')
const windowText = (window: FillWindow) => `${clockText(window)}: ${window.question.query}`

/** Listening to #a unless a record says otherwise. */
const record = (from: string, to: string, about: Partial<SessionRecord> = {}) =>
  sessionRecord(from, to, { rules: [A], ...about })

function windowsOf(sessions: readonly SessionRecord[], wish: { rules?: (typeof A)[]; backfillMs?: number } = {}) {
  return planFill({ rules: [A], backfillMs: undefined, ...wish }, sessions, NOW).windows.map(windowText)
}

describe('planFill', () => {
  it('fills what nobody wished, the newest first', () => {
    const sessions = [record('10:00', '11:00'), record('12:00', '13:00'), record('13:30', '16:00')]
    expect(windowsOf(sessions)).toEqual(['21T13:00 to 21T13:30: #a', '21T11:00 to 21T12:00: #a'])
  })

  it('leaves what a person ended, and what was before the first session, unless it is to be filled back', () => {
    const sessions = [record('10:00', '11:00', { stopped: '11:00' }), record('12:00', '16:00')]
    expect(windowsOf(sessions)).toEqual([])
    expect(windowsOf(sessions, { backfillMs: 7 * 3_600_000 })).toEqual([
      '21T11:00 to 21T12:00: #a',
      '21T09:00 to 21T10:00: #a',
    ])
  })

  it('fills what nobody wished as far as search reaches, however short the backfill', () => {
    const sessions = [record('2026-09-20T10:00:00Z', '2026-09-20T11:00:00Z'), record('12:00', '16:00')]
    expect(windowsOf(sessions, { backfillMs: 3_600_000 })).toEqual(['20T11:00 to 21T12:00: #a'])
  })

  it('fills back a lake that has no session but the one that runs', () => {
    const running = record('16:00', '16:00', { ended: null })
    expect(windowsOf([running], { backfillMs: 2 * DAY_MS })).toEqual(['19T16:00 to 21T15:59:15: #a'])
  })

  it('does not fill twice what a search that broke off has filled', () => {
    const sessions = [
      record('10:00', '11:00'),
      record('12:00', '16:00'),
      record('11:20', '12:00', { source: 'search' }),
    ]
    expect(windowsOf(sessions)).toEqual(['21T11:00 to 21T11:20: #a'])
  })

  it('leaves what search does not reach, and says so', () => {
    const sessions = [record('2026-09-10T00:00:00Z', '2026-09-12T00:00:00Z'), record('12:00', '16:00')]
    const { windows, outOfReach } = planFill({ rules: [A], backfillMs: undefined }, sessions, NOW)
    expect(windows.map(windowText)).toEqual(['14T16:10 to 21T12:00: #a'])
    expect(outOfReach.map(clockText)).toEqual(['12T00:00 to 14T16:10'])
  })

  it('does not tell at every start of gaps that were out of reach long ago', () => {
    const sessions = [record('2026-09-01T00:00:00Z', '2026-09-02T00:00:00Z'), record('2026-09-03T00:00:00Z', '16:00')]
    const { windows, outOfReach } = planFill({ rules: [A], backfillMs: undefined }, sessions, NOW)
    expect({ windows, outOfReach }).toEqual({ windows: [], outOfReach: [] })
  })

  it('waits with a gap until search surely has its end: half a minute, and the overlap', () => {
    const sessions = (began: string) => [record('10:00', '15:58'), record(began, '16:00', { ended: null })]
    expect(windowsOf(sessions('15:59:15.001'))).toEqual([])
    expect(windowsOf(sessions('15:59:15'))).toEqual(['21T15:58 to 21T15:59:15: #a'])
  })

  it('fills the ripe part of a gap that goes on, when there is enough of it', () => {
    expect(windowsOf([record('10:00', '15:54:16')])).toEqual([])
    expect(windowsOf([record('10:00', '15:54:15')])).toEqual(['21T15:54:15 to 21T15:59:15: #a'])
  })

  it('asks for rules together where both have a gap, and for one where only one has', () => {
    const sessions = [
      record('10:00', '11:00', { rules: [A, B] }),
      record('12:00', '16:00', { rules: [A, B] }),
      record('11:20', '11:40', { rules: [B], source: 'search' }),
    ]
    expect(windowsOf(sessions, { rules: [A, B] })).toEqual([
      '21T11:40 to 21T12:00: #a OR #b',
      '21T11:20 to 21T11:40: #a',
      '21T11:00 to 21T11:20: #a OR #b',
    ])
  })

  it('asks for nothing that is not listened to any more', () => {
    const sessions = [record('10:00', '11:00', { rules: [A, B] }), record('12:00', '16:00', { rules: [A] })]
    expect(windowsOf(sessions)).toEqual(['21T11:00 to 21T12:00: #a'])
  })

  it('tells of a sample that has a gap, and of none that has not', () => {
    const sampled = { name: 'a', value: '#a sample:10' }
    const sessions = [
      record('10:00', '11:00', { rules: [sampled, B] }),
      record('12:00', '16:00', { rules: [sampled, B] }),
    ]
    const plan = planFill({ rules: [sampled, B], backfillMs: undefined }, sessions, NOW)
    expect(plan.unaskable).toEqual([{ rule: sampled, because: 'sample' }])
    expect(plan.windows.map(windowText)).toEqual(['21T11:00 to 21T12:00: #b'])
    expect(planFill({ rules: [sampled], backfillMs: undefined }, sessions.slice(1), NOW).unaskable).toEqual([])
  })

  it('asks, whatever the sessions, for every ripe moment that nobody wished to miss, for each rule once', () => {
    const minutes = fc.integer({ min: 0, max: 120 })
    const sessionsOf = fc.array(
      fc
        .record({
          start: minutes,
          length: fc.integer({ min: 0, max: 20 }),
          rules: fc.subarray([A, B], { minLength: 1 }),
        })
        .map(({ start, length, rules }) => {
          const at = (minute: number) => new Date(ms('10:00') + minute * 60_000).toISOString()
          return record(at(start), at(start + length), { rules, stopped: null })
        }),
      { maxLength: 8 },
    )
    fc.assert(
      fc.property(sessionsOf, sessions => {
        const { windows, gaps } = planFill({ rules: [A, B], backfillMs: undefined }, sessions, NOW)
        const coverage = coverageOf(sessions, { fromMs: 0, toMs: NOW }, NOW)
        for (const rule of [A, B]) {
          const unwished = coverage.find(each => each.rule.value === rule.value)?.missing.filter(gap => !gap.onPurpose)
          const ripeMs = lengthMs((unwished ?? []).map(gap => ({ ...gap, toMs: Math.min(gap.toMs, NOW - 45_000) })))
          const own = windows.filter(({ question }) => question.rules.includes(rule))
          expect(lengthMs(own)).toBe(ripeMs)
          // no moment is asked for twice
          expect(lengthMs(unionOf(own))).toBe(ripeMs)
          const heard = unionOf(
            sessions
              .filter(({ rules }) => rules.includes(rule))
              .map(each => ({ fromMs: Date.parse(each.from), toMs: Date.parse(each.to) })),
          )
          for (const window of own) {
            expect(heard.some(span => span.fromMs < window.toMs && window.fromMs < span.toMs)).toBe(false)
          }
        }
        expect(windows.map(({ toMs }) => toMs)).toEqual(windows.map(({ toMs }) => toMs).sort((a, b) => b - a))
        expect(gaps).toEqual(unionOf(windows))
      }),
    )
  })
})
