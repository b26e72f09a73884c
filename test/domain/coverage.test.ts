import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coverageOf, type Gap, hoursOf, sessionsAfter } from '../../src/lib/domain/coverage.ts'
import { endMs, type SessionRecord, startMs } from '../../src/lib/domain/session.ts'
import type { TimeSpan } from '../../src/lib/domain/time-spans.ts'
import { instant, ms, sessionRecord } from '../support/session-records.ts'

const ALWAYS: TimeSpan = { fromMs: 0, toMs: ms('2030-01-01T00:00:00Z') }
const NOW = ms('16:00')
const A = { name: 'a', value: '#a' }
const B = { name: 'b', value: '#b' }

const clockText = (span: TimeSpan) =>
  [span.fromMs, span.toMs].map(at => new Date(at).toISOString().slice(11, 16)).join('-')
const gapText = (gap: Gap) => `${clockText(gap)}${gap.onPurpose ? ' on purpose' : ''}`

/** Of one rule alone, as `10:00-11:00`. */
function covered(sessions: readonly SessionRecord[], nowMs = NOW, range = ALWAYS) {
  const [first] = coverageOf(sessions, range, nowMs)
  return {
    captured: first!.captured.map(clockText),
    filled: first!.filled.map(clockText),
    missing: first!.missing.map(gapText),
  }
}

describe('coverageOf', () => {
  it('merges sessions that overlap or repeat, and finds the gaps between and after them', () => {
    const sessions = [
      sessionRecord('13:00', '14:00'),
      sessionRecord('10:00', '11:00'),
      sessionRecord('10:30', '11:30'),
      sessionRecord('10:00', '11:00'),
    ]
    expect(covered(sessions)).toEqual({
      captured: ['10:00-11:30', '13:00-14:00'],
      filled: [],
      missing: ['11:30-13:00', '14:00-16:00'],
    })
  })

  it('takes for filled what was searched and not listened to', () => {
    const sessions = [
      sessionRecord('10:00', '11:00'),
      sessionRecord('12:00', '16:00'),
      sessionRecord('10:45', '11:20', { source: 'search' }),
      sessionRecord('11:40', '12:15', { source: 'search' }),
    ]
    expect(covered(sessions)).toEqual({
      captured: ['10:00-11:00', '12:00-16:00'],
      filled: ['11:00-11:20', '11:40-12:00'],
      missing: ['11:20-11:40'],
    })
  })

  it('knows a rule by its value, so that a language that is named or a sample makes another one', () => {
    const sessions = [
      sessionRecord('10:00', '11:00', { rules: [{ name: 'a', value: '#a lang:pt' }] }),
      sessionRecord('12:00', '13:00', { rules: [A] }),
    ]
    const coverage = coverageOf(sessions, ALWAYS, ms('13:00'))
    expect(coverage.map(({ rule, missing }) => [rule.value, missing.map(gapText)])).toEqual([
      ['#a', []],
      ['#a lang:pt', ['11:00-12:00', '12:00-13:00 on purpose']],
    ])
  })

  it('gives the time after a person ended it to the person, up to the next session', () => {
    const sessions = [
      sessionRecord('10:00', '11:00', { stopped: '11:00' }),
      sessionRecord('12:00', '13:00'),
      sessionRecord('14:00', '15:00'),
    ]
    expect(covered(sessions).missing).toEqual(['11:00-12:00 on purpose', '13:00-14:00', '15:00-16:00'])
  })

  it('cuts a gap where a person ended what had been lost before', () => {
    const sessions = [sessionRecord('10:00', '11:00', { stopped: '11:40' }), sessionRecord('14:00', '16:00')]
    expect(covered(sessions).missing).toEqual(['11:00-11:40', '11:40-14:00 on purpose'])
  })

  it('takes a session that heard nothing for a wish all the same', () => {
    const sessions = [
      sessionRecord('10:00', '11:00', { stopped: '11:00' }),
      sessionRecord('12:00', '12:00'),
      sessionRecord('14:00', '16:00'),
    ]
    expect(covered(sessions).missing).toEqual(['11:00-12:00 on purpose', '12:00-14:00'])
  })

  it('takes a rule that was left out for left out on purpose', () => {
    const sessions = [
      sessionRecord('10:00', '11:00', { rules: [A, B] }),
      sessionRecord('12:00', '13:00', { rules: [B] }),
      sessionRecord('14:00', '16:00', { rules: [A, B] }),
    ]
    const coverage = coverageOf(sessions, ALWAYS, NOW)
    expect(coverage.map(({ rule, missing }) => [rule.name, missing.map(gapText)])).toEqual([
      ['a', ['11:00-12:00', '12:00-14:00 on purpose']],
      ['b', ['11:00-12:00', '13:00-14:00']],
    ])
  })

  it('remembers whose wish a gap was on both sides of what was searched in it', () => {
    const sessions = [
      sessionRecord('10:00', '11:00', { stopped: '11:00' }),
      sessionRecord('14:00', '16:00'),
      sessionRecord('12:00', '13:00', { source: 'search' }),
    ]
    expect(covered(sessions).missing).toEqual(['11:00-12:00 on purpose', '13:00-14:00 on purpose'])
  })

  it('remembers whose wish a gap was where only its end is in the range', () => {
    const sessions = [sessionRecord('10:00', '11:00', { stopped: '11:00' }), sessionRecord('14:00', '16:00')]
    expect(covered(sessions, NOW, { fromMs: ms('13:30'), toMs: ms('14:30') })).toEqual({
      captured: ['14:00-14:30'],
      filled: [],
      missing: ['13:30-14:00 on purpose'],
    })
  })

  it('does not call missing what a running session may have heard since its record was written', () => {
    const running = sessionRecord('10:00', '15:59', { ended: null })
    expect(covered([running]).missing).toEqual([])
    expect(covered([running], ms('16:10')).missing).toEqual(['15:59-16:10'])
  })

  it('has nothing to say about files and the generator', () => {
    const sessions = (['replay', 'demo'] as const).map(source => sessionRecord('10:00', '11:00', { source, rules: [] }))
    expect(coverageOf(sessions, ALWAYS, NOW)).toEqual([])
  })

  it('has no gaps of a rule that was searched for and never listened to', () => {
    const [only] = coverageOf([sessionRecord('10:00', '11:00', { source: 'search' })], ALWAYS, NOW)
    expect(only).toMatchObject({ sinceMs: undefined, captured: [], missing: [] })
    expect(only!.filled.map(clockText)).toEqual(['10:00-11:00'])
  })
})

const DAY_MINUTES = 60
const START_MS = ms('10:00')
const at = (minute: number) => new Date(START_MS + minute * 60_000).toISOString()

const someSessions = fc.array(
  fc
    .record({
      start: fc.integer({ min: 0, max: DAY_MINUTES }),
      minutes: fc.integer({ min: 0, max: 12 }),
      isSearch: fc.boolean(),
      rules: fc.subarray([A, B], { minLength: 1 }),
      stoppedAfter: fc.option(fc.integer({ min: 0, max: 5 })),
    })
    .map(({ start, minutes, isSearch, rules, stoppedAfter }) =>
      sessionRecord(at(start), at(start + minutes), {
        source: isSearch ? 'search' : 'stream',
        rules,
        stopped: isSearch || stoppedAfter === null ? null : at(start + minutes + stoppedAfter),
      }),
    ),
  { maxLength: 10 },
)

/** Minute by minute, as one would do it with a pencil. */
function obviousMinutes(sessions: readonly SessionRecord[], value: string, nowMs: number): string[] {
  const own = sessions.filter(({ rules }) => rules.some(rule => rule.value === value))
  const streams = own.filter(({ source }) => source === 'stream')
  const isIn = (records: readonly SessionRecord[], minuteMs: number) =>
    records.some(record => startMs(record) <= minuteMs && minuteMs < endMs(record))
  const states: string[] = []
  let isMeant = true
  for (let minute = 0; minute < DAY_MINUTES + 20; minute++) {
    const minuteMs = START_MS + minute * 60_000
    const isHeard = isIn(streams, minuteMs)
    if (isHeard) isMeant = true
    else {
      const others = sessions.filter(record => record.source === 'stream' && !own.includes(record))
      const begin = streams.some(record => startMs(record) === minuteMs)
      const leave = others.some(record => startMs(record) === minuteMs)
      const stop = streams.some(record => record.stopped !== null && Date.parse(record.stopped) === minuteMs)
      if (begin) isMeant = true
      if (leave || stop) isMeant = false
    }
    const isSince = streams.some(record => startMs(record) <= minuteMs)
    if (isHeard) states.push('captured')
    else if (isIn(own, minuteMs)) states.push('filled')
    else if (isSince && minuteMs < nowMs) states.push(isMeant ? 'missing' : 'missing on purpose')
    else states.push('-')
  }
  return states
}

describe('coverage, whatever the sessions', () => {
  it('is what it is minute by minute, for each rule', () => {
    fc.assert(
      fc.property(someSessions, fc.integer({ min: 0, max: DAY_MINUTES }), (sessions, now) => {
        const nowMs = START_MS + now * 60_000
        for (const { rule, captured, filled, missing } of coverageOf(sessions, ALWAYS, nowMs)) {
          const states = Array.from({ length: DAY_MINUTES + 20 }, (_, minute) => {
            const minuteMs = START_MS + minute * 60_000
            const isIn = (spans: readonly TimeSpan[]) => spans.some(s => s.fromMs <= minuteMs && minuteMs < s.toMs)
            const gap = missing.find(s => s.fromMs <= minuteMs && minuteMs < s.toMs)
            const found = [isIn(captured) ? 'captured' : [], isIn(filled) ? 'filled' : []].flat()
            if (gap !== undefined) found.push(gap.onPurpose ? 'missing on purpose' : 'missing')
            return found.join(' and ') || '-'
          })
          expect(states).toEqual(obviousMinutes(sessions, rule.value, nowMs))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('is the same in whatever order the records are read', () => {
    fc.assert(
      fc.property(someSessions, sessions => {
        const nowMs = START_MS + DAY_MINUTES * 60_000
        expect(coverageOf(sessions.toReversed(), ALWAYS, nowMs)).toEqual(coverageOf(sessions, ALWAYS, nowMs))
      }),
    )
  })

  it('follows, from a moment on, from few of the sessions', () => {
    fc.assert(
      fc.property(someSessions, fc.integer({ min: 0, max: DAY_MINUTES }), (sessions, minute) => {
        // as they come: the later one ends later, and no two overlap
        const inTurn = sessions
          .toSorted((a, b) => startMs(a) - startMs(b))
          .filter((record, i, all) => all.slice(0, i).every(({ to, stopped }) => (stopped ?? to) <= record.from))
        const [fromMs, nowMs] = [START_MS + minute * 60_000, START_MS + 2 * DAY_MINUTES * 60_000]
        const range = { fromMs, toMs: nowMs }
        const gapsOf = (some: readonly SessionRecord[]) =>
          coverageOf(some, range, nowMs).map(({ rule, captured, filled, missing }) => [rule, captured, filled, missing])
        const known = new Set(sessionsAfter(inTurn, fromMs).flatMap(({ rules }) => rules.map(({ value }) => value)))
        const all = gapsOf(inTurn).filter(([rule]) => known.has((rule as typeof A).value))
        expect(gapsOf(sessionsAfter(inTurn, fromMs))).toEqual(all)
      }),
      { numRuns: 500 },
    )
    const old = Array.from({ length: 100 }, (_, i) => sessionRecord(at(i / 10), at(i / 10 + 0.05)))
    expect(sessionsAfter(old, START_MS + 9.2 * 60_000).map(({ from }) => from)).toEqual(
      [91, 92, 93, 94, 95, 96, 97, 98, 99].map(i => at(i / 10)),
    )
  })

  it('adds up: hour by hour the three are the time since the rule was first listened to', () => {
    fc.assert(
      fc.property(someSessions, sessions => {
        const nowMs = START_MS + 2 * DAY_MINUTES * 60_000
        const coverage = coverageOf(sessions, ALWAYS, nowMs)
        const rows = hoursOf(coverage)
        for (const row of rows) {
          expect(row.capturedMs + row.filledMs + row.missingMs).toBeLessThanOrEqual(3_600_000)
          expect(row.onPurposeMs).toBeLessThanOrEqual(row.missingMs)
        }
        for (const { rule, sinceMs, filled } of coverage) {
          if (sinceMs === undefined) continue
          const own = rows.filter(row => row.rule === rule)
          const sumMs = own.reduce((sum, row) => sum + row.capturedMs + row.filledMs + row.missingMs, 0)
          const beforeMs = filled.reduce((sum, s) => sum + Math.max(0, Math.min(s.toMs, sinceMs) - s.fromMs), 0)
          expect(sumMs).toBe(nowMs - sinceMs + beforeMs)
        }
      }),
    )
  })
})

describe('hoursOf', () => {
  it('cuts spans at the hours of UTC, to the millisecond, and brings the counts in', () => {
    const sessions = [
      sessionRecord('10:30', '2026-09-21T11:00:00.250Z', { stopped: instant('11:00:00.250') }),
      sessionRecord('11:30', '12:00'),
    ]
    const counts = { stored: 3, counted: 4 }
    const rule = { name: 'covid19', value: '#covid19' }
    expect(
      hoursOf(coverageOf(sessions, ALWAYS, ms('12:00')), (_, hour) => (hour === '2026-09-21T11' ? counts : undefined)),
    ).toEqual([
      {
        hour: '2026-09-21T10',
        rule,
        capturedMs: 1_800_000,
        filledMs: 0,
        missingMs: 0,
        onPurposeMs: 0,
        counts: undefined,
      },
      {
        hour: '2026-09-21T11',
        rule,
        capturedMs: 1_800_250,
        filledMs: 0,
        missingMs: 1_799_750,
        onPurposeMs: 1_799_750,
        counts,
      },
    ])
  })
})
