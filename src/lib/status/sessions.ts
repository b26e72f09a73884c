/** The sessions on record: how many, and the last one. */
import type { StatusSessions } from '../domain/health/status-report.ts'
import { LAYER1_SESSIONS } from '../domain/paths.ts'
import type { SessionRecord } from '../domain/session.ts'
import { TwdwError } from '../errors.ts'
import type { Lake, LakeEntry } from '../io/lake.ts'

/** @param entries of the lake, sorted by path: names of sessions sort by time. @param note is told of a damaged record */
export async function readSessions(
  entries: readonly LakeEntry[],
  lake: Pick<Lake, 'read' | 'locate'>,
  note: (error: TwdwError) => void,
): Promise<StatusSessions> {
  const records = entries.filter(({ path }) => path.startsWith(LAYER1_SESSIONS))
  const path = records.at(-1)?.path
  const bytes = path === undefined ? undefined : await lake.read(path)
  if (path === undefined || bytes === undefined) return { count: records.length, last: null }
  try {
    const { session, from, to, ended, tweets }: SessionRecord = JSON.parse(new TextDecoder().decode(bytes))
    return { count: records.length, last: { session, from, to, ended, tweets } }
  } catch (cause) {
    const hint = 'move it out of the lake: only what it says of gaps is lost'
    note(new TwdwError('E_LAKE', `the session record ${lake.locate(path)} is damaged: it is not JSON`, { cause, hint }))
    return { count: records.length, last: null }
  }
}
