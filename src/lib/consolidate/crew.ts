/**
 * A crew: the hands that an hour is made with, and how work is handed out to them.
 *
 * What they give back comes in the order in which it was asked for, so that nothing depends on who was quicker.
 */
import type { WorkerLine } from '../io/workers.ts'
import { type Hand, type HandPorts, openHand } from './hand.ts'
import { handBehind } from './worker-hand.ts'

/** An hour with less of layer1 is made before other threads have begun. */
const MIN_BYTES_SHARED = 32_000_000

export interface Crew {
  /** Who makes an hour. @param bytes of its layer1 */
  hands(bytes: number): Promise<readonly Hand[]>
  /** Nobody will ask any more. */
  end(): void
}

/**
 * One hand in this thread, and one for each worker.
 * @param openWorkers called once at most, for the first hour that is worth it; none where there is one core
 */
export function openCrew(ports: HandPorts, openWorkers: () => Promise<readonly WorkerLine[]>): Crew {
  // an hour that this thread does alone is too small to give anything back
  const own = openHand({ ...ports, giveBackMemory: () => undefined })
  let others: Promise<readonly Hand[]> | undefined
  return {
    async hands(bytes) {
      if (bytes < MIN_BYTES_SHARED) return [own]
      others ??= openWorkers().then(lines => lines.map(handBehind))
      const hands = await others.catch(error => {
        others = undefined
        throw error
      })
      return hands.length === 0 ? [own] : hands
    },
    end() {
      others?.then(
        hands => {
          for (const hand of hands) hand.end()
        },
        () => undefined,
      )
    },
  }
}

/** How much each hand has before it: the next thing is there when it is done with one. */
const AHEAD = 2

/** What each hand has been asked and has not given back. */
const loads = new WeakMap<Hand, number>()

/**
 * Results of all tasks, in the order of the tasks. The first ones are asked for at once, whoever waits for them or not; the
 * others when whoever took one is done with it.
 * @param tasks made when there is a hand for them
 * @param ahead how many are asked for before they are taken
 */
export function handOut<Task, Result>(
  hands: readonly Hand[],
  tasks: Iterable<Task>,
  ask: (hand: Hand, task: Task) => Promise<Result>,
  ahead = hands.length * AHEAD,
): AsyncGenerator<Result> {
  const left = tasks[Symbol.iterator]()
  const waiting: Promise<Result>[] = []
  const fill = () => {
    while (waiting.length < ahead) {
      const next = left.next()
      if (next.done) return
      const result = askFreest(hands, hand => ask(hand, next.value))
      // told when it is its turn; until then nobody waits for it
      result.catch(() => undefined)
      waiting.push(result)
    }
  }
  fill()
  return inOrder(waiting, fill)
}

async function* inOrder<Result>(waiting: Promise<Result>[], fill: () => void): AsyncGenerator<Result> {
  try {
    for (;;) {
      const first = waiting.shift()
      if (first === undefined) return
      yield await first
      fill()
    }
  } finally {
    // nobody takes these any more; they end before whoever asked goes on
    await Promise.allSettled(waiting)
  }
}

/** Ask the hand that has least before it. */
export function askFreest<Result>(hands: readonly Hand[], ask: (hand: Hand) => Promise<Result>): Promise<Result> {
  const loadOf = (hand: Hand) => loads.get(hand) ?? 0
  const freest = hands.reduce((best, hand) => (loadOf(hand) < loadOf(best) ? hand : best))
  loads.set(freest, loadOf(freest) + 1)
  return ask(freest).finally(() => loads.set(freest, loadOf(freest) - 1))
}
