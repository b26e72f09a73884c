/** A log that tells nobody. */
import type { Log } from '../../src/lib/io/log.ts'

const nothing = () => undefined

export const silentLog: Log = { progress: nothing, info: nothing, warn: nothing, debug: nothing, close: nothing }
