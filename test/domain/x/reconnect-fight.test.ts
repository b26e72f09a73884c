/** Two machines with one token, and X has one place for them: each frees it from the other, and that must come to an end. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readNotice } from '../../../src/lib/domain/x/problem.ts'
import { type Ending, FIRST_RUNG, type Ladder, nextStep, noteConnect } from '../../../src/lib/domain/x/reconnect.ts'
import { disconnectNotice, REFUSALS } from '../../x-double/answers.ts'

const START = Date.parse('2026-09-21T12:00:00Z')
const SECOND = 1000
const MINUTE = 60_000
const HOUR = 3_600_000

type Name = 'A' | 'B'

/** From outside: somebody starts a listener, or the network cuts one off. */
interface Disturbance {
  atMs: number
  who: Name
  what: 'starts' | 'is cut off'
}

interface Machine {
  ladder: Ladder
  connectedMs: number | undefined
  /** Infinity: it is connected, or was not started */
  nextTryMs: number
}

interface Told {
  atMs: number
  text: string
}

const taken: Ending = {
  how: 'refused',
  status: REFUSALS.slotTaken.status,
  headers: REFUSALS.slotTaken.headers,
  body: JSON.stringify(REFUSALS.slotTaken.body),
}
const cut: Ending = { how: 'network', code: 'ECONNRESET', message: 'cut' }
const thrownOut: Ending = {
  how: 'notice',
  problem: readNotice(new TextEncoder().encode(JSON.stringify(disconnectNotice('ForceDisconnect'))))!,
}

/** Plays it out for some hours. @param random for each wait, 0 <= random < 1 */
function fight(disturbances: readonly Disturbance[], hours: number, random: () => number = () => 0): Told[] {
  const machines: Record<Name, Machine> = {
    A: { ladder: FIRST_RUNG, connectedMs: undefined, nextTryMs: Infinity },
    B: { ladder: FIRST_RUNG, connectedMs: undefined, nextTryMs: Infinity },
  }
  const told: Told[] = []
  const queue = disturbances.toSorted((a, b) => a.atMs - b.atMs)
  const fall = (name: Name, ending: Ending, nowMs: number): 'free' | 'wait' => {
    const machine = machines[name]
    const livedMs = machine.connectedMs === undefined ? undefined : nowMs - machine.connectedMs
    const { step, ladder } = nextStep(ending, machine.ladder, { livedMs, nowMs: START + nowMs, random: random() })
    if (step.do !== 'connect' && step.do !== 'free') throw new Error(`not expected here: ${step.do}`)
    Object.assign(machine, { ladder, connectedMs: undefined, nextTryMs: nowMs + step.waitMs })
    return step.do === 'free' ? 'free' : 'wait'
  }
  for (;;) {
    const [name, machine] = (Object.entries(machines) as [Name, Machine][]).reduce((a, b) =>
      b[1].nextTryMs < a[1].nextTryMs ? b : a,
    )
    const nowMs = Math.min(machine.nextTryMs, queue[0]?.atMs ?? Infinity)
    if (nowMs > hours * HOUR) return told
    const disturbance = queue[0]?.atMs === nowMs ? queue.shift() : undefined
    if (disturbance?.what === 'starts') {
      machines[disturbance.who].nextTryMs = nowMs
    } else if (disturbance !== undefined) {
      if (machines[disturbance.who].connectedMs !== undefined) fall(disturbance.who, cut, nowMs)
    } else {
      machine.ladder = noteConnect(machine.ladder, START + nowMs)
      const rival: Name = name === 'A' ? 'B' : 'A'
      if (machines[rival].connectedMs === undefined) {
        Object.assign(machine, { connectedMs: nowMs, nextTryMs: Infinity })
        told.push({ atMs: nowMs, text: `${name} is in` })
      } else if (fall(name, taken, nowMs) === 'free') {
        told.push({ atMs: nowMs, text: `${name} throws ${rival} out` })
        fall(rival, thrownOut, nowMs)
      } else {
        told.push({ atMs: nowMs, text: `${name} waits` })
      }
    }
  }
}

const story = (told: readonly Told[]) => told.map(({ atMs, text }) => `${atMs / SECOND} s: ${text}`)

describe('two machines with one token', () => {
  it.each<[string, Disturbance[], string[]]>([
    [
      'leave the place to the one that had it, after one blow',
      [
        { atMs: 0, who: 'A', what: 'starts' },
        { atMs: HOUR, who: 'B', what: 'starts' },
      ],
      [
        '0 s: A is in',
        '3600 s: B throws A out',
        '3600 s: A is in',
        // and then ever more rarely, and never again by force
        '3601 s: B waits',
        '3661 s: B waits',
        '3781 s: B waits',
        '4021 s: B waits',
        '4501 s: B waits',
        '5401 s: B waits',
        '6301 s: B waits',
        '7201 s: B waits',
      ],
    ],
    [
      'settle as quickly when both were just started',
      [
        { atMs: 0, who: 'A', what: 'starts' },
        { atMs: 10 * SECOND, who: 'B', what: 'starts' },
      ],
      [
        '0 s: A is in',
        '10 s: B throws A out',
        '10 s: A is in',
        '11 s: B waits',
        '71 s: B waits',
        '191 s: B waits',
        '431 s: B waits',
        '911 s: B waits',
        '1811 s: B waits',
        '2711 s: B waits',
        '3611 s: B waits',
        '4511 s: B waits',
        '5411 s: B waits',
        '6311 s: B waits',
        '7211 s: B waits',
      ],
    ],
    [
      'keep to it when the one that is in is cut off, for it is back at once',
      [
        { atMs: 0, who: 'A', what: 'starts' },
        { atMs: MINUTE, who: 'B', what: 'starts' },
        { atMs: 70 * MINUTE, who: 'A', what: 'is cut off' },
      ],
      [
        '0 s: A is in',
        '60 s: B throws A out',
        '60 s: A is in',
        '61 s: B waits',
        '121 s: B waits',
        '241 s: B waits',
        '481 s: B waits',
        '961 s: B waits',
        '1861 s: B waits',
        '2761 s: B waits',
        '3661 s: B waits',
        '4200 s: A is in',
        '4561 s: B waits',
        '5461 s: B waits',
        '6361 s: B waits',
      ],
    ],
  ])('%s', (_, disturbances, expected) => {
    expect(story(fight(disturbances, 2.01)).slice(0, expected.length)).toEqual(expected)
  })

  it('strike at most twice for each disturbance, whenever and however long they are disturbed, and then are at peace', () => {
    const disturbance = fc.record({
      atMs: fc.integer({ min: 0, max: 6 * HOUR }),
      who: fc.constantFrom<Name>('A', 'B'),
      what: fc.constant('is cut off' as const),
    })
    const starts = fc.tuple(fc.integer({ min: 0, max: HOUR }), fc.integer({ min: 0, max: HOUR }))
    const chance = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }))
    fc.assert(
      fc.property(starts, fc.array(disturbance, { maxLength: 12 }), chance, ([a, b], cuts, random) => {
        const disturbances: Disturbance[] = [
          { atMs: a, who: 'A', what: 'starts' },
          { atMs: b, who: 'B', what: 'starts' },
          ...cuts,
        ]
        const told = fight(disturbances, 12, () => random.next().value as number)
        const blows = told.filter(({ text }) => text.includes('throws'))
        expect(blows.length).toBeLessThanOrEqual(2 * disturbances.length)
        const lastMs = Math.max(...disturbances.map(({ atMs }) => atMs))
        // long after the last disturbance one of them is in, and the other one only knocks
        const late = told.filter(({ atMs }) => atMs > lastMs + HOUR)
        expect(late.length).toBeGreaterThan(0)
        expect(late.filter(({ text }) => !text.includes('waits'))).toEqual([])
      }),
    )
  })

  it('are told of each other', () => {
    const { ladder } = nextStep(taken, FIRST_RUNG, { livedMs: undefined, nowMs: START, random: 0 })
    expect(nextStep(taken, ladder, { livedMs: undefined, nowMs: START, random: 0 }).step).toEqual({
      do: 'connect',
      waitMs: 60_000,
      because:
        'X answered 429 ConnectionException: This stream is currently at the maximum allowed connection limit. (TooManyConnections); another machine or program seems to listen with this token',
    })
  })
})
