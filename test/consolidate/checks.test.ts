import { describe, expect, it, vi } from 'vitest'
import { consolidate } from '../../src/lib/consolidate/consolidate.ts'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { manifestPath } from '../../src/lib/domain/paths.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { ALL_HOURS, CONSOLIDATED_AT, lakeOf, someRows } from '../support/consolidate-lake.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { silentLog } from '../support/silent-log.ts'

const HOURS = ['2024-01-01T10', '2024-01-01T11', '2024-01-01T12'] as Hour[]

/** No data fails a check, only a bug does: here hours do so because the test says so. */
const failing = vi.hoisted(() => new Set<string>())
vi.mock('../../src/lib/domain/star/checks.ts', () => ({
  checkStar(_: unknown, hour: string) {
    if (failing.has(hour)) throw new TwdwError('E_DATA', `hour ${hour} failed`, { hint: 'report it' })
    return ['a check']
  },
}))

async function runWithFailing(...hours: Hour[]) {
  failing.clear()
  for (const hour of hours) failing.add(hour)
  const lake = await lakeOf(Object.fromEntries(HOURS.map(hour => [hour, someRows(hour)])))
  const warnings: string[] = []
  const log = { ...silentLog, warn: (sentence: string) => void warnings.push(sentence) }
  const ports = { lake, tables: openTables(lake), clock: fixedClock(CONSOLIDATED_AT), log }
  const outcome = await consolidate(ALL_HOURS, ports).catch((error: unknown) => error)
  return { lake, warnings, outcome }
}

describe('consolidate of an hour that fails a check', () => {
  it('publishes nothing of it, does all the others, and then fails with what the check said', async () => {
    const { lake, warnings, outcome } = await runWithFailing(HOURS[1]!)
    expect(outcome).toMatchObject({ code: 'E_DATA', message: 'hour 2024-01-01T11 failed', hint: 'report it' })
    expect(warnings).toEqual(['hour 2024-01-01T11 failed'])
    expect([...lake.files.keys()].filter(path => path.includes('layer2') && /T11|utc_hour=11/.test(path))).toEqual([])
    expect(HOURS.filter(hour => lake.files.has(manifestPath(hour)))).toEqual([HOURS[0], HOURS[2]])
  })

  it('says how many there were, and gives the first', async () => {
    const { outcome } = await runWithFailing(HOURS[0]!, HOURS[2]!)
    expect(outcome).toMatchObject({
      code: 'E_DATA',
      message: '2 of 3 hours failed a check; the first: hour 2024-01-01T10 failed',
      hint: 'report it',
      cause: { message: 'hour 2024-01-01T10 failed' },
    })
  })
})
