import { describe, expect, it } from 'vitest'
import { type Pulse as PulseText, parsePulse } from '../../src/lib/domain/health/pulse.ts'
import { firstIdOf } from '../../src/lib/domain/instant.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import type { PulseFile } from '../../src/lib/io/pulse-file.ts'
import { type Look, Pulse } from '../../src/lib/listen/pulse.ts'
import { fixedClock } from '../support/fixed-clock.ts'

const START = '2026-09-21T12:00:00.000Z'
const START_MS = Date.parse(START)
const lake = { url: '/srv/lake' }
const plan = { source: 'stream', tags: ['covid19'] } as const

/** A file that keeps every text; `hangs`: no write ever comes to its end. */
function memoryPulse(about: { hangs?: boolean } = {}): PulseFile & { texts: string[]; last(): PulseText } {
  const texts: string[] = []
  return {
    texts,
    last: () => parsePulse(texts.at(-1)!)!,
    writer: { version: '0.1.0', pid: 4711, host: 'desk' },
    write(text) {
      texts.push(text)
      return about.hangs ? new Promise(() => undefined) : Promise.resolve(true)
    },
  }
}

const look = (): Look => ({
  standing: { session: 's1', sessions: 1, lines: 12, tweets: 11, rejected: 1, journalBytes: 5_000 },
  spending: {
    report: { day: '2026-09-21', dayUsd: 1.5, totalUsd: 20, possibleTotalUsd: 41 },
    spent: { day: '2026-09-21', dayMicroUsd: 1_500_000, totalMicroUsd: 20_000_000 },
    caps: { dayMicroUsd: 50_000_000, totalMicroUsd: undefined },
  },
})

function pulseAt(source: 'stream' | 'replay' | 'demo' = 'stream') {
  const clock = fixedClock(START)
  const file = memoryPulse()
  const pulse = new Pulse({ ...plan, source }, { lake, clock, pulse: file })
  pulse.begin(look)
  const beat = async () => {
    pulse.beatIfDue()
    await Promise.resolve()
    await Promise.resolve()
  }
  return { clock, file, pulse, beat }
}

const sample = (createdMs: number, capturedAtMs: number) => ({ id: String(firstIdOf(createdMs)), capturedAtMs })
const connected = {
  event: 'connected',
  atMs: START_MS,
  rules: [{ id: '7', name: 'covid19', value: '#covid19' }],
} as const

describe('the pulse of a listener', () => {
  it('tells all that a person would ask of a listener', async () => {
    const { clock, file, pulse, beat } = pulseAt()
    pulse.hear(connected)
    clock.moveTo('2026-09-21T12:00:10.000Z')
    pulse.hear({ lines: [], capturedAtMs: START_MS + 9_000 })
    pulse.note({
      tweets: 30,
      samples: [sample(START_MS, START_MS + 2_000), sample(START_MS + 5_000, START_MS + 9_000)],
    })
    await beat()
    expect(file.last()).toEqual({
      format: 1,
      version: '0.1.0',
      pid: 4711,
      host: 'desk',
      lake: '/srv/lake',
      source: 'stream',
      tags: ['covid19'],
      since: START,
      at: '2026-09-21T12:00:10.000Z',
      state: { is: 'connected', since: START },
      session: 's1',
      sessions: 1,
      lastHeardAt: '2026-09-21T12:00:09.000Z',
      lastTweet: {
        id: String(firstIdOf(START_MS + 5_000)),
        createdAt: '2026-09-21T12:00:05.000Z',
        capturedAt: '2026-09-21T12:00:09.000Z',
      },
      lines: 12,
      tweets: 11,
      rejected: 1,
      rate: { minute: 3, hour: 3 },
      lag: { p50Ms: expect.closeTo(2_000, -2), p99Ms: expect.closeTo(4_000, -3) },
      rules: [{ name: 'covid19', value: '#covid19' }],
      journalBytes: 5_000,
      spending: {
        day: '2026-09-21',
        dayUsd: 1.5,
        totalUsd: 20,
        possibleTotalUsd: 41,
        maxUsdPerDay: 50,
        maxUsd: null,
        tweetsLeft: 9_700,
      },
    })
  })

  it('is written at each change of state at once, and else every two seconds', async () => {
    const { clock, file, pulse, beat } = pulseAt()
    await beat()
    await beat()
    expect(file.texts).toHaveLength(1)
    clock.moveTo('2026-09-21T12:00:01.999Z')
    await beat()
    expect(file.texts).toHaveLength(1)
    pulse.hear(connected)
    await beat()
    expect(file.texts).toHaveLength(2)
    clock.moveTo('2026-09-21T12:00:03.999Z')
    await beat()
    expect(file.texts).toHaveLength(3)
    // put back, the clock must not silence it
    clock.moveTo('2026-09-21T11:00:00.000Z')
    await beat()
    expect(file.texts).toHaveLength(4)
  })

  it('tells until when it waits and why, and when the source last said anything', async () => {
    const { file, pulse, beat } = pulseAt()
    pulse.hear(connected)
    const atMs = START_MS + 60_000
    pulse.hear({ event: 'disconnected', atMs, lastHeardAtMs: START_MS + 40_000, reason: 'nothing arrived for 25 s' })
    await beat()
    expect(file.last()).toMatchObject({ state: { is: 'connecting' }, lastHeardAt: '2026-09-21T12:00:40.000Z' })
    const because = 'X answered 503 Service Unavailable'
    pulse.hear({ event: 'waiting', atMs, untilMs: atMs + 5_000, because, isAnswered: true })
    await beat()
    expect(file.last()).toMatchObject({
      state: { is: 'waiting', since: '2026-09-21T12:01:00.000Z', until: '2026-09-21T12:01:05.000Z', because },
      lastHeardAt: '2026-09-21T12:01:00.000Z',
    })
  })

  it('goes on beating while reading stands still, and is what it was before once it goes on', async () => {
    const { clock, file, pulse, beat } = pulseAt()
    pulse.hear(connected)
    await beat()
    const texts = file.texts.length
    for (let seconds = 10; seconds <= 16; seconds++) {
      clock.moveTo(`2026-09-21T12:00:${seconds}.000Z`)
      pulse.paused('the disk is full')
      await Promise.resolve()
      await Promise.resolve()
    }
    const state = { is: 'paused', since: '2026-09-21T12:00:10.000Z', because: 'the disk is full' }
    expect(file.texts.slice(texts).map(text => [parsePulse(text)?.at.slice(17, 19), parsePulse(text)?.state])).toEqual([
      ['10', state],
      ['12', state],
      ['14', state],
      ['16', state],
    ])
    await beat()
    expect(file.last().state).toEqual({ is: 'connected', since: START })
  })

  it('has no lag of files, which are old whenever they are read', async () => {
    const { file, pulse, beat } = pulseAt('replay')
    pulse.note({ tweets: 1, samples: [sample(START_MS - 1e10, START_MS)] })
    await beat()
    expect(file.last()).toMatchObject({ lag: null, lastTweet: { id: expect.any(String) } })
  })

  it('says at last why it ended, and whether that was a failure', async () => {
    const clock = fixedClock(START)
    const file = memoryPulse()
    const pulse = new Pulse(plan, { lake, clock, pulse: file })
    const report = { why: 'stopped by a signal' }
    expect(await pulse.watch(async () => report)).toBe(report)
    expect(parsePulse(file.texts[0]!)).toMatchObject({ state: { is: 'starting' } })
    expect(file.last().state).toEqual({ is: 'ended', since: START, because: 'stopped by a signal', failed: false })
    const refusal = new TwdwError('E_REFUSED', 'X does not accept the bearer token')
    await expect(pulse.watch(() => Promise.reject(refusal))).rejects.toBe(refusal)
    expect(file.last().state).toMatchObject({ is: 'ended', because: refusal.message, failed: true })
  })

  it('holds nobody up when the disk hangs, and gathers no writers', async () => {
    const clock = fixedClock(START)
    const file = memoryPulse({ hangs: true })
    const pulse = new Pulse(plan, { lake, clock, pulse: file })
    await pulse.watch(async () => {
      pulse.beatIfDue()
      clock.moveTo('2026-09-21T13:00:00.000Z')
      pulse.beatIfDue()
      return { why: '--for is over' }
    })
    expect(file.texts).toHaveLength(1)
    expect(clock.slept).toEqual([1_000])
  })
})
