import { describe, expect, it, vi } from 'vitest'
import { consolidate } from '../../src/lib/consolidate/consolidate.ts'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { layer1Path, manifestPath } from '../../src/lib/domain/paths.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import { ALL_HOURS, CONSOLIDATED_AT, lakeOf, someRows } from '../support/consolidate-lake.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { ownHand } from '../support/own-hand.ts'
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

async function runWithFailing(hours: Hour[], damaged: Hour[] = []) {
  failing.clear()
  for (const hour of hours) failing.add(hour)
  const lake = await lakeOf(Object.fromEntries(HOURS.map(hour => [hour, someRows(hour)])))
  for (const hour of damaged) lake.files.set(layer1Path(hour, 'segment-1'), new Uint8Array(9))
  const warnings: string[] = []
  const log = { ...silentLog, warn: (sentence: string) => void warnings.push(sentence) }
  const ports = { lake, ...ownHand(lake), clock: fixedClock(CONSOLIDATED_AT), log }
  const outcome = await consolidate(ALL_HOURS, ports).catch((error: unknown) => error)
  return { lake, warnings, outcome }
}

describe('consolidate of an hour that fails a check', () => {
  it('publishes nothing of it, does all the others, and then fails with what the check said', async () => {
    const { lake, warnings, outcome } = await runWithFailing([HOURS[1]!])
    expect(outcome).toMatchObject({ code: 'E_DATA', message: 'hour 2024-01-01T11 failed', hint: 'report it' })
    expect(warnings).toEqual(['hour 2024-01-01T11 failed'])
    expect([...lake.files.keys()].filter(path => path.includes('layer2') && /T11|utc_hour=11/.test(path))).toEqual([])
    expect(HOURS.filter(hour => lake.files.has(manifestPath(hour)))).toEqual([HOURS[0], HOURS[2]])
  })

  it('says how many there were, and gives the first', async () => {
    const { outcome } = await runWithFailing([HOURS[0]!, HOURS[2]!])
    expect(outcome).toMatchObject({
      code: 'E_DATA',
      message: '2 of 3 hours could not be consolidated; the first: hour 2024-01-01T10 failed',
      hint: 'report it',
      cause: { message: 'hour 2024-01-01T10 failed' },
    })
  })
})

describe('consolidate of an hour whose layer1 cannot be read', () => {
  it('does all the others, and then fails with what is wrong with the file', async () => {
    const { lake, warnings, outcome } = await runWithFailing([], [HOURS[0]!])
    const message = expect.stringMatching(
      /^memory\/layer1\/tweets\/utc_date=2024-01-01\/utc_hour=10\/segment-1\.parquet is not a readable Parquet file/,
    )
    expect(outcome).toMatchObject({ code: 'E_LAKE', message, exitStatus: 5 })
    expect(warnings).toEqual([message])
    expect(HOURS.filter(hour => lake.files.has(manifestPath(hour)))).toEqual([HOURS[1], HOURS[2]])
  })

  it.each([
    ['E_LAKE', [HOURS[1]!], [HOURS[0]!]],
    ['E_DATA', [HOURS[0]!], [HOURS[1]!]],
  ])('fails with %s, as the first of the hours did', async (code, failed, damaged) => {
    const { outcome } = await runWithFailing(failed, damaged)
    const message = expect.stringMatching(/^2 of 3 hours could not be consolidated; the first: /)
    expect(outcome).toMatchObject({ code, message })
  })
})
