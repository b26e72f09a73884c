/** A pulse as a listener to X writes it, with what a test wants to be different. */
import type { Pulse } from '../../src/lib/domain/health/pulse.ts'

export function aPulse(change: Partial<Pulse> = {}): Pulse {
  return {
    format: 1,
    version: '0.1.0',
    pid: 4711,
    host: 'desk',
    lake: '/srv/lake',
    source: 'stream',
    tags: ['covid19', 'vacina'],
    since: '2026-09-21T09:57:00.000Z',
    at: '2026-09-21T11:59:58.000Z',
    state: { is: 'connected', since: '2026-09-21T11:37:00.000Z' },
    session: '20260921T113700123Z-1f3a9c2e',
    sessions: 2,
    lastHeardAt: '2026-09-21T11:59:57.000Z',
    lastTweet: {
      id: '1970000000000000000',
      createdAt: '2026-09-21T11:59:55.000Z',
      capturedAt: '2026-09-21T11:59:57.000Z',
    },
    lines: 45_133,
    tweets: 45_120,
    rejected: 13,
    rate: { minute: 6.2, hour: 5.9 },
    lag: { p50Ms: 1_210, p99Ms: 6_830 },
    rules: [
      { name: 'covid19', value: '#covid19 lang:pt' },
      { name: 'vacina', value: '#vacina lang:pt' },
    ],
    journalBytes: 1_290_000,
    spending: {
      day: '2026-09-21',
      dayUsd: 12.35,
      totalUsd: 341.1,
      possibleTotalUsd: 702.6,
      maxUsdPerDay: 50,
      maxUsd: null,
      tweetsLeft: 7_530,
    },
    ...change,
  }
}
