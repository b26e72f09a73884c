import { describe, expect, it } from 'vitest'
import { judgeListener, type Sight } from '../../../src/lib/domain/health/liveness.ts'
import type { Pulse } from '../../../src/lib/domain/health/pulse.ts'
import { aPulse } from '../../support/a-pulse.ts'

const NOW = '2026-09-21T12:00:00.000Z'
const HOLDER = 'twdw listen, process 4711 on desk, since 2026-09-21T09:57:00.000Z'
const sight = (change: Partial<Sight> = {}): Sight => ({
  holder: HOLDER,
  host: 'desk',
  isRunning: true,
  nowMs: Date.parse(NOW),
  ...change,
})
const NOBODY = { holder: undefined, isRunning: false }
const since = '2026-09-21T11:59:00.000Z'
const waiting = (until: string): Pulse['state'] => ({ is: 'waiting', since, until, because: 'X closed the connection' })
const ended = (failed: boolean): Pulse['state'] => ({ is: 'ended', since, because: 'stopped by a signal', failed })

describe('a listener', () => {
  it.each<{ state: string; pulse: Partial<Pulse>; sight?: Partial<Sight> }>([
    { state: 'connected', pulse: {} },
    { state: 'starting', pulse: { state: { is: 'starting', since }, at: '2026-09-21T11:50:00.000Z' } },
    { state: 'waiting', pulse: { state: waiting('2026-09-21T12:00:10.000Z') } },
    { state: 'connecting', pulse: { state: waiting('2026-09-21T11:59:59.000Z') } },
    { state: 'silent', pulse: { at: '2026-09-21T11:58:59.000Z' } },
    { state: 'untold', pulse: { state: ended(false) } },
    { state: 'untold', pulse: { pid: 471 } },
    // files and the generator take no lock
    { state: 'connected', pulse: { source: 'demo' }, sight: { holder: undefined } },
    // its lock is in a list of another container
    { state: 'connected', pulse: { host: 'box' }, sight: NOBODY },
  ])('lives, and is $state', ({ state, pulse, sight: seen }) =>
    expect(judgeListener(aPulse(pulse), sight(seen))).toMatchObject({ isAlive: true, state }),
  )

  it.each<{ state: string; pulse: Partial<Pulse>; sight?: Partial<Sight> }>([
    { state: 'ended', pulse: { state: ended(false) } },
    { state: 'failed', pulse: { state: ended(true) } },
    { state: 'died', pulse: {} },
    // another process has its number now
    { state: 'died', pulse: { at: '2026-09-21T11:00:00.000Z' }, sight: { isRunning: true } },
    { state: 'died', pulse: { host: 'box', at: '2026-09-21T11:59:49.000Z' } },
  ])('does not live, and has $state', ({ state, pulse, sight: seen }) =>
    expect(judgeListener(aPulse(pulse), sight({ ...NOBODY, ...seen }))).toMatchObject({ isAlive: false, state }),
  )

  it('lives by its lock alone, and is unknown without both', () => {
    expect(judgeListener(undefined, sight())).toEqual({ isAlive: true, state: 'untold', holder: HOLDER, pulse: null })
    expect(judgeListener(undefined, sight(NOBODY))).toBeUndefined()
  })
})
