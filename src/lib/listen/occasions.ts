/** When to look at the rules while they are in use: every now and then, and whenever settings were read again. */
import type { WantedRule } from '../domain/x/rules.ts'
import type { Clock } from '../io/clock.ts'
import type { Street } from '../io/street.ts'
import type { Occasion } from './rule-keeper.ts'

/** Looking is free, and X allows 450 looks in 15 minutes. */
export const LOOK_EVERY_MS = 600_000

export interface OccasionPorts {
  clock: Clock
  onReload: Street['onReload']
  /** Reads the settings again. @returns undefined where they cannot be used, which was told then */
  readWanted(): Promise<readonly WantedRule[] | undefined>
}

/** To be called once: further reloads are listened to from then on, whether or not the occasions are taken. */
export function openOccasions({ clock, onReload, readWanted }: OccasionPorts) {
  let asked = 0
  let attended = 0
  let wake = new AbortController()
  onReload(() => {
    asked += 1
    wake.abort()
  })
  async function* settings(signal: AbortSignal): AsyncGenerator<Occasion, void, void> {
    const asking = asked
    wake = new AbortController()
    const wanted = await readWanted()
    if (wanted !== undefined) yield { why: 'settings', wanted }
    // one that was cut off in between is left for whoever takes the occasions next
    if (!signal.aborted) attended = asking
  }
  return async function* (signal: AbortSignal): AsyncGenerator<Occasion, void, void> {
    while (!signal.aborted) {
      if (asked === attended) await clock.sleep(LOOK_EVERY_MS, AbortSignal.any([signal, wake.signal]))
      if (signal.aborted) return
      if (asked === attended) yield { why: 'time' }
      else yield* settings(signal)
    }
  }
}
