/**
 * Liveness: from what a listener last told of itself, and from what can be seen of its process, whether it lives.
 *
 * A lock that is held proves a living listener, and a pulse alone proves nothing: it lies there after a kill. A listener
 * of another container has a lock that cannot be seen from here, so there only a fresh pulse counts.
 */
import { PULSE_EVERY_MS, type Pulse } from './pulse.ts'

export interface Listener {
  isAlive: boolean
  state:
    | Exclude<Pulse['state']['is'], 'ended'>
    /** it lives, and gives no sign of life any more */
    | 'silent'
    /** it lives, and has told nothing yet */
    | 'untold'
    | 'ended'
    /** it ended by a failure that it told of */
    | 'failed'
    /** it is gone and said nothing: killed, or the machine went down */
    | 'died'
  /** as the lake's lock names it; null where none is held, and for sources that take none */
  holder: string | null
  /** what it last told, which for `untold` is what another one did; null where there is none */
  pulse: Pulse | null
}

/** What can be seen of a listener from outside. */
export interface Sight {
  /** of the lake's lock for listening; undefined: nobody, as far as can be seen */
  holder: string | undefined
  /** this machine's name */
  host: string
  /** a process with the number of the pulse runs on this machine */
  isRunning: boolean
  nowMs: number
}

/** A listener that lives and is this long silent hangs, or its disk does. */
export const SILENT_AFTER_MS = 60_000
/** Three beats and a bit. */
const FRESH_MS = 3 * PULSE_EVERY_MS + 5_000

/** @returns undefined when nothing ever listened, as far as is known */
export function judgeListener(pulse: Pulse | undefined, sight: Sight): Listener | undefined {
  if (pulse === undefined && sight.holder === undefined) return undefined
  const isAlive = sight.holder !== undefined || (pulse !== undefined && isFresh(pulse, sight))
  return { isAlive, state: stateOf(pulse, sight, isAlive), holder: sight.holder ?? null, pulse: pulse ?? null }
}

function isFresh({ host, state, at }: Pulse, sight: Sight): boolean {
  if (state.is === 'ended') return false
  const ageMs = Math.abs(sight.nowMs - Date.parse(at))
  return host === sight.host ? sight.isRunning && ageMs < SILENT_AFTER_MS : ageMs < FRESH_MS
}

function stateOf(pulse: Pulse | undefined, { holder, nowMs }: Sight, isAlive: boolean): Listener['state'] {
  if (pulse === undefined) return 'untold'
  const { state, pid, at } = pulse
  if (!isAlive) return state.is !== 'ended' ? 'died' : state.failed ? 'failed' : 'ended'
  const isItsOwn = holder === undefined || holder.includes(`process ${pid} `)
  if (state.is === 'ended' || !isItsOwn) return 'untold'
  // what the last run left may take minutes to store, and nothing is told meanwhile
  if (state.is !== 'starting' && nowMs - Date.parse(at) > SILENT_AFTER_MS) return 'silent'
  return state.is === 'waiting' && Date.parse(state.until) <= nowMs ? 'connecting' : state.is
}
