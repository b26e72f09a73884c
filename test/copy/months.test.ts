import { describe, expect, it } from 'vitest'
import { openWithdrawal } from '../../src/lib/copy/withdrawal.ts'
import { planCopy } from '../../src/lib/domain/copy-plan.ts'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { hourlyPath, manifestPath, monthFilePath, monthRecordPath } from '../../src/lib/domain/paths.ts'
import { createMemoryLake } from '../support/memory-lake.ts'

const HOUR = '2024-01-15T10' as Hour
const FACT = hourlyPath('fact_tweet', HOUR)
const MONTH = [monthRecordPath('2024-01'), monthFilePath('2024-01', 'fact_tweet', 'x')]
const OTHER = [monthRecordPath('2023-11'), monthFilePath('2023-11', 'fact_tweet', 'x')]

describe('a copy of a lake with months', () => {
  it('has months of its own: none is copied, and none that the copy has is in the way', () => {
    const file = (path: string) => ({ path, bytes: 1 })
    const plan = planCopy([FACT, ...MONTH].map(file), [FACT, ...OTHER].map(file))
    expect(plan.steps.flat().map(({ path }) => path)).toEqual([FACT])
    expect(plan).toMatchObject({ withdrawn: [], extra: [], heard: [] })
  })

  it('loses those of an hour before a file of it changes, and keeps the others', async () => {
    const bytes = new Uint8Array(1)
    const paths = [FACT, manifestPath(HOUR), ...MONTH, ...OTHER]
    const lake = createMemoryLake(paths.map(path => [path, bytes]))
    const { withdrawOver } = openWithdrawal(new Map(lake.files), lake)
    await Promise.all([withdrawOver(FACT), withdrawOver(FACT)])
    expect(lake.history).toEqual([`-${manifestPath(HOUR)}`, `+${MONTH[0]}`, `-${MONTH[1]}`, `-${MONTH[0]}`])
    expect([...lake.files.keys()]).toEqual([FACT, ...OTHER])
  })
})
