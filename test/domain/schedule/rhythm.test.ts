import { describe, expect, it } from 'vitest'
import { parseCronTimes } from '../../../src/lib/domain/schedule/cron-times.ts'
import {
  afterRun,
  beginRhythm,
  dueMs,
  followClock,
  judgeStatus,
  type Rhythm,
} from '../../../src/lib/domain/schedule/rhythm.ts'

const HOURLY = parseCronTimes('5 * * * *', 'UTC')
const at = (text: string) => Date.parse(`2026-01-01T${text}Z`)
const due = (rhythm: Rhythm) => new Date(dueMs(rhythm, HOURLY) ?? 0).toISOString().slice(11, 19)
const run = (started: string, ended: string, status = 0) => ({ startedMs: at(started), endedMs: at(ended), status })

describe('the rhythm of consolidate', () => {
  it('waits for the next time after a run that went well', () => {
    expect(due(afterRun(beginRhythm(at('10:00')), run('10:05:00.012', '10:05:04')))).toBe('11:05:00')
  })

  it('owes one run, at once, for all times that passed while a run went on', () => {
    const late = afterRun(beginRhythm(at('10:00')), run('10:05', '13:20'))
    expect(due(late)).toBe('11:05:00')
    expect(due(afterRun(late, run('13:20', '13:21')))).toBe('14:05:00')
  })

  it('tries again ever more slowly after a failure that may pass, but at each time of the schedule', () => {
    let rhythm = afterRun(beginRhythm(at('10:00')), run('10:05', '10:06', 5))
    expect(due(rhythm)).toBe('10:07:00')
    rhythm = afterRun(rhythm, run('10:07', '10:07', 4))
    expect(due(rhythm)).toBe('10:09:00')
    for (const text of ['10:09', '10:13', '10:21', '10:37']) rhythm = afterRun(rhythm, run(text, text, 137))
    expect(due(rhythm)).toBe('11:05:00')
    rhythm = afterRun(rhythm, run('11:05', '11:06', 5))
    expect(due(rhythm)).toBe('11:36:00')
    expect(afterRun(rhythm, run('11:36', '11:37', 0))).toEqual(beginRhythm(at('11:36')))
  })

  it('waits for the next time after a failure that another run at once would repeat', () => {
    expect(due(afterRun(beginRhythm(at('10:00')), run('10:05', '10:06', 6)))).toBe('11:05:00')
    expect(due(afterRun(beginRhythm(at('10:00')), run('10:05', '10:06', 1)))).toBe('11:05:00')
  })

  it('begins anew where the clock was put back, and not for a correction', () => {
    const rhythm = afterRun(beginRhythm(at('10:00')), run('12:05', '12:06'))
    expect(due(followClock(rhythm, at('12:04:59')))).toBe('13:05:00')
    expect(due(followClock(rhythm, at('09:30')))).toBe('10:05:00')
    const failed = afterRun(beginRhythm(at('10:00')), run('12:05', '12:06', 5))
    expect(due(followClock(failed, at('09:30')))).toBe('09:32:00')
  })

  it('tells what a status means for the next run', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 137].map(judgeStatus)).toEqual([
      'done',
      'next-time',
      'lasting',
      'next-time',
      'retry',
      'retry',
      'next-time',
      'retry',
    ])
  })
})
