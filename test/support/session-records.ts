/** Session records for tests, as short as a test wants to write them. */
import type { SessionRecord } from '../../src/lib/domain/session.ts'

/** @param from, to such as `10:05` of 2026-09-21, or a whole instant */
export function sessionRecord(from: string, to: string, about: Partial<SessionRecord> = {}): SessionRecord {
  return {
    format: 1,
    session: `20260921T${from.replace(/\D/g, '').padEnd(6, '0')}000Z-0a1b2c3d`,
    source: 'stream',
    tags: ['covid19'],
    rules: [{ name: 'covid19', value: '#covid19' }],
    from: instant(from),
    to: instant(to),
    ended: 'the connection was cut (ECONNRESET)',
    stopped: null,
    lines: 0,
    tweets: 0,
    rejected: 0,
    ...about,
    ...(about.stopped != null && { stopped: instant(about.stopped) }),
  }
}

/** `10:05` of 2026-09-21, in UTC. */
export function instant(text: string): string {
  return new Date(text.includes('T') ? text : `2026-09-21T${text}Z`).toISOString()
}

export const ms = (text: string): number => Date.parse(instant(text))
