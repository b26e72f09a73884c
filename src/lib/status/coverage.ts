/** The sessions on record, and what follows from them: of what is listened to now, what is missing of the last 7 days. */
import { coverageOf, type RuleCoverage } from '../domain/coverage.ts'
import type { StatusCoverage, StatusReport } from '../domain/health/status-report.ts'
import { lengthMs, type TimeSpan } from '../domain/time-spans.ts'
import { SEARCH_REACH_MS } from '../domain/x/fill-plan.ts'
import type { TwdwError } from '../errors.ts'
import type { Lake } from '../io/lake.ts'
import { readSessions } from '../sessions.ts'

/** @param note is told of a damaged record. @throws TwdwError E_LAKE when the lake cannot be read */
export async function readStatusCoverage(
  lake: Pick<Lake, 'list' | 'readListed'>,
  nowMs: number,
  note: (error: TwdwError) => void,
): Promise<Pick<StatusReport, 'sessions' | 'coverage'>> {
  const records = await readSessions(lake, note)
  // a search is no connection: it is about another time than its own
  const connections = records.filter(({ source }) => source !== 'search')
  const last = connections.at(-1)
  const listened = records.filter(({ source }) => source === 'stream').at(-1)?.rules ?? []
  const values = new Set(listened.map(({ value }) => value))
  const coverage = coverageOf(records, { fromMs: nowMs - SEARCH_REACH_MS, toMs: nowMs }, nowMs)
  return {
    sessions: {
      count: connections.length,
      last: last === undefined ? null : endsOf(last),
    },
    coverage: coverage.filter(({ rule }) => values.has(rule.value)).map(shown),
  }
}

function endsOf({ session, from, to, ended, tweets }: NonNullable<StatusReport['sessions']['last']>) {
  return { session, from, to, ended, tweets }
}

function shown({ rule, captured, filled, missing }: RuleCoverage): StatusCoverage {
  const unwished = missing.filter(gap => !gap.onPurpose)
  return {
    rule: rule.name,
    value: rule.value,
    capturedMs: lengthMs(captured),
    filledMs: lengthMs(filled),
    missingMs: lengthMs(missing),
    onPurposeMs: lengthMs(missing) - lengthMs(unwished),
    gaps: unwished.map(textsOf),
  }
}

function textsOf({ fromMs, toMs }: TimeSpan): { from: string; to: string } {
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() }
}
