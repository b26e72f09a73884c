import { describe, expect, it } from 'vitest'
import { parseCronTimes } from '../../src/lib/domain/schedule/cron-times.ts'
import type { Clock } from '../../src/lib/io/clock.ts'
import { keepConsolidating } from '../../src/lib/schedule/keep-consolidating.ts'
import { SchedulerHealth } from '../../src/lib/schedule/scheduler-health.ts'
import { type FakeRun, fakeChildren } from '../support/fake-children.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { memoryLog } from '../support/memory-log.ts'

const MINUTE_MS = 60_000
const WORDS = ['/usr/bin/twdw', 'consolidate']

interface Change {
  /** what happens to the clock when it is slept by; nothing more when left out */
  sleep?: (clock: ReturnType<typeof fixedClock>, ms: number) => Promise<void>
  hasLake?: () => Promise<boolean>
  isEnough?: (startedMs: number) => boolean
}

/** Runs one after the other from noon on, and what came of them. */
async function consolidate(runs: readonly FakeRun[], { sleep, hasLake, isEnough }: Change = {}) {
  const clock = fixedClock('2026-01-01T12:00:00.000Z')
  const { sleep: sleepOn } = clock
  const moved: Clock = {
    ...clock,
    sleep: (ms, signal) => (sleep === undefined ? sleepOn(ms, signal) : sleep({ ...clock, sleep: sleepOn }, ms)),
  }
  const stop = new AbortController()
  const children = fakeChildren(clock, runs, () => stop.abort())
  const log = memoryLog()
  const file = { writer: { version: '0.1.0', pid: 1, host: 'desk' }, write: async () => true }
  const health = new SchedulerHealth({ clock, file, lake: '/lake' })
  const ports = { clock: moved, log, health, start: children.start, hasLake: hasLake ?? (async () => true) }
  const plan = { words: WORDS, times: parseCronTimes('5 * * * *', 'UTC') }
  const status = await keepConsolidating(plan, ports, stop.signal, isEnough ?? (() => false))
  return { status, begun: children.begun.map(text => text.slice(11, 19)), told: log.sentences(), pulse: health.pulse() }
}

describe('keeping a lake consolidated', () => {
  it('begins at once, for what was missed, and goes on at the times of the schedule', async () => {
    const ran = { tookMs: 4_200, status: 0 }
    const { begun, told } = await consolidate([ran, ran, ran])
    expect(begun).toEqual(['12:00:00', '12:05:00', '13:05:00'])
    expect(told[0]).toBe('consolidate took 4.2 s; next at 2026-01-01T12:05:00Z')
  })

  it('skips a time that passes while it runs, says so, and runs right after', async () => {
    const quick = { tookMs: 1_000, status: 0 }
    const { begun, told } = await consolidate([{ tookMs: 150 * MINUTE_MS, status: 0 }, quick, quick])
    expect(begun).toEqual(['12:00:00', '14:30:00', '15:05:00'])
    expect(told[0]).toBe(
      'consolidate took 2 h 30 min; 2026-01-01T12:05:00Z passed meanwhile and was skipped, so it runs again now',
    )
  })

  it('tries again soon after a failure that may pass, says with which status, and goes on', async () => {
    const failed = { tookMs: 0, status: 5 }
    const { begun, told, pulse } = await consolidate([failed, failed, failed])
    expect(begun).toEqual(['12:00:00', '12:01:00', '12:03:00'])
    expect(told[0]).toBe(
      'consolidate has ended with status 5 (lake unreachable or damaged); next at 2026-01-01T12:01:00Z',
    )
    expect(pulse.consolidate.failingSince).toBe('2026-01-01T12:00:00.000Z')
  })

  it('waits for the next time where a store refuses, and says that it was that', async () => {
    const { begun, told } = await consolidate([
      { tookMs: 0, status: 3 },
      { tookMs: 0, status: 0 },
    ])
    expect(begun).toEqual(['12:00:00', '12:05:00'])
    expect(told[0]).toBe('consolidate has ended with status 3 (refused by the store); next at 2026-01-01T12:05:00Z')
  })

  it('ends with the status of wrong words', async () => {
    expect(
      await consolidate([
        { tookMs: 0, status: 0 },
        { tookMs: 0, status: 2 },
      ]),
    ).toMatchObject({
      status: 2,
      begun: ['12:00:00', '12:05:00'],
    })
  })

  it('ends when a run that went well is enough', async () => {
    const isEnough = (startedMs: number) => startedMs >= Date.parse('2026-01-01T13:02Z')
    const ran = { tookMs: 0, status: 0 }
    const { begun, status } = await consolidate([ran, ran, ran, ran, ran], { isEnough })
    expect([begun, status]).toEqual([['12:00:00', '12:05:00', '13:05:00'], undefined])
  })

  it('runs once when it overslept many times', async () => {
    const ran = { tookMs: 0, status: 0 }
    let isSuspended = false
    const { begun, told } = await consolidate([ran, ran, ran], {
      async sleep(clock, ms) {
        if (isSuspended) return clock.sleep(ms)
        isSuspended = true
        clock.moveTo('2026-01-03T07:30:00.000Z')
      },
    })
    expect(begun).toEqual(['12:00:00', '07:30:00', '08:05:00'])
    expect(told[1]).toBe(
      '2026-01-01T12:05:00Z passed 1 d 19 h ago, while this machine slept or its clock was put forward',
    )
  })

  it('waits by the new clock when the clock is put back', async () => {
    const ran = { tookMs: 0, status: 0 }
    let isPutBack = false
    const { begun } = await consolidate([ran, ran, ran], {
      async sleep(clock, ms) {
        if (isPutBack) return clock.sleep(ms)
        isPutBack = true
        clock.moveTo('2026-01-01T09:30:00.000Z')
      },
    })
    expect(begun).toEqual(['12:00:00', '10:05:00', '11:05:00'])
  })

  it('waits for a lake that nobody has made yet, and says so once', async () => {
    let looks = 0
    const { begun, told, pulse } = await consolidate([{ tookMs: 0, status: 0 }], {
      hasLake: async () => {
        looks += 1
        return looks > 3
      },
    })
    expect(begun).toEqual(['12:00:15'])
    expect(told.filter(text => text.startsWith('there is no lake'))).toEqual([
      'there is no lake yet; it is consolidated once a listener has made it',
    ])
    expect(pulse.consolidate.last?.status).toBe(0)
  })
})
