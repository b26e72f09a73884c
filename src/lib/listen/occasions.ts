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
  let isAsked = false
  let wake = new AbortController()
  onReload(() => {
    isAsked = true
    wake.abort()
  })
  return async function* (signal: AbortSignal): AsyncGenerator<Occasion, void, void> {
    while (!signal.aborted) {
      if (!isAsked) await clock.sleep(LOOK_EVERY_MS, AbortSignal.any([signal, wake.signal]))
      if (signal.aborted) return
      if (!isAsked) {
        yield { why: 'time' }
        continue
      }
      isAsked = false
      wake = new AbortController()
      const wanted = await readWanted()
      if (wanted !== undefined) yield { why: 'settings', wanted }
    }
  }
}
