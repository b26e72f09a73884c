import { describe, expect, it } from 'vitest'
import type { Listener } from '../../../src/lib/domain/health/liveness.ts'
import { faultOf, type StatusReport } from '../../../src/lib/domain/health/status-report.ts'
import { statusToText } from '../../../src/lib/domain/health/status-text.ts'
import type { Hour } from '../../../src/lib/domain/hour.ts'
import { aPulse } from '../../support/a-pulse.ts'

const HOLDER = 'twdw listen, process 4711 on desk, since 2026-09-21T09:57:00.000Z'
const listener = (change: Partial<Listener> = {}): Listener => ({
  isAlive: true,
  state: 'connected',
  holder: HOLDER,
  pulse: aPulse(),
  ...change,
})

const report = (change: Partial<StatusReport> = {}): StatusReport => ({
  at: '2026-09-21T12:00:00.000Z',
  listeners: [listener()],
  spending: aPulse().spending,
  journal: { open: { files: 1, bytes: 1_290_000 }, left: { files: 0, bytes: 0 }, damaged: { files: 0, bytes: 0 } },
  lake: {
    url: '/srv/lake',
    timeZone: 'America/Sao_Paulo',
    files: 4_123,
    bytes: 1_300_000_000,
    hours: { count: 365, first: '2026-09-01T00' as Hour, last: '2026-09-21T11' as Hour },
    tweets: 1_204_330,
  },
  pending: ['2026-09-21T09', '2026-09-21T10'] as Hour[],
  open: ['2026-09-21T11'] as Hour[],
  rejected: {
    lines: { 'notice: error': 10, 'invalid JSON: breaks off': 2 },
    rows: { 'author_id is not an INT64': 3 },
    unreadFiles: 0,
  },
  forgotten: { tweets: 3, users: 1 },
  sessions: {
    count: 14,
    last: {
      session: '20260921T113700123Z-1f3a9c2e',
      from: '2026-09-21T11:37:00.123Z',
      to: '2026-09-21T11:59:00.000Z',
      ended: null,
      tweets: 8_000,
    },
  },
  coverage: [
    {
      rule: 'covid19',
      value: '#covid19 lang:pt',
      capturedMs: 597_000_000,
      filledMs: 4_020_000,
      missingMs: 3_780_000,
      onPurposeMs: 0,
      gaps: [
        { from: '2026-09-20T03:00:00.000Z', to: '2026-09-20T04:00:00.000Z' },
        { from: '2026-09-21T11:34:00.000Z', to: '2026-09-21T11:37:00.000Z' },
      ],
    },
  ],
  damaged: [],
  ...change,
})

const headOf = (one: Listener) => statusToText(report({ listeners: [one] }), false).split('\n')[0]

describe('the status for a person', () => {
  it('says all of a lake that is listened for', () => {
    expect(statusToText(report(), false)).toBe(
      `● listening to X: process 4711 on desk, twdw 0.1.0, since 2026-09-21T09:57:00Z (2 h 3 min ago)
  session     20260921T113700123Z-1f3a9c2e, number 2 of this run, since 2026-09-21T11:37:00Z (23 min ago)
  heard       2026-09-21T11:59:57Z (3 s ago)
  last tweet  1970000000000000000, captured 2026-09-21T11:59:57Z (3 s ago)
  rate        6.2 tweets/s in the last minute, 5.9 in the last hour
  lag         p50 1.2 s, p99 6.8 s, in the last 5 min
  captured    45,120 tweets of 45,133 lines in this run, 13 rejected
  rules       covid19 (#covid19 lang:pt) · vacina (#vacina lang:pt)

  spent       at most $50.00 a day, $12.35 spent today (UTC); no cap in all, $341.10 spent; room for 7,530 tweets today; $702.60 should X also bill the profiles and tweets that came beside
  journal     1 segment being written, 1.2 MB
  lake        /srv/lake: 365 hours, 2026-09-01T00 to 2026-09-21T11 UTC; 1,204,330 tweets consolidated; 1.3 GB in 4,123 files; America/Sao_Paulo
  pending     2 hours, 2026-09-21T09, 2026-09-21T10 UTC: twdw consolidate; 1 hour not over yet
  rejected    12 lines (10 × notice: error, 2 × invalid JSON: breaks off); 3 rows (3 × author_id is not an INT64), when consolidated
  forgotten   3 tweets and 1 user: left out of every answer, and of what is stored from then on
  sessions    14 on record, the last from 2026-09-21T11:37:00Z to 2026-09-21T11:59:00Z (1 min ago): going on
  gaps        2 in the last 7 days, 1 h 3 min together, the last until 2026-09-21T11:37:00Z (23 min ago); 1 h 7 min filled by search, without retweets
`,
    )
  })

  it('says that there is no gap, and counts a minute that two rules missed once', () => {
    const [rule] = report().coverage
    const none = { ...rule!, filledMs: 0, gaps: [] }
    expect(statusToText(report({ coverage: [none, none] }), false)).toContain(
      '\n  gaps        none in the last 7 days\n',
    )
    const gaps = [{ from: '2026-09-21T11:00:00.000Z', to: '2026-09-21T11:02:00.000Z' }]
    expect(
      statusToText(
        report({
          coverage: [
            { ...none, gaps },
            { ...none, gaps },
          ],
        }),
        false,
      ),
    ).toContain(
      '\n  gaps        1 in the last 7 days, 2 min together, the last until 2026-09-21T11:02:00Z (58 min ago)\n',
    )
  })

  it('says of an empty lake that nothing was there yet', () => {
    const lake = { ...report().lake, url: '/srv/lake', hours: null, tweets: 0, files: 1, bytes: 70 }
    const none = { files: 0, bytes: 0 }
    const empty = report({
      listeners: [],
      spending: null,
      journal: { open: none, left: none, damaged: none },
      lake,
      pending: [],
      open: [],
      rejected: { lines: {}, rows: {}, unreadFiles: 0 },
      forgotten: { tweets: 0, users: 0 },
      sessions: { count: 0, last: null },
      coverage: [],
    })
    expect(statusToText(empty, false)).toBe(
      `○ nothing has listened for this lake yet, as far as is known here

  journal     empty
  lake        /srv/lake: no tweets yet; 0 tweets consolidated; 70 bytes in 1 file; America/Sao_Paulo
  pending     no closed hour
`,
    )
  })

  it('says until when a listener waits, and why', () => {
    const state = {
      is: 'waiting',
      since: '2026-09-21T11:59:50.000Z',
      until: '2026-09-21T12:00:28.000Z',
      because: 'X answered 503 Service Unavailable',
    } as const
    const text = statusToText(report({ listeners: [listener({ state: 'waiting', pulse: aPulse({ state }) })] }), false)
    expect(text.split('\n').slice(0, 2)).toEqual([
      '● waiting before it asks X again: X answered 503 Service Unavailable: process 4711 on desk, twdw 0.1.0, since 2026-09-21T09:57:00Z (2 h 3 min ago)',
      '  next try    2026-09-21T12:00:28Z (in 28 s)',
    ])
  })

  it('says since when a listener does not read, and what it needs', () => {
    const state = { is: 'paused', since: '2026-09-21T11:59:00.000Z', because: 'the disk is full' } as const
    expect(headOf(listener({ state: 'paused', pulse: aPulse({ state }) }))).toBe(
      '● not reading X for now, since 2026-09-21T11:59:00Z (1 min ago): the disk is full: process 4711 on desk, twdw 0.1.0, since 2026-09-21T09:57:00Z (2 h 3 min ago)',
    )
  })

  it('says how a listener ended, and leaves out what is true only of a living one', () => {
    const gone = { isAlive: false, holder: null }
    const since = '2026-09-21T09:00:00.000Z'
    const refused = {
      is: 'ended',
      since,
      because: 'X does not accept the bearer token: X answered 401',
      failed: true,
    } as const
    const failed = listener({ ...gone, state: 'failed', pulse: aPulse({ state: refused }) })
    const text = statusToText(report({ listeners: [failed] }), false)
    expect(text).toMatch(/\(1 min ago\): not known to have ended\n {2}gaps .*\n$/)
    expect(text.split('\n').slice(0, 4)).toEqual([
      '○ not listening to X since 2026-09-21T09:00:00Z (3 h ago): X does not accept the bearer token: X answered 401',
      '  last tweet  1970000000000000000, captured 2026-09-21T11:59:57Z (3 s ago)',
      '  captured    45,120 tweets of 45,133 lines in this run, 13 rejected',
      '',
    ])
    expect(headOf(listener({ ...gone, state: 'died', pulse: aPulse({ at: since }) }))).toBe(
      '○ not listening to X: process 4711 is gone without a word; last sign of life 2026-09-21T09:00:00Z (3 h ago)',
    )
    expect(headOf(listener({ state: 'silent', pulse: aPulse({ at: '2026-09-21T11:55:00.000Z' }) }))).toMatch(
      /^● runs, and gave no sign of life since 2026-09-21T11:55:00Z \(5 min ago\): process 4711 /,
    )
    expect(
      statusToText(report({ listeners: [listener({ state: 'untold' })] }), false)
        .split('\n')
        .slice(0, 2),
    ).toEqual([`● a listener runs and has told nothing yet: ${HOLDER}`, ''])
  })

  it('says what is left behind or damaged, names few hours and tells what was not read', () => {
    const hours = Array.from({ length: 9 }, (_, i) => `2026-09-20T0${i}` as Hour)
    const text = statusToText(
      report({
        journal: { open: { files: 0, bytes: 0 }, left: { files: 2, bytes: 900 }, damaged: { files: 1, bytes: 5 } },
        pending: hours,
        open: [],
        rejected: { lines: { 'not UTF-8': 1 }, rows: {}, unreadFiles: 7 },
        spending: { ...report().spending!, maxUsdPerDay: null, tweetsLeft: null, possibleTotalUsd: 341.1 },
      }),
      false,
    )
    expect(text.split('\n').filter(line => /^ {2}(spent|journal|pending|rejected)/.test(line))).toEqual([
      '  spent       $12.35 today (UTC), $341.10 in all',
      '  journal     2 segments left behind, 900 bytes: the next twdw listen stores them; 1 segment set aside as damaged: see twdw doctor',
      '  pending     9 hours, 2026-09-20T00 to 2026-09-20T08 UTC: twdw consolidate',
      '  rejected    1 line (1 × not UTF-8), in the latest files; 7 files more were not read',
    ])
  })

  it('lets nothing from outside move a terminal’s cursor, and colours only its own mark', () => {
    const rules = [{ name: 'a\x1b[2J', value: '"a\r\n\x1b[2J"' }]
    const text = statusToText(report({ listeners: [listener({ pulse: aPulse({ rules }) })] }), true)
    expect(text.startsWith('\x1b[32m●\x1b[39m listening')).toBe(true)
    expect(text.slice('\x1b[32m●\x1b[39m'.length)).not.toContain('\x1b')
    expect(text).toContain('  rules       a [2J ("a [2J")\n')
  })
})

it.each([
  ['invalid JSON: breaks off', 'invalid JSON: breaks off'],
  ['notice: error: "OperationalDisconnect"', 'notice: error'],
  ['bad tweet: id is no INT64: "a: b"', 'bad tweet: id is no INT64'],
  ['not UTF-8', 'not UTF-8'],
])('takes the value off the reason %s', (reason, fault) => expect(faultOf(reason)).toBe(fault))
