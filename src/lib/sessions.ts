/** Reading session records: many small files, some of which may be damaged or go while they are read. */
import { LAYER1_SESSIONS } from './domain/paths.ts'
import { parseSession, type SessionRecord } from './domain/session.ts'
import { TwdwError } from './errors.ts'
import type { Lake } from './io/lake.ts'
import type { Log } from './io/log.ts'

/** Records that are read at a time: many are slow one by one on S3, and all at once would open too many files. */
const RECORDS_AT_A_TIME = 32

/**
 * Every record of a lake, by when its session began. One that is damaged is left out: the others still count.
 * @param onDamaged is told of each that is
 * @param since     name of a session; none that began before it. Undefined: all
 * @throws TwdwError E_LAKE when the lake cannot be read
 */
export async function readSessions(
  lake: Pick<Lake, 'list' | 'readListed'>,
  onDamaged: (error: TwdwError) => void,
  since?: string,
): Promise<SessionRecord[]> {
  const files = await lake.list(LAYER1_SESSIONS)
  const wanted = since === undefined ? files : files.filter(({ path }) => path.slice(LAYER1_SESSIONS.length) >= since)
  const records: SessionRecord[] = []
  for (let first = 0; first < wanted.length; first += RECORDS_AT_A_TIME) {
    const some = wanted.slice(first, first + RECORDS_AT_A_TIME)
    const texts = await lake.readListed(some)
    for (const [i, { path }] of some.entries()) {
      if (texts[i] === undefined) continue
      try {
        records.push(parseSession(new TextDecoder().decode(texts[i]), path))
      } catch (error) {
        if (!(error instanceof TwdwError)) throw error
        onDamaged(error)
      }
    }
  }
  return records
}

/** For `readSessions`, where a person reads a log. */
export function warnDamaged(log: Pick<Log, 'warn'>): (error: TwdwError) => void {
  return error => log.warn(`${error.message}; ${error.hint}`, { event: 'damaged' })
}
