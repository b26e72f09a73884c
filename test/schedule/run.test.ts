import { describe, expect, it } from 'vitest'
import { parseCronTimes } from '../../src/lib/domain/schedule/cron-times.ts'
import type { Child, StartChild } from '../../src/lib/io/children.ts'
import type { Clock } from '../../src/lib/io/clock.ts'
import { endFailure, runScheduler } from '../../src/lib/schedule/run.ts'
import { SchedulerHealth } from '../../src/lib/schedule/scheduler-health.ts'
import { fastClock } from '../support/fast-clock.ts'
import { memoryLog } from '../support/memory-log.ts'

/** An hour is a second and a half. */
const SPEED = 2400

/** A child that ends when it is told to, or by the clock. */
function childThat(
  clock: Clock,
  about: { endsAfterMs?: number; status?: number; isDeaf?: boolean; told?: string[] },
): Child {
  const over = new AbortController()
  let status = about.status ?? 0
  const ended = clock.sleep(about.endsAfterMs ?? 1e12, over.signal).then(() => status)
  return {
    ended,
    signal(name) {
      about.told?.push(name)
      if (about.isDeaf && name !== 'SIGKILL') return
      status = name === 'SIGKILL' ? 137 : 0
      over.abort()
    },
  }
}

function scheduler(clock: Clock, start: StartChild) {
  const stop = new AbortController()
  const log = memoryLog()
  const written: string[] = []
  const file = {
    writer: { version: '0.1.0', pid: 1, host: 'desk' },
    write: async (text: string) => {
      written.push(text)
      return true
    },
  }
  const health = new SchedulerHealth({ clock, file, lake: '/lake' })
  const reloads: (() => void)[] = []
  const onReload = (listener: () => void) => void reloads.push(listener)
  const ports = { clock, log, health, start, hasLake: async () => true, onReload }
  const consolidate = { words: ['twdw', 'consolidate'], times: parseCronTimes('5 * * * *', 'UTC') }
  const run = (listen: readonly string[] | undefined) => runScheduler({ consolidate, listen }, ports, stop.signal)
  return { run, stop, log, health, written, reload: () => reloads[0]?.() }
}

describe('the scheduler in the foreground', () => {
  it('asks its listener to end when it is stopped, waits for it, and tells that this was the end', async () => {
    const clock = fastClock('2026-01-01T12:00:00.000Z', SPEED)
    const told: string[] = []
    const { run, stop, written, reload } = scheduler(clock, ([, job]) =>
      job === 'listen' ? childThat(clock, { told }) : childThat(clock, { endsAfterMs: 1_000 }),
    )
    const ended = run(['twdw', 'listen'])
    await clock.sleep(600_000)
    reload()
    stop.abort('SIGTERM')
    expect(await ended).toBeUndefined()
    expect(told[0]).toBe('SIGHUP')
    expect(JSON.parse(written.at(-1) ?? '')).toMatchObject({ ended: true, consolidate: { last: { status: 0 } } })
  })

  it('kills what does not end within 90 s', async () => {
    const clock = fastClock('2026-01-01T12:00:00.000Z', SPEED)
    const told: string[] = []
    const { run, stop, log } = scheduler(clock, () => childThat(clock, { told, isDeaf: true }))
    const ended = run(undefined)
    await clock.sleep(10_000)
    stop.abort('SIGTERM')
    expect(await ended).toBeUndefined()
    expect(told).toEqual(['SIGTERM', 'SIGKILL'])
    expect(log.sentences()).toEqual(['twdw consolidate did not end within 90 s of being asked to, and is killed'])
  })

  it('starts a listener again that died, 20 s later', async () => {
    const clock = fastClock('2026-01-01T12:00:00.000Z', 200)
    const startedMs: number[] = []
    const { run, stop, log, health } = scheduler(clock, ([, job]) => {
      if (job !== 'listen') return childThat(clock, { endsAfterMs: 0 })
      startedMs.push(clock.nowMs())
      return startedMs.length === 1 ? childThat(clock, { endsAfterMs: 1_000, status: 137 }) : childThat(clock, {})
    })
    const ended = run(['twdw', 'listen'])
    while (startedMs.length < 2) await clock.sleep(1_000)
    expect(health.pulse().listener).toMatchObject({ is: 'running', starts: 2, status: 137 })
    stop.abort()
    await ended
    expect((startedMs[1] ?? 0) - (startedMs[0] ?? 0)).toBeGreaterThanOrEqual(20_000)
    expect(log.sentences()).toContain(
      'twdw listen has ended with status 137 (ended by signal 9); it is started again in 20 s',
    )
  })

  it('ends with the status of a listener whose words are wrong, and stops consolidating', async () => {
    const clock = fastClock('2026-01-01T12:00:00.000Z', SPEED)
    const { run } = scheduler(clock, ([, job]) =>
      childThat(clock, job === 'listen' ? { endsAfterMs: 0, status: 2 } : {}),
    )
    expect(await run(['twdw', 'listen'])).toEqual({ job: 'listen', status: 2 })
  })

  it('outlives a listener that X refused until the hours that it heard are consolidated', async () => {
    const clock = fastClock('2026-01-01T12:30:00.000Z', SPEED)
    const { run, log } = scheduler(clock, ([, job]) =>
      childThat(clock, job === 'listen' ? { endsAfterMs: 0, status: 3 } : { endsAfterMs: 0 }),
    )
    expect(await run(['twdw', 'listen'])).toEqual({ job: 'listen', status: 3 })
    expect(clock.nowMs()).toBeGreaterThanOrEqual(Date.parse('2026-01-01T13:05:00Z'))
    expect(log.sentences()).toContain(
      'twdw listen has ended with status 3 (refused by X) and is not started again; what it heard is consolidated until all its hours are closed',
    )
    expect(endFailure({ job: 'listen', status: 3 })).toMatchObject({
      code: 'E_REFUSED',
      message: 'twdw listen has ended with status 3 (refused by X), which no other start can mend',
    })
  })

  it('fails when twdw itself cannot be started, and ends what was', async () => {
    const clock = fastClock('2026-01-01T12:00:00.000Z', SPEED)
    const told: string[] = []
    const { run } = scheduler(clock, ([, job]) =>
      job === 'listen'
        ? childThat(clock, { told })
        : { ended: Promise.reject(new Error('cannot be run')), signal: () => undefined },
    )
    await expect(run(['twdw', 'listen'])).rejects.toThrow('cannot be run')
    expect(told).toEqual(['SIGTERM'])
  })
})
