/** Settings read again while the listener runs: what it can take up goes on from there, of the rest it says that it cannot. */
import { TwdwError } from '../errors.ts'
import type { Log } from '../io/log.ts'
import { flagName, type Options } from '../settings.ts'

/** What can change beside an open stream: the rules at X, and what they are made of. */
const LIVE_KEYS: ReadonlySet<string> = new Set(['tags', 'keyword', 'rule', 'lang', 'sample'])

export interface AnewPorts<Plan> {
  /** @throws TwdwError for settings that cannot be used */
  read(): Promise<Plan>
  log: Log
}

/** @returns undefined, and one warning, where they cannot be used: the old ones stay */
export async function readAnew<Plan extends Readonly<Record<string, unknown>>>(
  before: Plan,
  options: Options,
  { read, log }: AnewPorts<Plan>,
): Promise<Plan | undefined> {
  try {
    const plan = await read()
    const later = Object.keys(options).filter(key => !LIVE_KEYS.has(key) && isOther(plan[key], before[key]))
    log.info('reading the settings again', { event: 'settings' })
    if (later.length > 0) {
      log.warn(`${later.map(flagName).join(', ')}: changed in the settings, and to take hold of it takes a restart`)
    }
    return plan
  } catch (error) {
    if (!(error instanceof TwdwError)) throw error
    log.warn(`the new settings are not used: ${error.message}`, { event: 'settings', hint: error.hint ?? null })
    return undefined
  }
}

function isOther(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) !== JSON.stringify(b)
}
