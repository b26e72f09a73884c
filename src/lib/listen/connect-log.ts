/** When this lake's listeners have connected to X lately, kept between runs: X counts them together. */
import { CONNECT_WINDOW_MS } from '../domain/x/reconnect.ts'
import { TwdwError } from '../errors.ts'
import type { Log } from '../io/log.ts'
import type { StateFile } from '../io/state-file.ts'

export interface ConnectLog {
  /** of the last quarter of an hour, ascending, milliseconds since 1970-01-01T00:00Z */
  recent(nowMs: number): Promise<readonly number[]>
  /** To be called before each attempt. */
  note(atMs: number): Promise<void>
}

/** A file that cannot be read or written is no reason not to listen: the connects of one run are counted in any case. */
export function openConnectLog(file: StateFile, log: Log): ConnectLog {
  const read = (text: string | undefined, nowMs: number): number[] => {
    const isRecent = (at: unknown): at is number =>
      typeof at === 'number' && at > nowMs - CONNECT_WINDOW_MS && at <= nowMs
    return listOf(text).filter(isRecent)
  }
  const orWarn = async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof TwdwError)) throw error
      log.debug(`connects are not kept for the next run: ${error.message}`)
      return otherwise
    }
  }
  return {
    recent: nowMs => orWarn(async () => read(await file.read(), nowMs), []),
    note: atMs => orWarn(() => file.update(text => `${JSON.stringify([...read(text, atMs), atMs])}\n`), undefined),
  }
}

/** Of a damaged file nothing. */
function listOf(text: string | undefined): unknown[] {
  try {
    const list: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(list) ? list : []
  } catch {
    return []
  }
}
