import { describe, expect, it } from 'vitest'
import type { Hour } from '../../../src/lib/domain/hour.ts'
import {
  coveredBy,
  coveredByBatch,
  hasFiles,
  isOneReplay,
  spansOfFiles,
  unheardMs,
} from '../../../src/lib/domain/question/covered.ts'
import type { TimeSpan } from '../../../src/lib/domain/time-spans.ts'
import { ms, sessionRecord } from '../../support/session-records.ts'

const hour = (text: string) => `2026-09-21T${text}` as Hour
const rulesOf = (...names: string[]) => ({ rules: names.map(name => ({ name, value: `#${name}` })) })
const textOf = (spans: readonly TimeSpan[]) =>
  spans
    .map(({ fromMs, toMs }) => [fromMs, toMs].map(at => new Date(at).toISOString().slice(11, 16)).join('-'))
    .join(' ')

describe('coveredBy', () => {
  const sessions = [
    sessionRecord('10:10', '11:30', rulesOf('a')),
    sessionRecord('13:00', '14:00', rulesOf('a', 'b')),
    sessionRecord('11:40', '11:50', { source: 'search', ...rulesOf('a') }),
  ]
  const covered = coveredBy({ sessions, files: [], hours: [hour('10'), hour('16')], nowMs: ms('20:00') })

  it('knows a tag that was listened to when it was, and nothing else of an hour counts', () => {
    expect(textOf(covered.known('a'))).toBe('10:10-11:30 11:40-11:50 13:00-14:00')
    expect(textOf(covered.known('b'))).toBe('13:00-14:00')
    expect(textOf(covered.heard('b'))).toBe('13:00-14:00')
  })

  it('knows other tags and all tweets whenever anything was listened to, or is stored', () => {
    for (const tag of ['c', undefined]) {
      expect(textOf(covered.known(tag))).toBe('10:00-11:30 11:40-11:50 13:00-14:00 16:00-17:00')
      expect(textOf(covered.heard(tag))).toBe('10:10-11:30 11:40-11:50 13:00-14:00')
    }
  })

  it('adds what files cover to every tag', () => {
    const files = [{ fromMs: ms('11:00'), toMs: ms('12:00') }]
    expect(textOf(coveredBy({ sessions, files, hours: [], nowMs: ms('20:00') }).known('b'))).toBe(
      '11:00-12:00 13:00-14:00',
    )
  })

  it('takes a session that is being held to be so until now, and one whose record is old not', () => {
    const at = (nowText: string) => {
      const running = sessionRecord('10:10', '11:30', { ended: null, ...rulesOf('a') })
      return textOf(coveredBy({ sessions: [running], files: [], hours: [], nowMs: ms(nowText) }).known('a'))
    }
    expect(at('11:31')).toBe('10:10-11:31')
    expect(at('11:32')).toBe('10:10-11:30')
    expect(at('11:29')).toBe('10:10-11:30')
  })

  it('lets a batch know only of consolidated hours', () => {
    const batch = coveredByBatch(covered, [hour('13')], hour('13'))
    expect(textOf(batch.known('a'))).toBe('10:10-11:30 11:40-11:50')
    expect(textOf(coveredByBatch(covered, [], hour('10')).known('c'))).toBe('10:00-11:00')
    expect(coveredByBatch(covered, [], undefined).known('a')).toEqual([])
    // that it was listened to is true all the same
    expect(textOf(batch.heard('b'))).toBe('13:00-14:00')
  })
})

describe('spansOfFiles', () => {
  const session = (name: string, source: 'replay' | 'demo' | 'stream') =>
    sessionRecord('10:00', '10:01', { session: name, source, rules: [] })
  const sessions = [session('s5', 'replay'), session('s1', 'demo'), session('s3', 'stream')]

  it('spans from the first to the last hour of each replay, and nothing of a stream', () => {
    const stored = [
      { segment: 's2', hour: hour('08') },
      { segment: 's2-b', hour: hour('05') },
      { segment: 's4', hour: hour('12') },
      { segment: 's6', hour: hour('20') },
      { segment: 's7', hour: hour('22') },
    ]
    expect(textOf(spansOfFiles(sessions, stored))).toBe('05:00-09:00 20:00-23:00')
  })

  it('takes nothing for files that was begun while something was listened to, though a replay began in between', () => {
    const sessions = [
      sessionRecord('18:00', '20:00', { source: 'stream' }),
      sessionRecord('19:00', '19:01', { source: 'replay', rules: [] }),
    ]
    const segmentAt = (at: string) => `20260921T${at.replace(':', '')}00000Z-5a`
    const stored = [
      { segment: segmentAt('19:30'), hour: hour('19') },
      { segment: segmentAt('20:30'), hour: hour('02') },
      { segment: segmentAt('20:30'), hour: hour('04') },
    ]
    expect(textOf(spansOfFiles(sessions, stored))).toBe('02:00-05:00')
  })

  it('takes what no record tells of for files', () => {
    const stored = [{ segment: 's0', hour: hour('02') }]
    expect(textOf(spansOfFiles(sessions, stored))).toBe('02:00-03:00')
    expect(textOf(spansOfFiles([], [...stored, { segment: 's9', hour: hour('04') }]))).toBe('02:00-05:00')
  })

  it('is asked for where there are files, and need not look at each where there is one replay', () => {
    const [replay, , stream] = sessions
    expect([[], [replay!], [stream!], sessions].map(some => [hasFiles(some), isOneReplay(some)])).toEqual([
      [true, true],
      [true, true],
      [false, false],
      [true, false],
    ])
  })
})

describe('unheardMs', () => {
  const covered = coveredBy({
    sessions: [sessionRecord('10:00', '11:00', rulesOf('a', 'b')), sessionRecord('12:00', '13:00', rulesOf('a'))],
    files: [],
    hours: [],
    nowMs: ms('14:00'),
  })
  const unheard = (tags: string[], from: string, to: string) =>
    unheardMs(covered.heard, tags, { fromMs: ms(from), toMs: ms(to) }, ms('14:00')) / 60_000

  it('is the time of the span in which nobody listened, of the tag of which most is missing', () => {
    expect(unheard([], '09:30', '12:30')).toBe(90)
    expect(unheard(['a', 'b'], '09:30', '12:30')).toBe(120)
    expect(unheard(['a'], '10:00', '11:00')).toBe(0)
  })

  it('does not miss what is still to come', () => {
    expect(unheard([], '12:30', '20:00')).toBe(60)
    expect(unheard([], '15:00', '20:00')).toBe(0)
  })
})
