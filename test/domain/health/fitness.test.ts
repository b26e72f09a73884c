import { describe, expect, it } from 'vitest'
import { judgeFitness } from '../../../src/lib/domain/health/fitness.ts'
import { fitnessFailure, fitnessToText } from '../../../src/lib/domain/health/fitness-text.ts'
import { judgeListener } from '../../../src/lib/domain/health/liveness.ts'
import type { Pulse } from '../../../src/lib/domain/health/pulse.ts'
import {
  type ListenerPulse,
  parseSchedulerPulse,
  type SchedulerPulse,
  schedulerPulseToText,
} from '../../../src/lib/domain/health/scheduler-pulse.ts'
import { aPulse } from '../../support/a-pulse.ts'

const NOW_MS = Date.parse('2026-09-21T12:00:00.000Z')
const RUNNING: ListenerPulse = { is: 'running', since: '2026-09-21T09:57:00.000Z', starts: 1, status: null }

function scheduler(change: Partial<SchedulerPulse> = {}): SchedulerPulse {
  return {
    format: 1,
    version: '0.1.0',
    pid: 1,
    host: 'desk',
    lake: '/lake',
    since: '2026-09-21T09:57:00.000Z',
    at: '2026-09-21T11:59:57.000Z',
    ended: false,
    consolidate: {
      is: 'waiting',
      since: '2026-09-21T11:05:04.000Z',
      nextAt: '2026-09-21T12:05:00.000Z',
      last: { startedAt: '2026-09-21T11:05:00.000Z', endedAt: '2026-09-21T11:05:04.000Z', status: 0 },
      failingSince: null,
    },
    listener: null,
    ...change,
  }
}

function listener(change: Partial<Pulse> = {}, isRunning = true) {
  return judgeListener(aPulse(change), { holder: undefined, host: 'desk', isRunning, nowMs: NOW_MS })!
}

const faults = (one: SchedulerPulse | undefined, listeners: ReturnType<typeof listener>[] = []) =>
  judgeFitness(one, listeners, NOW_MS).faults

describe('fitness', () => {
  it('is told in a line when all is well', () => {
    const fitness = judgeFitness(scheduler({ listener: RUNNING }), [listener()], NOW_MS)
    expect([fitness.healthy, fitness.faults]).toEqual([true, []])
    expect(fitnessToText(fitness)).toBe(
      'healthy: consolidate is waiting, last ended at 2026-09-21T11:05:04.000Z with status 0, next at 2026-09-21T12:05:00.000Z; ' +
        'the listener is connected, 45120 tweets in this run\n',
    )
  })

  it('suffers when consolidate has failed for more than two hours, not sooner', () => {
    const { consolidate } = scheduler()
    const last = { startedAt: '2026-09-21T11:58:00.000Z', endedAt: '2026-09-21T11:58:01.000Z', status: 5 }
    const failing = (failingSince: string) => scheduler({ consolidate: { ...consolidate, last, failingSince } })
    expect(faults(failing('2026-09-21T10:05:00.000Z'))).toEqual([])
    expect(faults(failing('2026-09-21T09:05:00.000Z'))).toEqual([
      'consolidate has failed since 2026-09-21T09:05:00.000Z, last with status 5 (lake unreachable or damaged)',
    ])
  })

  it('suffers when the scheduler is silent, or its listener is not there', () => {
    expect(faults(scheduler({ at: '2026-09-21T11:59:20.000Z' }))).toEqual([
      'the scheduler has given no sign of life for 40 s',
    ])
    expect(faults(scheduler({ listener: { ...RUNNING, is: 'waiting', status: 137 } }))).toEqual([
      'the listener ended with status 137 (ended by signal 9) at 2026-09-21T09:57:00.000Z and is about to be started again',
    ])
    expect(faults(scheduler({ listener: { ...RUNNING, is: 'ended', status: 3 } }))).toEqual([
      'the listener ended with status 3 (refused by X) at 2026-09-21T09:57:00.000Z and is not started again',
    ])
  })

  it('suffers when a listener hangs, is paused, died, or is not connected for five minutes', () => {
    expect(faults(undefined, [listener({ at: '2026-09-21T11:58:00.000Z' })])).toEqual([
      'the listener died: nothing was heard of it after 2026-09-21T11:58:00.000Z',
    ])
    const paused = { is: 'paused', since: '2026-09-21T11:50:00.000Z', because: 'the disk is full' } as const
    expect(faults(undefined, [listener({ state: paused })])).toEqual(['the listener is paused: the disk is full'])
    expect(faults(undefined, [listener({}, false)])).toEqual([
      'the listener died: nothing was heard of it after 2026-09-21T11:59:58.000Z',
    ])
    const connecting = (since: string) => [listener({ state: { is: 'connecting', since } })]
    expect(faults(undefined, connecting('2026-09-21T11:56:00.000Z'))).toEqual([])
    expect(faults(undefined, connecting('2026-09-21T11:50:00.000Z'))).toEqual([
      'the listener has not been connected since 2026-09-21T11:50:00.000Z',
    ])
  })

  it('does not mind a listener that was stopped beside a scheduler that goes on, and says so of one alone', () => {
    const state = {
      is: 'ended',
      since: '2026-09-21T11:50:00.000Z',
      because: 'stopped by a signal',
      failed: false,
    } as const
    const stopped = listener({ state }, false)
    expect(faults(scheduler(), [stopped])).toEqual([])
    expect(faults(undefined, [stopped])).toEqual([
      'the listener ended at 2026-09-21T11:50:00.000Z: stopped by a signal',
    ])
  })

  it('is none where nothing runs', () => {
    expect(faults(undefined)).toEqual(['no scheduler and no listener runs here'])
    expect(faults(scheduler({ ended: true }))).toEqual(['the scheduler was stopped'])
    expect(fitnessFailure(judgeFitness(undefined, [], NOW_MS))).toMatchObject({
      code: 'E_SOURCE',
      message: 'not healthy: no scheduler and no listener runs here',
    })
  })
})

describe('the pulse of a scheduler', () => {
  it('comes back from its text as it was', () => {
    const pulse = scheduler({ listener: RUNNING })
    expect(parseSchedulerPulse(schedulerPulseToText(pulse))).toEqual(pulse)
  })

  it('is not made of a text that is being written, of another format, or of something else', () => {
    const text = schedulerPulseToText(scheduler())
    expect(parseSchedulerPulse(text.slice(0, 90))).toBeUndefined()
    expect(parseSchedulerPulse(text.replace('"format":1', '"format":2'))).toBeUndefined()
    for (const other of ['', 'null', '[]', '{"format":1}']) expect(parseSchedulerPulse(other)).toBeUndefined()
  })
})
